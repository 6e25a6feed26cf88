// Package graphtest holds bodies of Microsoft Graph against its published types. It is for _test files only.
package graphtest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

const namespace = "microsoft.graph."

// Types are published types, by full name.
type Types struct {
	types      map[string]typ
	operations map[string][]operation
	seen       map[string]bool
}

type typ struct {
	Kind        string
	Base        string
	Abstract    bool
	Open        bool
	Members     []string
	Properties  map[string]string
	Navigation  map[string]string
	NonNullable []string
}

type operation struct {
	BoundTo    string
	Parameters map[string]string
}

// Load reads types from a file.
func Load(file string) (*Types, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var d struct {
		Types      map[string]typ
		Operations map[string][]operation
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &Types{types: d.Types, operations: d.Operations, seen: map[string]bool{}}, nil
}

// Seen are the types that bodies were held against, in order.
func (t *Types) Seen() []string {
	var names []string
	for name := range t.seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Check returns what is wrong with a body of a type, or of the parameters of an operation of a type ("application/addPassword").
func (t *Types) Check(declared string, body []byte) []string {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{err.Error()}
	}
	base, op, isOperation := strings.Cut(declared, "/")
	if !isOperation {
		return t.value("", namespace+declared, v)
	}
	object, _ := v.(map[string]any)
	for _, o := range t.operations[op] {
		if o.BoundTo != namespace+base {
			continue
		}
		var bad []string
		for name, value := range object {
			if o.Parameters[name] == "" {
				bad = append(bad, name+" is no parameter of "+op)
				continue
			}
			bad = append(bad, t.value(name, o.Parameters[name], value)...)
		}
		return bad
	}
	return []string{"no operation " + declared}
}

func (t *Types) value(at, declared string, v any) []string {
	if item, ok := strings.CutPrefix(declared, "Collection("); ok {
		list, ok := v.([]any)
		if !ok {
			return []string{at + " is no list"}
		}
		var bad []string
		for i, e := range list {
			bad = append(bad, t.value(fmt.Sprintf("%s[%d]", at, i), strings.TrimSuffix(item, ")"), e)...)
		}
		return bad
	}
	if strings.HasPrefix(declared, "Edm.") {
		return primitive(at, declared, v)
	}
	kind, ok := t.types[declared]
	if !ok {
		return []string{at + ": the type " + declared + " is not kept"}
	}
	t.seen[declared] = true
	if kind.Kind == "enum" {
		if s, ok := v.(string); !ok || !slices.Contains(kind.Members, s) {
			return []string{fmt.Sprintf("%s: %v is not one of %v", at, v, kind.Members)}
		}
		return nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return []string{at + " is no object"}
	}
	return t.object(at, declared, object)
}

func (t *Types) object(at, declared string, object map[string]any) []string {
	name := declared
	if said, ok := object["@odata.type"].(string); ok {
		name = strings.TrimPrefix(said, "#")
		if _, ok := t.types[name]; !ok || !strings.HasPrefix(said, "#") {
			return []string{at + ": unknown type " + said}
		}
		if !t.derives(name, declared) {
			return []string{at + ": " + name + " is no " + declared}
		}
	}
	t.seen[name] = true
	if t.types[name].Abstract {
		return []string{at + ": " + name + " is abstract, @odata.type needed"}
	}
	var bad []string
	for property, value := range object {
		if strings.HasPrefix(property, "@") {
			continue
		}
		p := strings.TrimPrefix(at+"."+property, ".")
		typ, nullable, ok := t.property(name, property)
		switch {
		case !ok:
			bad = append(bad, p+" is no property of "+name)
		case value == nil && !nullable:
			bad = append(bad, p+" cannot be null")
		case value != nil:
			bad = append(bad, t.value(p, typ, value)...)
		}
	}
	return bad
}

// property finds one in a type or its bases. What only an open type would take is refused: ciam makes no names up.
func (t *Types) property(name, property string) (declared string, nullable, ok bool) {
	for ; name != ""; name = t.types[name].Base {
		typ := t.types[name]
		for _, set := range []map[string]string{typ.Properties, typ.Navigation} {
			if declared, ok := set[property]; ok {
				return declared, !slices.Contains(typ.NonNullable, property), true
			}
		}
	}
	return "", false, false
}

func (t *Types) derives(name, from string) bool {
	for ; name != ""; name = t.types[name].Base {
		if name == from {
			return true
		}
	}
	return false
}

func primitive(at, declared string, v any) []string {
	ok := false
	switch declared {
	case "Edm.Boolean":
		_, ok = v.(bool)
	case "Edm.Int32":
		n, isNumber := v.(float64)
		ok = isNumber && n == float64(int32(n))
	case "Edm.String":
		_, ok = v.(string)
	case "Edm.Guid":
		s, _ := v.(string)
		ok = len(s) == 36 && strings.Count(s, "-") == 4
	case "Edm.DateTimeOffset":
		s, _ := v.(string)
		_, err := time.Parse(time.RFC3339Nano, s)
		ok = err == nil
	}
	if !ok {
		return []string{fmt.Sprintf("%s: %v is no %s", at, v, declared)}
	}
	return nil
}
