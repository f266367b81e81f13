package awsjson_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"muster"
	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/ssmapi"
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	var got struct {
		caller access.Caller
		input  *ssmapi.PutInventoryInput
		id     string
	}
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory,
		func(ctx context.Context, c access.Caller, in *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
			got.caller, got.input, got.id = c, in, awsjson.RequestID(ctx)
			return &ssmapi.PutInventoryOutput{}, nil
		}))
	resp, body := a.do(t, a.signed(t, "AKIANODE", access.PutInventory, goodPut))
	if resp.StatusCode != 200 || body != "{}" || resp.ContentLength != 2 {
		t.Fatalf("got %s, %s, %d bytes", resp.Status, body, resp.ContentLength)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/x-amz-json-1.1" {
		t.Errorf("content type %q", ct)
	}
	caller := access.Caller{KeyID: "AKIANODE", Role: muster.RoleNode, Node: "mi-0123456789abcdef0", Space: muster.Space{Account: "111122223333", Region: "eu-west-1"}}
	if got.caller != caller {
		t.Errorf("called by %+v, want %+v", got.caller, caller)
	}
	if name, _ := got.input.Items[0].Content[0].Get("a"); name != "b" {
		t.Errorf("called with %+v", got.input)
	}

	call := <-a.calls
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(call.RequestID) {
		t.Errorf("request id %q is no UUID", call.RequestID)
	}
	if resp.Header.Get("x-amzn-RequestId") != call.RequestID || got.id != call.RequestID {
		t.Errorf("request id %q observed, %q sent, %q in the context", call.RequestID, resp.Header.Get("x-amzn-RequestId"), got.id)
	}
	call.RequestID, call.Duration = "", 0
	if want := (awsjson.Call{Operation: access.PutInventory, Caller: caller, Status: 200, BytesIn: int64(len(goodPut))}); call != want {
		t.Errorf("observed %+v, want %+v", call, want)
	}
}

func TestAnswerIsDeterministic(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.GetInventory,
		func(context.Context, access.Caller, *ssmapi.GetInventoryInput) (*ssmapi.GetInventoryOutput, error) {
			return &ssmapi.GetInventoryOutput{Entities: []ssmapi.InventoryResultEntity{{Data: map[string]ssmapi.InventoryResultItem{
				"c": {}, "a": {Content: ssmapi.Entries{muster.Entry{{Name: "Count", Value: "1"}, {Name: "A", Value: "<&>"}}}}, "b": {TypeName: "AWS:B"},
			}}}}, nil
		}))
	for range 10 {
		_, body := a.do(t, a.signed(t, "AKIAREAD", access.GetInventory, `{}`))
		if want := `{"Entities":[{"Data":{"a":{"Content":[{"Count":"1","A":"<&>"}]},"b":{"TypeName":"AWS:B","Content":[]},"c":{"Content":[]}}}]}`; body != want {
			t.Fatalf("got  %s\nwant %s", body, want)
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory, put))
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 405}, {"PUT", "/", 405}, {"OPTIONS", "/", 405}, {"POST", "/x", 404}, {"GET", "/favicon.ico", 404},
	} {
		r, err := http.NewRequest(test.method, a.URL+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, body := a.do(t, r)
		if resp.StatusCode != test.status || body != "The API is at POST /.\n" {
			t.Errorf("%s %s: %s %q", test.method, test.path, resp.Status, body)
		}
		if allow := resp.Header.Get("Allow"); (allow == "POST") != (test.status == 405) {
			t.Errorf("%s %s: Allow: %q", test.method, test.path, allow)
		}
	}
}

func TestUnknownOperation(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory, put))
	for _, target := range []string{"", "PutInventory", "AmazonSSM.putinventory", "AmazonSSM.GetInventory", "Muster.PutInventory", "DynamoDB_20120810.ListTables"} {
		// Unsigned: what is not there needs no signature to be told so.
		r, err := http.NewRequest("POST", a.URL, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", target)
		a.refused(t, r, 400, `{"__type":"UnknownOperationException"}`)
	}
}

// TestStepsAreTakenInOrder has requests with several faults, of which the first step that finds one tells.
func TestStepsAreTakenInOrder(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{},
		awsjson.Handle(access.PutInventory, put),
		awsjson.Handle(access.GetInventory, func(context.Context, access.Caller, *ssmapi.GetInventoryInput) (*ssmapi.GetInventoryOutput, error) {
			return nil, muster.ErrInvalidNextToken
		}))
	denied := func(who, action, resource string) string {
		return `{"__type":"AccessDeniedException","Message":"User: ` + who + ` is not authorized to perform: ` + action + ` on resource: ` + resource + ` because no identity-based policy allows the ` + action + ` action"}`
	}
	const nodeARN = "arn:aws:sts::111122223333:assumed-role/node/mi-0123456789abcdef0"

	for _, test := range []struct {
		key  string
		op   access.Operation
		body string
		want string
	}{
		{"AKIAREAD", access.PutInventory, `{"InstanceId":7`, denied("arn:aws:iam::111122223333:user/AKIAREAD", "ssm:PutInventory", "arn:aws:ssm:eu-west-1:111122223333:*")},
		{"AKIANODE", access.GetInventory, `[`, denied(nodeARN, "ssm:GetInventory", "arn:aws:ssm:eu-west-1:111122223333:*")},
		{"AKIANODE", access.PutInventory, `{"InstanceId":"i-01234567"`, `{"__type":"SerializationException"}`},
		{"AKIANODE", access.PutInventory, `{"InstanceId":"i-01234567"}`, denied(nodeARN, "ssm:PutInventory", "arn:aws:ec2:eu-west-1:111122223333:instance/i-01234567")},
		{"AKIANODE", access.PutInventory, `{}`, denied(nodeARN, "ssm:PutInventory", "arn:aws:ssm:eu-west-1:111122223333:*")},
		{"AKIANODE", access.PutInventory, `{"InstanceId":"mi-0123456789abcdef0"}`, `{"__type":"ValidationException","message":"1 validation error detected: Value 'null' at 'items' failed to satisfy constraint: Member must not be null"}`},
		{"AKIAREAD", access.GetInventory, `{"NextToken":"x","MaxResults":0}`, `{"__type":"ValidationException","message":"1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"}`},
		{"AKIAREAD", access.GetInventory, `{"NextToken":"x"}`, `{"__type":"InvalidNextToken","Message":"The specified token isn't valid."}`},
	} {
		a.refused(t, a.signed(t, test.key, test.op, test.body), 400, test.want)
	}
}

func TestErrorsOfAnOperation(t *testing.T) {
	t.Parallel()
	var failure error
	var logged bytes.Buffer
	a := serve(t, awsjson.Config{Log: slog.New(slog.NewJSONHandler(&logged, nil))}, awsjson.Handle(access.PutInventory,
		func(context.Context, access.Caller, *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
			if failure == nil {
				panic("at the disco")
			}
			return nil, failure
		}))
	const internal = `{"__type":"InternalServerError","Message":"An error occurred on the server side."}`
	for _, test := range []struct {
		failure error
		status  int
		body    string
		level   string
		log     string
	}{
		{muster.ErrContentMismatch("AWS:File"), 400, `{"__type":"ItemContentMismatchException","TypeName":"AWS:File","Message":"The inventory item AWS:File was sent without content and its content hash does not match the stored one."}`, "INFO", "AWS:File"},
		{fmt.Errorf("putting: %w", muster.ErrInvalidInstanceID("i-01234567")), 400, `{"__type":"InvalidInstanceId","Message":"The node i-01234567 is not registered or not in a valid state."}`, "INFO", "putting: "},
		{muster.ErrThrottling, 400, `{"__type":"ThrottlingException","message":"Rate exceeded"}`, "INFO", "Rate exceeded"},
		{muster.ErrFilter("no key %s", "\xff"), 400, `{"__type":"InvalidFilter","Message":"no key ` + "\ufffd" + `"}`, "INFO", "no key"},
		{errors.New("disk /dev/sda is on fire"), 500, internal, "ERROR", "disk /dev/sda is on fire"},
		{context.DeadlineExceeded, 500, internal, "ERROR", "deadline exceeded"},
		{nil, 500, internal, "ERROR", "panic: at the disco\\ngoroutine "},
	} {
		failure = test.failure
		logged.Reset()
		a.refused(t, a.signed(t, "AKIAADMIN", access.PutInventory, goodPut), test.status, test.body)
		line := logged.String()
		if !strings.Contains(line, `"level":"`+test.level+`"`) || !strings.Contains(line, test.log) || !strings.Contains(line, `"request":"`) {
			t.Errorf("%v: logged %s", test.failure, line)
		}
	}
}

// unwritable is an answer that cannot be written.
type unwritable struct{}

func (unwritable) MarshalJSONTo(*jsontext.Encoder) error { panic("no ink") }

func TestPanicWhileWriting(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{Coders: 1}, awsjson.Handle(access.PutInventory,
		func(context.Context, access.Caller, *ssmapi.PutInventoryInput) (*unwritable, error) {
			return &unwritable{}, nil
		}))
	for range 2 { // the first gave back its place among the coders
		a.refused(t, a.signed(t, "AKIAADMIN", access.PutInventory, goodPut), 500, `{"__type":"InternalServerError","Message":"An error occurred on the server side."}`)
	}
}

func TestBadBodies(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory, put))
	for name, test := range map[string]struct{ body, want string }{
		"empty":         {``, `{"__type":"SerializationException"}`},
		"truncated":     {goodPut[:len(goodPut)-2], `{"__type":"SerializationException"}`},
		"trailing":      {goodPut + "}", `{"__type":"SerializationException"}`},
		"deep":          {strings.Repeat(`{"a":`, 100_000), `{"__type":"SerializationException"}`},
		"wrong type":    {`{"InstanceId":7}`, `{"__type":"SerializationException","message":"NUMBER_VALUE can not be converted to a String"}`},
		"invalid UTF-8": {strings.Replace(goodPut, "Rack", "Rack\xff", 1), `{"__type":"SerializationException"}`},
	} {
		t.Run(name, func(t *testing.T) {
			a.refused(t, a.signed(t, "AKIAADMIN", access.PutInventory, test.body), 400, test.want)
		})
	}
}

func TestDuplicateMembersAreRefused(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory, put))
	const want = `{"__type":"SerializationException","message":"An object has two members with the same name."}`
	for name, body := range map[string]string{
		"known":        strings.Replace(goodPut, `{`, `{"InstanceId":"i-01234567",`, 1),
		"unknown":      strings.Replace(goodPut, `{`, `{"X":1,"X":2,`, 1),
		"an attribute": `{"InstanceId":"mi-0123456789abcdef0","Items":[{"TypeName":"Custom:Rack","SchemaVersion":"1.0","CaptureTime":"2026-03-04T05:06:07Z","Content":[{"a":"b","a":"c"}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			a.refused(t, a.signed(t, "AKIANODE", access.PutInventory, body), 400, want)
		})
	}
}

// blanks is an endless body.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte(" "), len(p))), nil }

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	a := serve(t, awsjson.Config{MaxBody: limit}, awsjson.Handle(access.PutInventory, put))
	tooLarge := `{"__type":"RequestEntityTooLargeException","message":"The request body is larger than this server takes."}`
	for name, length := range map[string]int64{"of a said length": 64 << 20, "in chunks": -1} {
		t.Run(name, func(t *testing.T) {
			r := a.signed(t, "AKIAADMIN", access.PutInventory, "{}")
			r.Body, r.ContentLength = io.NopCloser(io.LimitReader(blanks{}, 64<<20)), length
			resp, body := a.do(t, r)
			if resp.StatusCode != 413 || body != tooLarge || !resp.Close {
				t.Errorf("got %s %s, connection closed: %v", resp.Status, body, resp.Close)
			}
			if call := <-a.calls; call.BytesIn > limit+1 || call.Code != muster.CodeRequestEntityTooLarge {
				t.Errorf("observed %+v", call)
			}
		})
	}
	for size, status := range map[int]int{limit: 200, limit + 1: 413} {
		for _, chunked := range []bool{false, true} {
			r := a.signed(t, "AKIAADMIN", access.PutInventory, goodPut+strings.Repeat(" ", size-len(goodPut)))
			if chunked {
				r.ContentLength = -1
			}
			if resp, body := a.do(t, r); resp.StatusCode != status {
				t.Errorf("%d bytes, in chunks %v: %s %s", size, chunked, resp.Status, body)
			}
			<-a.calls
		}
	}
}

func TestBodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory, put))
	conn, err := net.Dial("tcp", a.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var request bytes.Buffer
	if err := a.signed(t, "AKIAADMIN", access.PutInventory, goodPut).Write(&request); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(request.Bytes()[:request.Len()-10]); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") || !strings.Contains(string(answer), "SerializationException") {
		t.Errorf("got %s, %v", answer, err)
	}
	if call := <-a.calls; call.Code != muster.CodeSerialization || call.BytesIn != int64(len(goodPut)-10) {
		t.Errorf("observed %+v", call)
	}
}

// TestRunningCallsDoNotHoldCoders has calls that wait for one another with room for only one to decode at a time.
func TestRunningCallsDoNotHoldCoders(t *testing.T) {
	t.Parallel()
	const n = 8
	var meeting sync.WaitGroup
	meeting.Add(n)
	a := serve(t, awsjson.Config{Coders: 1}, awsjson.Handle(access.PutInventory,
		func(context.Context, access.Caller, *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
			meeting.Done()
			meeting.Wait()
			return &ssmapi.PutInventoryOutput{}, nil
		}))
	var calls sync.WaitGroup
	for range n {
		r := a.signed(t, "AKIAADMIN", access.PutInventory, goodPut)
		calls.Go(func() {
			resp, err := a.Client().Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Errorf("got %s", resp.Status)
			}
		})
	}
	calls.Wait()
}

// TestInputsDoNotShareBuffers would find a string of one call that lies in the buffer of the next.
func TestInputsDoNotShareBuffers(t *testing.T) {
	t.Parallel()
	var kept []*ssmapi.PutInventoryInput
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory,
		func(_ context.Context, _ access.Caller, in *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
			kept = append(kept, in)
			return &ssmapi.PutInventoryOutput{}, nil
		}))
	word := func(i int) string { return strings.Repeat(string(rune('a'+i)), 30) }
	for i := range 20 {
		a.do(t, a.signed(t, "AKIAADMIN", access.PutInventory, strings.NewReplacer("Rack", word(i), `"b"`, `"`+word(i)+`"`).Replace(goodPut)))
	}
	for i, in := range kept {
		value, _ := in.Items[0].Content[0].Get("a")
		if value != word(i) || string(*in.Items[0].TypeName) != "Custom:"+word(i) {
			t.Errorf("call %d has become %s, %s", i, *in.Items[0].TypeName, value)
		}
	}
}

func TestCallerWhoLeaves(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	a := serve(t, awsjson.Config{}, awsjson.Handle(access.PutInventory,
		func(ctx context.Context, _ access.Caller, _ *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
			close(entered)
			<-ctx.Done()
			return nil, ctx.Err()
		}))
	ctx, leave := context.WithCancel(t.Context())
	r := a.signed(t, "AKIAADMIN", access.PutInventory, goodPut).WithContext(ctx)
	go func() {
		<-entered
		leave()
	}()
	if resp, err := a.Client().Do(r); err == nil {
		t.Fatalf("got %s", resp.Status)
	}
	// It is never an answer of success, whoever may still be listening, and no error of ours: agents give up long polls.
	if call := <-a.calls; call.Status != 400 || call.Code != muster.CodeClientGone {
		t.Errorf("observed %+v", call)
	}
}
