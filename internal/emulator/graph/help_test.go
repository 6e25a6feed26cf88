package graph

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// caller calls the service as an app that may everything, and holds every answer against Graph's types.
type caller struct {
	t       *testing.T
	service *Service
	who     Caller
	now     time.Time
	secrets []string
	shapes  int // answers that were held against a type
}

func newCaller(t *testing.T, seed *directory.Document) *caller {
	t.Helper()
	store, err := directory.Open(context.Background(), "", seed)
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{t: t, now: clocktest.Now()}
	tenant := seed.Tenants[0]
	c.service = &Service{
		Store: store, Now: func() time.Time { return c.now }, Rand: rand.Reader, Secret: func(s string) { c.secrets = append(c.secrets, s) },
		ServicePrincipal: func(appID string) string { return tenant.ObjectID("principal", strings.ToLower(appID)) },
	}
	c.who = Caller{TenantID: tenant.ID}
	for _, p := range directory.Permissions() {
		c.who.Permissions = append(c.who.Permissions, p.Name)
	}
	return c
}

func (c *caller) tenant() *directory.Tenant { return c.service.Store.View().Tenant(c.who.TenantID) }

// try sends a request; headers are name, value.
func (c *caller) try(method, path, body string, headers ...string) (status int, out object, failure *Failure) {
	c.t.Helper()
	r := httptest.NewRequest(method, "https://localhost:8765"+Root+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	if failure = c.service.Serve(w, r, c.who, "https://localhost:8765"+Root); failure != nil {
		return failure.Status, nil, failure
	}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			c.t.Fatalf("%s %s: %v", method, path, err)
		}
		c.checkShape(method, path, out)
	}
	return w.Code, out, nil
}

// do is try with a status.
func (c *caller) do(status int, method, path, body string, headers ...string) object {
	c.t.Helper()
	got, out, failure := c.try(method, path, body, headers...)
	if got != status {
		c.t.Fatalf("%s %s: %d %v, want %d", method, path, got, failure, status)
	}
	return out
}

// made is the property of what a POST made.
func (c *caller) made(path, body, property string) string {
	c.t.Helper()
	s, _ := c.do(http.StatusCreated, "POST", path, body)[property].(string)
	if s == "" {
		c.t.Fatalf("POST %s: no %s", path, property)
	}
	return s
}

// names are a property of a list's things.
func (c *caller) names(path, property string) []string {
	c.t.Helper()
	var out []string
	for _, v := range c.do(http.StatusOK, "GET", path, "")["value"].([]any) {
		s, _ := v.(object)[property].(string)
		out = append(out, s)
	}
	return out
}

// shapeOf is the type behind an answer's context.
func shapeOf(context string) string {
	context, _, _ = strings.Cut(context, "/$entity")
	context = context[strings.LastIndexAny(context, "#/")+1:]
	switch context {
	case "applications", "directoryObjects":
		return "application"
	case "servicePrincipals":
		return "servicePrincipal"
	case "oauth2PermissionGrants":
		return "oAuth2PermissionGrant"
	case "appRoleAssignments":
		return "appRoleAssignment"
	case "federatedIdentityCredentials":
		return "federatedIdentityCredential"
	case "organization":
		return "organization"
	case "userFlowAttributes", "attributes":
		return "identityUserFlowAttribute"
	case "authenticationEventsFlows":
		return flowType
	case "identityProviders":
		return "builtInIdentityProvider"
	case "includeApplications":
		return "authenticationConditionApplication"
	case "microsoft.graph.passwordCredential":
		return "passwordCredential"
	}
	return ""
}

// nonNullable are the properties of a type that Graph's metadata lets not be null.
func nonNullable(name string) []string {
	var file struct {
		Types map[string]struct {
			Base        string
			NonNullable []string
		}
	}
	if err := json.Unmarshal(typesJSON, &file); err != nil {
		panic(err)
	}
	var out []string
	for name != "" {
		facts := file.Types[name]
		out, name = append(out, facts.NonNullable...), facts.Base
	}
	return out
}

func (c *caller) checkShape(method, path string, out object) {
	c.t.Helper()
	context, _ := out["@odata.context"].(string)
	name := shapeOf(context)
	if name == "" {
		c.t.Errorf("%s %s: an answer with the context %q", method, path, context)
		return
	}
	items, many := out["value"].([]any)
	if !many {
		items = []any{out}
	}
	for i, item := range items {
		fields, _ := item.(object)
		at := fmt.Sprintf("%s %s [%d] %s", method, path, i, name)
		if err := checkObject(at, namespace+name, fields); err != nil {
			c.t.Errorf("%s: %v", at, err)
		}
		for _, property := range nonNullable(namespace + name) {
			if v, there := fields[property]; there && v == nil {
				c.t.Errorf("%s: %s is null", at, property)
			}
		}
		c.shapes++
	}
}

// seeded is the default tenant with an API that is no app, and one that is.
func seeded() *directory.Document {
	d := directory.Default()
	t := &d.Tenants[0]
	t.APIs = []directory.API{
		{AppID: "33334444-dddd-5555-eeee-6666ffff7777", IdentifierURI: "api://orders", DisplayName: "orders", Scopes: []string{"Orders.Read", "Orders.Write"}, AppRoles: []string{"Orders.All"}},
	}
	t.Apps[1].AppRoleAssignments = []directory.AppRoleAssignment{{Resource: t.APIs[0].AppID, Role: "Orders.All"}}
	t.Apps[1].GrantedScopes = []string{"openid", "api://orders/Orders.Read"}
	return d
}

func sorted(list []string) []string { slices.Sort(list); return list }
