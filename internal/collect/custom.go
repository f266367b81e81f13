package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"

	"muster"
)

const (
	maxCustomName = 100     // bytes of a type name, by the service model
	maxCustomFile = 4 << 20 // bytes of a file
)

var (
	customName    = regexp.MustCompile(`^Custom:\p{Lu}`)
	schemaVersion = regexp.MustCompile(`^[0-9]{1,6}\.[0-9]{1,6}$`)
)

// customTypes reads the *.json files of a directory, one custom type in each, in the form that the AWS agent takes:
//
//	{"SchemaVersion": "1.0", "TypeName": "Custom:RackInfo", "Content": {"Row": "B", "Rack": "12"}}
//
// Content is one object or an array of them. A file that breaks a rule, or has the type of an earlier one, is left out and
// told of in a report of the type "Custom:"; the others still go. There may be any number of files.
func customTypes(dir fs.FS, captured muster.CaptureTime) []Report {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return []Report{{Type: "Custom:", Err: fmt.Errorf("listing the custom types: %w", err)}}
	}
	var reports []Report
	var bad []error
	origin := map[muster.TypeName]string{}
	for _, name := range names {
		r, err := readCustom(dir, name)
		if err == nil && origin[r.Type] != "" {
			err = fmt.Errorf("%s is already in %s", r.Type, origin[r.Type])
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("custom type in %s: %w", name, err))
			continue
		}
		origin[r.Type] = name
		r.Captured = captured
		reports = append(reports, r)
	}
	if len(bad) > 0 {
		reports = append(reports, Report{Type: "Custom:", Skipped: len(bad), Err: errors.Join(bad...)})
	}
	return reports
}

func readCustom(dir fs.FS, name string) (Report, error) {
	file, err := dir.Open(name)
	if err != nil {
		return Report{}, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxCustomFile+1))
	if err != nil {
		return Report{}, err
	}
	if len(data) > maxCustomFile {
		return Report{}, fmt.Errorf("larger than %d bytes", maxCustomFile)
	}
	return parseCustom(data)
}

// parseCustom reads one file.
func parseCustom(data []byte) (Report, error) {
	var file struct {
		SchemaVersion muster.Version
		TypeName      muster.TypeName
		Content       json.RawMessage
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return Report{}, err
	}
	if !customName.MatchString(string(file.TypeName)) || len(file.TypeName) > maxCustomName {
		return Report{}, fmt.Errorf("TypeName %q is not Custom: and a name with a capital, %d bytes at most", file.TypeName, maxCustomName)
	}
	if !schemaVersion.MatchString(string(file.SchemaVersion)) {
		return Report{}, fmt.Errorf("SchemaVersion %q is not two numbers with a dot between", file.SchemaVersion)
	}
	entries, err := parseContent(file.Content)
	if err != nil {
		return Report{}, err
	}
	return Report{Type: file.TypeName, Version: file.SchemaVersion, Entries: entries}, nil
}

// parseContent takes an object or an array of objects whose values are strings.
func parseContent(content json.RawMessage) ([]muster.Entry, error) {
	content = bytes.TrimSpace(content)
	var objects []map[string]*string
	switch {
	case bytes.HasPrefix(content, []byte("{")):
		objects = make([]map[string]*string, 1)
		if err := json.Unmarshal(content, &objects[0]); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(content, []byte("[")):
		if err := json.Unmarshal(content, &objects); err != nil {
			return nil, err
		}
	default:
		return nil, errors.New("the Content is neither an object nor an array of them")
	}
	entries := make([]muster.Entry, 0, len(objects))
	for i, object := range objects {
		fields := make([]muster.Field, 0, len(object))
		for name, value := range object {
			if value == nil {
				return nil, fmt.Errorf("entry %d: %s is not a string", i, name)
			}
			fields = append(fields, muster.Field{Name: name, Value: *value})
		}
		e := muster.NewEntry(fields)
		if !legal(e) {
			return nil, fmt.Errorf("entry %d: not 1 to %d attributes with names of 1 to %d bytes and values of up to %d",
				i, muster.MaxAttributes, muster.MaxAttributeName, muster.MaxAttributeValue)
		}
		entries = append(entries, e)
	}
	return entries, nil
}
