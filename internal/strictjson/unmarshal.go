package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Unmarshal reads data as Parse does into the struct that v points to, by the names in its json tags, exactly. Structs
// in it and slices of structs are read by the same rule; anything else as encoding/json has it, whose types have no
// names to match. A member that is missing or null leaves its field alone. The fields of an embedded struct count as the
// struct's own.
func Unmarshal(data []byte, v any) error {
	o, err := Parse(data)
	if err != nil {
		return err
	}
	return o.into(reflect.ValueOf(v).Elem(), "")
}

// into fills the fields of a struct. path is that of the object in the message, with a dot at the end.
func (o Object) into(to reflect.Value, path string) error {
	for i := range to.NumField() {
		field := to.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct {
			if err := o.into(to.Field(i), path); err != nil {
				return err
			}
		}
		if name == "" || name == "-" {
			continue
		}
		raw := o.Get(name)
		if raw == nil || Kind(raw) == "null" {
			continue
		}
		if err := read(raw, to.Field(i), path+name); err != nil {
			return err
		}
	}
	return nil
}

func read(raw json.RawMessage, to reflect.Value, name string) error {
	wrong := fmt.Errorf("has a member %s of the wrong kind or size, %s", name, Kind(raw))
	switch {
	case ours(to.Type()):
		if raw[0] != '{' {
			return wrong
		}
		inner, err := split(raw)
		if err != nil {
			return err
		}
		return inner.into(to, name+".")
	case to.Kind() == reflect.Slice && ours(to.Type().Elem()):
		var values []json.RawMessage
		if raw[0] != '[' || json.Unmarshal(raw, &values) != nil {
			return wrong
		}
		list := reflect.MakeSlice(to.Type(), len(values), len(values))
		for i, value := range values {
			if Kind(value) == "null" {
				continue
			}
			if err := read(value, list.Index(i), name); err != nil {
				return err
			}
		}
		to.Set(list)
	case json.Unmarshal(raw, to.Addr().Interface()) != nil:
		return wrong
	}
	return nil
}

// ours reports a struct whose members are matched here, and not by a method of its own.
func ours(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())
}
