package emulator

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// submitAttributes takes the attributes of the user flow and creates the account.
func (u userFlow) submitAttributes(x *exchange, f *flow, v url.Values) (string, error) {
	t := x.words(f.req.locales)
	_, uf := f.req.userFlowOf(x.tenant)
	if uf == nil {
		return u.create(x, f, nil)
	}
	shown, kept := map[string]string{}, map[string]string{}
	for i := range uf.Attributes {
		a := &uf.Attributes[i]
		typed := typedValue(a, v)
		value, problem := a.Check(typed)
		if problem == directory.ValueFine {
			if value != "" {
				kept[a.Name], shown[a.Name] = value, value
			}
			continue
		}
		f.problem.fields[a.Name] = valueProblem(t, a, problem)
		if problem != directory.ValueGarbled && len(typed) <= 4*a.Limit() {
			shown[a.Name] = strings.TrimSpace(typed)
		}
	}
	f.signUp.values = shown
	if len(f.problem.fields) > 0 {
		return web.Attributes, nil
	}
	return u.create(x, f, kept)
}

// typedValue is what the form has for an attribute. The boxes of a group have a
// name each, as a parameter may come once only.
func typedValue(a *directory.Attribute, v url.Values) string {
	if a.Input() != directory.InputChecks {
		return v.Get(a.Name)
	}
	var ticked []string
	for i := range a.Options {
		if value := v.Get(a.Name + "-" + strconv.Itoa(i)); value != "" {
			ticked = append(ticked, value)
		}
	}
	return strings.Join(ticked, ",")
}

// valueProblem says what is wrong with a value.
func valueProblem(t *web.Strings, a *directory.Attribute, problem directory.ValueProblem) string {
	label := attributeLabel(t, a)
	switch problem {
	case directory.ValueMissing:
		switch {
		case a.Input() == directory.InputCheck:
			return web.Format(t.AttributeUnticked, label)
		case a.Choice():
			return web.Format(t.AttributeNoOption, label)
		}
	case directory.ValueTooLong:
		return web.Format(t.AttributeTooLong, label, a.Limit())
	case directory.ValueTooShort:
		return web.Format(t.AttributeTooShort, label, a.MinLength)
	case directory.ValueGarbled:
		return web.Format(t.AttributeGarbled, label)
	case directory.ValuePattern:
		if a.RegexMessage != "" {
			return a.RegexMessage
		}
		return web.Format(t.AttributePattern, label)
	case directory.ValueNoNumber:
		return web.Format(t.AttributeNoNumber, label)
	case directory.ValueTooSmall:
		return web.Format(t.AttributeTooSmall, label, *a.Minimum)
	case directory.ValueTooLarge:
		return web.Format(t.AttributeTooLarge, label, *a.Maximum)
	case directory.ValueNoOption:
		return web.Format(t.AttributeNoOption, label)
	}
	return web.Format(t.AttributeMissing, label)
}

// attributeFields describes the inputs of a user flow's attributes.
func attributeFields(t *web.Strings, uf *directory.UserFlow, values map[string]string) []web.Field {
	var fields []web.Field
	for i := range uf.Attributes {
		a := &uf.Attributes[i]
		value := values[a.Name]
		field := web.Field{ID: a.Name, Label: attributeLabel(t, a), Hint: a.Hint, Type: "text", Required: a.Required, Optional: !a.Required}
		switch a.Input() {
		case directory.InputCheck:
			field.Type, field.Checked = "checkbox", value == "true"
		case directory.InputRadio:
			field.Type, field.Options = "radio", options(a, value)
		case directory.InputDropdown:
			field.Type, field.Options, field.Autocomplete = "select", options(a, value), attributeAutocomplete(a.Name)
		case directory.InputChecks:
			field.Type, field.Options = "checkboxes", options(a, strings.Split(value, ",")...)
		case directory.InputNumber:
			field.Value, field.InputMode, field.Autocomplete, field.MaxLength = value, "numeric", "off", 20
		default:
			field.Value, field.Autocomplete, field.MaxLength = value, attributeAutocomplete(a.Name), a.Limit()
		}
		fields = append(fields, field)
	}
	return fields
}

func options(a *directory.Attribute, chosen ...string) []web.Option {
	out := make([]web.Option, len(a.Options))
	for i, o := range a.Options {
		out[i] = web.Option{Label: o.Name, Value: o.Value}
		for _, c := range chosen {
			out[i].Chosen = out[i].Chosen || c == o.Value
		}
	}
	return out
}

func attributeLabel(t *web.Strings, a *directory.Attribute) string {
	if a.Label != "" {
		return a.Label
	}
	return t.AttributeLabels(a.Name)
}

// attributeAutocomplete is the autofill field name of a built-in attribute
// (HTML standard, section on autofill).
func attributeAutocomplete(name string) string {
	switch name {
	case "displayName":
		return "name"
	case "givenName":
		return "given-name"
	case "surname":
		return "family-name"
	case "jobTitle":
		return "organization-title"
	case "streetAddress":
		return "street-address"
	case "city":
		return "address-level2"
	case "state":
		return "address-level1"
	case "postalCode":
		return "postal-code"
	case "country":
		return "country-name"
	}
	return "off"
}
