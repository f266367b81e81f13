package server

import (
	"context"
	"slices"
	"strings"

	"muster"
	"muster/internal/access"
	"muster/internal/document"
	"muster/internal/ssmapi"
)

// What every document of ours is, in AWS's words.
const (
	documentOwner  = "Amazon"
	documentStatus = "Active"
	documentType   = "Policy"
	documentFormat = "JSON"
)

func documentPlatforms() []string { return []string{"Windows", "Linux", "MacOS"} }

// getDocument gives what a document says. JSON is YAML, too, so it is given for either format.
func (s *Server) getDocument(_ context.Context, _ access.Caller, in *ssmapi.GetDocumentInput) (*ssmapi.GetDocumentOutput, error) {
	d, err := findDocument(*in.Name, in.DocumentVersion, in.VersionName)
	if err != nil {
		return nil, err
	}
	out := &ssmapi.GetDocumentOutput{
		Name: d.Name, CreatedDate: ssmapi.Timestamp{Time: d.Created}, DocumentVersion: document.Version,
		Status: documentStatus, Content: d.Content, DocumentType: documentType, DocumentFormat: documentFormat,
	}
	if in.DocumentFormat != "" {
		out.DocumentFormat = in.DocumentFormat
	}
	return out, nil
}

// describeDocument gives all but what it says.
func (s *Server) describeDocument(_ context.Context, _ access.Caller, in *ssmapi.DescribeDocumentInput) (*ssmapi.DescribeDocumentOutput, error) {
	d, err := findDocument(*in.Name, in.DocumentVersion, in.VersionName)
	if err != nil {
		return nil, err
	}
	out := ssmapi.DocumentDescription{
		Hash: d.Hash(), HashType: "Sha256", Name: d.Name, Owner: documentOwner, CreatedDate: ssmapi.Timestamp{Time: d.Created},
		Status: documentStatus, DocumentVersion: document.Version, Description: d.Description, PlatformTypes: documentPlatforms(),
		DocumentType: documentType, SchemaVersion: d.SchemaVersion, LatestVersion: document.Version, DefaultVersion: document.Version,
		DocumentFormat: documentFormat, Tags: []struct{}{},
	}
	for _, p := range d.Parameters {
		out.Parameters = append(out.Parameters, ssmapi.DocumentParameter{Name: p.Name, Type: p.Type, Description: p.Description, DefaultValue: p.Default})
	}
	return &ssmapi.DescribeDocumentOutput{Document: out}, nil
}

// listDocuments gives the documents that pass the filters. There is no second page.
func (s *Server) listDocuments(_ context.Context, _ access.Caller, in *ssmapi.ListDocumentsInput) (*ssmapi.ListDocumentsOutput, error) {
	if in.NextToken != "" {
		return nil, muster.ErrInvalidNextToken
	}
	out := &ssmapi.ListDocumentsOutput{DocumentIdentifiers: []ssmapi.DocumentIdentifier{}}
	for _, d := range document.All() {
		passes, err := documentPasses(d, in)
		if err != nil {
			return nil, err
		}
		if passes {
			out.DocumentIdentifiers = append(out.DocumentIdentifiers, ssmapi.DocumentIdentifier{
				Name: d.Name, CreatedDate: ssmapi.Timestamp{Time: d.Created}, Owner: documentOwner, PlatformTypes: documentPlatforms(),
				DocumentVersion: document.Version, DocumentType: documentType, SchemaVersion: d.SchemaVersion,
				DocumentFormat: documentFormat, Tags: []struct{}{},
			})
		}
	}
	return out, nil
}

func findDocument(name, version, versionName string) (*document.Document, error) {
	d := document.Find(name)
	switch {
	case d == nil:
		return nil, muster.ErrDocument(name)
	case !document.HasVersion(version), versionName != "":
		return nil, muster.ErrDocumentVersion(name, version+versionName)
	}
	return d, nil
}

// documentPasses holds a document against the filters of both forms: all of them, and of each one of its values.
func documentPasses(d *document.Document, in *ssmapi.ListDocumentsInput) (bool, error) {
	filters := slices.Clone(in.Filters)
	for _, f := range in.DocumentFilterList {
		filters = append(filters, ssmapi.DocumentKeyValuesFilter{Key: *f.Key, Values: ssmapi.List[string]{*f.Value}})
	}
	for _, f := range filters {
		passes := func(string) bool { return false }
		switch {
		case f.Key == "Name": // or the beginning of one
			passes = func(v string) bool { return strings.HasPrefix(d.Name, v) }
		case f.Key == "Owner":
			passes = func(v string) bool { return v == documentOwner || v == "Public" || v == "All" }
		case f.Key == "PlatformTypes":
			passes = func(v string) bool { return slices.Contains(documentPlatforms(), v) }
		case f.Key == "DocumentType":
			passes = func(v string) bool { return v == documentType }
		case f.Key == "TargetType", f.Key == "SearchKeyword", strings.HasPrefix(f.Key, "tag:"): // which no document of ours has
		default:
			return false, muster.ErrFilterKey
		}
		if !slices.ContainsFunc(f.Values, passes) {
			return false, nil
		}
	}
	return true, nil
}
