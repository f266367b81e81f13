package sigv4

import (
	"cmp"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// canonicalHead gives the canonical request but for its last line, the hash of
// the body. Names appear as the signer wrote them: to sort them or to fold
// their case here would accept a list that was altered after signing.
func canonicalHead(r *http.Request, signedHeaders []string) string {
	b := make([]byte, 0, 512)
	line := func(text string) { b = append(append(b, text...), '\n') }
	line(cmp.Or(r.Method, http.MethodGet))
	line(canonicalPath(r.URL.EscapedPath()))
	line(canonicalQuery(r.URL.RawQuery))
	for _, name := range signedHeaders {
		b = append(append(b, name...), ':')
		b = append(appendCanonicalValue(b, headerValues(r, name)), '\n')
	}
	line("")
	for i, name := range signedHeaders {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(b, name...)
	}
	return string(append(b, '\n'))
}

// canonicalPath takes the path as it is on the wire, already escaped, and
// escapes it once more: the rule for every service but S3.
func canonicalPath(escaped string) string {
	if escaped == "/" {
		return escaped
	}
	clean := path.Clean("/" + escaped)
	if strings.HasSuffix(escaped, "/") && clean != "/" {
		clean += "/"
	}
	return percentEncode(clean, "/")
}

// canonicalQuery sorts the parameters by name, then value, after bringing both
// to one spelling. A space may be + or %20, since SDKs sign %20 and send +.
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs [][2]string
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, [2]string{respell(name), respell(value)})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})
	joined := make([]string, len(pairs))
	for i, p := range pairs {
		joined[i] = p[0] + "=" + p[1]
	}
	return strings.Join(joined, "&")
}

// respell leaves what is not a valid escape alone, so that it equals nothing
// that is one.
func respell(escaped string) string {
	plain, err := url.QueryUnescape(escaped)
	if err != nil {
		return escaped
	}
	return percentEncode(plain, "")
}

// percentEncode escapes each byte that is neither unreserved (RFC 3986) nor in
// keep. The functions of net/url keep more than that.
func percentEncode(s, keep string) string {
	const upperHex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			strings.IndexByte("-._~", c) >= 0, strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		}
	}
	return b.String()
}

// headerValues knows that net/http keeps the host outside the map, and that a
// request on its way out may have it in the URL only.
func headerValues(r *http.Request, name string) []string {
	if name == "host" {
		return []string{cmp.Or(r.Host, r.URL.Host)}
	}
	return r.Header.Values(name)
}

// appendCanonicalValue folds each run of white space to one space. A header
// that is signed but absent has the empty value.
func appendCanonicalValue(b []byte, values []string) []byte {
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		start, space := len(b), false
		for i := range len(v) {
			if isASCIISpace(v[i]) {
				space = len(b) > start
				continue
			}
			if space {
				b, space = append(b, ' '), false
			}
			b = append(b, v[i])
		}
	}
	return b
}

// isASCIISpace stops at ASCII: a value need not be UTF-8.
func isASCIISpace(c byte) bool {
	return c == ' ' || '\t' <= c && c <= '\r'
}
