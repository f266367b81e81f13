package muster

import "time"

// The structural limits, which always hold. They are those of the service model (botocore ssm/2014-11-06) and enforced as
// ValidationException by the constraints in internal/ssmapi, unless said otherwise.
const (
	MaxItems                  = 30    // items in a PutInventory call
	MaxEntries                = 10000 // entries in an item
	MaxAttributes             = 50    // attributes in an entry, and in a version of a custom type (InvalidItemContentException)
	MaxAttributeName          = 64    // characters
	MaxAttributeValue         = 4096  // characters
	MaxContentHash            = 256   // characters
	MaxFilters                = 5
	MaxFilterValues           = 40
	MaxAggregators            = 10 // in one list
	MaxAggregatorDepth        = 10 // lists within lists; AWS gives no number (InvalidAggregatorException)
	MaxGroups                 = 15
	MaxPage                   = 50 // also the default
	MinSchemaPage             = 50
	MaxSchemaPage             = 200  // also the default
	MaxRegistrations          = 1000 // by one activation
	MaxTags                   = 50   // on a node (TooManyTagsError)
	MaxComplianceFilterValues = 20
	MaxAssociations           = 2000 // in a space (AssociationLimitExceeded)
)

// Limits are the quotas that an operator sets. Sizes are bytes of the UTF-8 of compact JSON. Zero is no limit.
type Limits struct {
	CallBytes       int64 // all items of a call (TotalSizeLimitExceededException)
	ItemBytes       int64 // one item's content (ItemSizeLimitExceededException)
	CustomItemBytes int64 // the same for a custom type
	DailyNodeBytes  int64 // accepted from one node between two midnights UTC (TotalSizeLimitExceededException)
	CustomTypes     int   // in a space (CustomSchemaCountLimitExceededException)
	ComplianceBytes int64 // the items of one PutComplianceItems call (ItemSizeLimitExceededException)
	ComplianceTypes int   // custom compliance types on a node (SubTypeCountLimitExceededException)
}

// DefaultLimits serve a real fleet.
var DefaultLimits = Limits{CallBytes: 10 << 20, ItemBytes: 5 << 20, CustomItemBytes: 5 << 20, CustomTypes: 1000, ComplianceBytes: 5 << 20, ComplianceTypes: 10}

// StrictLimits are AWS's (General Reference, Systems Manager quotas).
var StrictLimits = Limits{CallBytes: 1 << 20, ItemBytes: 1 << 20, CustomItemBytes: 200 << 10, DailyNodeBytes: 5000 << 10, CustomTypes: 20, ComplianceBytes: 800 << 10, ComplianceTypes: 10}

// The lifetimes of activations (InvalidParameters), as the service model tells them.
const (
	ActivationFor    = 24 * time.Hour // without an ExpirationDate
	MaxActivationFor = 30 * 24 * time.Hour
)

// Retention is how long AWS keeps data after the last report of its type.
const Retention = 30 * 24 * time.Hour
