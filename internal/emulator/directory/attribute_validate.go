package directory

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	maxOptions = 300 // enough for a list of countries
	maxPattern = 500 // bytes of a regular expression
)

// Option is one choice of an attribute. In a file it is name and value, or just
// a text that is both.
type Option struct {
	Name  string `yaml:"name"`  // shown
	Value string `yaml:"value"` // kept
}

// UnmarshalYAML reads either form and names the line of anything else.
func (o *Option) UnmarshalYAML(n *yaml.Node) error {
	switch n.Kind {
	case yaml.ScalarNode:
		o.Name, o.Value = n.Value, n.Value
		return nil
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			switch {
			case v.Kind != yaml.ScalarNode:
				return fmt.Errorf("line %d: expected a text for %s", v.Line, k.Value)
			case k.Value == "name":
				o.Name = v.Value
			case k.Value == "value":
				o.Value = v.Value
			default:
				return fmt.Errorf("line %d: expected name and value of an option, got %q", k.Line, k.Value)
			}
		}
		return nil
	}
	return fmt.Errorf("line %d: expected an option: a text, or name and value", n.Line)
}

// compilePattern compiles a validation regex. RE2 runs in linear time, so an
// expression cannot hang the tenant.
func compilePattern(s string) (*regexp.Regexp, error) {
	if len(s) > maxPattern {
		return nil, fmt.Errorf("longer than %d bytes", maxPattern)
	}
	return regexp.Compile(s)
}

// adopt moves the key id to name, which means the same.
func (a *Attribute) adopt(at string) error {
	switch {
	case a.ID == "":
		return nil
	case a.Name != "" && a.Name != a.ID:
		return bad(at+".id", "expected id or name, got %q and %q", a.ID, a.Name)
	}
	a.Name, a.ID = a.ID, ""
	return nil
}

// validate checks one attribute of a user flow.
func (a *Attribute) validate(at string) error {
	if !isAttributeName(a.Name) || reservedField(a.Name) {
		return bad(at+".name", "expected a Graph name such as displayName or extension_<appid>_<name>, got %q", a.Name)
	}
	input := a.Input()
	if input == "" {
		return bad(at+".inputType", "expected %s, got %q", strings.Join([]string{InputText, InputNumber, InputRadio, InputDropdown, InputChecks, InputCheck}, ", "), a.InputType)
	}
	switch a.DataType {
	case "", TypeString, TypeBoolean, TypeInt64:
	default:
		return bad(at+".dataType", "expected %s, %s or %s, got %q", TypeString, TypeBoolean, TypeInt64, a.DataType)
	}
	if a.DataType != "" && a.DataType != a.Type() {
		return bad(at+".dataType", "expected %s, as inputType is %s; got %q", a.Type(), input, a.DataType)
	}
	if builtIn(a.Name) && a.Type() != TypeString {
		return bad(at+".dataType", "%s is a built-in attribute and a string", a.Name)
	}
	for name, text := range map[string]string{"label": a.Label, "hint": a.Hint, "regexMessage": a.RegexMessage} {
		if utf8.RuneCountInString(text) > 500 {
			return bad(at+"."+name, "expected at most 500 characters")
		}
	}
	if err := a.validateOptions(at); err != nil {
		return err
	}
	return a.validateRules(at)
}

func (a *Attribute) validateOptions(at string) error {
	if !a.Choice() {
		if len(a.Options) > 0 {
			return bad(at+".options", "expected none, as inputType is %s", a.Input())
		}
		return nil
	}
	if len(a.Options) == 0 || len(a.Options) > maxOptions {
		return bad(at+".options", "expected 1 to %d options for inputType %s, got %d", maxOptions, a.Input(), len(a.Options))
	}
	values := map[string]bool{}
	total := 0
	for i, o := range a.Options {
		p := fmt.Sprintf("%s.options[%d]", at, i)
		switch {
		case o.Name == "" || o.Value == "" || strings.TrimSpace(o.Value) != o.Value:
			return bad(p, "expected a name and a value, got %q and %q", o.Name, o.Value)
		case values[o.Value]:
			return bad(p, "the value %q occurs twice", o.Value)
		case a.Input() == InputChecks && strings.Contains(o.Value, ","):
			return bad(p, "expected a value without a comma, got %q: several are kept as a,b,c", o.Value)
		}
		values[o.Value] = true
		if n := utf8.RuneCountInString(o.Value); a.Input() == InputChecks {
			total += n + 1
		} else {
			total = max(total, n+1)
		}
	}
	if total-1 > a.Limit() {
		return bad(at+".options", "expected values of at most %d characters, got %d", a.Limit(), total-1)
	}
	return nil
}

func (a *Attribute) validateRules(at string) error {
	text, number := a.Input() == InputText, a.Input() == InputNumber
	switch {
	case !text && (a.Regex != "" || a.RegexMessage != ""):
		return bad(at+".regex", "expected none, as inputType is %s", a.Input())
	case !text && a.MinLength != 0:
		return bad(at+".minLength", "expected none, as inputType is %s", a.Input())
	case !text && a.MaxLength != 0:
		return bad(at+".maxLength", "expected none, as inputType is %s", a.Input())
	case a.MaxLength < 0 || a.MaxLength > (&Attribute{Name: a.Name}).Limit():
		return bad(at+".maxLength", "expected 1 to %d, got %d", (&Attribute{Name: a.Name}).Limit(), a.MaxLength)
	case a.MinLength < 0 || a.MinLength > a.Limit():
		return bad(at+".minLength", "expected 0 to %d, got %d", a.Limit(), a.MinLength)
	case !number && a.Minimum != nil:
		return bad(at+".minimum", "expected none, as inputType is %s", a.Input())
	case !number && a.Maximum != nil:
		return bad(at+".maximum", "expected none, as inputType is %s", a.Input())
	case number && a.Minimum != nil && a.Maximum != nil && *a.Minimum > *a.Maximum:
		return bad(at+".maximum", "expected at least the minimum %d, got %d", *a.Minimum, *a.Maximum)
	}
	if a.Regex != "" {
		if _, err := compilePattern(a.Regex); err != nil {
			return bad(at+".regex", "expected a regular expression without lookahead or back-references (RE2 syntax): %v", err)
		}
	}
	return nil
}

// builtIn reports the user properties that every tenant has.
func builtIn(name string) bool {
	switch name {
	case "city", "country", "displayName", "givenName", "jobTitle", "postalCode", "state", "streetAddress", "surname":
		return true
	}
	return false
}

// validateTypes refuses one attribute with different types in two user flows.
func (t *Tenant) validateTypes(at string) error {
	types := map[string]string{}
	for i := range t.UserFlows {
		for j := range t.UserFlows[i].Attributes {
			a := &t.UserFlows[i].Attributes[j]
			if typ, ok := types[a.Name]; ok && typ != a.Type() {
				return bad(fmt.Sprintf("%s.userFlows[%d].attributes[%d].dataType", at, i, j), "%s has the type %s in another user flow, got %s", a.Name, typ, a.Type())
			}
			types[a.Name] = a.Type()
		}
	}
	return nil
}
