package server

import (
	"regexp"
	"slices"
	"strings"

	"muster"
	"muster/internal/query"
)

// nodeFilter is a filter of DescribeInstanceInformation or DescribeInstanceProperties, of whichever form.
type nodeFilter struct {
	key    string
	op     query.Op
	values []string
}

// about says whether the filter is on tags or on inventory.
func (f nodeFilter) about() (tag, inventory bool) {
	tag = f.key == "tag-key" || strings.HasPrefix(f.key, "tag:")
	inventory = strings.HasPrefix(f.key, "AWS:") || strings.HasPrefix(f.key, "Custom:")
	return tag, inventory
}

// shownAs are the keys that AWS:InstanceInformation has an attribute for.
var shownAs = map[string]string{
	"AgentVersion":    "AgentVersion",
	"ComputerName":    "ComputerName",
	"IamRole":         "IamRole",
	"InstanceIds":     "InstanceId",
	"IPAddress":       "IpAddress",
	"PingStatus":      "InstanceStatus",
	"PlatformName":    "PlatformName",
	"PlatformType":    "PlatformType", // so says the text of the model
	"PlatformTypes":   "PlatformType", // so say its enumeration and the service
	"PlatformVersion": "PlatformVersion",
	"ResourceType":    "ResourceType",
}

// asked are the keys that each node has to be asked for.
var asked = map[string]func(*managedNode) string{
	"ActivationIds":     (*managedNode).activation,
	"AssociationStatus": (*managedNode).associationStatus,
	"DocumentName":      (*managedNode).documentName,
	"SourceIds":         func(n *managedNode) string { return string(n.id) },
	"SourceTypes":       (*managedNode).sourceType,
}

// nodeSearch reads the filters, all of which must hold, on nodes that are neither stopped nor terminated. Where a value is wrong,
// bad makes the error.
func (v vocabulary) nodeSearch(filters []nodeFilter, bad func(message string) error) (q nodeSearch, err error) {
	terms := []query.Term{{
		Attr: shown("InstanceStatus"), Values: []string{string(muster.Active), string(muster.ConnectionLost)},
	}}
	for _, f := range filters {
		tag, inventory := f.about()
		attribute, isShown := shownAs[f.key]
		ask, isAsked := asked[f.key]
		switch {
		case tag:
			q.addTag(f)
		case inventory:
			a, err := v.attribute(f.key)
			if err != nil {
				return q, muster.ErrFilterKey
			}
			terms = append(terms, query.Term{Attr: a, Op: f.op, Values: f.values})
		case isShown:
			values, err := f.shownValues(bad)
			if err != nil {
				return q, err
			}
			q.where = append(q.where, query.Compile([]query.Term{{Attr: shown(attribute), Op: f.op, Values: values}})...)
		case isAsked:
			m := query.Term{Op: f.op, Values: f.values}.Matcher()
			q.keep = append(q.keep, func(n *managedNode) bool {
				value := ask(n)
				return m.Match(value, value != "")
			})
		default:
			return q, muster.ErrFilterKey
		}
	}
	q.where = append(q.where, query.Compile(terms)...)
	return q, nil
}

func shown(attribute string) query.Attr {
	return query.Attr{Type: muster.TypeInstanceInformation, Name: attribute}
}

// addTag adds a filter on tags. The index leaves nodes that differ in letter case, which counts here.
func (q *nodeSearch) addTag(f nodeFilter) {
	key, ofKey := strings.CutPrefix(f.key, "tag:")
	op, not := f.op, f.op == query.NotEqual
	if not {
		op = query.Equal
	}
	match := func(text string) bool { return slices.Contains(f.values, text) }
	if op != query.Equal {
		m := query.Term{Op: op, Values: f.values}.Matcher()
		match = func(text string) bool { return m.Match(text, true) }
	}
	terms := []query.Term{{Attr: tagAttribute("Key"), Op: op, Values: f.values}}
	is := func(t muster.Tag) bool { return match(t.Key) }
	if ofKey {
		terms = []query.Term{{Attr: tagAttribute("Key"), Values: []string{key}}, {Attr: tagAttribute("Value"), Op: op, Values: f.values}}
		is = func(t muster.Tag) bool { return t.Key == key && match(t.Value) }
	}
	if !not {
		q.where = append(q.where, query.Clause{Type: muster.TypeTag, Terms: terms})
	}
	q.keep = append(q.keep, func(n *managedNode) bool { return slices.ContainsFunc(n.tags(), is) != not })
}

func tagAttribute(name string) query.Attr { return query.Attr{Type: muster.TypeTag, Name: name} }

// anyNodeID is the form of every node id.
var anyNodeID = regexp.MustCompile(`^(i-(\w{8}|\w{17})|mi-\w{17})$`)

// shownValues gives the values in the words of AWS:InstanceInformation.
func (f nodeFilter) shownValues(bad func(message string) error) ([]string, error) {
	switch f.key {
	case "InstanceIds":
		for _, id := range f.values {
			if !anyNodeID.MatchString(id) && f.op == query.Equal {
				return nil, muster.ErrInvalidInstanceID(muster.NodeID(id))
			}
		}
	case "ResourceType":
		if len(f.values) > 1 {
			return nil, bad("ResourceType filter may contain only one value.")
		}
		return f.values, oneOf(f, bad, "EC2Instance", "ManagedInstance")
	case "PingStatus":
		values := slices.Clone(f.values)
		for i := range values {
			if values[i] == "Online" {
				values[i] = string(muster.Active)
			}
		}
		return values, oneOf(f, bad, "Online", "ConnectionLost", "Inactive")
	}
	return f.values, nil
}

// oneOf refuses values that there are not.
func oneOf(f nodeFilter, bad func(message string) error, valid ...string) error {
	for _, value := range f.values {
		if !slices.Contains(valid, value) {
			return bad(f.key + " filter is invalid, valid values are " + strings.Join(valid, ", "))
		}
	}
	return nil
}
