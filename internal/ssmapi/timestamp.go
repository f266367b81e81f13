package ssmapi

import (
	"errors"
	"math"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Timestamp is a time at the wire: written as epoch seconds with at most milliseconds, read from that, from any other JSON
// number of seconds or from ISO 8601 text, which hand-written clients send.
type Timestamp struct{ time.Time }

// MarshalJSONTo writes "1550254911" or "1582221233.421".
func (t Timestamp) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteToken(jsontext.Float(float64(t.UnixMilli()) / 1000))
}

// UnmarshalJSONFrom refuses a time outside the years 0 to 9999.
func (t *Timestamp) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	kind := token.Kind()
	switch kind {
	case jsontext.KindNull:
		*t = Timestamp{}
		return nil
	case jsontext.KindNumber:
		var seconds float64
		seconds, err = token.Float()
		t.Time = time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
		if math.Abs(seconds) > 1e12 || t.Year() < 0 || t.Year() > 9999 {
			err = errors.New("year out of range")
		}
	case jsontext.KindString:
		t.Time, err = time.Parse(time.RFC3339Nano, token.String())
	default:
		err = errors.New("not a time")
	}
	if err != nil {
		return &json.SemanticError{JSONKind: kind, GoType: reflect.TypeFor[Timestamp](), Err: err}
	}
	return nil
}
