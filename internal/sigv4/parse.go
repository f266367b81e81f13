package sigv4

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Window is how far a request's time may lie from the server's, both ways.
const Window = 5 * time.Minute

// Parse reads the signature that r carries for service and refuses, with an
// [*Error], whatever can be refused before the key is known. It holds nothing
// of r afterwards.
//
// Where several things are wrong, the first to be named is the one that AWS
// was seen to name: parts missing, the time, host not signed, the algorithm,
// the form of the credential, its scope.
func Parse(r *http.Request, service string, now time.Time) (Signed, error) {
	authorization := strings.TrimSpace(r.Header.Get("Authorization"))
	if !strings.HasPrefix(authorization, "AWS4-") { // another scheme's token is none to AWS
		return Signed{}, errMissing()
	}
	label, rest, _ := strings.Cut(authorization, " ")
	params, err := readParameters(rest, authorization)
	if err != nil {
		return Signed{}, err
	}
	stamp := r.Header.Get("X-Amz-Date")
	if stamp == "" {
		stamp = r.Header.Get("Date")
	}
	if err := params.incomplete(stamp, authorization); err != nil {
		return Signed{}, err
	}

	credential, _ := params.get("Credential")
	signature, _ := params.get("Signature")
	list, _ := params.get("SignedHeaders")
	signed := Signed{
		SessionToken:  r.Header.Get("X-Amz-Security-Token"),
		SignedHeaders: strings.Split(list, ";"),
		Signature:     signature,
		contentSHA256: slices.Clone(r.Header.Values("X-Amz-Content-Sha256")),
	}
	if signed.Time, signed.stamp, err = parseTime(stamp); err != nil {
		return Signed{}, err
	}
	if err := current(signed.Time, now.UTC()); err != nil {
		return Signed{}, err
	}
	if !signed.covers("host") {
		return Signed{}, errUnsigned("'Host' or ':authority'")
	}
	if label != algorithm {
		return Signed{}, errIncomplete("Unsupported AWS 'algorithm': '%s'.", label)
	}
	if err := signed.readCredential(credential, service); err != nil {
		return Signed{}, err
	}
	if name := signed.firstUncovered(r.Header); name != "" {
		return Signed{}, errUnsigned("'" + name + "'")
	}
	signed.head = canonicalHead(r, signed.SignedHeaders)
	return signed, nil
}

// parameter is a name=value pair of the Authorization header.
type parameter struct{ name, value string }

// maxParameters is how many a header may have, of which three mean something.
const maxParameters = 16

type parameters []parameter

// readParameters splits pairs at commas and spaces, each at its first equals
// sign only: a base64 signature may end in more.
func readParameters(list, authorization string) (parameters, error) {
	params := make(parameters, 0, 3)
	for part := range separated(list) {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, errIncomplete("'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.",
				part, authorization)
		}
		if _, twice := params.get(name); twice {
			return nil, errIncomplete("Authorization header requires a single '%s' parameter. Authorization=%s", name, authorization)
		}
		if len(params) == maxParameters {
			return nil, errIncomplete("Authorization header has more than %d parameters. Authorization=%s", maxParameters, authorization)
		}
		params = append(params, parameter{name, value})
	}
	return params, nil
}

// separated gives what stands between commas and spaces.
func separated(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for at := range len(list) + 1 {
			if at < len(list) && list[at] != ',' && !isASCIISpace(list[at]) {
				continue
			}
			if start < at && !yield(list[start:at]) {
				return
			}
			start = at + 1
		}
	}
}

// get gives the value, and whether the parameter is there.
func (p parameters) get(name string) (value string, ok bool) {
	for _, have := range p {
		if have.name == name {
			return have.value, true
		}
	}
	return "", false
}

// incomplete names every part that is missing. An empty list of signed headers
// is a list, refused later for want of host.
func (p parameters) incomplete(stamp, authorization string) error {
	missing := ""
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if value, ok := p.get(name); !ok || value == "" && name != "SignedHeaders" {
			missing += "Authorization header requires '" + name + "' parameter. "
		}
	}
	if stamp == "" {
		missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
	}
	if missing == "" {
		return nil
	}
	return errIncomplete("%sAuthorization=%s", missing, authorization)
}

// parseTime takes the basic form of ISO 8601, or that of HTTP, which a Date
// header has, and gives it in the first, too.
func parseTime(stamp string) (t time.Time, basic string, err error) {
	if len(stamp) == len(timeLayout) { // time.Parse also takes fractions of a second
		if t, err = time.Parse(timeLayout, stamp); err == nil {
			return t, stamp, nil
		}
	}
	if t, err = http.ParseTime(stamp); err == nil {
		return t.UTC(), t.UTC().Format(timeLayout), nil
	}
	return time.Time{}, "", errIncomplete(
		"Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", stamp)
}

func current(signed, now time.Time) error {
	if signed.Before(now.Add(-Window)) {
		return errExpired(signed, now)
	}
	if signed.After(now.Add(Window)) {
		return errNotYetCurrent(signed, now)
	}
	return nil
}

// readCredential takes keyid/date/region/service/aws4_request apart and names
// everything that is wrong with its scope in one error, as AWS does.
func (s *Signed) readCredential(credential, service string) error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return errIncomplete("Credential must have exactly 5 slash-delimited elements, "+
			"e.g. keyid/date/region/service/term, got '%s'", credential)
	}
	s.AccessKeyID, s.Scope = parts[0], Scope{Region: parts[2], Service: parts[3]}

	var complaints []string
	if !validRegion(s.Scope.Region) {
		complaints = append(complaints, "Credential should be scoped to a valid region.")
	}
	if s.Scope.Service != service {
		complaints = append(complaints, fmt.Sprintf("Credential should be scoped to correct service: '%s'.", service))
	}
	if parts[4] != terminator {
		complaints = append(complaints, fmt.Sprintf(
			"Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, parts[4]))
	}
	if parts[1] != s.date() {
		complaints = append(complaints, fmt.Sprintf(
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			parts[1], s.date(), s.stamp))
	}
	if len(complaints) > 0 {
		return errWrongScope(strings.Join(complaints, " "))
	}
	return nil
}

// validRegion knows no list: any region that could be one is its own space.
// One to 64 lower-case letters, digits and hyphens, the first a letter.
func validRegion(region string) bool {
	if len(region) == 0 || len(region) > 64 || region[0] < 'a' || region[0] > 'z' {
		return false
	}
	return strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// firstUncovered names an X-Amz- header that nobody signed: the operation
// (X-Amz-Target) is one. Exempt are the body's hash, which one signer of the
// AWS agent adds after signing and Verify checks anyway, and the mark that
// CloudFront leaves on its way.
func (s Signed) firstUncovered(header http.Header) string {
	const prefix = "x-amz-"
	var uncovered []string
	for name := range header {
		if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
			continue
		}
		exempt := isLowerOf("x-amz-content-sha256", name) || isLowerOf("x-amz-cf-id", name)
		if !exempt && !slices.ContainsFunc(s.SignedHeaders, func(signed string) bool { return isLowerOf(signed, name) }) {
			uncovered = append(uncovered, name)
		}
	}
	if len(uncovered) == 0 {
		return ""
	}
	return slices.Min(uncovered) // one answer, whatever the order of the map
}

// isLowerOf is lower == strings.ToLower(name) for the names of headers, which
// are ASCII, without a string made for each.
func isLowerOf(lower, name string) bool {
	if len(lower) != len(name) {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
