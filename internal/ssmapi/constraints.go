package ssmapi

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"muster"
)

// shapes are the constraints of the service model (botocore ssm/2014-11-06), under the names that the shape tags of the members
// refer to. A shape without constraints is not there.
var shapes = map[string]shape{
	"ActivationCode":                  {maxLength(250), minLength(20)},
	"ActivationDescription":           {maxLength(256), minLength(0)},
	"ActivationId":                    {pattern(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)},
	"AssociationComplianceSeverity":   {enum("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNSPECIFIED")},
	"AssociationFilterKey":            {enum("InstanceId", "Name", "AssociationId", "AssociationStatusName", "LastExecutedBefore", "LastExecutedAfter", "AssociationName", "ResourceGroupName")},
	"AssociationFilterList":           {minLength(1)},
	"AssociationFilterValue":          {minLength(1)},
	"AssociationId":                   {pattern(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)},
	"AssociationIdList":               {maxLength(10), minLength(1)},
	"AssociationName":                 {pattern(`^[a-zA-Z0-9_\-.]{3,128}$`)},
	"AssociationSyncCompliance":       {enum("AUTO", "MANUAL")},
	"AssociationVersion":              {pattern(`([$]LATEST)|([1-9][0-9]*)`)},
	"AttributeName":                   {maxLength(muster.MaxAttributeName), minLength(1)},
	"AttributeValue":                  {maxLength(muster.MaxAttributeValue), minLength(0)},
	"ComplianceExecutionId":           {maxLength(100)},
	"ComplianceExecutionType":         {maxLength(50)},
	"ComplianceItemContentHash":       {maxLength(256)},
	"ComplianceItemEntryList":         {maxLength(muster.MaxEntries), minLength(0)},
	"ComplianceItemTitle":             {maxLength(500)},
	"ComplianceQueryOperatorType":     {operatorEnum("EQUAL", "NOT_EQUAL", "BEGIN_WITH", "LESS_THAN", "GREATER_THAN")},
	"ComplianceResourceId":            {maxLength(100), minLength(1)},
	"ComplianceResourceIdList":        {minLength(1)},
	"ComplianceResourceType":          {maxLength(50), minLength(1)},
	"ComplianceResourceTypeList":      {minLength(1)},
	"ComplianceSeverity":              {enum("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNSPECIFIED")},
	"ComplianceStatus":                {enum("COMPLIANT", "NON_COMPLIANT")},
	"ComplianceStringFilterKey":       {maxLength(200), minLength(1)},
	"ComplianceStringFilterValueList": {maxLength(muster.MaxComplianceFilterValues), minLength(1)},
	"ComplianceTypeName":              {maxLength(100), minLength(1), pattern(`[A-Za-z0-9_\-]\w+|Custom:[a-zA-Z0-9_\-]\w+`)},
	"ComplianceUploadType":            {enum("COMPLETE", "PARTIAL")},
	"DefaultInstanceName":             {maxLength(256), minLength(0), pattern(tagText)},
	"DescribeActivationsFilterKeys":   {enum("ActivationIds", "DefaultInstanceName", "IamRole")},
	"DocumentARN":                     {pattern(`^[a-zA-Z0-9_\-.:/]{3,128}$`)},
	"DocumentFilterKey":               {enum("Name", "Owner", "PlatformTypes", "DocumentType")},
	"DocumentFilterList":              {minLength(1)},
	"DocumentFilterValue":             {minLength(1)},
	"DocumentFormat":                  {enum("YAML", "JSON", "TEXT")},
	"DocumentKeyValuesFilterKey":      {maxLength(128), minLength(1)},
	"DocumentKeyValuesFilterList":     {maxLength(6), minLength(0)},
	"DocumentKeyValuesFilterValue":    {maxLength(256), minLength(1)},
	"DocumentVersion":                 {pattern(`([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)`)},
	"DocumentVersionName":             {pattern(`^[a-zA-Z0-9_\-.]{1,128}$`)},
	"ExecutionStatus":                 {maxLength(64), minLength(1)}, // of an operation that the public model lacks, as is the next
	"ExecutionText":                   {maxLength(1024)},
	"Fingerprint":                     {maxLength(256), minLength(1)}, // muster's own: the agent's model has no limits
	"GetInventorySchemaMaxResults":    {atMost(muster.MaxSchemaPage), atLeast(muster.MinSchemaPage)},
	"IamRole":                         {maxLength(64)},
	"InstanceId":                      {pattern(`(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)`)},
	"InventoryAggregatorExpression":   {maxLength(1000), minLength(1)},
	"InventoryAggregatorList":         {maxLength(muster.MaxAggregators), minLength(1)},
	"InventoryFilterKey":              {maxLength(200), minLength(1)},
	"InventoryFilterList":             {maxLength(muster.MaxFilters), minLength(1)},
	"InventoryFilterValueList":        {maxLength(muster.MaxFilterValues), minLength(1)},
	"InventoryGroupList":              {maxLength(muster.MaxGroups), minLength(1)},
	"InventoryGroupName":              {maxLength(200), minLength(1)},
	"InventoryItemCaptureTime":        {pattern(`^(20)[0-9][0-9]-(0[1-9]|1[012])-([12][0-9]|3[01]|0[1-9])(T)(2[0-3]|[0-1][0-9])(:[0-5][0-9])(:[0-5][0-9])(Z)$`)},
	"InventoryItemContentContext":     {maxLength(muster.MaxAttributes), minLength(0)},
	"InventoryItemContentHash":        {maxLength(muster.MaxContentHash)},
	"InventoryItemEntry":              {maxLength(muster.MaxAttributes), minLength(0)},
	"InventoryItemEntryList":          {maxLength(muster.MaxEntries), minLength(0)},
	"InventoryItemList":               {maxLength(muster.MaxItems), minLength(1)},
	"InventoryItemSchemaVersion":      {pattern(`^([0-9]{1,6})(\.[0-9]{1,6})$`)},
	"InventoryItemTypeName":           {maxLength(100), minLength(1), pattern(`^(AWS|Custom):.*$`)},
	"InventoryItemTypeNameFilter":     {maxLength(100), minLength(0)},
	"InventoryQueryOperatorType":      {enum("Equal", "NotEqual", "BeginWith", "LessThan", "GreaterThan", "Exists")},
	"InventorySchemaDeleteOption":     {enum("DisableSchema", "DeleteSchema")},
	"ManagedInstanceId":               {maxLength(124), minLength(20), pattern(`(^mi-[0-9a-f]{17}$)|(^eks_c:[0-9A-Za-z][A-Za-z0-9\-_]{0,99}_\w{17}$)`)},
	"MaxConcurrency":                  {maxLength(7), minLength(1), pattern(`^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$`)},
	"MaxErrors":                       {maxLength(7), minLength(1), pattern(`^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$`)},
	"MaxResults":                      {atMost(muster.MaxPage), atLeast(1)},
	"PublicKey":                       {minLength(392)}, // as amazon-ssm-agent's own model has it
	"RegistrationLimit":               {atMost(muster.MaxRegistrations), atLeast(1)},
	"MessageText":                     {maxLength(1024)}, // of a service that no public model has
	"ResultAttributeList":             {maxLength(1), minLength(1)},
	"ScheduleExpression":              {maxLength(256), minLength(1)},
	"TagKey":                          {maxLength(128), minLength(1), pattern(tagText)},
	"TagList":                         {maxLength(1000)},
	"TagValue":                        {maxLength(256), minLength(0), pattern(tagText)},
	"TargetKey":                       {maxLength(163), minLength(1), pattern(`^[\p{L}\p{Z}\p{N}_.:/=\-@]*$|resource-groups:ResourceTypeFilters|resource-groups:Name`)},
	"TargetValues":                    {maxLength(50), minLength(0)},
	"Targets":                         {maxLength(5), minLength(0)},
	"UUID":                            {pattern(`[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}`)},
	"Role":                            {enum("admin", "read", "node")}, // muster's own, as is the next
	"Comment":                         {maxLength(256)},
	"FilterText":                      {maxLength(4096)}, // muster's own: ask.MaxLength
	"MaxDifferences":                  {atMost(1000), atLeast(1)},

	// Of the operations on nodes and their tags.
	"DescribeInstancePropertiesMaxResults": {atMost(1000), atLeast(5)},
	"InstanceInformationFilterKey":         {enum("InstanceIds", "AgentVersion", "PingStatus", "PlatformTypes", "ActivationIds", "IamRole", "ResourceType", "AssociationStatus")},
	"InstanceInformationFilterList":        {minLength(0)},
	"InstanceInformationFilterValue":       {minLength(1)},
	"InstanceInformationFilterValueSet":    {maxLength(100), minLength(1)},
	"InstanceInformationStringFilterKey":   {minLength(1)},
	"InstanceInformationStringFilterList":  {minLength(0)},
	"InstancePropertyFilterKey":            {enum("InstanceIds", "AgentVersion", "PingStatus", "PlatformTypes", "DocumentName", "ActivationIds", "IamRole", "ResourceType", "AssociationStatus")},
	"InstancePropertyFilterList":           {maxLength(40), minLength(1)},
	"InstancePropertyFilterOperator":       {enum("Equal", "NotEqual", "BeginWith", "LessThan", "GreaterThan")},
	"InstancePropertyFilterValue":          {maxLength(100000), minLength(1), longLine},
	"InstancePropertyFilterValueSet":       {maxLength(40), minLength(1)},
	"InstancePropertyStringFilterKey":      {maxLength(100000), minLength(1), longLine},
	"InstancePropertyStringFilterList":     {maxLength(40), minLength(1)},
	"MaxResultsEC2Compatible":              {atMost(50), atLeast(5)},
	"NodeAggregatorList":                   {maxLength(2), minLength(1)},
	"NodeAggregatorType":                   {enum("Count")},
	"NodeAttributeName":                    {enum("AgentVersion", "PlatformName", "PlatformType", "PlatformVersion", "Region", "ResourceType")},
	"NodeFilterKey":                        {enum("AgentType", "AgentVersion", "ComputerName", "InstanceId", "InstanceStatus", "IpAddress", "ManagedStatus", "PlatformName", "PlatformType", "PlatformVersion", "ResourceType", "OrganizationalUnitId", "OrganizationalUnitPath", "Region", "AccountId")},
	"NodeFilterList":                       {maxLength(5), minLength(1)},
	"NodeFilterOperatorType":               {enum("Equal", "NotEqual", "BeginWith")},
	"NodeFilterValue":                      {maxLength(512), minLength(0), pattern(tagText)},
	"NodeFilterValueList":                  {maxLength(5), minLength(1)},
	"NodeTypeName":                         {enum("Instance")},
	"PingText":                             {maxLength(muster.MaxAttributeValue)}, // muster's own: the agent's model has no upper limits
	"ResourceDataSyncName":                 {maxLength(64), minLength(1)},
	"ResourceTypeForTagging":               {enum("Document", "ManagedInstance", "MaintenanceWindow", "Parameter", "PatchBaseline", "OpsItem", "OpsMetadata", "Automation", "Association")},
	"SessionTarget":                        {maxLength(400), minLength(1)},
}

// tagText is what the keys and values of tags may hold.
const tagText = `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`

// shape is what must hold of a value, in the order in which AWS lists it.
type shape []constraint

// constraint is one demand, with AWS's words for it.
type constraint struct {
	text  string
	holds func(reflect.Value) bool
}

// texts is how AWS prints the constraints of a list's members, or a map's keys: all of them, if any is broken.
func (s shape) texts() string {
	texts := make([]string, len(s))
	for i, c := range s {
		texts[i] = c.text
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// hold says whether all of them hold.
func (s shape) hold(v reflect.Value) bool {
	return !slices.ContainsFunc(s, func(c constraint) bool { return !c.holds(v) })
}

func maxLength(n int) constraint {
	return constraint{
		fmt.Sprintf("Member must have length less than or equal to %d", n),
		func(v reflect.Value) bool { return v.Len() <= n || length(v) <= n },
	}
}

func minLength(n int) constraint {
	return constraint{
		fmt.Sprintf("Member must have length greater than or equal to %d", n),
		func(v reflect.Value) bool { return length(v) >= n },
	}
}

// length is in elements, or in characters, which for Smithy are code points.
func length(v reflect.Value) int {
	if v.Kind() == reflect.String {
		return utf8.RuneCountInString(v.String())
	}
	return v.Len()
}

func atMost(n int64) constraint {
	return constraint{
		fmt.Sprintf("Member must have value less than or equal to %d", n),
		func(v reflect.Value) bool { return v.Int() <= n },
	}
}

func atLeast(n int64) constraint {
	return constraint{
		fmt.Sprintf("Member must have value greater than or equal to %d", n),
		func(v reflect.Value) bool { return v.Int() >= n },
	}
}

// pattern must match the whole value; the text has it as the model does.
func pattern(p string) constraint {
	whole := regexp.MustCompile(`^(?:` + p + `)$`)
	return constraint{
		"Member must satisfy regular expression pattern: " + p,
		func(v reflect.Value) bool { return whole.MatchString(v.String()) },
	}
}

// longLine is a pattern that repeats too often for Go's regular expressions; the lengths are constraints of their own.
var longLine = constraint{
	"Member must satisfy regular expression pattern: ^.{1,100000}$",
	func(v reflect.Value) bool { return !strings.Contains(v.String(), "\n") },
}

func enum(values ...string) constraint {
	return constraint{
		"Member must satisfy enum value set: [" + strings.Join(values, ", ") + "]",
		func(v reflect.Value) bool { return slices.Contains(values, v.String()) },
	}
}

// operatorEnum is an enum whose words may be spelled as AWS's guide does, too: NotEqual for NOT_EQUAL.
func operatorEnum(values ...string) constraint {
	of := enum(values...)
	of.holds = func(v reflect.Value) bool {
		return slices.ContainsFunc(values, func(value string) bool { return PlainOperator(value) == PlainOperator(v.String()) })
	}
	return of
}

// PlainOperator is the word of an operator in one spelling, "notequal".
func PlainOperator(word string) string { return strings.ToLower(strings.ReplaceAll(word, "_", "")) }
