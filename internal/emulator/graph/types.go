package graph

import (
	_ "embed" // types.json
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

//go:embed types.json
var typesJSON []byte

const namespace = "microsoft.graph."

// typeFacts is a type of Graph's metadata.
type typeFacts struct {
	Kind       string            `json:"kind"` // entity, complex or enum
	Base       string            `json:"base"`
	Abstract   bool              `json:"abstract"`
	Open       bool              `json:"open"`
	Flags      bool              `json:"flags"`
	Members    []string          `json:"members"`
	Properties map[string]string `json:"properties"`
	Navigation map[string]string `json:"navigation"`
}

// schema is what is known of Graph's types.
var schema = sync.OnceValue(func() map[string]*typeFacts {
	var file struct {
		Types map[string]*typeFacts `json:"types"`
	}
	if err := json.Unmarshal(typesJSON, &file); err != nil {
		return nil // a test reads it
	}
	return file.Types
})

// check judges a value by a declared type; at names the place. What fails is a 400, as Graph has it.
func check(at, declared string, v any) error {
	if inner, many := strings.CutPrefix(declared, "Collection("); many {
		list, isList := v.([]any)
		if !isList {
			return badRequest("Property %s in payload has a value that does not match schema: expected an array.", at)
		}
		for i, item := range list {
			if item == nil {
				return badRequest("Property %s in payload has a value that does not match schema: expected no null in the array.", at)
			}
			if err := check(fmt.Sprintf("%s[%d]", at, i), strings.TrimSuffix(inner, ")"), item); err != nil {
				return err
			}
		}
		return nil
	}
	if v == nil {
		return nil
	}
	if primitive, is := strings.CutPrefix(declared, "Edm."); is {
		return checkPrimitive(at, primitive, v)
	}
	facts := schema()[declared]
	if facts == nil { // declared beyond what the emulator keeps the types of
		return nil
	}
	if facts.Kind == "enum" {
		return facts.checkMember(at, v)
	}
	fields, isObject := v.(object)
	if !isObject {
		return badRequest("Property %s in payload has a value that does not match schema: expected an object.", at)
	}
	return checkObject(at, declared, fields)
}

// checkObject judges an object by its declared type, or by the one of its own that derives from it.
func checkObject(at, declared string, fields object) error {
	name := declared
	if own, given := fields["@odata.type"].(string); given {
		name = strings.TrimPrefix(own, "#")
		if schema()[name] == nil || !derives(name, declared) {
			return badRequest("A type named '%s' could not be resolved by the model, or does not derive from '%s' (%s).", clip(name), declared, at)
		}
	}
	facts := schema()[name]
	if facts.Abstract {
		return badRequest("Cannot create an instance of the abstract type '%s' (%s): @odata.type is needed.", name, at)
	}
	properties, open := declaredBy(name)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if strings.Contains(key, "@") {
			continue
		}
		declared, known := properties[key]
		if !known && (!open || !isDynamic(name, key)) {
			return badRequest("Invalid property '%s' (%s).", clip(key), at)
		}
		if known {
			if err := check(at+"."+key, declared, fields[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

// isDynamic reports whether an open type may have an undeclared property: directory objects have only extensions, the
// others whatever they like.
func isDynamic(name, key string) bool {
	return !derives(name, namespace+"directoryObject") || strings.HasPrefix(key, "extension_")
}

func derives(name, base string) bool {
	for name != "" {
		if name == base {
			return true
		}
		facts := schema()[name]
		if facts == nil {
			return false
		}
		name = facts.Base
	}
	return false
}

// declaredBy are the properties of a type and its bases, and whether it takes others.
func declaredBy(name string) (properties map[string]string, open bool) {
	properties = map[string]string{}
	for facts := schema()[name]; facts != nil; facts = schema()[facts.Base] {
		open = open || facts.Open
		maps.Copy(properties, facts.Properties)
		maps.Copy(properties, facts.Navigation)
	}
	return properties, open
}

func (f *typeFacts) checkMember(at string, v any) error {
	text, isText := v.(string)
	members := []string{text}
	if f.Flags {
		members = strings.Split(text, ",")
	}
	for _, m := range members {
		if !isText || !slices.Contains(f.Members, strings.TrimSpace(m)) {
			return badRequest("Invalid value specified for property %s: expected one of %s.", at, strings.Join(f.Members, ", "))
		}
	}
	return nil
}

func checkPrimitive(at, primitive string, v any) error {
	text, isText := v.(string)
	number, isNumber := v.(float64)
	fine := true
	switch primitive {
	case "String", "Binary", "Stream":
		fine = isText
	case "Boolean":
		_, fine = v.(bool)
	case "Guid":
		fine = isText && directory.IsGUID(text)
	case "DateTimeOffset":
		_, err := time.Parse(time.RFC3339, text)
		fine = isText && err == nil
	case "Int16", "Int32", "Int64":
		fine = isNumber && number == math.Trunc(number)
	}
	if !fine {
		return badRequest("Invalid value specified for property %s: expected Edm.%s.", at, primitive)
	}
	return nil
}

// checkBody judges the body of the request as a type of Graph.
func (c *call) checkBody(name string) error {
	if err := checkObject(name, namespace+name, c.body); err != nil {
		return err
	}
	return nil
}
