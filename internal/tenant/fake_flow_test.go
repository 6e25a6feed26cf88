package tenant

import (
	"net/http"
	"slices"
	"strings"
)

// flow serves user flows: the list as Graph has it, without what a navigation leads to.
func (s *service) flow(req *http.Request, path string, body object, raw []byte) (int, any) {
	rest := strings.TrimPrefix(path, "/identity/authenticationEventsFlows")
	if rest == "" && req.Method == http.MethodGet {
		list := []object{}
		for _, f := range s.flows {
			shown := object{}
			for k, v := range f {
				if k != "providers" && k != "attributes" {
					shown[k] = v
				}
			}
			shown["priority"] = 500
			list = append(list, shown)
		}
		return 200, object{"value": list}
	}
	if rest == "" {
		return s.createFlow(body, raw)
	}
	parts := strings.Split(rest[1:], "/")
	f := find(s.flows, "id", parts[0])
	if f == nil {
		return missing(parts[0])
	}
	last := parts[len(parts)-1]
	switch {
	case len(parts) == 1 && req.Method == http.MethodDelete:
		s.flows = without(s.flows, "id", parts[0])
		return 204, nil
	case len(parts) == 1:
		s.check("authenticationEventsFlow", raw)
		merge(f, body)
		s.pageRules(f)
		return 204, nil
	case parts[1] == "conditions":
		return s.link(req, f, last, body, raw)
	}
	key := "providers"
	if strings.Contains(rest, "/attributes") {
		key = "attributes"
	}
	list := texts(f[key])
	switch {
	case req.Method == http.MethodGet:
		values := []object{}
		for _, id := range list {
			values = append(values, object{"id": id})
		}
		return 200, object{"value": values}
	case req.Method == http.MethodDelete:
		id := parts[len(parts)-2]
		if !slices.Contains(list, id) {
			return missing(id)
		}
		if key == "providers" && len(list) == 1 {
			return refused(400, "AADB2C", "A user flow needs an identity provider.")
		}
		f[key] = anys(slices.DeleteFunc(list, func(l string) bool { return l == id }))
		s.dropInput(f, id)
		return 204, nil
	}
	ref := body["@odata.id"].(string)
	id := ref[strings.LastIndexByte(ref, '/')+1:]
	if key == "attributes" && find(s.as, "id", id) == nil {
		return missing(id)
	}
	if slices.Contains(list, id) {
		return refused(400, "Request_BadRequest", "One or more added object references already exist.")
	}
	f[key] = anys(append(list, id))
	if key == "attributes" {
		setInputs(f, append(inputs(f), object{"attribute": id, "label": id, "inputType": "text", "hidden": false, "editable": true, "required": false, "writeToDirectory": true}))
	}
	return 204, nil
}

func (s *service) createFlow(body object, raw []byte) (int, any) {
	s.check("authenticationEventsFlow", raw)
	if find(s.flows, "displayName", body["displayName"].(string)) != nil {
		return refused(400, "AADB2C90xxx", "The display name is not unique.")
	}
	f := object{"id": s.id(), "conditions": object{"applications": object{"includeApplications": []any{}}}}
	load := body["onAuthenticationMethodLoadStart"].(object)
	collect := body["onAttributeCollection"].(object)
	f["providers"], f["attributes"] = ids1(load["identityProviders"]), ids1(collect["attributes"])
	delete(load, "identityProviders")
	delete(collect, "attributes")
	merge(f, body)
	s.flows = append(s.flows, f)
	s.pageRules(f)
	return 201, f
}

// pageRules checks that the page's inputs are of attributes that the flow refers to, and drops those that have none.
func (s *service) pageRules(f object) {
	var seen []string
	for _, in := range inputs(f) {
		id, _ := in["attribute"].(string)
		if !slices.Contains(texts(f["attributes"]), id) {
			s.t.Errorf("an input of %q, which the flow does not refer to: %v", id, f["attributes"])
		}
		if slices.Contains(seen, id) {
			s.t.Errorf("two inputs of %q", id)
		}
		seen = append(seen, id)
	}
	if len(seen) == 0 || seen[0] != "email" {
		s.t.Errorf("the page does not begin with the address: %v", seen)
	}
	f["attributes"] = anys(slices.DeleteFunc(texts(f["attributes"]), func(id string) bool { return !slices.Contains(seen, id) }))
}

func (s *service) dropInput(f object, id string) {
	var kept []object
	for _, in := range inputs(f) {
		if in["attribute"] != id {
			kept = append(kept, in)
		}
	}
	setInputs(f, kept)
}

func (s *service) link(req *http.Request, f object, last string, body object, raw []byte) (int, any) {
	apps := f["conditions"].(object)["applications"].(object)
	list := items(apps["includeApplications"])
	if req.Method == http.MethodDelete {
		apps["includeApplications"] = anyObjects(without(list, "appId", last))
		return 204, nil
	}
	s.check("authenticationConditionApplication", raw)
	id := body["appId"].(string)
	if find(s.principals, "appId", id) == nil {
		return refused(400, "AADB2C", "The application does not exist.")
	}
	for _, other := range s.flows {
		if find(items(other["conditions"].(object)["applications"].(object)["includeApplications"]), "appId", id) != nil {
			return refused(400, "AADB2C", "The application is in a user flow.")
		}
	}
	apps["includeApplications"] = anyObjects(append(list, object{"appId": id}))
	return 201, object{"appId": id}
}

func inputs(f object) []object {
	c, _ := f["onAttributeCollection"].(object)
	page, _ := c["attributeCollectionPage"].(object)
	views := items(page["views"])
	if len(views) == 0 {
		return nil
	}
	return items(views[0]["inputs"])
}

func setInputs(f object, list []object) {
	c := f["onAttributeCollection"].(object)
	c["attributeCollectionPage"] = object{"views": []any{object{"inputs": anyObjects(list)}}}
}

func find(list []object, key, value string) object {
	for _, o := range list {
		if s, ok := o[key].(string); ok && strings.EqualFold(s, value) {
			return o
		}
	}
	return nil
}

func without(list []object, key, value string) []object {
	return slices.DeleteFunc(slices.Clone(list), func(o object) bool { return o[key] == value })
}

// merge writes what a body has into an object: parts are merged, lists replaced.
func merge(to, from object) {
	for k, v := range from {
		part, isPart := v.(object)
		if was, ok := to[k].(object); ok && isPart {
			merge(was, part)
			continue
		}
		to[k] = v
	}
}

func items(v any) (list []object) {
	all, _ := v.([]any)
	for _, e := range all {
		list = append(list, e.(object))
	}
	return list
}

func texts(v any) (list []string) {
	all, _ := v.([]any)
	for _, e := range all {
		list = append(list, e.(string))
	}
	return list
}

func anys(list []string) []any {
	all := []any{}
	for _, s := range list {
		all = append(all, s)
	}
	return all
}

func anyObjects(list []object) []any {
	all := []any{}
	for _, o := range list {
		all = append(all, o)
	}
	return all
}

func ids1(v any) []any {
	all := []any{}
	for _, o := range items(v) {
		all = append(all, o["id"])
	}
	return all
}

func orEmpty(list []object) []object { return append([]object{}, list...) }
