package sigv4

import (
	"fmt"
	"time"
)

// Kind says why a request was refused; a server turns it into an error code.
type Kind int

const (
	Missing        Kind = iota + 1 // no signature at all
	Incomplete                     // a signature that cannot be read
	Expired                        // made too long ago
	NotYetCurrent                  // made too far in the future
	UnsignedHeader                 // a header that must be signed is not
	WrongScope                     // for another day, region, service or scheme
	Mismatch                       // not made for this request with this secret
)

// String is short and stable, for logs and metrics.
func (k Kind) String() string {
	switch k {
	case Missing:
		return "missing"
	case Incomplete:
		return "incomplete"
	case Expired:
		return "expired"
	case NotYetCurrent:
		return "not_yet_current"
	case UnsignedHeader:
		return "unsigned_header"
	case WrongScope:
		return "wrong_scope"
	case Mismatch:
		return "mismatch"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// Error is a refusal. Message is AWS's own text, fit for the caller; that of
// an Incomplete may quote the Authorization header, which is less fit for a
// log.
type Error struct {
	Kind    Kind
	Message string
}

func (e *Error) Error() string { return e.Message }

func errMissing() error {
	return &Error{Missing, "Missing Authentication Token"}
}

func errIncomplete(format string, args ...any) error {
	return &Error{Incomplete, fmt.Sprintf(format, args...)}
}

func errExpired(signed, now time.Time) error {
	return &Error{Expired, fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)",
		signed.Format(timeLayout), now.Add(-Window).Format(timeLayout), now.Format(timeLayout), int(Window.Minutes()))}
}

func errNotYetCurrent(signed, now time.Time) error {
	return &Error{NotYetCurrent, fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %d min.)",
		signed.Format(timeLayout), now.Add(Window).Format(timeLayout), now.Format(timeLayout), int(Window.Minutes()))}
}

// errUnsigned takes the name as AWS prints it: 'Host' or ':authority'.
func errUnsigned(quoted string) error {
	return &Error{UnsignedHeader, quoted + " must be a 'SignedHeader' in the AWS Authorization."}
}

func errWrongScope(complaints string) error {
	return &Error{WrongScope, complaints}
}

// errMismatch never says what differed: that would help to forge.
func errMismatch() error {
	return &Error{Mismatch, "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
}
