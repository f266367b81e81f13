package ssmapi

// GetDocumentInput asks for what a document says.
type GetDocumentInput struct {
	Name            *string `json:",omitzero" shape:"DocumentARN,required"`
	DocumentVersion string  `json:",omitzero" shape:"DocumentVersion"`
	VersionName     string  `json:",omitzero" shape:"DocumentVersionName"`
	DocumentFormat  string  `json:",omitzero" shape:"DocumentFormat"`
}

// GetDocumentOutput is a document.
type GetDocumentOutput struct {
	Name            string
	CreatedDate     Timestamp
	DocumentVersion string
	Status          string
	Content         string
	DocumentType    string
	DocumentFormat  string
}

// DescribeDocumentInput asks about a document.
type DescribeDocumentInput struct {
	Name            *string `json:",omitzero" shape:"DocumentARN,required"`
	DocumentVersion string  `json:",omitzero" shape:"DocumentVersion"`
	VersionName     string  `json:",omitzero" shape:"DocumentVersionName"`
}

// DescribeDocumentOutput is what there is to know of it.
type DescribeDocumentOutput struct {
	Document DocumentDescription
}

// DocumentDescription is a document without what it says.
type DocumentDescription struct {
	Hash            string
	HashType        string
	Name            string
	Owner           string
	CreatedDate     Timestamp
	Status          string
	DocumentVersion string
	Description     string
	Parameters      []DocumentParameter
	PlatformTypes   []string
	DocumentType    string
	SchemaVersion   string
	LatestVersion   string
	DefaultVersion  string
	DocumentFormat  string
	Tags            []struct{}
}

// DocumentParameter is a value that an association may give.
type DocumentParameter struct {
	Name         string
	Type         string
	Description  string
	DefaultValue string
}

// ListDocumentsInput asks for the documents that pass all filters.
type ListDocumentsInput struct {
	DocumentFilterList List[DocumentFilter]          `json:",omitzero" shape:"DocumentFilterList"`
	Filters            List[DocumentKeyValuesFilter] `json:",omitzero" shape:"DocumentKeyValuesFilterList"`
	MaxResults         *int32                        `json:",omitzero" shape:"MaxResults"`
	NextToken          string                        `json:",omitzero"`
}

// DocumentFilter is a member that a document must have; the old form.
type DocumentFilter struct {
	Key   *string `json:"key,omitzero" shape:"DocumentFilterKey,required"`
	Value *string `json:"value,omitzero" shape:"DocumentFilterValue,required"`
}

// DocumentKeyValuesFilter is a member of which a document must have one of the values.
type DocumentKeyValuesFilter struct {
	Key    string       `json:",omitzero" shape:"DocumentKeyValuesFilterKey"`
	Values List[string] `json:",omitzero" shape:",of=DocumentKeyValuesFilterValue"`
}

// ListDocumentsOutput is a page of documents.
type ListDocumentsOutput struct {
	DocumentIdentifiers []DocumentIdentifier
	NextToken           string `json:",omitzero"`
}

// DocumentIdentifier is a document in short.
type DocumentIdentifier struct {
	Name            string
	CreatedDate     Timestamp
	Owner           string
	PlatformTypes   []string
	DocumentVersion string
	DocumentType    string
	SchemaVersion   string
	DocumentFormat  string
	Tags            []struct{}
}
