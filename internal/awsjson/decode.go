package awsjson

import (
	"bytes"
	"errors"
	"math"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

// maxDepth is how deep a body may nest. The deepest that means something, the aggregators, needs about 25.
const maxDepth = 100

// The texts of AWS's parser for what cannot be there at all.
const (
	foundList = "Start of list found where not expected"
	foundMap  = "Start of structure or map found where not expected."
)

// decode reads a body into a shape, as AWS's front end does where that is known: member names are case sensitive, unknown ones
// are ignored, null is absent, an empty body is no JSON, and a
// member that is there twice is refused, because two readers may take it differently. The error is a SerializationException.
func decode(body []byte, shape any) error {
	if quick, ok := shape.(interface{ ScanJSON([]byte) bool }); ok && quick.ScanJSON(body) {
		return nil
	}
	return decodeAny(body, shape)
}

// decodeAny is decode without the short cut of shapes that have one.
func decodeAny(body []byte, shape any) error {
	switch jsontext.Value(body).Kind() {
	case jsontext.KindBeginObject:
	case jsontext.KindBeginArray:
		return muster.ErrSerialization(foundList)
	default:
		return muster.ErrSerialization("")
	}
	if tooDeep(body) {
		return muster.ErrSerialization("")
	}
	if err := json.Unmarshal(body, shape, json.WithUnmarshalers(integers)); err != nil {
		return muster.ErrSerialization(mismatch(err))
	}
	return nil
}

// integers cuts a fraction off, as AWS does.
var integers = json.UnmarshalFromFunc(func(dec *jsontext.Decoder, n *int32) error {
	kind := dec.PeekKind()
	if kind != jsontext.KindNumber {
		return errors.ErrUnsupported // the json package knows what to say
	}
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	number, err := token.Float()
	if err != nil || number <= math.MinInt32-1 || number >= math.MaxInt32+1 {
		return &json.SemanticError{JSONKind: kind, GoType: reflect.TypeFor[int32](), Err: err}
	}
	*n = int32(number)
	return nil
})

// tooDeep looks only for brackets, so that a body of nothing else costs its bytes and no stack.
func tooDeep(body []byte) bool {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i += stringLen(body[i+1:])
		case '{', '[':
			if depth++; depth > maxDepth {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

// stringLen is the length of a JSON string whose opening quote is past, with its closing one.
func stringLen(rest []byte) int {
	for end := 0; ; end++ {
		quote := bytes.IndexByte(rest[end:], '"')
		if quote < 0 {
			return len(rest)
		}
		end += quote
		escapes := end - len(bytes.TrimRight(rest[:end], `\`))
		if escapes%2 == 0 {
			return end + 1
		}
	}
}

// mismatch is AWS's text for a value of the wrong JSON type, as seen from services with the same front end; for whatever else
// is wrong with a body, they say nothing.
func mismatch(err error) string {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return "An object has two members with the same name."
	}
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) || semantic.GoType == nil {
		return ""
	}
	target := semantic.GoType
	if target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	var value string
	switch semantic.JSONKind {
	case jsontext.KindBeginArray:
		return foundList
	case jsontext.KindBeginObject:
		return foundMap
	case jsontext.KindNumber:
		value = "NUMBER_VALUE"
	case jsontext.KindString:
		value = "STRING_VALUE"
	case jsontext.KindTrue:
		value = "TRUE_VALUE"
	case jsontext.KindFalse:
		value = "FALSE_VALUE"
	}
	switch target.Kind() {
	case reflect.String:
		return value + " can not be converted to a String"
	case reflect.Int32:
		return value + " can not be converted to an Integer"
	case reflect.Bool:
		return value + " can not be converted to a Boolean"
	case reflect.Slice:
		return "Expected list or null"
	case reflect.Map:
		return "Expected map or null"
	case reflect.Struct:
		return "Expected null"
	}
	return ""
}
