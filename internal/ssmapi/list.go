package ssmapi

import (
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// List is a JSON array. Nil is absent. A null among the elements is left out, as AWS does.
type List[T any] []T

// UnmarshalJSONFrom reads an array, or null as absent.
func (l *List[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*l = nil
	if ok, err := open(dec, jsontext.KindBeginArray, reflect.TypeFor[List[T]]()); !ok {
		return err
	}
	*l = List[T]{}
	for {
		switch dec.PeekKind() {
		case jsontext.KindEndArray:
			_, err := dec.ReadToken()
			return err
		case jsontext.KindNull:
			if err := dec.SkipValue(); err != nil {
				return err
			}
		default:
			var element T
			if err := json.UnmarshalDecode(dec, &element); err != nil {
				return err
			}
			*l = append(*l, element)
		}
	}
}
