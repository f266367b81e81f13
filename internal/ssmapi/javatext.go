package ssmapi

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"muster"
)

// maxText is how much of a value, in bytes, an error repeats.
const maxText = 1000

// javaText prints a value as AWS's errors do: "[InventoryFilter(key=a, values=[1], type=null)]", "{k=v}", "null" for what is
// absent. A long one is cut.
func javaText(v reflect.Value) string {
	var b strings.Builder
	writeJava(&b, v)
	text := b.String()
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for cut > maxText-utf8.UTFMax && !utf8.RuneStart(text[cut]) { // what is no UTF-8 has no place to cut it at
		cut--
	}
	return text[:cut] + "..."
}

func writeJava(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		writeJava(b, v.Elem())
	case reflect.Struct:
		b.WriteString(v.Type().Name())
		members := slices.DeleteFunc(reflect.VisibleFields(v.Type()), func(f reflect.StructField) bool { return !f.IsExported() })
		writeList(b, "()", len(members), func(i int) {
			b.WriteString(lowerCamel(members[i].Name) + "=")
			member := v.FieldByIndex(members[i].Index)
			if member.IsZero() {
				b.WriteString("null")
				return
			}
			writeJava(b, member)
		})
	case reflect.Slice:
		writeSlice(b, v)
	default:
		fmt.Fprint(b, v)
	}
}

func writeSlice(b *strings.Builder, v reflect.Value) {
	switch {
	case v.IsNil():
		b.WriteString("null")
	case v.Type().Elem() == reflect.TypeFor[muster.Field]():
		writeList(b, "{}", v.Len(), func(i int) {
			b.WriteString(v.Index(i).Field(0).String() + "=" + v.Index(i).Field(1).String())
		})
	default:
		writeList(b, "[]", v.Len(), func(i int) { writeJava(b, v.Index(i)) })
	}
}

// writeList stops soon after maxText: a list can be megabytes.
func writeList(b *strings.Builder, brackets string, n int, write func(i int)) {
	b.WriteByte(brackets[0])
	for i := 0; i < n && b.Len() <= maxText; i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		write(i)
	}
	b.WriteByte(brackets[1])
}
