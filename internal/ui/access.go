package ui

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster"
	"muster/internal/server"
	"muster/internal/ssmapi"
)

// accessPage is who may do what: the access keys of the account, in all its regions.
type accessPage struct {
	Keys    []accessKey
	Form    keyForm
	Command string
}

// accessKey is what a page says of one. It never has the secret.
type accessKey struct {
	ID      string
	Role    muster.Role
	Node    muster.NodeID
	NodeTo  string // empty for a node of another region
	Region  muster.Region
	Comment string
	Created time.Time
	Own     bool // the visitor has signed in with it
	Revoke  string
}

// keyForm is what asks for a key, as it was typed.
type keyForm struct {
	Role, Node, Comment string
	Wrong               string // what is wrong with what was sent
}

func (u *UI) access(v *visit) (view, error) {
	return v.accessView(keyForm{Role: string(muster.RoleRead)}), nil
}

func (v *visit) accessView(form keyForm) view {
	p := accessPage{Form: form, Command: v.command("muster", "keys", "create", "--role", "read", "--comment", "anna")}
	for _, id := range v.ui.Fleet.AccessKeys(v.caller.Space.Account) {
		if k, ok := v.ui.Fleet.Lookup(id); ok {
			p.Keys = append(p.Keys, v.accessKey(id, k))
		}
	}
	shown := view{Template: "access.html", Title: "Access", Page: p}
	if form.Wrong != "" {
		shown.Status = http.StatusBadRequest
	}
	return shown
}

func (v *visit) accessKey(id string, k muster.AccessKey) accessKey {
	shown := accessKey{
		ID: id, Role: k.Role, Node: k.Node, Region: k.Region, Comment: k.Comment, Created: k.Created,
		Own: id == v.caller.KeyID, Revoke: v.link("access/" + url.PathEscape(id) + "/revoke"),
	}
	if k.Region == v.caller.Space.Region && v.snapshot.Has(k.Node) {
		shown.NodeTo = v.nodeLink(k.Node, "")
	}
	return shown
}

// keyPage is a key that was made just now, with its secret.
type keyPage struct {
	accessKey
	Secret  string
	Profile string // of an AWS credentials file
}

func (u *UI) makeKey(v *visit) (view, error) {
	form := keyForm{v.PostFormValue("role"), strings.TrimSpace(v.PostFormValue("node")), strings.TrimSpace(v.PostFormValue("comment")), ""}
	id, k, err := form.key(v.caller.Space, u.Now())
	if err != nil {
		form.Wrong = wrongFilter(err)
		return v.accessView(form), nil
	}
	if err := u.Fleet.SetAccessKey(v.Context(), id, k); err != nil {
		return view{}, err
	}
	p := keyPage{v.accessKey(id, k), k.Secret, "[default]\naws_access_key_id = " + id + "\naws_secret_access_key = " + k.Secret}
	return view{Template: "key.html", Title: "Access key " + id, Page: p}, nil
}

// key is what the form asks for, by the rules of Muster.CreateAccessKey.
func (f keyForm) key(space muster.Space, now time.Time) (string, muster.AccessKey, error) {
	in := &ssmapi.CreateAccessKeyInput{Role: (*muster.Role)(&f.Role), Comment: f.Comment}
	if f.Node != "" {
		in.InstanceId = (*muster.NodeID)(&f.Node)
	}
	if err := ssmapi.Checker[ssmapi.CreateAccessKeyInput]()(in); err != nil {
		return "", muster.AccessKey{}, err
	}
	return server.NewAccessKey(in, space, now)
}

func (u *UI) askToRevoke(v *visit) (view, error) {
	id := v.PathValue("key")
	k, ok := u.Fleet.Lookup(id)
	if !ok || k.Account != v.caller.Space.Account {
		return view{}, &problem{Status: http.StatusNotFound, Title: "There is no such access key", Advice: "It may have been revoked. The page Access has those that there are."}
	}
	return view{Template: "revoke.html", Title: "Revoke " + id, Page: v.accessKey(id, k)}, nil
}

// revokeKey takes a key away. Whoever takes away his own has to sign in with another.
func (u *UI) revokeKey(v *visit) (string, error) {
	id := v.PathValue("key")
	if err := u.Fleet.RevokeAccessKey(v.Context(), v.caller.Space.Account, id); err != nil {
		return "", err
	}
	if id == v.caller.KeyID {
		return "/ui/sign-in", nil
	}
	return v.link("access"), nil
}
