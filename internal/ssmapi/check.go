package ssmapi

import (
	"reflect"
	"strings"
	"unicode"

	"muster"
)

// Checker compiles the constraints of In, a struct, into a function that gives nil or one ValidationException for all that it
// finds. The constraints of a member stand in its tag:
//
//	shape:"InventoryItemList,required"  the constraints of that shape; the members of a list of structs have tags of their own
//	shape:"TagKeyList,of=TagKey"        also those of the strings in the list
//	shape:"ActivationCode,sensitive"    its value is not in the error
//	shape:",required"                   nothing else
//
// It panics on a tag that names no shape.
func Checker[In any]() func(*In) error {
	check := compiler{}.structure(reflect.TypeFor[In]())
	return func(in *In) error {
		if quick, ok := any(in).(interface{ fits() bool }); ok && quick.fits() {
			return nil
		}
		var f findings
		check.run(&f, nil, reflect.ValueOf(in).Elem())
		if len(f.texts) == 0 {
			return nil
		}
		return muster.ErrValidation(f.texts)
	}
}

// check looks at one value, which is there.
type check func(f *findings, at *path, v reflect.Value)

type structCheck struct{ members []memberCheck }

type memberCheck struct {
	field     []int // by way of embedded structs
	name      string
	required  bool
	sensitive bool
	check     check
}

func (s *structCheck) run(f *findings, at *path, v reflect.Value) {
	here := &path{parent: at} // one for all members: nobody keeps it
	for _, m := range s.members {
		if f.full() {
			return
		}
		here.member, here.sensitive = m.name, m.sensitive
		field := v.FieldByIndex(m.field)
		switch {
		case !field.IsZero():
			m.check(f, here, reflect.Indirect(field))
		case m.required:
			f.add(here, field, "Member must not be null")
		}
	}
}

// compiler turns types into checks. It knows those of the structs it has met, because an aggregator has aggregators.
type compiler map[reflect.Type]*structCheck

func (c compiler) structure(t reflect.Type) *structCheck {
	if known, ok := c[t]; ok {
		return known
	}
	s := &structCheck{}
	c[t] = s
	for _, field := range reflect.VisibleFields(t) {
		tag, ok := field.Tag.Lookup("shape")
		if !ok {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		m := memberCheck{field: field.Index, name: lowerCamel(field.Name)}
		var of shape
		for option := range strings.SplitSeq(options, ",") {
			element, isOf := strings.CutPrefix(option, "of=")
			switch {
			case isOf:
				of = shapeNamed(element)
			case option == "required":
				m.required = true
			case option == "sensitive":
				m.sensitive = true
			}
		}
		m.check = c.value(field.Type, shapeNamed(name), of)
		s.members = append(s.members, m)
	}
	return s
}

func shapeNamed(name string) shape {
	s, ok := shapes[name]
	if !ok && name != "" {
		panic("ssmapi: no shape " + name)
	}
	return s
}

func (c compiler) value(t reflect.Type, s, of shape) check {
	switch {
	case t == reflect.TypeFor[Entries]():
		return entries(s)
	case t == reflect.TypeFor[Attributes]():
		return attributes(s)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return structs(s, c.structure(t.Elem()))
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		return c.structure(t.Elem()).run
	case of != nil:
		return elements(s, of)
	}
	return func(f *findings, at *path, v reflect.Value) { f.addBroken(at, v, s) }
}

func structs(s shape, element *structCheck) check {
	return func(f *findings, at *path, v reflect.Value) {
		f.addBroken(at, v, s)
		for i := 0; i < v.Len() && !f.full(); i++ {
			element.run(f, &path{parent: at, index: i + 1}, v.Index(i))
		}
	}
}

func elements(s, of shape) check {
	return func(f *findings, at *path, v reflect.Value) {
		f.addBroken(at, v, s)
		for i := range v.Len() {
			if !of.hold(v.Index(i)) {
				f.add(at, v, "Member must satisfy constraint: "+of.texts())
				return
			}
		}
	}
}

func entries(s shape) check {
	entry := attributes(shapeNamed("InventoryItemEntry"))
	return func(f *findings, at *path, v reflect.Value) {
		f.addBroken(at, v, s)
		for i, e := range v.Interface().(Entries) {
			if f.full() {
				return
			}
			if !Attributes(e).fit() {
				entry(f, &path{parent: at, index: i + 1}, v.Index(i))
			}
		}
	}
}

func attributes(s shape) check {
	name, value := shapeNamed("AttributeName"), shapeNamed("AttributeValue")
	return func(f *findings, at *path, v reflect.Value) {
		f.addBroken(at, v, s)
		names, values := true, true
		for i := range v.Len() {
			field := v.Index(i)
			names = names && name.hold(field.Field(0))
			values = values && value.hold(field.Field(1))
		}
		if !names {
			f.add(at, v, "Map keys must satisfy constraint: "+name.texts())
		}
		if !values {
			f.add(at, v, "Map value must satisfy constraint: "+value.texts())
		}
	}
}

func lowerCamel(name string) string {
	return string(unicode.ToLower(rune(name[0]))) + name[1:]
}
