package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const contentType = "application/x-amz-json-1.1"

// caller is who calls, where, and at what time.
type caller struct {
	url, region string
	id, secret  string
	now         time.Time
}

// Retrieve makes the caller the SDK's credentials.
func (o caller) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: o.id, SecretAccessKey: o.secret}, nil
}

// exchange is what came back.
type exchange struct {
	status int
	header http.Header
	body   []byte
}

func readExchange(answer *http.Response) (exchange, error) {
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return exchange{answer.StatusCode, answer.Header, body}, err
}

var requestID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// checkFrame holds an answer to what every answer has.
func (x exchange) checkFrame() error {
	if got := x.header.Get("Content-Type"); got != contentType {
		return fmt.Errorf("Content-Type %q, want %q", got, contentType)
	}
	if got := x.header.Get("X-Amzn-Requestid"); !requestID.MatchString(got) {
		return fmt.Errorf("x-amzn-RequestId %q is not a UUID", got)
	}
	return nil
}

// callRaw posts the body as it stands, signed.
func callRaw(ctx context.Context, o caller, operation string, body []byte) (exchange, error) {
	return sendRaw(ctx, o, "X-Amz-Target: AmazonSSM."+operation+"\n\n"+string(body))
}

// sendRaw sends a request written out: headers, an empty line, the body to the last byte. Lines that begin with a colon say
// what is done wrong, or otherwise:
//
//	:sign none               no signature
//	:key ID                  another access key id
//	:secret TEXT             another secret
//	:token TEXT              a session token
//	:time DURATION           signed so much after (-6m: before) the server's clock
//	:region NAME, :service NAME, :scope-date YYYYMMDD   in the credential scope
//	:set NAME VALUE          a header set after signing; without a value, removed
//	:alter                   the body gains a space after signing
//	:chunked                 no Content-Length
//	:path PATH, :method NAME
func sendRaw(ctx context.Context, o caller, text string) (exchange, error) {
	head, body, ok := strings.Cut(text, "\n\n")
	if !ok {
		return exchange{}, fmt.Errorf("a raw request needs an empty line before its body")
	}
	service, scopeDate, path, method := "ssm", "", "/", http.MethodPost
	credentials := aws.Credentials{AccessKeyID: o.id, SecretAccessKey: o.secret}
	signed, altered, chunked := true, false, false
	headers := http.Header{"Content-Type": {contentType}}
	var after [][2]string
	for line := range strings.Lines(head) {
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, " ")
		switch name {
		case ":sign":
			signed = value != "none"
		case ":key":
			credentials.AccessKeyID = value
		case ":secret":
			credentials.SecretAccessKey = value
		case ":token":
			credentials.SessionToken = value
		case ":time":
			d, err := time.ParseDuration(value)
			if err != nil {
				return exchange{}, err
			}
			o.now = o.now.Add(d)
		case ":region":
			o.region = value
		case ":service":
			service = value
		case ":scope-date":
			scopeDate = value
		case ":set":
			name, value, _ := strings.Cut(value, " ")
			after = append(after, [2]string{name, value})
		case ":alter":
			altered = true
		case ":chunked":
			chunked = true
		case ":path":
			path = value
		case ":method":
			method = value
		default:
			if strings.HasPrefix(line, ":") {
				return exchange{}, fmt.Errorf("unknown directive %q", line)
			}
			headers.Set(strings.TrimSuffix(name, ":"), value)
		}
	}

	r, err := http.NewRequestWithContext(ctx, method, o.url+path, strings.NewReader(body))
	if err != nil {
		return exchange{}, err
	}
	r.Header = headers
	if chunked {
		r.ContentLength = -1 // before signing: a length that is announced is signed
	}
	if signed {
		hash := sha256.Sum256([]byte(body))
		if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(hash[:]), service, o.region, o.now); err != nil {
			return exchange{}, err
		}
	}
	if scopeDate != "" {
		right := o.now.UTC().Format("20060102") + "/" + o.region
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), right, scopeDate+"/"+o.region, 1))
	}
	for _, h := range after {
		if h[1] == "" {
			r.Header.Del(h[0])
		} else {
			r.Header.Set(h[0], h[1])
		}
	}
	if altered {
		body += " "
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader([]byte(body))), int64(len(body))
	if chunked {
		r.ContentLength = -1
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return exchange{}, err
	}
	return readExchange(answer)
}
