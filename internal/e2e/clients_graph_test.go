package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// graphMade is what graph.js says of what it made.
type graphMade struct {
	App struct {
		ID, AppID, UniqueName, PublisherDomain string
	}
	Principal, Grant, Attribute, Flow struct{ ID string }
	Tenant                            struct{ ID, TenantType string }
	Again                             bool
	Early, Twice                      graphRefusal
	Linked                            []string
	Next                              string
}

type graphRefusal struct {
	StatusCode      int
	Code, RequestID string
}

// testGraphClient has Microsoft's client for Graph set the empty tenant up and undo it. In between a customer signs up there.
func testGraphClient(t *testing.T, folder string) {
	e := runEmulator(t, newProgram(t), "--seed", "empty")
	var scopes []string
	for _, p := range []string{"Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "EventListener.ReadWrite.All", "IdentityUserFlow.ReadWrite.All", "Organization.Read.All"} {
		scopes = append(scopes, "https://graph.microsoft.com/"+p)
	}
	s := node(t, e.environment(directory.GraphCommandLineTools, scopes...), folder, "graph.js")
	var address string
	s.read("open", &address)
	admin := e.visitor()
	admin.Email, admin.Password = directory.DefaultAdministrator, directory.DefaultAdministratorPassword
	if page := e.walk(admin, address); !strings.Contains(page.Text, "Auth code was successfully acquired") {
		t.Errorf("the visit ended at %+v", page)
	}
	var who tokens
	s.read("signedIn", &who)
	claims := payload(t, who.AccessToken)
	granted := strings.Fields(claims["scp"].(string))
	if slices.Sort(granted); len(granted) < len(scopes) || claims["wids"] == nil {
		t.Errorf("scp %v, wids %v", granted, claims["wids"])
	}
	var made graphMade
	s.read("made", &made)
	if made.App.UniqueName != "ciam-made" || made.App.PublisherDomain != "contoso.onmicrosoft.com" || made.Tenant.ID != e.TenantID || made.Tenant.TenantType != "CIAM" || !made.Again ||
		!slices.Equal(made.Linked, []string{made.Flow.ID}) || !strings.HasPrefix(made.Next, e.URL+"/graph/v1.0/servicePrincipals?") {
		t.Errorf("made %+v", made)
	}
	if made.Early.StatusCode != 404 || made.Early.Code != "Request_ResourceNotFound" || made.Early.RequestID == "" || made.Twice.StatusCode != 400 {
		t.Errorf("refused %+v, %+v", made.Early, made.Twice)
	}

	customer := e.visitor()
	customer.SignUp, customer.Email = true, "grace@example.com"
	customer.Code = func(_ context.Context, email string) (string, error) { return e.codeFor(email), nil }
	customer.Attributes = map[string]string{made.Attribute.ID: "chess"}
	var pages []string
	customer.OnPage = func(name string) { pages = append(pages, name) }
	desktop := node(t, e.environment(made.App.AppID, "openid"), folder, "msal-node-public.js")
	desktop.read("open", &address)
	e.walk(customer, address)
	desktop.read("signedIn", &who)
	if who.Username != "grace@example.com" || !slices.Contains(pages, "attributes") {
		t.Errorf("signed up %+v on the pages %v", who, pages)
	}

	s.say("undo")
	var undone struct {
		Gone    graphRefusal
		Deleted []string
	}
	s.read("undone", &undone)
	s.ended()
	if undone.Gone.StatusCode != 404 || !slices.Equal(undone.Deleted, []string{made.App.ID}) {
		t.Errorf("undone %+v", undone)
	}
}
