package server

import (
	"context"
	"slices"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// createActivation makes an activation.
func (s *Server) createActivation(ctx context.Context, c access.Caller, in *ssmapi.CreateActivationInput) (*ssmapi.CreateActivationOutput, error) {
	a, err := NewActivation(in, s.tokens.now())
	if err != nil {
		return nil, err
	}
	id, code, err := s.fleet.CreateActivation(ctx, c.Space, a)
	return &ssmapi.CreateActivationOutput{ActivationId: id, ActivationCode: code}, err
}

// NewActivation gives the activation that is asked for, by what keeps the constraints of its members. There are no roles here to hold
// the IamRole against: it is a text that its nodes show.
func NewActivation(in *ssmapi.CreateActivationInput, now time.Time) (muster.Activation, error) {
	now = now.Truncate(time.Millisecond)
	a := muster.Activation{
		Role: *in.IamRole, NodeName: textOf(in.DefaultInstanceName), Description: textOf(in.Description), Tags: ssmapi.ReadTags(in.Tags),
		Limit: 1, Created: now, Expires: now.Add(muster.ActivationFor),
	}
	if in.RegistrationLimit != nil {
		a.Limit = int(*in.RegistrationLimit)
	}
	if in.ExpirationDate != nil {
		a.Expires = in.ExpirationDate.Time
	}
	switch {
	case !a.Expires.After(now):
		return a, muster.ErrInvalidParameters("The expiration date has passed.")
	case a.Expires.Sub(now) > muster.MaxActivationFor:
		return a, muster.ErrInvalidParameters("The expiration date is more than 30 days away.")
	case len(a.Tags) > muster.MaxTags:
		return a, muster.ErrInvalidParameters("There are %d tags; a managed node has at most %d.", len(a.Tags), muster.MaxTags)
	}
	return a, nil
}

// deleteActivation takes an activation away.
func (s *Server) deleteActivation(ctx context.Context, c access.Caller, in *ssmapi.DeleteActivationInput) (*ssmapi.DeleteActivationOutput, error) {
	return &ssmapi.DeleteActivationOutput{}, s.fleet.DeleteActivation(ctx, c.Space, *in.ActivationId)
}

// activationCursor is the last activation of the page before. They are listed newest first.
type activationCursor struct {
	Created int64  `json:"c"` // nanoseconds since 1970
	ID      string `json:"i"`
}

// describeActivations lists activations.
func (s *Server) describeActivations(_ context.Context, c access.Caller, in *ssmapi.DescribeActivationsInput) (*ssmapi.DescribeActivationsOutput, error) {
	params := *in
	params.NextToken, params.MaxResults = "", nil
	q := question{access.DescribeActivations, c.Space, params}
	at, err := cursor[activationCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}
	for _, f := range in.Filters {
		if f.FilterKey == nil || len(f.FilterValues) == 0 {
			return nil, muster.ErrFilter("A filter has a FilterKey and at least one of FilterValues.")
		}
	}
	rest := slices.DeleteFunc(s.fleet.Activations(c.Space), func(a fleet.ActivationRecord) bool {
		created := a.Created.UnixNano()
		shown := in.NextToken != "" && (created > at.Created || created == at.Created && a.ID <= at.ID)
		return shown || !passes(a, in.Filters)
	})

	out := &ssmapi.DescribeActivationsOutput{ActivationList: []ssmapi.Activation{}}
	shown := rest[:min(len(rest), pageSize(in.MaxResults, muster.MaxPage))]
	for _, a := range shown {
		out.ActivationList = append(out.ActivationList, s.wireActivation(a))
	}
	if len(shown) < len(rest) {
		last := shown[len(shown)-1]
		out.NextToken, err = next(s.tokens, q, activationCursor{last.Created.UnixNano(), last.ID})
	}
	return out, err
}

func passes(a fleet.ActivationRecord, filters []ssmapi.DescribeActivationsFilter) bool {
	for _, f := range filters {
		value := a.ID
		switch *f.FilterKey {
		case "DefaultInstanceName":
			value = a.NodeName
		case "IamRole":
			value = a.Role
		}
		if !slices.Contains(f.FilterValues, value) {
			return false
		}
	}
	return true
}

func (s *Server) wireActivation(a fleet.ActivationRecord) ssmapi.Activation {
	return ssmapi.Activation{
		ActivationId: a.ID, Description: a.Description, DefaultInstanceName: a.NodeName, IamRole: a.Role,
		RegistrationLimit: a.Limit, RegistrationsCount: a.Registered,
		ExpirationDate: ssmapi.Timestamp{Time: a.Expires}, Expired: !s.tokens.now().Before(a.Expires),
		CreatedDate: ssmapi.Timestamp{Time: a.Created}, Tags: ssmapi.WireTags(a.Tags),
	}
}

// textOf gives an optional one, empty for none.
func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
