package sigv4

import (
	"fmt"
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
	params, err := parameters(rest, authorization)
	if err != nil {
		return Signed{}, err
	}
	stamp := r.Header.Get("X-Amz-Date")
	if stamp == "" {
		stamp = r.Header.Get("Date")
	}
	if err := incomplete(params, stamp, authorization); err != nil {
		return Signed{}, err
	}

	signed := Signed{
		SessionToken:  r.Header.Get("X-Amz-Security-Token"),
		SignedHeaders: strings.Split(params["SignedHeaders"], ";"),
		Signature:     params["Signature"],
		contentSHA256: slices.Clone(r.Header.Values("X-Amz-Content-Sha256")),
	}
	if signed.Time, err = parseTime(stamp); err != nil {
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
	if err := signed.readCredential(params["Credential"], service); err != nil {
		return Signed{}, err
	}
	if name := signed.firstUncovered(r.Header); name != "" {
		return Signed{}, errUnsigned("'" + name + "'")
	}
	signed.head = canonicalHead(r, signed.SignedHeaders)
	return signed, nil
}

// parameters splits name=value pairs at commas and spaces, each at its first
// equals sign only: a base64 signature may end in more.
func parameters(list, authorization string) (map[string]string, error) {
	params := make(map[string]string)
	for _, part := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || isASCIISpace(c) }) {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, errIncomplete("'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.",
				part, authorization)
		}
		if _, twice := params[name]; twice {
			return nil, errIncomplete("Authorization header requires a single '%s' parameter. Authorization=%s", name, authorization)
		}
		params[name] = value
	}
	return params, nil
}

// incomplete names every part that is missing. An empty list of signed headers
// is a list, refused later for want of host.
func incomplete(params map[string]string, stamp, authorization string) error {
	var missing strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if value, ok := params[name]; !ok || value == "" && name != "SignedHeaders" {
			fmt.Fprintf(&missing, "Authorization header requires '%s' parameter. ", name)
		}
	}
	if stamp == "" {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if missing.Len() == 0 {
		return nil
	}
	return errIncomplete("%sAuthorization=%s", missing.String(), authorization)
}

// parseTime takes the basic form of ISO 8601, or that of HTTP, which a Date
// header has.
func parseTime(stamp string) (time.Time, error) {
	t, err := time.Parse(timeLayout, stamp)
	if err == nil && t.Format(timeLayout) == stamp { // time.Parse also takes fractions of a second
		return t, nil
	}
	if t, err = http.ParseTime(stamp); err == nil {
		return t.UTC(), nil
	}
	return time.Time{}, errIncomplete(
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
			parts[1], s.date(), s.Time.Format(timeLayout)))
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
	var uncovered []string
	for name := range header {
		switch lower := strings.ToLower(name); {
		case !strings.HasPrefix(lower, "x-amz-"), lower == "x-amz-content-sha256", lower == "x-amz-cf-id":
		case !s.covers(lower):
			uncovered = append(uncovered, name)
		}
	}
	if len(uncovered) == 0 {
		return ""
	}
	return slices.Min(uncovered) // one answer, whatever the order of the map
}
