package muster

import (
	"fmt"
	"net/http"
	"strings"
)

// Code is the name of an error shape, as it stands in "__type". The long names are the wire's; the service model's shorter ones
// belong to the old query protocol.
type Code string

// Error is an error that a client sees. Every one of them is made in this file; whatever else reaches the wire's edge is an
// InternalServerError without detail.
type Error struct {
	Code     Code
	Message  string
	TypeName TypeName // a member of the four shapes that tell which item they mean
	SyncName string   // a member of ResourceDataSyncNotFoundException
}

func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Message
}

// Is makes two errors with the same code the same to errors.Is.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Status is the HTTP status that the code is sent with: JSON clients see 400 and 500, whatever legacy number the model has.
func (c Code) Status() int {
	switch c {
	case CodeInternalServerError:
		return http.StatusInternalServerError
	case CodeRequestEntityTooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// MessageMember is how the shape spells its message: "Message" where the service model has the shape, "message" for what AWS's
// front end says, empty for the shapes without one.
func (c Code) MessageMember() string {
	switch c {
	case CodeValidation, CodeMissingAuthenticationToken, CodeIncompleteSignature, CodeInvalidSignature,
		CodeUnrecognizedClient, CodeExpiredToken, CodeSerialization, CodeThrottling, CodeRequestEntityTooLarge:
		return "message"
	case CodeInvalidInstanceInformationFilterValue, CodeInvalidInstancePropertyFilterValue:
		return "message" // so says the model of these two
	case CodeUnknownOperation, CodeAssociationAlreadyExists, CodeAssociationLimitExceeded, CodeInvalidOutputLocation,
		CodeInvalidFilterKey, CodeInvalidResourceType, CodeInvalidResourceID, CodeTooManyTags:
		return ""
	}
	return "Message"
}

// The codes of the front end, which any operation may answer.
const (
	CodeMissingAuthenticationToken Code = "MissingAuthenticationTokenException"
	CodeIncompleteSignature        Code = "IncompleteSignatureException"
	CodeInvalidSignature           Code = "InvalidSignatureException"
	CodeUnrecognizedClient         Code = "UnrecognizedClientException"
	CodeExpiredToken               Code = "ExpiredTokenException"
	CodeAccessDenied               Code = "AccessDeniedException"
	CodeUnknownOperation           Code = "UnknownOperationException"
	CodeSerialization              Code = "SerializationException"
	CodeRequestEntityTooLarge      Code = "RequestEntityTooLargeException"
	CodeThrottling                 Code = "ThrottlingException"
	CodeValidation                 Code = "ValidationException"
	CodeInternalServerError        Code = "InternalServerError"

	// CodeClientGone is for logs and metrics: whoever called has left, and nobody reads the answer.
	CodeClientGone Code = "ClientGone"
)

// The codes of the inventory operations, from the service model.
const (
	CodeInvalidInstanceID                 Code = "InvalidInstanceId"
	CodeInvalidTypeName                   Code = "InvalidTypeNameException"
	CodeInvalidItemContent                Code = "InvalidItemContentException"
	CodeItemContentMismatch               Code = "ItemContentMismatchException"
	CodeItemSizeLimitExceeded             Code = "ItemSizeLimitExceededException"
	CodeTotalSizeLimitExceeded            Code = "TotalSizeLimitExceededException"
	CodeCustomSchemaCountLimitExceeded    Code = "CustomSchemaCountLimitExceededException"
	CodeSubTypeCountLimitExceeded         Code = "SubTypeCountLimitExceededException"
	CodeUnsupportedInventorySchemaVersion Code = "UnsupportedInventorySchemaVersionException"
	CodeUnsupportedInventoryItemContext   Code = "UnsupportedInventoryItemContextException"
	CodeInvalidInventoryItemContext       Code = "InvalidInventoryItemContextException"
	CodeInvalidFilter                     Code = "InvalidFilter"
	CodeInvalidInventoryGroup             Code = "InvalidInventoryGroupException"
	CodeInvalidAggregator                 Code = "InvalidAggregatorException"
	CodeInvalidResultAttribute            Code = "InvalidResultAttributeException"
	CodeInvalidNextToken                  Code = "InvalidNextToken"
	CodeInvalidOption                     Code = "InvalidOptionException"
	CodeInvalidDeleteInventoryParameters  Code = "InvalidDeleteInventoryParametersException"
	CodeInvalidInventoryRequest           Code = "InvalidInventoryRequestException"
	CodeInvalidDeletionID                 Code = "InvalidDeletionIdException"
)

// The codes of registration. From ActivationExpired on they are not in the public model, but in that of amazon-ssm-agent.
const (
	CodeInvalidParameters              Code = "InvalidParameters"
	CodeInvalidActivationID            Code = "InvalidActivationId"
	CodeInvalidActivation              Code = "InvalidActivation"
	CodeActivationExpired              Code = "ActivationExpired"
	CodeRegistrationLimitExceeded      Code = "RegistrationLimitExceeded"
	CodeInvalidPublicKey               Code = "InvalidPublicKey"
	CodePublicKeyAlreadyRegistered     Code = "PublicKeyAlreadyRegistered"
	CodeMachineFingerprintDoesNotMatch Code = "MachineFingerprintDoesNotMatch"
)

// The codes of associations and documents, and of compliance, from the service model.
const (
	CodeAssociationAlreadyExists         Code = "AssociationAlreadyExists"
	CodeAssociationDoesNotExist          Code = "AssociationDoesNotExist"
	CodeAssociationLimitExceeded         Code = "AssociationLimitExceeded"
	CodeInvalidAssociationVersion        Code = "InvalidAssociationVersion"
	CodeInvalidDocument                  Code = "InvalidDocument"
	CodeInvalidDocumentVersion           Code = "InvalidDocumentVersion"
	CodeInvalidOutputLocation            Code = "InvalidOutputLocation"
	CodeInvalidSchedule                  Code = "InvalidSchedule"
	CodeInvalidTarget                    Code = "InvalidTarget"
	CodeInvalidFilterKey                 Code = "InvalidFilterKey"
	CodeComplianceTypeCountLimitExceeded Code = "ComplianceTypeCountLimitExceededException"
	CodeInvalidResourceType              Code = "InvalidResourceType"
	CodeInvalidResourceID                Code = "InvalidResourceId"
)

// The codes of the operations on nodes and their tags, from the service model.
const (
	CodeInvalidInstanceInformationFilterValue Code = "InvalidInstanceInformationFilterValue"
	CodeInvalidInstancePropertyFilterValue    Code = "InvalidInstancePropertyFilterValue"
	CodeTooManyTags                           Code = "TooManyTagsError"
	CodeResourceDataSyncNotFound              Code = "ResourceDataSyncNotFoundException"
)

// The codes of muster's own operations, which AWS does not have.
const (
	CodeInvalidAccessKey Code = "InvalidAccessKeyException"
)

// The errors whose text never varies.
var (
	ErrMissingAuthenticationToken = &Error{Code: CodeMissingAuthenticationToken, Message: "Missing Authentication Token"}
	ErrUnrecognizedClient         = &Error{Code: CodeUnrecognizedClient, Message: "The security token included in the request is invalid."}
	ErrExpiredToken               = &Error{Code: CodeExpiredToken, Message: "The security token included in the request is expired"}
	ErrUnknownOperation           = &Error{Code: CodeUnknownOperation}
	ErrRequestEntityTooLarge      = &Error{Code: CodeRequestEntityTooLarge, Message: "The request body is larger than this server takes."}
	ErrThrottling                 = &Error{Code: CodeThrottling, Message: "Rate exceeded"}
	ErrClientGone                 = &Error{Code: CodeClientGone, Message: "The client left before it was answered."}
	ErrInternal                   = &Error{Code: CodeInternalServerError, Message: "An error occurred on the server side."}
	ErrInvalidNextToken           = &Error{Code: CodeInvalidNextToken, Message: "The specified token isn't valid."}
	ErrInvalidDeletionID          = &Error{Code: CodeInvalidDeletionID, Message: "The ID specified for the delete operation doesn't exist or isn't valid. Verify the ID and try again."}
	ErrDailyNodeSize              = &Error{Code: CodeTotalSizeLimitExceeded, Message: "The size of inventory data has exceeded the total size limit for the resource for today."}
	ErrCustomTypeCount            = &Error{Code: CodeCustomSchemaCountLimitExceeded, Message: "You have exceeded the limit for custom schemas. Delete one or more custom schemas and try again."}
	ErrInvalidActivationID        = &Error{Code: CodeInvalidActivationID, Message: "The activation ID isn't valid. Verify that you entered the correct ActivationId or ActivationCode and try again."}
	ErrInvalidActivation          = &Error{Code: CodeInvalidActivation, Message: "The activation isn't valid. The activation might have been deleted, or the ActivationId and the ActivationCode don't match."}
	ErrActivationExpired          = &Error{Code: CodeActivationExpired, Message: "The activation has expired. Create a new one."}
	ErrRegistrationLimitExceeded  = &Error{Code: CodeRegistrationLimitExceeded, Message: "As many nodes as the activation allows have registered with it. Create a new one."}
	ErrInvalidPublicKey           = &Error{Code: CodeInvalidPublicKey, Message: "The public key isn't valid. It is an RSA key of 2048 to 4096 bits, as base64 of the DER of its SubjectPublicKeyInfo."}
	ErrPublicKeyAlreadyRegistered = &Error{Code: CodePublicKeyAlreadyRegistered, Message: "A node has registered with this public key before. Register with a new one."}
	ErrFingerprint                = &Error{Code: CodeMachineFingerprintDoesNotMatch, Message: "The fingerprint isn't the one that the node was registered with. Register the machine again."}
	ErrAssociationExists          = &Error{Code: CodeAssociationAlreadyExists}
	ErrAssociationCount           = &Error{Code: CodeAssociationLimitExceeded}
	ErrAssociationVersion         = &Error{Code: CodeInvalidAssociationVersion, Message: "The version you specified isn't valid. An association is kept in its latest version only; use $LATEST."}
	ErrOutputLocation             = &Error{Code: CodeInvalidOutputLocation}
	ErrFilterKey                  = &Error{Code: CodeInvalidFilterKey}
	ErrResourceType               = &Error{Code: CodeInvalidResourceType}
	ErrResourceID                 = &Error{Code: CodeInvalidResourceID}
	ErrTooManyTags                = &Error{Code: CodeTooManyTags}
	ErrTagOnOtherNode             = &Error{Code: CodeValidation, Message: "resourceId should be in format mi-[0-9a-f]{17} for resource type ManagedInstance"}
	ErrMixedFilters               = &Error{Code: CodeValidation, Message: "Cannot mix tag or inventory filter with any other filter."}
	ErrTwoFilterForms             = &Error{Code: CodeValidation, Message: "Filters of the older and of the newer form can't be used in the same request."}
	ErrClientTokenReused          = &Error{Code: CodeInvalidDeleteInventoryParameters, Message: "The client token was used before with other parameters. Use a new one."}
)

// ErrSignature is a signature that does not verify, with the text for the reason.
func ErrSignature(message string) error { return &Error{Code: CodeInvalidSignature, Message: message} }

// ErrIncompleteSignature is an Authorization header that lacks parts, with the text that names them.
func ErrIncompleteSignature(message string) error {
	return &Error{Code: CodeIncompleteSignature, Message: message}
}

// ErrAccessDenied says, as IAM does, who may not do what on which resource.
func ErrAccessDenied(principal, action, resource string) error {
	return &Error{Code: CodeAccessDenied, Message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", principal, action, resource, action)}
}

// ErrSerialization is a body that is not JSON of the operation's shape. AWS often says nothing more.
func ErrSerialization(message string) error {
	return &Error{Code: CodeSerialization, Message: message}
}

// ErrValidation joins what the constraints found, as AWS's front end does.
func ErrValidation(found []string) error {
	errors := "errors"
	if len(found) == 1 {
		errors = "error"
	}
	return &Error{Code: CodeValidation, Message: fmt.Sprintf("%d validation %s detected: %s", len(found), errors, strings.Join(found, "; "))}
}

// ErrParameter is a ValidationException that no table of constraints makes, in the service's own words.
func ErrParameter(format string, args ...any) error {
	return &Error{Code: CodeValidation, Message: fmt.Sprintf(format, args...)}
}

// ErrInvalidParameters is a parameter that breaks a rule of the operation.
func ErrInvalidParameters(format string, args ...any) error {
	return &Error{Code: CodeInvalidParameters, Message: fmt.Sprintf(format, args...)}
}

// ErrFormerKey is a signature with a key that the node has replaced since.
var ErrFormerKey = &Error{Code: CodeInvalidSignature, Message: "The key that the request was signed with is no longer the node's."}

// ErrOtherRegion is a node's signature for a region that it is not registered in.
func ErrOtherRegion(n NodeID, r Region) error {
	return ErrSignature(fmt.Sprintf("Credential should be scoped to a valid region. %s is registered in %s.", n, r))
}

// ErrNoAccessKey is an access key that the account does not have.
func ErrNoAccessKey(id string) error {
	return &Error{Code: CodeInvalidAccessKey, Message: fmt.Sprintf("There is no access key %s.", id)}
}

// ErrOwnAccessKey is a revocation that would leave nobody to undo it.
func ErrOwnAccessKey(id string) error {
	return &Error{Code: CodeInvalidAccessKey, Message: fmt.Sprintf("The access key %s signed this very request. Revoke it with another administrator's key.", id)}
}

// ErrLastAdministrator is one after which nobody could make a key any more.
func ErrLastAdministrator(id string) error {
	return &Error{Code: CodeInvalidAccessKey, Message: fmt.Sprintf("The access key %s is the last of an administrator. Make another before you revoke it.", id)}
}

// ErrInvalidInstanceID is a node that is unknown, terminated, or not the caller's.
func ErrInvalidInstanceID(n NodeID) error {
	return &Error{Code: CodeInvalidInstanceID, Message: fmt.Sprintf("The node %s is not registered or not in a valid state.", n)}
}

// ErrUnknownType is a type name that nothing may be stored or asked under.
func ErrUnknownType(t TypeName) error {
	return &Error{Code: CodeInvalidTypeName, Message: fmt.Sprintf("The inventory type name %s isn't valid.", t)}
}

// ErrNotDeletable is DeleteInventory of a built-in type.
func ErrNotDeletable(t TypeName) error {
	return &Error{Code: CodeInvalidTypeName, Message: fmt.Sprintf("Only custom inventory types can be deleted; %s is not one.", t)}
}

// ErrItemContent is content that breaks the type's schema.
func ErrItemContent(t TypeName, format string, args ...any) error {
	return &Error{Code: CodeInvalidItemContent, TypeName: t, Message: fmt.Sprintf(format, args...)}
}

// ErrAttributeCase is a custom attribute that is known in another letter case.
func ErrAttributeCase(t TypeName, got, known string) error {
	return ErrItemContent(t, "The attribute %s of %s is already known as %s; attribute names differ by more than case.", got, t, known)
}

// ErrTooManyAttributes is a custom type with more than MaxAttributes attributes in one version.
func ErrTooManyAttributes(t TypeName, v Version) error {
	return ErrItemContent(t, "%s version %s would have more than %d attributes.", t, v, MaxAttributes)
}

// ErrContentMismatch is a hash without content that is not the hash of what is stored. The agent answers it by sending all.
func ErrContentMismatch(t TypeName) error {
	return &Error{Code: CodeItemContentMismatch, TypeName: t, Message: fmt.Sprintf("The inventory item %s was sent without content and its content hash does not match the stored one.", t)}
}

// ErrItemSize is one item over its limit.
func ErrItemSize(t TypeName, size, limit int64) error {
	return &Error{Code: CodeItemSizeLimitExceeded, TypeName: t, Message: fmt.Sprintf("The inventory item %s is %d bytes, over the limit of %d.", t, size, limit)}
}

// ErrCallSize is a call over its limit.
func ErrCallSize(size, limit int64) error {
	return &Error{Code: CodeTotalSizeLimitExceeded, Message: fmt.Sprintf("The inventory data of this call is %d bytes, over the limit of %d.", size, limit)}
}

// ErrSubTypeCount is one compliance type too many on a node.
func ErrSubTypeCount(t TypeName, limit int) error {
	return &Error{Code: CodeSubTypeCountLimitExceeded, Message: fmt.Sprintf("The number of custom sub-types of %s is over the limit of %d.", t, limit)}
}

// ErrSchemaVersion is a version of a built-in type that the catalogue does not have.
func ErrSchemaVersion(t TypeName, v Version) error {
	return &Error{Code: CodeUnsupportedInventorySchemaVersion, Message: fmt.Sprintf("Version %s of the inventory type %s isn't supported.", v, t)}
}

// ErrNoContext is a Context on a type that has none.
func ErrNoContext(t TypeName) error {
	return &Error{Code: CodeUnsupportedInventoryItemContext, TypeName: t, Message: fmt.Sprintf("The Context attribute isn't supported for the inventory type %s.", t)}
}

// ErrItemContext is a Context with keys or values that the type does not take.
func ErrItemContext(t TypeName, reason string) error {
	return &Error{Code: CodeInvalidInventoryItemContext, Message: fmt.Sprintf("The Context of the inventory item %s isn't valid: %s.", t, reason)}
}

// ErrFilter is a filter that cannot be answered.
func ErrFilter(format string, args ...any) error {
	return &Error{Code: CodeInvalidFilter, Message: fmt.Sprintf(format, args...)}
}

// ErrGroup is an inventory group that cannot be answered.
func ErrGroup(format string, args ...any) error {
	return &Error{Code: CodeInvalidInventoryGroup, Message: fmt.Sprintf(format, args...)}
}

// ErrAggregator is an aggregator that cannot be answered.
func ErrAggregator(format string, args ...any) error {
	return &Error{Code: CodeInvalidAggregator, Message: fmt.Sprintf(format, args...)}
}

// ErrResultAttribute is a result type that AWS does not give from GetInventory; the text is AWS's.
func ErrResultAttribute(t TypeName) error {
	return &Error{Code: CodeInvalidResultAttribute, Message: fmt.Sprintf("Result type name %s is not supported. Supported type names are: %s, %s. Default result type name is %s.", t, TypeInstanceInformation, TypePatchSummary, TypeInstanceInformation)}
}

// ErrNoAssociation is an association that there is not.
func ErrNoAssociation(what string) error {
	return &Error{Code: CodeAssociationDoesNotExist, Message: fmt.Sprintf("The association %s doesn't exist.", what)}
}

// ErrDocument is a document that there is not.
func ErrDocument(name string) error {
	return &Error{Code: CodeInvalidDocument, Message: fmt.Sprintf("The document %s doesn't exist.", name)}
}

// ErrDocumentVersion is a version that the document does not have.
func ErrDocumentVersion(name, version string) error {
	return &Error{Code: CodeInvalidDocumentVersion, Message: fmt.Sprintf("The document %s has no version %s.", name, version)}
}

// ErrSchedule is a schedule that cannot be read, or that the agent cannot.
func ErrSchedule(schedule, reason string) error {
	return &Error{Code: CodeInvalidSchedule, Message: fmt.Sprintf("The schedule %s is invalid: %s.", schedule, reason)}
}

// ErrTarget is a target that chooses no nodes.
func ErrTarget(format string, args ...any) error {
	return &Error{Code: CodeInvalidTarget, Message: fmt.Sprintf(format, args...)}
}

// ErrComplianceTypeCount is one custom compliance type too many on a node.
func ErrComplianceTypeCount(limit int) error {
	return &Error{Code: CodeComplianceTypeCountLimitExceeded, Message: fmt.Sprintf("You specified too many custom compliance types. You can specify a maximum of %d different types.", limit)}
}

// ErrInstanceFilterValue is a filter of DescribeInstanceInformation with a value that there cannot be.
func ErrInstanceFilterValue(message string) error {
	return &Error{Code: CodeInvalidInstanceInformationFilterValue, Message: message}
}

// ErrPropertyFilterValue is a filter of DescribeInstanceProperties with a value that there cannot be.
func ErrPropertyFilterValue(message string) error {
	return &Error{Code: CodeInvalidInstancePropertyFilterValue, Message: message}
}

// ErrNoSync is a resource data sync that there is not.
func ErrNoSync(name string) error {
	return &Error{Code: CodeResourceDataSyncNotFound, SyncName: name, Message: fmt.Sprintf("The resource data sync %s doesn't exist.", name)}
}

// ErrComplianceSize is compliance items over their limit, in bytes.
func ErrComplianceSize(limit int64) error {
	return &Error{Code: CodeItemSizeLimitExceeded, Message: fmt.Sprintf("Compliance item can have up to %d KB in total.", limit>>10)}
}
