package tenant

import (
	"cmp"
	"context"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/graph"
)

// attributeID is what the tenant calls an attribute of the file, "" for one that is to be made, which it plans once.
func (p *planner) attributeID(a *directory.Attribute) string {
	name := attributeKey(a.Name)
	if id, known := p.ids.attributes[name]; known {
		return id
	}
	if !isCustom(a.Name) {
		p.ids.attributes[name] = a.Name
		return a.Name
	}
	for _, f := range p.found.Attributes {
		if f.Kind == graph.BuiltIn || attributeKey(f.ID) != name {
			continue
		}
		if f.DataType != "" && !strings.EqualFold(f.DataType, a.Type()) {
			p.refuse(Attribute, short(a.Name), "the tenant has it with the data type %s, which cannot be changed, and the file says %s; expected the same, or another name", f.DataType, a.Type())
		}
		p.ids.attributes[name] = f.ID
		return f.ID
	}
	p.ids.attributes[name] = ""
	body := graph.UserFlowAttribute{DisplayName: strings.TrimPrefix(short(a.Name), customPrefix), Description: cmp.Or(a.Label, label(a.Name)), DataType: a.Type()}
	p.attributes = append(p.attributes, Step{Kind: Attribute, Name: short(a.Name), Mark: Add, Fields: []Field{{Name: "dataType", Mark: Add, To: a.Type()}},
		do: func(ctx context.Context, run *Run) error {
			made, err := run.Graph.CreateUserFlowAttribute(ctx, body)
			if err == nil {
				run.ids.attributes[name] = made.ID
			}
			return err
		}})
	return ""
}

const customPrefix = "extension_"

// isCustom reports whether an attribute is one that somebody made.
func isCustom(name string) bool { return label(name) == strings.TrimPrefix(short(name), customPrefix) }

// attributeKey is the same for every way to write the name of an attribute.
func attributeKey(name string) string {
	if isCustom(name) {
		return strings.ToLower(customPrefix + strings.TrimPrefix(short(name), customPrefix))
	}
	return strings.ToLower(name)
}

// short is the name of a custom attribute without the tenant's part: extension_x for extension_<32 hex digits>_x.
func short(name string) string {
	rest, ok := strings.CutPrefix(name, customPrefix)
	if !ok {
		return name
	}
	id, x, ok := strings.Cut(rest, "_")
	if ok && x != "" && len(id) == 32 && strings.Trim(strings.ToLower(id), "0123456789abcdef") == "" {
		return customPrefix + x
	}
	return name
}

func shorts(names []string) string {
	var all []string
	for _, n := range names {
		all = append(all, short(n))
	}
	return strings.Join(all, ", ")
}

// builtIn are the attributes that every tenant has, as Graph and the admin center call them.
func builtIn() [][2]string {
	return [][2]string{{email, "Email Address"}, {"city", "City"}, {"country", "Country/Region"}, {"displayName", "Display Name"}, {"givenName", "Given Name"},
		{"jobTitle", "Job Title"}, {"postalCode", "Postal Code"}, {"state", "State/Province"}, {"streetAddress", "Street Address"}, {"surname", "Surname"}}
}

// label is the admin center's own for a built-in attribute, and the name of another.
func label(name string) string {
	for _, a := range builtIn() {
		if a[0] == name {
			return a[1]
		}
	}
	return strings.TrimPrefix(short(name), customPrefix)
}

// inputType is Graph's: it has four, and the rest is told apart by the attribute's data type.
func inputType(a *directory.Attribute) string {
	switch a.Input() {
	case directory.InputRadio, directory.InputDropdown:
		return "radioSingleSelect"
	case directory.InputChecks:
		return "checkboxMultiSelect"
	case directory.InputCheck:
		return "boolean"
	}
	return "text"
}

func optionsOf(a *directory.Attribute) (options []graph.Option) {
	for _, o := range a.Options {
		options = append(options, graph.Option{Label: o.Name, Value: o.Value})
	}
	return options
}

func optionTexts(options []graph.Option) (texts []string) {
	for _, o := range options {
		texts = append(texts, o.Label+" ("+o.Value+")")
	}
	return texts
}
