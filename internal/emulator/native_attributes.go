package emulator

import (
	"encoding/json"
	"maps"
	"strconv"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// takeAttributes reads the attributes parameter, a JSON object by Graph name,
// into the flow. Names that the user flow does not collect are ignored, as the
// real service does; a refused value changes nothing.
func (f *nativeFlow) takeAttributes(q nativeRequest) error {
	text, err := q.require("attributes")
	if err != nil {
		return err
	}
	var sent map[string]any
	if json.Unmarshal([]byte(text), &sent) != nil {
		return badParameter("attributes")
	}
	values := maps.Clone(f.signUp.values)
	if values == nil {
		values = map[string]string{}
	}
	var refused []invalidAttribute
	for _, a := range q.flow.Attributes {
		given, ok := sent[a.Name]
		if !ok {
			continue
		}
		text, ok := attributeText(given)
		value, problem := a.Check(text)
		switch {
		case !ok || problem != directory.ValueFine:
			refused = append(refused, invalidAttribute{a.Name})
		case value == "":
			delete(values, a.Name)
		default:
			values[a.Name] = value
		}
	}
	if len(refused) > 0 {
		return attributesInvalid(refused)
	}
	f.signUp.values = values
	return nil
}

// missingAttributes lists the required attributes of a user flow without a value.
func missingAttributes(flow *directory.UserFlow, values map[string]string) []requiredAttribute {
	var out []requiredAttribute
	for _, a := range flow.Attributes {
		if a.Required && values[a.Name] == "" {
			r := requiredAttribute{Name: a.Name, Type: a.Type(), Required: true}
			if a.Regex != "" {
				r.Options = &attributeOptions{Regex: a.Regex}
			}
			out = append(out, r)
		}
	}
	return out
}

// attributeText is a JSON value as an attribute's text; numbers and booleans may
// come bare.
func attributeText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}
