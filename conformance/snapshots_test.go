package conformance

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"muster/internal/ssmapi"
)

// TestSnapshots reads the wire examples that the SDK is frozen by into the shapes that the server reads and writes, and writes
// them again: every member of the six operations has its place, its name and its form.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	sdk := moduleDir(t, "github.com/aws/aws-sdk-go-v2/service/ssm")
	tests := map[string]func(t *testing.T, snapshot string){
		"request_snapshot/PutInventory.request.snap":                 both[ssmapi.PutInventoryInput],
		"request_snapshot/GetInventory.request.snap":                 both[ssmapi.GetInventoryInput],
		"request_snapshot/GetInventorySchema.request.snap":           both[ssmapi.GetInventorySchemaInput],
		"request_snapshot/ListInventoryEntries.request.snap":         both[ssmapi.ListInventoryEntriesInput],
		"request_snapshot/DeleteInventory.request.snap":              both[ssmapi.DeleteInventoryInput],
		"request_snapshot/DescribeInventoryDeletions.request.snap":   both[ssmapi.DescribeInventoryDeletionsInput],
		"response_snapshot/PutInventory.response.snap":               both[ssmapi.PutInventoryOutput],
		"response_snapshot/GetInventory.response.snap":               both[ssmapi.GetInventoryOutput],
		"response_snapshot/GetInventorySchema.response.snap":         both[ssmapi.GetInventorySchemaOutput],
		"response_snapshot/ListInventoryEntries.response.snap":       both[ssmapi.ListInventoryEntriesOutput],
		"response_snapshot/DeleteInventory.response.snap":            both[ssmapi.DeleteInventoryOutput],
		"response_snapshot/DescribeInventoryDeletions.response.snap": both[ssmapi.DescribeInventoryDeletionsOutput],
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(sdk, name))
			if err != nil {
				t.Fatal(err)
			}
			_, body, ok := strings.Cut(string(text), "\n\n{")
			if !ok {
				t.Fatalf("no body in %q", text)
			}
			test(t, "{"+body)
		})
	}
}

func both[Shape any](t *testing.T, snapshot string) {
	// The one member that is never answered: decision R3.
	if reflect.TypeFor[Shape]() == reflect.TypeFor[ssmapi.GetInventoryOutput]() {
		snapshot = strings.ReplaceAll(snapshot, `"ContentHash":"__ContentHash__",`, "")
	}
	var shape Shape
	if err := json.Unmarshal([]byte(snapshot), &shape, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(&shape)
	if err != nil {
		t.Fatal(err)
	}
	want, err := parseJSON([]byte(snapshot))
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseJSON(written)
	if err != nil {
		t.Fatal(err)
	}
	if err := match(want, got, map[string]string{}, "written again"); err != nil {
		t.Errorf("%v\ngot:  %s\nwant: %s", err, written, snapshot)
	}
}

func moduleDir(t *testing.T, module string) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(dir))
}
