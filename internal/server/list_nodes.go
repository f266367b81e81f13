package server

import (
	"context"
	"slices"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/query"
	"muster/internal/ssmapi"
)

// ownSync is the sync that stands for the account itself; AWS makes one of that name.
const ownSync = "AWS-QuickSetup-ManagedNode"

func checkSync(name *string) error {
	if name != nil && *name != ownSync {
		return muster.ErrNoSync(*name)
	}
	return nil
}

// listNodes gives nodes in all states.
func (s *Server) listNodes(ctx context.Context, c access.Caller, in *ssmapi.ListNodesInput) (*ssmapi.ListNodesOutput, error) {
	if err := checkSync(in.SyncName); err != nil {
		return nil, err
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	asks := question{access.ListNodes, c.Space, params}
	at, err := cursor[nodeCursor](s.tokens, asks, in.NextToken)
	if err != nil {
		return nil, err
	}
	where := nodesWhere(c.Space, in.Filters)
	found, more, err := s.search(ctx, c.Space, s.fleet.Snapshot(c.Space), nodeSearch{where: where}, at.After, pageSize(in.MaxResults, muster.MaxPage))
	if err != nil {
		return nil, err
	}
	out := &ssmapi.ListNodesOutput{Nodes: []ssmapi.Node{}}
	for i := range found {
		out.Nodes = append(out.Nodes, wireNode(c.Space, &found[i]))
	}
	if more {
		out.NextToken, err = next(s.tokens, asks, nodeCursor{found[len(found)-1].id})
	}
	return out, err
}

func wireNode(space muster.Space, n *managedNode) ssmapi.Node {
	managed := "Managed"
	if n.status() == muster.Terminated {
		managed = "Unmanaged"
	}
	out := ssmapi.Node{
		Id:     n.id,
		Owner:  ssmapi.NodeOwnerInfo{AccountId: space.Account},
		Region: space.Region,
		NodeType: ssmapi.NodeType{Instance: ssmapi.InstanceInfo{
			AgentType:       n.get("AgentType"),
			AgentVersion:    n.get("AgentVersion"),
			ComputerName:    n.get("ComputerName"),
			InstanceStatus:  n.get("InstanceStatus"),
			IpAddress:       n.get("IpAddress"),
			ManagedStatus:   managed,
			PlatformType:    n.get("PlatformType"),
			PlatformName:    n.get("PlatformName"),
			PlatformVersion: n.get("PlatformVersion"),
			ResourceType:    n.get("ResourceType"),
		}},
	}
	if captured, err := time.Parse(time.RFC3339, string(n.captured)); err == nil { // what was put may be no date
		out.CaptureTime = ssmapi.Timestamp{Time: captured}
	}
	return out
}

// nodesWhere reads the filters of ListNodes and ListNodesSummary, all of which must hold.
func nodesWhere(space muster.Space, filters []ssmapi.NodeFilter) query.Where {
	var where query.Where
	for _, f := range filters {
		term := query.Term{Attr: shown(*f.Key), Op: operatorNamed(f.Type), Values: f.Values}
		switch *f.Key {
		case "Region":
			where = append(where, allOrNone(term.Match(string(space.Region), true))...)
		case "AccountId":
			where = append(where, allOrNone(term.Match(string(space.Account), true))...)
		case "OrganizationalUnitId", "OrganizationalUnitPath": // no node has one
			where = append(where, allOrNone(term.Match("", false))...)
		case "ManagedStatus":
			where = append(where, managedWhere(term)...)
		default:
			where = append(where, query.Compile([]query.Term{term})...)
		}
	}
	return where
}

// allOrNone is a condition that is true of every node, or of none.
func allOrNone(all bool) query.Where {
	if all {
		return nil
	}
	return query.Where{{Holds: []muster.TypeName{muster.TypeInstanceInformation}, Not: true}}
}

// managedWhere has every node be managed that is not terminated.
func managedWhere(term query.Term) query.Where {
	all := term.Op != query.NotEqual && slices.Contains(term.Values, "All")
	managed, unmanaged := all || term.Match("Managed", true), all || term.Match("Unmanaged", true)
	if term.Op == query.NotEqual && slices.Contains(term.Values, "All") {
		managed, unmanaged = false, false
	}
	if managed == unmanaged {
		return allOrNone(managed)
	}
	return query.Where{{
		Type:  muster.TypeInstanceInformation,
		Terms: []query.Term{{Attr: shown("InstanceStatus"), Values: []string{string(muster.Terminated)}}},
		Not:   managed,
	}}
}
