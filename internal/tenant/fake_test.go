package tenant

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/graph"
	"github.com/ciam-cli/ciam/internal/graph/graphtest"
)

type object = map[string]any

// service is a model of Microsoft Graph, strict where it is: what refers to something that is not there is refused, a
// collection is replaced, a deleted app keeps its name. Each body is held against the published types.
type service struct {
	t     *testing.T
	types *graphtest.Types

	org                                          object
	apps, deleted, principals, grants, flows, as []object
	n                                            int

	writes []string // method and path
	failAt int      // the write that is answered with failure; 0 for none
	lost   bool     // the write that fails is carried out
	whole  bool     // a part of an app that is sent replaces the whole part
	late   int      // how often a reference to something new is refused
}

const orgID = "aaaabbbb-0000-cccc-1111-dddd2222eeee"

func newService(t *testing.T) *service {
	t.Helper()
	types, err := graphtest.Load("../graph/testdata/types.json")
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, types: types, org: object{"id": orgID, "displayName": "Contoso", "tenantType": "CIAM",
		"verifiedDomains": []any{object{"name": "contoso.onmicrosoft.com", "isInitial": true}}}}
	s.principals = []object{{"id": "graph-sp", "appId": graph.MicrosoftGraph}}
	s.apps = []object{{"id": "ext", "appId": s.id(), "displayName": "b2c-extensions-app. Do not modify.", "tags": []any{}}}
	for _, name := range []string{"email", "city", "country", "displayName", "givenName", "jobTitle", "postalCode", "state", "streetAddress", "surname"} {
		s.as = append(s.as, object{"id": name, "displayName": label(name), "userFlowAttributeType": "builtIn", "dataType": "string"})
	}
	return s
}

func (s *service) id() string {
	s.n++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.n)
}

func (s *service) client() *graph.Client {
	c, err := graph.New("", graph.Options{
		Token:     func(context.Context) (string, error) { return "token", nil },
		RequestID: func() string { return "00000000-0000-4000-8000-000000000000" },
		HTTP:      &http.Client{Transport: s}, Now: clocktest.Now,
		Pause: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// RoundTrip implements http.RoundTripper.
func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	body := object{}
	var raw []byte
	if req.Body != nil {
		raw, _ = io.ReadAll(req.Body)
		_ = json.Unmarshal(raw, &body)
	}
	path := strings.TrimPrefix(req.URL.Path, "/v1.0")
	fail := false
	if req.Method != http.MethodGet {
		s.writes = append(s.writes, req.Method+" "+path)
		fail = len(s.writes) == s.failAt
	}
	status, answer := 500, any(object{"error": object{"code": "fault", "message": "planned"}})
	if !fail || s.lost {
		status, answer = s.serve(req, path, body, raw)
	}
	if fail {
		status, answer = 501, object{"error": object{"code": "fault", "message": "planned"}}
	}
	var text []byte
	if answer != nil {
		text, _ = json.Marshal(answer)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(text)), Request: req}, nil
}

func refused(status int, code, message string) (int, any) {
	return status, object{"error": object{"code": code, "message": message, "innerError": object{"request-id": "r-1"}}}
}

func missing(what string) (int, any) {
	return refused(404, "Request_ResourceNotFound", "Resource '"+what+"' does not exist.")
}

func (s *service) check(declared string, raw []byte) {
	for _, problem := range s.types.Check(declared, raw) {
		s.t.Errorf("%s: %s\n%s", declared, problem, raw)
	}
}

func (s *service) serve(req *http.Request, path string, body object, raw []byte) (int, any) {
	switch {
	case path == "/organization":
		return 200, object{"value": []object{s.org}}
	case strings.HasPrefix(path, "/applications"):
		return s.application(req, path, body, raw)
	case path == "/directory/deletedItems/microsoft.graph.application":
		return 200, object{"value": orEmpty(s.deleted)}
	case strings.HasPrefix(path, "/directory/deletedItems/"):
		s.deleted = without(s.deleted, "id", path[len("/directory/deletedItems/"):])
		return 204, nil
	case strings.HasPrefix(path, "/servicePrincipals"):
		return s.principal(req, path, body, raw)
	case strings.HasPrefix(path, "/oauth2PermissionGrants"):
		return s.grant(req, path, body, raw)
	case strings.HasPrefix(path, "/identity/authenticationEventsFlows"):
		return s.flow(req, path, body, raw)
	case strings.HasPrefix(path, "/identity/userFlowAttributes"):
		if req.Method == http.MethodGet {
			return 200, object{"value": s.as}
		}
		s.check("identityUserFlowAttribute", raw)
		id := "extension_0123456789abcdef0123456789abcdef_" + body["displayName"].(string)
		if find(s.as, "id", id) != nil {
			return refused(400, "AADB2C90xxx", "An attribute of this name exists.")
		}
		body["id"], body["userFlowAttributeType"] = id, "custom"
		s.as = append(s.as, body)
		return 201, body
	}
	s.t.Errorf("the model knows no %s %s", req.Method, path)
	return 404, nil
}

func (s *service) application(req *http.Request, path string, body object, raw []byte) (int, any) {
	if path == "/applications" {
		filter, _ := url.QueryUnescape(req.URL.Query().Get("$filter"))
		value := regexp.MustCompile(`eq '(.*)'`).FindStringSubmatch(filter)
		list := []object{}
		for _, a := range s.apps {
			if strings.HasPrefix(filter, "tags/") && slices.Contains(texts(a["tags"]), value[1]) || strings.HasPrefix(filter, "displayName") && strings.EqualFold(a["displayName"].(string), value[1]) {
				list = append(list, a)
			}
		}
		return 200, object{"value": list}
	}
	if m := regexp.MustCompile(`^/applications\(uniqueName='(.*)'\)$`).FindStringSubmatch(path); m != nil {
		app := find(s.apps, "uniqueName", m[1])
		switch {
		case req.Method == http.MethodGet && app != nil:
			return 200, app
		case req.Method == http.MethodGet:
			return missing(m[1])
		}
		s.check("application", raw)
		if app != nil {
			merge(app, body)
			return 204, nil
		}
		if find(s.deleted, "uniqueName", m[1]) != nil {
			return refused(400, "Request_BadRequest", "Another object with the same value for property uniqueName already exists.")
		}
		app = object{"id": s.id(), "appId": s.id(), "uniqueName": m[1]}
		merge(app, body)
		s.apps = append(s.apps, app)
		return 201, app
	}
	parts := strings.Split(strings.TrimPrefix(path, "/applications/"), "/")
	app := find(s.apps, "id", parts[0])
	switch {
	case app == nil:
		return missing(parts[0])
	case len(parts) == 1 && req.Method == http.MethodDelete:
		s.apps, s.deleted = without(s.apps, "id", parts[0]), append(s.deleted, app)
		if p := find(s.principals, "appId", app["appId"].(string)); p != nil {
			s.grants = without(without(s.grants, "clientId", p["id"].(string)), "resourceId", p["id"].(string))
			s.principals = without(s.principals, "appId", app["appId"].(string))
		}
		return 204, nil
	case len(parts) == 1:
		s.check("application", raw)
		if message := enabledGone(app, body); message != "" {
			return refused(400, "CannotDeleteOrUpdateEnabledEntitlement", message)
		}
		if s.whole {
			for k, v := range body {
				app[k] = v
			}
		}
		merge(app, body)
		return 204, nil
	case parts[1] == "addPassword":
		s.check("application/addPassword", raw)
		secret := body["passwordCredential"].(object)
		secret["keyId"] = s.id()
		list, _ := app["passwordCredentials"].([]any)
		app["passwordCredentials"] = append(list, object{"displayName": secret["displayName"], "keyId": secret["keyId"], "endDateTime": secret["endDateTime"]})
		secret["secretText"] = "text-of-" + secret["keyId"].(string)
		return 200, secret
	case parts[1] == "removePassword":
		list, _ := app["passwordCredentials"].([]any)
		app["passwordCredentials"] = slices.DeleteFunc(slices.Clone(list), func(v any) bool { return v.(object)["keyId"] == body["keyId"] })
		return 204, nil
	}
	list, _ := app["federated"].([]object)
	switch req.Method {
	case http.MethodGet:
		return 200, object{"value": orEmpty(list)}
	case http.MethodDelete:
		app["federated"] = without(list, "id", parts[2])
		return 204, nil
	case http.MethodPatch:
		s.check("federatedIdentityCredential", raw)
		merge(find(list, "id", parts[2]), body)
		return 204, nil
	}
	s.check("federatedIdentityCredential", raw)
	for _, f := range list {
		if f["name"] == body["name"] || f["issuer"] == body["issuer"] && f["subject"] == body["subject"] {
			return refused(409, "Request_MultipleObjectsWithSameKeyValue", "exists")
		}
	}
	body["id"] = s.id()
	app["federated"] = append(list, body)
	return 201, body
}

// enabledGone says which scope or role would be removed without having been disabled.
func enabledGone(app, body object) string {
	gone := func(was, is any) string {
		for _, v := range items(was) {
			if v["isEnabled"] == true && find(items(is), "id", v["id"].(string)) == nil {
				return "Property " + fmt.Sprint(v["value"]) + " cannot be deleted unless it is disabled first."
			}
		}
		return ""
	}
	if roles, ok := body["appRoles"]; ok {
		if m := gone(app["appRoles"], roles); m != "" {
			return m
		}
	}
	api, _ := body["api"].(object)
	was, _ := app["api"].(object)
	if scopes, ok := api["oauth2PermissionScopes"]; ok {
		return gone(was["oauth2PermissionScopes"], scopes)
	}
	return ""
}
