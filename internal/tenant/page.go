package tenant

import (
	"context"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/graph"
)

const (
	email = "email" // the attribute that every user flow has; a file cannot name it

	anyText    = "^.*"
	emailRegEx = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)*$"
)

// pageDiff compares the attributes that a user flow collects: the list of the file is the whole, in its order.
type pageDiff struct {
	*flowDiff
	differs bool
}

func (d *pageDiff) compare() {
	before := len(d.fields)
	var order, names []string
	for i := range d.flow.Attributes {
		a := &d.flow.Attributes[i]
		names = append(names, strings.ToLower(d.planner.attributeID(a)))
		was := d.input(d.planner.attributeID(a))
		d.attribute(a, d.path(i), was)
	}
	for _, in := range d.inputs() {
		switch {
		case in.Attribute == email:
		case slices.Contains(names, strings.ToLower(in.Attribute)):
			order = append(order, strings.ToLower(in.Attribute))
		case !d.additive:
			d.fields = append(d.fields, Field{Name: "attributes", Mark: Remove, From: short(in.Attribute)})
		}
	}
	kept := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(order, n) })
	if !slices.Equal(kept, order) {
		d.fields = append(d.fields, Field{Name: "attributes, their order", Mark: Change, From: shorts(order), To: shorts(kept)})
	}
	d.differs = d.creating || slices.ContainsFunc(d.fields[before:], func(f Field) bool { return f.Mark != Same })
}

func (d *pageDiff) path(i int) string { return d.at + ".attributes[" + strconv.Itoa(i) + "]" }

// attribute compares one input; was is nil for one that the flow does not have.
func (d *pageDiff) attribute(a *directory.Attribute, at string, was *graph.Input) {
	name := short(a.Name)
	if was == nil {
		d.fields = append(d.fields, Field{Name: "attributes", Mark: Add, To: name})
		return
	}
	d.fields = append(d.fields, Field{Name: "attributes", Mark: Same, To: name})
	has := d.planner.wanted.has
	at, name = at+".", "attributes."+name+"."
	nothing := func() {} // the page is sent as a whole
	none := func([]string) {}
	d.text(name+"label", a.Label != "", a.Label, was.Label, nothing)
	d.flag(name+"required", has(at+"required"), a.Required, &was.Required, nothing)
	d.text(name+"inputType", has(at+"inputType") || has(at+"dataType"), inputType(a), was.InputType, nothing)
	d.text(name+"regex", a.Regex != "", a.Regex, html.UnescapeString(was.ValidationRegEx), nothing)
	want, found := optionTexts(optionsOf(a)), optionTexts(was.Options)
	whole := compared{} // the choices of an input are one thing
	whole.list(name+"options", has(at+"options"), want, found, none)
	d.fields = append(d.fields, whole.fields...)
	if same := slices.Equal(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(found))); same && !slices.Equal(want, found) {
		d.text(name+"options, their order", has(at+"options"), strings.Join(want, ", "), strings.Join(found, ", "), nothing)
	}
}

// inputs are those that the flow has.
func (d *pageDiff) inputs() []graph.Input {
	c := d.found.OnAttributeCollection
	if c == nil || c.Page == nil || len(c.Page.Views) == 0 {
		return nil
	}
	return c.Page.Views[0].Inputs
}

func (d *pageDiff) input(id string) *graph.Input {
	for _, in := range d.inputs() {
		if id != "" && strings.EqualFold(in.Attribute, id) {
			return &in
		}
	}
	return nil
}

// page is the whole page: what the file does not say of an input stays as it was found.
func (d *pageDiff) page(ids ids) *graph.AttributePage {
	first := graph.Input{Attribute: email, Label: label(email), InputType: "text", Hidden: true, WriteToDirectory: true, Required: true, ValidationRegEx: emailRegEx}
	if was := d.input(email); was != nil {
		first = *was
	}
	inputs := []graph.Input{first}
	for i := range d.flow.Attributes {
		a, at := &d.flow.Attributes[i], d.path(i)
		id := ids.attributes[attributeKey(a.Name)]
		in := graph.Input{Attribute: id, Label: label(a.Name), InputType: inputType(a), Editable: true, WriteToDirectory: true, ValidationRegEx: anyText, Options: optionsOf(a)}
		if was := d.input(id); was != nil {
			in = *was
		}
		has := d.planner.wanted.has
		if a.Label != "" {
			in.Label = a.Label
		}
		if a.Regex != "" {
			in.ValidationRegEx = a.Regex
		}
		if has(at + ".required") {
			in.Required = a.Required
		}
		if has(at+".inputType") || has(at+".dataType") {
			in.InputType = inputType(a)
		}
		if has(at + ".options") {
			in.Options = optionsOf(a)
		}
		inputs = append(inputs, in)
	}
	if d.additive {
		inputs = append(inputs, d.others(inputs)...)
	}
	return &graph.AttributePage{Views: []graph.AttributeView{{Inputs: inputs}}}
}

// others are the inputs that the flow has beside these.
func (d *pageDiff) others(these []graph.Input) (all []graph.Input) {
	for _, in := range d.inputs() {
		if !slices.ContainsFunc(these, func(i graph.Input) bool { return strings.EqualFold(i.Attribute, in.Attribute) }) {
			all = append(all, in)
		}
	}
	return all
}

// attributes are those of a new flow, as Microsoft's examples describe them.
func (d *pageDiff) attributes(ids ids) []graph.UserFlowAttribute {
	all := []graph.UserFlowAttribute{{ID: email, DisplayName: label(email), Description: label(email) + " of the user", Kind: graph.BuiltIn, DataType: directory.TypeString}}
	for i := range d.flow.Attributes {
		a := &d.flow.Attributes[i]
		kind := graph.BuiltIn
		if isCustom(a.Name) {
			kind = graph.Custom
		}
		all = append(all, graph.UserFlowAttribute{ID: ids.attributes[attributeKey(a.Name)], DisplayName: label(a.Name), Description: label(a.Name) + " of the user", Kind: kind, DataType: a.Type()})
	}
	return all
}

// refer adds the attributes that the flow does not have, and takes out those that it should not have.
func (d *pageDiff) refer(ctx context.Context, run *Run, flowID string) error {
	var have []string
	for _, in := range d.inputs() {
		have = append(have, strings.ToLower(in.Attribute))
	}
	if c := d.found.OnAttributeCollection; c != nil {
		for _, a := range c.Attributes {
			have = union(have, []string{strings.ToLower(a.ID)})
		}
	}
	want := []string{email}
	for i := range d.flow.Attributes {
		want = append(want, run.ids.attributes[attributeKey(d.flow.Attributes[i].Name)])
	}
	for _, id := range want {
		if slices.Contains(have, strings.ToLower(id)) {
			continue
		}
		if err := run.settled(ctx, func() error { return run.Graph.AddAttribute(ctx, flowID, id) }); err != nil {
			return err
		}
	}
	for _, in := range d.inputs() {
		if !d.additive && !slices.ContainsFunc(want, func(id string) bool { return strings.EqualFold(id, in.Attribute) }) {
			if err := run.Graph.RemoveAttribute(ctx, flowID, in.Attribute); err != nil {
				return err
			}
		}
	}
	return nil
}
