package host

import (
	"reflect"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// explain puts the YAML library's words about Go types into words about the
// format. Other problems say what is allowed themselves and stay as they are.
func explain(problem string) (plain, allowed string) {
	if rest, ok := strings.CutPrefix(problem, "field "); ok {
		if name, typ, ok := strings.Cut(rest, " not found in type "); ok {
			return "there is no key " + name + " here", "the keys here are " + strings.Join(keys(typ), ", ")
		}
		if name, _, ok := strings.Cut(rest, " already set in type "); ok {
			return "the key " + name + " occurs twice", ""
		}
	}
	if rest, ok := strings.CutPrefix(problem, "cannot unmarshal "); ok {
		if got, typ, ok := strings.Cut(rest, " into "); ok {
			return "expected " + form(typ) + ", got " + kind(got), ""
		}
	}
	if rest, ok := strings.CutPrefix(problem, "parsing time "); ok {
		got, _, _ := strings.Cut(rest, " as ")
		return "expected " + form("time.Time") + ", got " + got, ""
	}
	return problem, ""
}

// form is how a Go type is written in YAML.
func form(typ string) string {
	switch {
	case strings.HasPrefix(typ, "[]"):
		return "a list"
	case strings.HasPrefix(typ, "map["):
		return "keys with text"
	case typ == "string":
		return "text"
	case typ == "bool", typ == "*bool":
		return "true or false"
	case typ == "int":
		return "a whole number"
	case typ == "time.Time":
		return "a time such as 2027-01-02T03:04:05Z"
	}
	if k := keys(typ); k != nil {
		return "a mapping with the keys " + strings.Join(k, ", ")
	}
	return "a value of another kind"
}

// kind is what a YAML tag stands for, with the value if the library told it.
func kind(tag string) string {
	name, value, _ := strings.Cut(tag, " ")
	switch name {
	case "!!seq":
		return "a list"
	case "!!map":
		return "a mapping"
	}
	if value == "" {
		return "nothing"
	}
	return strings.ReplaceAll(value, "`", `"`)
}

// keys are the keys of a type of package directory in the format's order; nil for
// a type that is no mapping.
func keys(name string) []string {
	typ := find(reflect.TypeFor[directory.Document](), name)
	if typ == nil {
		return nil
	}
	var out []string
	for f := range typ.Fields() {
		if key, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); key != "" && key != "-" {
			out = append(out, key)
		}
	}
	return out
}

// find looks for a struct type by the name that errors use, directory.App.
func find(typ reflect.Type, name string) reflect.Type {
	for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ.PkgPath() != reflect.TypeFor[directory.Document]().PkgPath() {
		return nil
	}
	if typ.String() == name {
		return typ
	}
	for f := range typ.Fields() {
		if found := find(f.Type, name); found != nil {
			return found
		}
	}
	return nil
}
