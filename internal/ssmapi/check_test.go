package ssmapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"muster"
)

// fault is the text of one error.
func fault(value, at, constraint string) string {
	return fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: %s", value, at, constraint)
}

const (
	notNull     = "Member must not be null"
	instanceID  = `Member must satisfy regular expression pattern: (^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)`
	typeName    = `Member must satisfy regular expression pattern: ^(AWS|Custom):.*$`
	version     = `Member must satisfy regular expression pattern: ^([0-9]{1,6})(\.[0-9]{1,6})$`
	captureTime = `Member must satisfy regular expression pattern: ^(20)[0-9][0-9]-(0[1-9]|1[012])-([12][0-9]|3[01]|0[1-9])(T)(2[0-3]|[0-1][0-9])(:[0-5][0-9])(:[0-5][0-9])(Z)$`
	uuid        = `Member must satisfy regular expression pattern: [a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}`
	operator    = "Member must satisfy enum value set: [Equal, NotEqual, BeginWith, LessThan, GreaterThan, Exists]"
	names       = "Map keys must satisfy constraint: [Member must have length less than or equal to 64, Member must have length greater than or equal to 1]"
	values      = "Map value must satisfy constraint: [Member must have length less than or equal to 4096, Member must have length greater than or equal to 0]"
)

func longest(n int) string { return fmt.Sprintf("Member must have length less than or equal to %d", n) }
func shortest(n int) string {
	return fmt.Sprintf("Member must have length greater than or equal to %d", n)
}
func most(n int) string  { return fmt.Sprintf("Member must have value less than or equal to %d", n) }
func least(n int) string { return fmt.Sprintf("Member must have value greater than or equal to %d", n) }

// list is the JSON of an array of n times the element, and text that of n x's.
func list(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}
func text(n int) string { return `"` + strings.Repeat("x", n) + `"` }

// cut is how an error shows a text that is too long to show.
func cut(s string) string { return s[:1000] + "..." }

// try decodes and checks an input of the type, and gives the errors.
func try[In any](t *testing.T) func(body string) string {
	t.Helper()
	check := Checker[In]()
	return func(body string) string {
		in := new(In)
		if err := json.Unmarshal([]byte(body), in); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		err := check(in)
		if err == nil {
			return ""
		}
		return strings.TrimPrefix(err.Error(), "ValidationException: ")
	}
}

type checkCase struct {
	body string
	want []string // no errors: valid
}

func runChecks[In any](t *testing.T, cases []checkCase) {
	t.Parallel()
	check := try[In](t)
	for _, c := range cases {
		want := ""
		if len(c.want) > 0 {
			want = strings.TrimPrefix(muster.ErrValidation(c.want).Error(), "ValidationException: ")
		}
		if got := check(c.body); got != want {
			t.Errorf("%.200s\ngot  %.600s\nwant %.600s", c.body, got, want)
		}
	}
}

func TestCheckPutInventory(t *testing.T) {
	const good = `{"TypeName":"Custom:A","SchemaVersion":"1.0","CaptureTime":"2026-03-04T05:06:07Z"}`
	put := func(items string) string { return `{"InstanceId":"i-01234567","Items":` + items + `}` }
	item := func(members string) string {
		return put(`[{"TypeName":"Custom:A","SchemaVersion":"1.0","CaptureTime":"2026-03-04T05:06:07Z",` + members + `}]`)
	}
	pairs := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"a%d":""`, i))
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	java := strings.NewReplacer(`"`, "", ":", "=", ",", ", ")

	runChecks[PutInventoryInput](t, []checkCase{
		{put("[" + good + "]"), nil},
		{`{}`, []string{fault("null", "instanceId", notNull), fault("null", "items", notNull)}},
		{`{"InstanceId":"i-083e1601960282cd","Items":[` + good + `]}`, []string{fault("i-083e1601960282cd", "instanceId", instanceID)}},
		{`{"InstanceId":"","Items":[` + good + `]}`, []string{fault("", "instanceId", instanceID)}},
		{`{"InstanceId":"mi-04bf6ad63bEXAMPLE","Items":[` + good + `]}`, nil},
		{`{"InstanceId":"mi-04bf6ad63bEXAMPL","Items":[` + good + `]}`, []string{fault("mi-04bf6ad63bEXAMPL", "instanceId", instanceID)}},
		{`{"InstanceId":"i-01234567\n","Items":[` + good + `]}`, []string{fault("i-01234567\n", "instanceId", instanceID)}},

		{put(`[]`), []string{fault("[]", "items", shortest(1))}},
		{put(list(30, good)), nil},
		{put(list(31, good)), []string{fault(cut("["+strings.Repeat("InventoryItem(typeName=Custom:A, schemaVersion=1.0, captureTime=2026-03-04T05:06:07Z, contentHash=null, content=null, context=null), ", 20)), "items", longest(30))}},
		{put(`[` + good + `,{}]`), []string{
			fault("null", "items.2.member.typeName", notNull),
			fault("null", "items.2.member.schemaVersion", notNull),
			fault("null", "items.2.member.captureTime", notNull),
		}},
		{put(`[{"TypeName":"","SchemaVersion":"1","CaptureTime":"2026-03-04"}]`), []string{
			fault("", "items.1.member.typeName", shortest(1)),
			fault("", "items.1.member.typeName", typeName),
			fault("1", "items.1.member.schemaVersion", version),
			fault("2026-03-04", "items.1.member.captureTime", captureTime),
		}},
		{put(`[{"TypeName":"CUSTOM:A","SchemaVersion":"1.0.0","CaptureTime":"1999-12-31T23:59:59Z"}]`), []string{
			fault("CUSTOM:A", "items.1.member.typeName", typeName),
			fault("1.0.0", "items.1.member.schemaVersion", version),
			fault("1999-12-31T23:59:59Z", "items.1.member.captureTime", captureTime),
		}},
		{put(`[{"TypeName":"AWS:` + strings.Repeat("é", 96) + `","SchemaVersion":"1234567.0","CaptureTime":"2026-02-31T00:00:00Z"}]`), []string{
			fault("1234567.0", "items.1.member.schemaVersion", version),
		}},
		{put(`[{"TypeName":"AWS:` + strings.Repeat("é", 97) + `","SchemaVersion":"999999.999999","CaptureTime":"2026-02-31T24:00:00Z"}]`), []string{
			fault("AWS:"+strings.Repeat("é", 97), "items.1.member.typeName", longest(100)),
			fault("2026-02-31T24:00:00Z", "items.1.member.captureTime", captureTime),
		}},

		{item(`"ContentHash":` + text(256)), nil},
		{item(`"ContentHash":` + text(257)), []string{fault(strings.Repeat("x", 257), "items.1.member.contentHash", longest(256))}},

		{item(`"Content":[]`), nil},
		{item(`"Content":` + list(10000, `{}`)), nil},
		{item(`"Content":` + list(10001, `{}`)), []string{fault(cut("["+strings.Repeat("{}, ", 300)), "items.1.member.content", longest(10000))}},
		{item(`"Content":[` + pairs(50) + `]`), nil},
		{item(`"Content":[{},` + pairs(51) + `]`), []string{fault("{a0=, a1=, a10=, a11=, a12=, a13=, a14=, a15=, a16=, a17=, a18=, a19=, a2=, a20=, a21=, a22=, a23=, a24=, a25=, a26=, a27=, a28=, a29=, a3=, a30=, a31=, a32=, a33=, a34=, a35=, a36=, a37=, a38=, a39=, a4=, a40=, a41=, a42=, a43=, a44=, a45=, a46=, a47=, a48=, a49=, a5=, a50=, a6=, a7=, a8=, a9=}", "items.1.member.content.2.member", longest(50))}},
		{item(`"Content":[{` + text(64) + `:` + text(4096) + `}]`), nil},
		{item(`"Content":[{"` + strings.Repeat("é", 64) + `":"` + strings.Repeat("é", 4096) + `"}]`), nil},
		{item(`"Content":[{` + text(65) + `:"v"}]`), []string{fault(java.Replace(`{`+text(65)+`:v}`), "items.1.member.content.1.member", names)}},
		{item(`"Content":[{"":"v"}]`), []string{fault("{=v}", "items.1.member.content.1.member", names)}},
		{item(`"Content":[{"a":` + text(4097) + `}]`), []string{fault(cut("{a="+strings.Repeat("x", 4097)), "items.1.member.content.1.member", values)}},
		{item(`"Content":[{"":` + text(4097) + `}]`), []string{
			fault(cut("{="+strings.Repeat("x", 4097)), "items.1.member.content.1.member", names),
			fault(cut("{="+strings.Repeat("x", 4097)), "items.1.member.content.1.member", values),
		}},

		{item(`"Context":` + pairs(50)), nil},
		{item(`"Context":{"":"v"}`), []string{fault("{=v}", "items.1.member.context", names)}},
		{item(`"Context":{"k":` + text(4097) + `}`), []string{fault(cut("{k="+strings.Repeat("x", 4097)), "items.1.member.context", values)}},
	})
}

func TestCheckGetInventory(t *testing.T) {
	const filter = `{"Key":"AWS:Application.Name","Values":["a"]}`
	filters := func(of string) string { return `{"Filters":` + of + `}` }

	runChecks[GetInventoryInput](t, []checkCase{
		{`{}`, nil},
		{filters(list(5, filter)), nil},
		{filters(`[]`), []string{fault("[]", "filters", shortest(1))}},
		{filters(list(6, filter)), []string{fault("["+strings.TrimSuffix(strings.Repeat("InventoryFilter(key=AWS:Application.Name, values=[a], type=null), ", 6), ", ")+"]", "filters", longest(5))}},
		{filters(`[{}]`), []string{fault("null", "filters.1.member.key", notNull), fault("null", "filters.1.member.values", notNull)}},
		{filters(`[{"Key":"","Values":[]}]`), []string{fault("", "filters.1.member.key", shortest(1)), fault("[]", "filters.1.member.values", shortest(1))}},
		{filters(`[{"Key":` + text(200) + `,"Values":` + list(40, `""`) + `,"Type":"Exists"}]`), nil},
		{filters(`[{"Key":` + text(201) + `,"Values":` + list(41, `"v"`) + `,"Type":"equal"}]`), []string{
			fault(strings.Repeat("x", 201), "filters.1.member.key", longest(200)),
			fault("["+strings.Repeat("v, ", 40)+"v]", "filters.1.member.values", longest(40)),
			fault("equal", "filters.1.member.type", operator),
		}},
		{filters(`[{"Key":"k","Values":["v"],"Type":""}]`), []string{fault("", "filters.1.member.type", operator)}},

		{`{"Aggregators":[]}`, []string{fault("[]", "aggregators", shortest(1))}},
		{`{"Aggregators":` + list(10, `{}`) + `}`, nil},
		{`{"Aggregators":` + list(11, `{"Expression":"e"}`) + `}`, []string{fault("["+strings.TrimSuffix(strings.Repeat("InventoryAggregator(expression=e, aggregators=null, groups=null), ", 11), ", ")+"]", "aggregators", longest(10))}},
		{`{"Aggregators":[{"Expression":` + text(1000) + `}]}`, nil},
		{`{"Aggregators":[{"Expression":` + text(1001) + `}]}`, []string{fault(cut(strings.Repeat("x", 1001)), "aggregators.1.member.expression", longest(1000))}},
		{`{"Aggregators":[{"Expression":""}]}`, []string{fault("", "aggregators.1.member.expression", shortest(1))}},
		{`{"Aggregators":[{"Aggregators":[{"Aggregators":[]}]}]}`, []string{fault("[]", "aggregators.1.member.aggregators.1.member.aggregators", shortest(1))}},
		{`{"Aggregators":[{"Groups":[]}]}`, []string{fault("[]", "aggregators.1.member.groups", shortest(1))}},
		{`{"Aggregators":[{"Groups":` + list(15, `{"Name":"n","Filters":[`+filter+`]}`) + `}]}`, nil},
		{`{"Aggregators":[{"Groups":` + list(16, `{"Name":"n","Filters":[`+filter+`]}`) + `}]}`, []string{fault(cut("["+strings.Repeat("InventoryGroup(name=n, filters=[InventoryFilter(key=AWS:Application.Name, values=[a], type=null)]), ", 16)), "aggregators.1.member.groups", longest(15))}},
		{`{"Aggregators":[{"Groups":[{}]}]}`, []string{fault("null", "aggregators.1.member.groups.1.member.name", notNull), fault("null", "aggregators.1.member.groups.1.member.filters", notNull)}},
		{`{"Aggregators":[{"Groups":[{"Name":"","Filters":[{"Key":"k"}]}]}]}`, []string{
			fault("", "aggregators.1.member.groups.1.member.name", shortest(1)),
			fault("null", "aggregators.1.member.groups.1.member.filters.1.member.values", notNull),
		}},
		{`{"Aggregators":[{"Groups":[{"Name":` + text(201) + `,"Filters":[` + filter + `]}]}]}`, []string{fault(strings.Repeat("x", 201), "aggregators.1.member.groups.1.member.name", longest(200))}},

		{`{"ResultAttributes":[{"TypeName":"AWS:PatchSummary"}]}`, nil},
		{`{"ResultAttributes":[]}`, []string{fault("[]", "resultAttributes", shortest(1))}},
		{`{"ResultAttributes":[{"TypeName":"AWS:A"},{"TypeName":"AWS:B"}]}`, []string{fault("[ResultAttribute(typeName=AWS:A), ResultAttribute(typeName=AWS:B)]", "resultAttributes", longest(1))}},
		{`{"ResultAttributes":[{}]}`, []string{fault("null", "resultAttributes.1.member.typeName", notNull)}},
		{`{"ResultAttributes":[{"TypeName":"x"}]}`, []string{fault("x", "resultAttributes.1.member.typeName", typeName)}},

		{`{"MaxResults":1,"NextToken":""}`, nil},
		{`{"MaxResults":50}`, nil},
		{`{"MaxResults":0}`, []string{fault("0", "maxResults", least(1))}},
		{`{"MaxResults":51}`, []string{fault("51", "maxResults", most(50))}},
		{`{"MaxResults":-7}`, []string{fault("-7", "maxResults", least(1))}},
	})
}

func TestCheckGetInventorySchema(t *testing.T) {
	runChecks[GetInventorySchemaInput](t, []checkCase{
		{`{"TypeName":""}`, nil},
		{`{"TypeName":` + text(100) + `,"Aggregator":true,"SubType":true}`, nil},
		{`{"TypeName":` + text(101) + `}`, []string{fault(strings.Repeat("x", 101), "typeName", longest(100))}},
		{`{"MaxResults":50}`, nil},
		{`{"MaxResults":200}`, nil},
		{`{"MaxResults":49}`, []string{fault("49", "maxResults", least(50))}},
		{`{"MaxResults":201}`, []string{fault("201", "maxResults", most(200))}},
	})
}

func TestCheckListInventoryEntries(t *testing.T) {
	runChecks[ListInventoryEntriesInput](t, []checkCase{
		{`{"InstanceId":"i-01234567","TypeName":"AWS:Application"}`, nil},
		{`{"MaxResults":51}`, []string{fault("null", "instanceId", notNull), fault("null", "typeName", notNull), fault("51", "maxResults", most(50))}},
		{`{"InstanceId":"x","TypeName":"y","Filters":[]}`, []string{
			fault("x", "instanceId", instanceID), fault("y", "typeName", typeName), fault("[]", "filters", shortest(1)),
		}},
	})
}

func TestCheckDeleteInventory(t *testing.T) {
	runChecks[DeleteInventoryInput](t, []checkCase{
		{`{"TypeName":"Custom:A","SchemaDeleteOption":"DisableSchema","DryRun":true,"ClientToken":"11111111-2222-4333-8444-77777777777f"}`, nil},
		{`{}`, []string{fault("null", "typeName", notNull)}},
		{`{"TypeName":"Custom:A","SchemaDeleteOption":"Delete"}`, []string{fault("Delete", "schemaDeleteOption", "Member must satisfy enum value set: [DisableSchema, DeleteSchema]")}},
		{`{"TypeName":"Custom:A","SchemaDeleteOption":""}`, []string{fault("", "schemaDeleteOption", "Member must satisfy enum value set: [DisableSchema, DeleteSchema]")}},
		{`{"TypeName":"Custom:A","ClientToken":"11111111-2222-4333-8444-77777777777F"}`, []string{fault("11111111-2222-4333-8444-77777777777F", "clientToken", uuid)}},
		{`{"TypeName":"Custom:A","ClientToken":"x11111111-2222-4333-8444-777777777777x"}`, []string{fault("x11111111-2222-4333-8444-777777777777x", "clientToken", uuid)}},
	})
}

func TestCheckDescribeInventoryDeletions(t *testing.T) {
	runChecks[DescribeInventoryDeletionsInput](t, []checkCase{
		{`{}`, nil},
		{`{"DeletionId":"d72ac9e8-1f60-4d40-b1c6-987654321c4d","MaxResults":1}`, nil},
		{`{"DeletionId":"","MaxResults":0}`, []string{fault("", "deletionId", uuid), fault("0", "maxResults", least(1))}},
	})
}

func TestCheckStopsAtTenErrors(t *testing.T) {
	t.Parallel()
	in := &PutInventoryInput{InstanceId: new(muster.NodeID("i-01234567")), Items: make([]InventoryItem, 30)}
	if got := Checker[PutInventoryInput]()(in).Error(); !strings.HasPrefix(got, "ValidationException: 10 validation errors detected: ") || strings.Count(got, ";") != 9 {
		t.Errorf("got %s", got)
	}
}

// TestCheckElementsOfLists has a shape of its own, since no list of strings of the inventory has constraints on its elements.
func TestCheckElementsOfLists(t *testing.T) {
	t.Parallel()
	type input struct {
		Tags []string `shape:"InventoryFilterValueList,of=InventoryItemTypeName"`
	}
	if err := Checker[input]()(&input{Tags: []string{"AWS:A"}}); err != nil {
		t.Error(err)
	}
	want := muster.ErrValidation([]string{fault("[AWS:A, b, c]", "tags",
		"Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1, "+typeName+"]")})
	if err := Checker[input]()(&input{Tags: []string{"AWS:A", "b", "c"}}); err == nil || err.Error() != want.Error() {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

func TestCheckerPanicsOnAnUnknownShape(t *testing.T) {
	t.Parallel()
	defer func() {
		if got := recover(); got != "ssmapi: no shape Colour" {
			t.Errorf("recovered %v", got)
		}
	}()
	Checker[struct {
		A *string `shape:"Colour"`
	}]()
}

func TestRegisterManagedInstance(t *testing.T) {
	const body = `{"PublicKeyType":"Rsa","PublicKey":%s,"Fingerprint":%s,"ActivationCode":%s}`
	with := func(fingerprint, code string) string { return fmt.Sprintf(body, text(392), fingerprint, code) }
	runChecks[RegisterManagedInstanceInput](t, []checkCase{
		{with(text(1), text(20)), nil},
		{with(text(256), text(250)), nil},
		{with("null", text(20)), []string{fault("null", "fingerprint", notNull)}},
		{with(text(257), text(20)), []string{fault(strings.Repeat("x", 257), "fingerprint", longest(256))}},
		{with(`""`, text(20)), []string{fault("", "fingerprint", shortest(1))}},
		{with(text(1), `"a secret"`), []string{"Value at 'activationCode' failed to satisfy constraint: " + shortest(20)}},
		{with(text(1), text(251)), []string{"Value at 'activationCode' failed to satisfy constraint: " + longest(250)}},
		{with(text(257), `"a secret"`), []string{ // one is not the other
			"Value at 'activationCode' failed to satisfy constraint: " + shortest(20),
			fault(strings.Repeat("x", 257), "fingerprint", longest(256)),
		}},
	})
}

func TestRequestManagedInstanceRoleToken(t *testing.T) {
	runChecks[RequestManagedInstanceRoleTokenInput](t, []checkCase{
		{`{}`, nil},
		{`{"Fingerprint":` + text(256) + `}`, nil},
		{`{"Fingerprint":` + text(257) + `}`, []string{fault(strings.Repeat("x", 257), "fingerprint", longest(256))}},
	})
}
