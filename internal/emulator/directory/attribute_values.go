package directory

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A user's attributes are kept as text. What type a value has is a property of
// the tenant's attribute, as in Graph, so it is applied where a value leaves the
// directory: in claims and in the written document.

// AttributeType is the data type of an attribute, one of the Type constants:
// what the user flows say, and string for an attribute none of them collects.
func (t *Tenant) AttributeType(name string) string {
	if a := t.attribute(name); a != nil {
		return a.Type()
	}
	return TypeString
}

func (t *Tenant) attribute(name string) *Attribute {
	for i := range t.UserFlows {
		for j := range t.UserFlows[i].Attributes {
			if a := &t.UserFlows[i].Attributes[j]; a.Name == name {
				return a
			}
		}
	}
	return nil
}

// AttributeValue is a user's attribute in its type: string, bool or int64; nil
// when the user has none. Email is an attribute here, as in User.Attribute.
func (t *Tenant) AttributeValue(u *User, name string) any {
	text := u.Attribute(name)
	if text == "" {
		return nil
	}
	switch t.AttributeType(name) {
	case TypeBoolean:
		if b, ok := parseBool(text); ok {
			return b
		}
	case TypeInt64:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	}
	return text
}

// AttributeText is the form in which a user keeps a value: of a string, a bool
// or a whole number (also as JSON has it). It reports false for anything else.
func AttributeText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		if n := int64(v); float64(n) == v && n > -1<<53 && n < 1<<53 {
			return strconv.FormatInt(n, 10), true
		}
	}
	return "", false
}

// validateValues checks that a user's values have their attributes' types.
func (t *Tenant) validateValues(at string, u *User) error {
	for name, text := range u.Attributes {
		if !isAttributeName(name) {
			return bad(at, "expected Graph names such as displayName, got %q", name)
		}
		switch typ := t.AttributeType(name); typ {
		case TypeBoolean:
			if _, ok := parseBool(text); !ok {
				return bad(at+"."+name, "expected true or false, got %q", text)
			}
		case TypeInt64:
			if _, err := strconv.ParseInt(text, 10, 64); err != nil {
				return bad(at+"."+name, "expected a whole number, got %q", text)
			}
		}
	}
	return nil
}

// checkUndeclared refuses a number or a boolean for a custom attribute that no
// user flow collects: nothing would keep its type.
func (d *Document) checkUndeclared(tree func() *yaml.Node) error {
	for i := range d.Tenants {
		t := &d.Tenants[i]
		for j := range t.Users {
			at := fmt.Sprintf("tenants[%d].users[%d].attributes", i, j)
			for name := range t.Users[j].Attributes {
				if !strings.HasPrefix(name, "extension_") || t.attribute(name) != nil {
					continue
				}
				n := nodeAt(tree(), at+"."+name)
				if n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!bool") {
					return &FormatError{Line: n.Line, Path: at + "." + name, Problem: fmt.Sprintf(
						"no user flow has an attribute of this name that says its dataType; expected text in quotes, got %s", n.Value)}
				}
			}
		}
	}
	return nil
}

// typed reports whether some attribute is not text.
func (d *Document) typed() bool {
	for i := range d.Tenants {
		for j := range d.Tenants[i].UserFlows {
			for k := range d.Tenants[i].UserFlows[j].Attributes {
				if d.Tenants[i].UserFlows[j].Attributes[k].Type() != TypeString {
					return true
				}
			}
		}
	}
	return false
}

// typeValues gives the users' values in an encoded document their types, so that
// they are written as true and 42, not as "true" and "42".
func (d *Document) typeValues(root *yaml.Node) {
	tenants := child(root, "tenants")
	if tenants == nil {
		return
	}
	for i := range tenants.Content {
		users := child(tenants.Content[i], "users")
		if users == nil {
			continue
		}
		for _, u := range users.Content {
			attributes := child(u, "attributes")
			if attributes == nil {
				continue
			}
			for k := 0; k+1 < len(attributes.Content); k += 2 {
				tag := ""
				switch d.Tenants[i].AttributeType(attributes.Content[k].Value) {
				case TypeBoolean:
					tag = "!!bool"
				case TypeInt64:
					tag = "!!int"
				default:
					continue
				}
				attributes.Content[k+1].Tag, attributes.Content[k+1].Style = tag, 0
			}
		}
	}
}
