package ui

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster"
	"muster/internal/agent"
	"muster/internal/server"
	"muster/internal/ssmapi"
)

// activationForm is what asks for an activation, as it was typed.
type activationForm struct {
	Name, Description, Role string
	Limit, Hours            string
	Tags                    string // KEY=VALUE, one a line
	URL                     string // under which the machines reach the server
	Wrong                   string // what is wrong with what was sent
}

func (v *visit) newActivationForm() activationForm {
	return activationForm{Role: "muster", Limit: "1", Hours: fmt.Sprint(muster.ActivationFor.Hours()), URL: v.endpoint()}
}

func (v *visit) readActivationForm() activationForm {
	field := func(name string) string { return strings.TrimSpace(v.PostFormValue(name)) }
	return activationForm{
		Name: field("name"), Description: field("description"), Role: field("role"), Limit: field("limit"), Hours: field("hours"),
		Tags: field("tags"), URL: field("url"),
	}
}

// activation is what the form asks for, by the rules of CreateActivation, and the URL of the server in one spelling.
func (f activationForm) activation(now time.Time) (a muster.Activation, url string, err error) {
	if url, err = agent.ServerURL(f.URL); err != nil {
		return a, "", err
	}
	now = now.Truncate(time.Millisecond)
	limit, err := strconv.ParseInt(f.Limit, 10, 32)
	if err != nil {
		return a, "", errors.New("the number of machines is not a number")
	}
	hours, err := strconv.ParseUint(f.Hours, 10, 16)
	if err != nil {
		return a, "", errors.New("the number of hours is not a whole number")
	}
	in := &ssmapi.CreateActivationInput{
		IamRole: &f.Role, DefaultInstanceName: &f.Name, Description: &f.Description, RegistrationLimit: new(int32(limit)),
		ExpirationDate: &ssmapi.Timestamp{Time: now.Add(time.Duration(hours) * time.Hour)},
	}
	if in.Tags, err = readTags(f.Tags); err != nil {
		return a, "", err
	}
	if err := ssmapi.Checker[ssmapi.CreateActivationInput]()(in); err != nil {
		return a, "", err
	}
	a, err = server.NewActivation(in, now)
	return a, url, err
}

func readTags(text string) (ssmapi.List[ssmapi.Tag], error) {
	var tags ssmapi.List[ssmapi.Tag]
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("%q is no tag: each line is KEY=VALUE", line)
		}
		tags = append(tags, ssmapi.Tag{Key: &key, Value: &value})
	}
	return tags, nil
}
