package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// operation makes a call through AWS's typed client. The output is a pointer to the SDK's own type.
type operation func(ctx context.Context, c *ssm.Client, body []byte) (output any, err error)

// operations are those that cases may call by name, nil for one that AWS's SDK does not have. A new one is one line.
var operations = map[string]operation{
	"PutInventory":               typed((*ssm.Client).PutInventory),
	"GetInventory":               typed((*ssm.Client).GetInventory),
	"GetInventorySchema":         typed((*ssm.Client).GetInventorySchema),
	"ListInventoryEntries":       typed((*ssm.Client).ListInventoryEntries),
	"DeleteInventory":            typed((*ssm.Client).DeleteInventory),
	"DescribeInventoryDeletions": typed((*ssm.Client).DescribeInventoryDeletions),

	"CreateActivation":          typed((*ssm.Client).CreateActivation),
	"DescribeActivations":       typed((*ssm.Client).DescribeActivations),
	"DeleteActivation":          typed((*ssm.Client).DeleteActivation),
	"DeregisterManagedInstance": typed((*ssm.Client).DeregisterManagedInstance),
	"UpdateManagedInstanceRole": typed((*ssm.Client).UpdateManagedInstanceRole),

	"CreateAssociation":                  typed((*ssm.Client).CreateAssociation),
	"UpdateAssociation":                  typed((*ssm.Client).UpdateAssociation),
	"DeleteAssociation":                  typed((*ssm.Client).DeleteAssociation),
	"DescribeAssociation":                typed((*ssm.Client).DescribeAssociation),
	"ListAssociations":                   typed((*ssm.Client).ListAssociations),
	"StartAssociationsOnce":              typed((*ssm.Client).StartAssociationsOnce),
	"DescribeInstanceAssociationsStatus": typed((*ssm.Client).DescribeInstanceAssociationsStatus),
	"GetDocument":                        typed((*ssm.Client).GetDocument),
	"PutComplianceItems":                 typed((*ssm.Client).PutComplianceItems),
	"ListComplianceItems":                typed((*ssm.Client).ListComplianceItems),
	"ListComplianceSummaries":            typed((*ssm.Client).ListComplianceSummaries),
	"ListResourceComplianceSummaries":    typed((*ssm.Client).ListResourceComplianceSummaries),
	"DescribeDocument":                   typed((*ssm.Client).DescribeDocument),
	"ListDocuments":                      typed((*ssm.Client).ListDocuments),

	"UpdateInstanceInformation":   nil, // which only the agent's own SDK has
	"DescribeInstanceInformation": typed((*ssm.Client).DescribeInstanceInformation),
	"DescribeInstanceProperties":  typed((*ssm.Client).DescribeInstanceProperties),
	"GetConnectionStatus":         typed((*ssm.Client).GetConnectionStatus),
	"ListNodes":                   typed((*ssm.Client).ListNodes),
	"ListNodesSummary":            typed((*ssm.Client).ListNodesSummary),
	"AddTagsToResource":           typed((*ssm.Client).AddTagsToResource),
	"RemoveTagsFromResource":      typed((*ssm.Client).RemoveTagsFromResource),
	"ListTagsForResource":         typed((*ssm.Client).ListTagsForResource),
}

func typed[In, Out any](call func(*ssm.Client, context.Context, *In, ...func(*ssm.Options)) (*Out, error)) operation {
	return func(ctx context.Context, c *ssm.Client, body []byte) (any, error) {
		in := new(In)
		if err := jsonv2.Unmarshal(body, in, jsonv2.MatchCaseInsensitiveNames(true), jsonv2.WithUnmarshalers(epochs)); err != nil {
			return nil, err
		}
		return call(c, ctx, in)
	}
}

// epochs reads times as they stand on the wire.
var epochs = jsonv2.UnmarshalFromFunc(func(dec *jsontext.Decoder, t *time.Time) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	seconds, err := token.Float()
	*t = time.UnixMilli(int64(math.Round(seconds * 1000)))
	return err
})

// modelled are the SDK's types for the errors that the operations declare. Every other code is a plain APIError to it.
var modelled = map[string]func(error) (smithy.APIError, bool){
	"InternalServerError":                        as[*types.InternalServerError],
	"InvalidInstanceId":                          as[*types.InvalidInstanceId],
	"InvalidTypeNameException":                   as[*types.InvalidTypeNameException],
	"InvalidItemContentException":                as[*types.InvalidItemContentException],
	"TotalSizeLimitExceededException":            as[*types.TotalSizeLimitExceededException],
	"ItemSizeLimitExceededException":             as[*types.ItemSizeLimitExceededException],
	"ItemContentMismatchException":               as[*types.ItemContentMismatchException],
	"CustomSchemaCountLimitExceededException":    as[*types.CustomSchemaCountLimitExceededException],
	"UnsupportedInventorySchemaVersionException": as[*types.UnsupportedInventorySchemaVersionException],
	"UnsupportedInventoryItemContextException":   as[*types.UnsupportedInventoryItemContextException],
	"InvalidInventoryItemContextException":       as[*types.InvalidInventoryItemContextException],
	"SubTypeCountLimitExceededException":         as[*types.SubTypeCountLimitExceededException],
	"InvalidFilter":                              as[*types.InvalidFilter],
	"InvalidInventoryGroupException":             as[*types.InvalidInventoryGroupException],
	"InvalidNextToken":                           as[*types.InvalidNextToken],
	"InvalidAggregatorException":                 as[*types.InvalidAggregatorException],
	"InvalidResultAttributeException":            as[*types.InvalidResultAttributeException],
	"InvalidOptionException":                     as[*types.InvalidOptionException],
	"InvalidDeleteInventoryParametersException":  as[*types.InvalidDeleteInventoryParametersException],
	"InvalidInventoryRequestException":           as[*types.InvalidInventoryRequestException],
	"InvalidDeletionIdException":                 as[*types.InvalidDeletionIdException],
	"InvalidActivation":                          as[*types.InvalidActivation],
	"InvalidActivationId":                        as[*types.InvalidActivationId],
	"ComplianceTypeCountLimitExceededException":  as[*types.ComplianceTypeCountLimitExceededException],
	"AssociationAlreadyExists":                   as[*types.AssociationAlreadyExists],
	"AssociationDoesNotExist":                    as[*types.AssociationDoesNotExist],
	"AssociationLimitExceeded":                   as[*types.AssociationLimitExceeded],
	"AssociationVersionLimitExceeded":            as[*types.AssociationVersionLimitExceeded],
	"InvalidAssociation":                         as[*types.InvalidAssociation],
	"InvalidAssociationVersion":                  as[*types.InvalidAssociationVersion],
	"InvalidDocument":                            as[*types.InvalidDocument],
	"InvalidDocumentVersion":                     as[*types.InvalidDocumentVersion],
	"InvalidFilterKey":                           as[*types.InvalidFilterKey],
	"InvalidOutputLocation":                      as[*types.InvalidOutputLocation],
	"InvalidParameters":                          as[*types.InvalidParameters],
	"InvalidSchedule":                            as[*types.InvalidSchedule],
	"InvalidTag":                                 as[*types.InvalidTag],
	"InvalidTarget":                              as[*types.InvalidTarget],
	"InvalidTargetMaps":                          as[*types.InvalidTargetMaps],
	"InvalidUpdate":                              as[*types.InvalidUpdate],
	"TooManyUpdates":                             as[*types.TooManyUpdates],
	"UnsupportedPlatformType":                    as[*types.UnsupportedPlatformType],

	"InvalidInstanceInformationFilterValue": as[*types.InvalidInstanceInformationFilterValue],
	"InvalidInstancePropertyFilterValue":    as[*types.InvalidInstancePropertyFilterValue],
	"ResourceDataSyncNotFoundException":     as[*types.ResourceDataSyncNotFoundException],
	"UnsupportedOperationException":         as[*types.UnsupportedOperationException],
	"InvalidResourceType":                   as[*types.InvalidResourceType],
	"InvalidResourceId":                     as[*types.InvalidResourceId],
	"TooManyTagsError":                      as[*types.TooManyTagsError],
}

func as[E smithy.APIError](err error) (smithy.APIError, bool) {
	var e E
	ok := errors.As(err, &e)
	return e, ok
}

// callTyped makes the call through the typed client if that can say exactly the body, and reports whether it could: what the
// client refuses to send, or would send otherwise, reaches no server.
func callTyped(ctx context.Context, o caller, name string, body []byte) (x exchange, sent bool, err error) {
	want, err := parseJSON(body)
	if err != nil || operations[name] == nil || !jsontext.Value(body).IsValid() { // a member that is there twice is lost on the way through a typed client
		return exchange{}, false, nil
	}
	wire := &recorder{want: want}
	client := ssm.New(ssm.Options{
		BaseEndpoint: aws.String(o.url),
		Region:       o.region,
		Credentials:  o,
		Retryer:      aws.NopRetryer{},
		HTTPSignerV4: clockedSigner{v4.NewSigner(), o.now},
		HTTPClient:   &http.Client{Transport: wire},
	})
	output, callErr := operations[name](ctx, client, body)
	if !wire.sent {
		return exchange{}, false, nil
	}
	if wire.err != nil {
		return exchange{}, true, wire.err
	}
	return wire.exchange, true, checkDecoded(wire.exchange, output, callErr)
}

// clockedSigner signs with the server's clock, which cases move.
type clockedSigner struct {
	*v4.Signer
	now time.Time
}

func (s clockedSigner) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, o ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, c, r, hash, service, region, s.now, o...)
}

// recorder keeps what crosses the wire, and lets through only a request that says what the case says.
type recorder struct {
	want     any
	sent     bool
	exchange exchange
	err      error
}

func (w *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if !saysExactly(w.want, body) {
		return nil, errors.New("the typed client would send something else")
	}
	w.sent = true
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.err = err
		return nil, err
	}
	w.exchange, w.err = readExchange(answer)
	if w.err != nil {
		return nil, w.err
	}
	answer.Body = io.NopCloser(bytes.NewReader(w.exchange.body))
	return answer, nil
}

// saysExactly leaves out of account the ClientToken that the client makes up where a case has none.
func saysExactly(want any, body []byte) bool {
	got, err := parseJSON(body)
	if err != nil {
		return false
	}
	if members, ok := want.(map[string]any); ok {
		if _, given := members["ClientToken"]; !given {
			delete(got.(map[string]any), "ClientToken")
		}
	}
	return reflect.DeepEqual(want, got)
}

// checkDecoded holds what the SDK made of an answer against the answer itself: nothing may be lost or of another type.
func checkDecoded(x exchange, output any, err error) error {
	tree, jsonErr := parseJSON(x.body)
	if jsonErr != nil {
		return fmt.Errorf("the answer is not JSON: %w", jsonErr)
	}
	if err == nil {
		if err := match(members(reflect.ValueOf(output)), tree, nil, "decoded"); err != nil {
			return fmt.Errorf("the SDK decodes the answer to something else: %w", err)
		}
		return nil
	}
	fields, ok := tree.(map[string]any)
	if !ok {
		return fmt.Errorf("an error that is not an object: %s", x.body)
	}
	code, _ := fields["__type"].(string)
	if find, declared := modelled[code]; declared {
		e, found := find(err)
		if !found {
			return fmt.Errorf("%s is not the SDK's type for it: %w", code, err)
		}
		decoded := members(reflect.ValueOf(e)).(map[string]any)
		decoded["__type"] = code
		if _, lower := fields["message"]; lower { // the SDK reads either spelling, and has one
			decoded["message"] = decoded["Message"]
			delete(decoded, "Message")
		}
		return match(decoded, tree, nil, "decoded")
	}
	var e smithy.APIError
	if !errors.As(err, &e) {
		return fmt.Errorf("no API error to the SDK: %w", err)
	}
	message, _ := fields["message"].(string)
	if message == "" {
		message, _ = fields["Message"].(string)
	}
	if e.ErrorCode() != code || e.ErrorMessage() != message {
		return fmt.Errorf("the SDK reads %s %q from %s", e.ErrorCode(), e.ErrorMessage(), x.body)
	}
	return nil
}

// members writes an SDK value as the JSON tree that it stands for: absent members left out, times as epoch seconds.
func members(v reflect.Value) any {
	if t, ok := reflect.TypeAssert[time.Time](v); ok {
		return json.Number(fmt.Sprintf("%.3f", float64(t.UnixMilli())/1000))
	}
	if union, ok := reflect.TypeAssert[*types.NodeTypeMemberInstance](v); ok {
		return map[string]any{"Instance": members(reflect.ValueOf(union.Value))}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return members(v.Elem())
	case reflect.Struct:
		tree := map[string]any{}
		for field, value := range v.Fields() {
			switch field.Name {
			case "ResultMetadata", "ErrorCodeOverride", "noSmithyDocumentSerde":
				continue
			}
			absent := value.Kind() == reflect.String && value.Len() == 0
			switch value.Kind() {
			case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
				absent = value.IsNil()
			}
			if !absent {
				tree[field.Name] = members(value)
			}
		}
		return tree
	case reflect.Map:
		tree := map[string]any{}
		for key, value := range v.Seq2() {
			tree[key.String()] = members(value)
		}
		return tree
	case reflect.Slice:
		tree := make([]any, v.Len())
		for i := range tree {
			tree[i] = members(v.Index(i))
		}
		return tree
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	}
	return json.Number(fmt.Sprint(v.Interface()))
}
