package graph

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// The types of a user flow and its handlers.
const (
	flowType         = "externalUsersSelfServiceSignUpEventsFlow"
	interactiveType  = "#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp"
	methodType       = "#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp"
	collectionType   = "#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp"
	userType         = "#microsoft.graph.onUserCreateStartExternalUsersSelfServiceSignUp"
	passwordProvider = "EmailPassword-OAUTH"
	codeProvider     = "EmailOtpSignup-OAUTH"
)

// Where a flow's registration keeps what the flow itself has not.
const (
	providersPart  = "identityProviders"
	attributesPart = "attributes"
	inputsPart     = "inputs"
)

// flowView is a user flow as Graph shows it.
func flowView(t *directory.Tenant, f *directory.UserFlow) object {
	out := object{
		"@odata.type": "#" + namespace + flowType, "id": t.FlowID(f), "displayName": f.DisplayName, "description": f.Registration["description"],
		"conditions":                      object{"applications": object{"includeApplications": linksView(f)}},
		"onInteractiveAuthFlowStart":      object{"@odata.type": interactiveType, "isSignUpAllowed": f.SignUpAllowed()},
		"onAuthenticationMethodLoadStart": object{"@odata.type": methodType, "identityProviders": providersOf(f)},
		"onAttributeCollection":           nil,
		"onAttributeCollectionStart":      f.Registration["onAttributeCollectionStart"],
		"onAttributeCollectionSubmit":     f.Registration["onAttributeCollectionSubmit"],
		"onUserCreateStart":               object{"@odata.type": userType, "userTypeToCreate": "member"},
	}
	if kept, set := f.Registration["onUserCreateStart"].(object); set {
		out["onUserCreateStart"] = kept
	}
	if list := collected(t, f); len(list) > 0 {
		view := object{"title": nil, "description": nil, "inputs": inputsOf(t, f)}
		out["onAttributeCollection"] = object{"@odata.type": collectionType, "attributes": list, "attributeCollectionPage": object{"views": []any{view}}}
	}
	return out
}

func linksView(f *directory.UserFlow) []any {
	list := []any{}
	for _, id := range f.Applications {
		list = append(list, object{"appId": id})
	}
	return list
}

// providersOf are the flow's identity providers: as they were set, else its method.
func providersOf(f *directory.UserFlow) []any {
	ids, set := f.Registration[providersPart].([]any)
	if !set {
		ids = []any{passwordProvider}
		if f.Method() == directory.EmailOTP {
			ids = []any{codeProvider}
		}
	}
	list := []any{}
	for _, id := range texts(ids) {
		if p := attribute(providers(), id); p != nil {
			list = append(list, p)
		}
	}
	return list
}

// setProviders gives a flow its identity providers and with them the method of new users.
func setProviders(f *directory.UserFlow, list []any) error {
	var ids []any
	for _, item := range list {
		o, _ := item.(object)
		id, _ := o["id"].(string)
		p := attribute(providers(), id)
		if p == nil {
			return badRequest("The identity provider '%s' does not exist in the tenant; the emulator has %s and %s.", clip(id), passwordProvider, codeProvider)
		}
		if !slices.Contains(ids, p["id"]) {
			ids = append(ids, p["id"])
		}
	}
	if len(ids) == 0 {
		return badRequest("A user flow needs at least one identity provider.")
	}
	f.SignInMethod = directory.EmailOTP
	if slices.Contains(ids, any(passwordProvider)) {
		f.SignInMethod = directory.EmailPassword
	}
	f.Registration[providersPart] = ids
	return nil
}

// collected are the attributes that a flow collects; without any it has no collection at all.
func collected(t *directory.Tenant, f *directory.UserFlow) []any {
	ids, set := f.Registration[attributesPart].([]any)
	if !set && len(f.Attributes) > 0 {
		ids = []any{"email"}
		for i := range f.Attributes {
			ids = append(ids, f.Attributes[i].Name)
		}
	}
	all := attributes(t)
	list := []any{}
	for _, id := range texts(ids) {
		if o := attribute(all, id); o != nil {
			list = append(list, o)
		}
	}
	return list
}

// inputsOf are the fields of a flow's page: as they were set, else made of the seed's attributes.
func inputsOf(t *directory.Tenant, f *directory.UserFlow) []any {
	if list, set := f.Registration[inputsPart].([]any); set {
		return list
	}
	all := attributes(t)
	list := []any{defaultInput(attribute(all, "email"))}
	for i := range f.Attributes {
		a := &f.Attributes[i]
		o := attribute(all, a.Name)
		if o == nil {
			continue
		}
		input := defaultInput(o)
		input["required"] = a.Required
		if a.Label != "" {
			input["label"] = a.Label
		}
		if a.Regex != "" {
			input["validationRegEx"] = a.Regex
		}
		switch a.Input() {
		case directory.InputRadio, directory.InputDropdown:
			input["inputType"] = "radioSingleSelect"
		case directory.InputChecks:
			input["inputType"] = "checkboxMultiSelect"
		}
		options := []any{}
		for _, choice := range a.Options {
			options = append(options, object{"label": choice.Name, "value": choice.Value})
		}
		input["options"] = options
		list = append(list, input)
	}
	return list
}

// defaultInput is the field of an attribute that was just added; the address, which is proven already, is not shown.
func defaultInput(attribute object) object {
	email := attribute["id"] == "email"
	kind := "text"
	if attribute["dataType"] == directory.TypeBoolean {
		kind = "boolean"
	}
	return object{
		"attribute": attribute["id"], "label": attribute["displayName"], "inputType": kind, "defaultValue": nil, "hidden": email, "editable": !email,
		"writeToDirectory": true, "required": email, "validationRegEx": "^.*", "options": []any{},
	}
}

// setCollection gives a flow what it collects: the fields of the page, in their order, decide.
func setCollection(t *directory.Tenant, f *directory.UserFlow, ids []string, inputs []any) error {
	all := attributes(t)
	for _, id := range ids {
		o := attribute(all, id)
		if o == nil {
			return badRequest("The user flow attribute '%s' does not exist in the tenant.", clip(id))
		}
		if entry(inputs, "attribute", id) == nil {
			inputs = append(slices.Clone(inputs), defaultInput(o))
		}
	}
	kept := []any{}
	fields := []directory.Attribute{}
	for _, item := range inputs {
		input, _ := item.(object)
		id, _ := input["attribute"].(string)
		o := attribute(all, id)
		switch {
		case o == nil:
			return badRequest("The user flow attribute '%s' does not exist in the tenant.", clip(id))
		case slices.Contains(kept, o["id"]):
			return badRequest("The user flow attribute '%s' is on the page twice.", clip(id))
		}
		kept = append(kept, o["id"])
		if id != "email" && input["hidden"] != true && input["editable"] != false {
			fields = append(fields, keepRules(f, field(o, input)))
		}
	}
	f.Registration[attributesPart], f.Registration[inputsPart], f.Attributes = kept, inputs, fields
	return nil
}

// keepRules keeps what the seed says of a field and Graph cannot.
func keepRules(f *directory.UserFlow, a directory.Attribute) directory.Attribute {
	for i := range f.Attributes {
		old := &f.Attributes[i]
		if old.Name != a.Name {
			continue
		}
		if old.Input() == directory.InputDropdown && a.Input() == directory.InputRadio {
			a.InputType = old.InputType
		}
		if old.Input() == a.Input() {
			a.Hint, a.RegexMessage = old.Hint, old.RegexMessage
			a.MinLength, a.MaxLength, a.Minimum, a.Maximum = old.MinLength, old.MaxLength, old.Minimum, old.Maximum
		}
	}
	return a
}

// field is an input as the pages ask for it.
func field(attribute, input object) directory.Attribute {
	a := directory.Attribute{Name: attribute["id"].(string)}
	a.Label, _ = input["label"].(string)
	a.Required, _ = input["required"].(bool)
	a.InputType, _ = input["inputType"].(string)
	if strings.HasPrefix(a.Name, "extension_") {
		a.DataType, _ = attribute["dataType"].(string)
	}
	if a.DataType == directory.TypeString && a.InputType != "boolean" {
		a.DataType = ""
	}
	list, _ := input["options"].([]any)
	for _, item := range list {
		o, _ := item.(object)
		name, _ := o["label"].(string)
		value, _ := o["value"].(string)
		a.Options = append(a.Options, directory.Option{Name: name, Value: value})
	}
	// The service's expressions are .NET's; one that RE2 cannot read is kept and not applied.
	if re, _ := input["validationRegEx"].(string); re != "" && re != "^.*" && a.Input() == directory.InputText {
		if _, err := regexp.Compile(re); err == nil && len(re) <= 500 {
			a.Regex = re
		}
	}
	return a
}
