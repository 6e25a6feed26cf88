package visitor

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// choose sets the value of a radio button, a check box or a drop-down list as the person would, and reports whether the
// control is one of them. What Attributes does not say stays as it is, unless the page insists: then it is the first choice.
func (v *Visitor) choose(values url.Values, n *html.Node) bool {
	name := attr(n, "name")
	switch kind := attr(n, "type"); {
	case n.Data == "select":
		if value, ok := v.selected(n); ok {
			values.Set(name, value)
		}
	case n.Data == "input" && kind == "radio":
		want, told := v.Attributes[name]
		if told && want == attr(n, "value") || !told && (has(n, "checked") || has(n, "required") && !values.Has(name)) {
			values.Set(name, attr(n, "value"))
		}
	case n.Data == "input" && kind == "checkbox":
		if v.ticks(n) {
			values.Set(name, attr(n, "value"))
		}
	default:
		return false
	}
	return true
}

func (v *Visitor) selected(list *html.Node) (string, bool) {
	if want, ok := v.Attributes[attr(list, "name")]; ok {
		return want, true
	}
	option := find(list, func(n *html.Node) bool { return n.Data == "option" && has(n, "selected") })
	if option == nil && has(list, "required") {
		option = find(list, func(n *html.Node) bool { return n.Data == "option" && attr(n, "value") != "" })
	}
	if option == nil {
		return "", false
	}
	return attr(option, "value"), true
}

// ticks decides about one box: alone it is named like its attribute, in a group its name ends in a hyphen and a number.
func (v *Visitor) ticks(box *html.Node) bool {
	if want, ok := v.Attributes[attr(box, "name")]; ok {
		return want == attr(box, "value")
	}
	group := box.Parent
	for group != nil && group.Data != "fieldset" {
		group = group.Parent
	}
	if group == nil {
		return has(box, "checked") || has(box, "required")
	}
	if want, ok := v.Attributes[attr(group, "id")]; ok {
		return slices.Contains(strings.Split(want, ","), attr(box, "value"))
	}
	return has(box, "checked") || has(group, "data-required") && strings.HasSuffix(attr(box, "name"), "-0")
}
