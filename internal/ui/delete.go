package ui

import (
	"net/http"
	"slices"
	"time"

	"muster"
	"muster/internal/fleet"
)

// deletePage asks whether a type is to be deleted, and says what would go.
type deletePage struct {
	Type   muster.TypeName
	Counts []muster.VersionCount
	Items  int
	To     string // where the form goes
	Back   string
}

func (u *UI) askToDelete(v *visit) (view, error) {
	t := muster.TypeName(v.PathValue("type"))
	_, found, err := u.Fleet.DeleteType(v.Context(), v.caller.Space, fleet.DeleteRequest{Type: t, DryRun: true})
	if err != nil {
		return view{}, err
	}
	items, _ := found.Total()
	if items == 0 && u.Fleet.CustomType(v.caller.Space, t) == nil {
		return view{}, noType(t)
	}
	return view{Template: "delete.html", Title: "Delete " + string(t), Page: deletePage{
		Type: t, Counts: found.Counts, Items: items, To: v.typeLink(t, "/delete"), Back: v.typeLink(t, ""),
	}}, nil
}

func noType(t muster.TypeName) error {
	return &problem{Status: http.StatusNotFound, Title: "There is no type " + string(t), Advice: "Nobody has reported it, or it was deleted. The page of types has those that there are."}
}

// deleteType begins the deletion, and shows how far it is.
func (u *UI) deleteType(v *visit) (string, error) {
	option := muster.SchemaDeleteOption(v.PostFormValue("schema"))
	if !slices.Contains([]muster.SchemaDeleteOption{muster.KeepSchema, muster.DisableSchema, muster.DeleteSchema}, option) {
		return "", badForm
	}
	id, _, err := u.Fleet.DeleteType(v.Context(), v.caller.Space, fleet.DeleteRequest{Type: muster.TypeName(v.PathValue("type")), Option: option})
	if err != nil {
		return "", err
	}
	return v.link("deletions/" + id), nil
}

// lookAgain is how often the page of a deletion that goes on is asked for.
const lookAgain = 2 * time.Second

func (u *UI) deletion(v *visit) (view, error) {
	id := v.PathValue("deletion")
	found, ok := u.Fleet.Deletion(v.caller.Space, id)
	if !ok {
		return view{}, &problem{Status: http.StatusNotFound, Title: "There is no such deletion", Advice: "They are remembered for 30 days. The page of types has those that there are."}
	}
	d := v.deletion(fleet.DeletionRecord{ID: id, Deletion: found})
	shown := view{Template: "deletion.html", Title: "Deletion of " + string(d.Type), Page: d}
	if d.Remaining > 0 {
		shown.Refresh = lookAgain
	}
	return shown, nil
}
