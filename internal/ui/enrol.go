package ui

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"muster/internal/agent"
	"muster/internal/fleet"
)

// enrolPage is how machines become nodes: by which activations, and which came of late.
type enrolPage struct {
	Form        *activationForm // nil for those who may not make one
	Activations []activation
	Arrivals    arrivals
	Command     string
}

// activation is an activation, as far as it is used.
type activation struct {
	fleet.ActivationRecord
	Name    string // what people call it
	To      string
	Expired bool
}

// arrivals are the newest nodes. A script asks for them anew at Live.
type arrivals struct {
	Live  string
	Nodes []arrival
}

type arrival struct {
	heardNode
	To       string
	Platform string
}

func (u *UI) enrol(v *visit) (view, error) { return v.enrolView(v.newActivationForm()), nil }

func (v *visit) enrolView(form activationForm) view {
	p := enrolPage{Arrivals: v.arrivals("enrol", ""), Command: v.command("muster", "activation", "create", "--limit", "500")}
	if v.may(needsNewActivation) {
		p.Form = &form
	}
	for _, a := range v.ui.Fleet.Activations(v.caller.Space) {
		p.Activations = append(p.Activations, v.activation(a))
	}
	shown := view{Template: "enrol.html", Title: "Enrol", Page: p}
	if form.Wrong != "" {
		shown.Status = http.StatusBadRequest
	}
	return shown
}

func (v *visit) activation(r fleet.ActivationRecord) activation {
	return activation{
		ActivationRecord: r, Name: cmp.Or(r.NodeName, r.Description, r.ID),
		To: v.link("enrol/" + url.PathEscape(r.ID)), Expired: !v.ui.Now().Before(r.Expires),
	}
}

// arrivals gives the newest nodes that came by the activation, or by any way if it is empty.
func (v *visit) arrivals(page, activation string) arrivals {
	newest := first[fleet.Sign]{most: shortList, compare: func(a, b fleet.Sign) int {
		return cmp.Or(cmp.Compare(b.Registered, a.Registered), cmp.Compare(a.Node, b.Node))
	}}
	for s := range v.ui.Fleet.Signs(v.caller.Space) {
		if activation == "" || s.Activation == activation {
			newest.add(s)
		}
	}
	all := arrivals{Live: v.link(page)}
	for _, n := range v.heardNodes(newest.kept) {
		platform, _ := v.infoOf(n.ID).Get("PlatformName")
		all.Nodes = append(all.Nodes, arrival{n, v.nodeLink(n.ID, ""), platform})
	}
	return all
}

// activationPage is one activation and those who came by it.
type activationPage struct {
	activation
	Code     string      // once, in the answer to the form that made it
	Ways     []agent.Way // with it
	Private  bool        // machines may have to be told to trust the server's certificate
	Arrivals arrivals
	Delete   string // empty for those who may not
}

func (u *UI) activation(v *visit) (view, error) {
	p, err := v.activationPage(v.PathValue("activation"))
	return view{Template: "activation.html", Title: "Activation " + p.Name, Page: p}, err
}

func (v *visit) activationPage(id string) (activationPage, error) {
	for _, a := range v.ui.Fleet.Activations(v.caller.Space) {
		if a.ID != id {
			continue
		}
		p := activationPage{activation: v.activation(a), Arrivals: v.arrivals("enrol/"+url.PathEscape(id), id)}
		if v.may(needsDeleteActivation) {
			p.Delete = p.To + "/delete"
		}
		return p, nil
	}
	return activationPage{}, &problem{Status: http.StatusNotFound, Title: "There is no such activation",
		Advice: "It was deleted, or it is of another region. The nodes that it registered stay."}
}

// makeActivation makes what the form says, and shows the code.
func (u *UI) makeActivation(v *visit) (view, error) {
	form := v.readActivationForm()
	a, server, err := form.activation(u.Now())
	if err != nil {
		form.Wrong = wrongFilter(err)
		return v.enrolView(form), nil
	}
	id, code, err := u.Fleet.CreateActivation(v.Context(), v.caller.Space, a)
	if err != nil {
		return view{}, err
	}
	p, err := v.activationPage(id)
	invitation := agent.Invitation{URL: server, Region: string(v.caller.Space.Region), ID: id, Code: code}
	p.Code, p.Ways, p.Private = code, invitation.Ways(), strings.HasPrefix(server, "https:")
	return view{Template: "activation.html", Title: "Activation " + p.Name, Page: p}, err
}

func (u *UI) askToDeleteActivation(v *visit) (view, error) {
	p, err := v.activationPage(v.PathValue("activation"))
	return view{Template: "delete-activation.html", Title: "Delete activation " + p.Name, Page: p}, err
}

func (u *UI) deleteActivation(v *visit) (string, error) {
	return v.link("enrol"), u.Fleet.DeleteActivation(v.Context(), v.caller.Space, v.PathValue("activation"))
}
