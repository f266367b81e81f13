package muster

// AccountID is the twelve digits of an AWS account. It belongs to the access key that signed a call.
type AccountID string

// Region is the region in the credential scope of a signature. Any well-formed name is a region of its own.
type Region string

// Space is an account in a region, the unit that nothing crosses: nodes, custom types, deletions and tokens all live in one.
type Space struct {
	Account AccountID
	Region  Region
}

// String gives "account/region", for logs.
func (s Space) String() string { return string(s.Account) + "/" + string(s.Region) }
