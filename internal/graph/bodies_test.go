package graph

import (
	"context"
	"io"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/graph/graphtest"
)

// transport answers requests inside the process.
type transport func(*http.Request) (status int, body string, header http.Header)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) {
	status, body, header := f(req)
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func client(t *testing.T, f transport) *Client {
	t.Helper()
	c, err := New("", Options{
		Token:     func(context.Context) (string, error) { return "TOKEN-SECRET", nil },
		RequestID: func() string { return "00000000-0000-4000-8000-000000000001" },
		HTTP:      &http.Client{Transport: f},
		Now:       clocktest.Now,
		Pause:     func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const guid = "6b0b5f5e-0000-4000-8000-000000000001"

func ptr[T any](v T) *T { return &v }

// whole has every field that a body can have.
func whole() (Application, UserFlow, FederatedCredential, UserFlowAttribute) {
	app := Application{
		DisplayName: "ciam-client-app", SignInAudience: "AzureADMyOrg", Tags: []string{"x"}, IdentifierURIs: []string{"api://x"},
		Web:                    &Web{RedirectURIs: []string{}, LogoutURL: "https://localhost/", HomePageURL: "https://localhost/", ImplicitGrantSettings: &ImplicitGrant{ptr(false), ptr(true)}},
		SPA:                    &RedirectURIs{[]string{"http://localhost"}},
		PublicClient:           &RedirectURIs{[]string{"http://localhost"}},
		IsFallbackPublicClient: ptr(true), NativeAuthenticationAPIsEnabled: "all",
		API: &API{RequestedAccessTokenVersion: ptr(2), AcceptMappedClaims: ptr(true), KnownClientApplications: []string{guid},
			PreAuthorizedApplications: []PreAuthorizedApplication{{guid, []string{guid}}}, OAuth2PermissionScopes: []PermissionScope{{ID: guid, Value: "ToDoList.Read", Type: "Admin", IsEnabled: true,
				AdminConsentDisplayName: "d", AdminConsentDescription: "e", UserConsentDisplayName: "f", UserConsentDescription: "g"}}},
		AppRoles:               []AppRole{{ID: guid, Value: "v", DisplayName: "d", Description: "e", AllowedMemberTypes: []string{"User"}, IsEnabled: true}},
		RequiredResourceAccess: []ResourceAccess{{MicrosoftGraph, []Permission{{ID: guid, Type: "Scope"}}}},
	}
	flow := UserFlow{
		DisplayName: "SignInSignUpSample", Description: "d",
		Conditions:                      &Conditions{&ConditionApplications{[]ConditionApplication{{AppID: guid}}}},
		OnInteractiveAuthFlowStart:      &InteractiveStart{IsSignUpAllowed: ptr(true)},
		OnAuthenticationMethodLoadStart: &MethodLoad{IdentityProviders: []IdentityProvider{{ID: EmailPassword, DisplayName: "x"}}},
		OnAttributeCollection: &AttributeCollection{
			Attributes: []UserFlowAttribute{{ID: "email", DisplayName: "Email Address", Description: "d", Kind: BuiltIn, DataType: "string"}},
			Page: &AttributePage{[]AttributeView{{[]Input{{Attribute: "email", Label: "Email", InputType: "text", DefaultValue: "x", Hidden: true, Editable: true,
				WriteToDirectory: true, Required: true, ValidationRegEx: "^.*", Options: []Option{{"Vegan", "vegan"}}}}}}},
		},
		OnUserCreateStart: &UserCreate{UserTypeToCreate: "member"},
	}
	return app, flow, FederatedCredential{Name: "n", Issuer: "i", Subject: "s", Audiences: []string{"a"}, Description: "d"},
		UserFlowAttribute{DisplayName: "Hobby", Description: "d", DataType: "string"}
}

// bodyTypes says what a body that is sent to a path is.
func bodyTypes() []struct{ path, declared string } {
	return []struct{ path, declared string }{
		{`/applications\(uniqueName='.*'\)`, "application"},
		{`/applications/[^/]+`, "application"},
		{`/applications/[^/]+/addPassword`, "application/addPassword"},
		{`/applications/[^/]+/removePassword`, "application/removePassword"},
		{`/applications/[^/]+/federatedIdentityCredentials(/[^/]+)?`, "federatedIdentityCredential"},
		{`/servicePrincipals`, "servicePrincipal"},
		{`/oauth2PermissionGrants(/[^/]+)?`, "oAuth2PermissionGrant"},
		{`/identity/authenticationEventsFlows(/[^/]+)?`, "authenticationEventsFlow"},
		{`/identity/authenticationEventsFlows/[^/]+/conditions/applications/includeApplications`, "authenticationConditionApplication"},
		{`/identity/userFlowAttributes`, "identityUserFlowAttribute"},
	}
}

// everyCall makes every call that there is; the names are those of the Client's methods.
func everyCall(ctx context.Context, c *Client) map[string]error {
	app, flow, federated, attribute := whole()
	end := clocktest.Now()
	_, e1 := c.PutApplication(ctx, "ciam-o'neil", app)
	_, e2 := c.AddPassword(ctx, "1", "web app client secret", &end)
	_, e3 := c.AddFederatedCredential(ctx, "1", federated)
	_, e4 := c.CreateServicePrincipal(ctx, guid)
	_, e5 := c.CreateGrant(ctx, "1", "2", "openid offline_access")
	_, e6 := c.CreateUserFlow(ctx, flow)
	_, e7 := c.CreateUserFlowAttribute(ctx, attribute)
	_, e8 := c.Applications(ctx, "ciam-setup")
	_, e9 := c.ApplicationsNamed(ctx, "a & b")
	_, e10 := c.Application(ctx, "ciam-x")
	_, e11 := c.DeletedApplications(ctx)
	_, e12 := c.FederatedCredentials(ctx, "1")
	_, e13 := c.ServicePrincipal(ctx, guid)
	_, e14 := c.Grants(ctx, "1")
	_, e15 := c.Organization(ctx)
	_, e16 := c.UserFlows(ctx)
	_, e17 := c.UserFlowAttributes(ctx)
	federated.Name = ""
	return map[string]error{
		"PutApplication": e1, "AddPassword": e2, "AddFederatedCredential": e3, "CreateServicePrincipal": e4, "CreateGrant": e5,
		"CreateUserFlow": e6, "CreateUserFlowAttribute": e7, "Applications": e8, "ApplicationsNamed": e9, "Application": e10,
		"DeletedApplications": e11, "FederatedCredentials": e12, "ServicePrincipal": e13, "Grants": e14, "Organization": e15,
		"UserFlows": e16, "UserFlowAttributes": e17,
		"UpdateApplication":         c.UpdateApplication(ctx, "1", app),
		"DeleteApplication":         c.DeleteApplication(ctx, "1"),
		"RestoreDeleted":            c.RestoreDeleted(ctx, "1"),
		"PurgeDeleted":              c.PurgeDeleted(ctx, "1"),
		"RemovePassword":            c.RemovePassword(ctx, "1", guid),
		"UpdateFederatedCredential": c.UpdateFederatedCredential(ctx, "1", "2", federated),
		"DeleteFederatedCredential": c.DeleteFederatedCredential(ctx, "1", "2"),
		"UpdateGrant":               c.UpdateGrant(ctx, "1", "openid"),
		"DeleteGrant":               c.DeleteGrant(ctx, "1"),
		"UpdateUserFlow":            c.UpdateUserFlow(ctx, "1", flow),
		"DeleteUserFlow":            c.DeleteUserFlow(ctx, "1"),
		"LinkApplication":           c.LinkApplication(ctx, "1", guid),
		"UnlinkApplication":         c.UnlinkApplication(ctx, "1", guid),
		"AddIdentityProvider":       c.AddIdentityProvider(ctx, "1", EmailOTP),
		"RemoveIdentityProvider":    c.RemoveIdentityProvider(ctx, "1", EmailOTP),
		"AddAttribute":              c.AddAttribute(ctx, "1", "city"),
		"RemoveAttribute":           c.RemoveAttribute(ctx, "1", "city"),
		"DeleteUserFlowAttribute":   c.DeleteUserFlowAttribute(ctx, "extension_1_x"),
	}
}

// agreeable answers every request with success.
func agreeable(req *http.Request) (int, string, http.Header) {
	switch {
	case req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/addPassword"):
		return 200, `{"keyId":"` + guid + `","secretText":"PASSWORD-SECRET"}`, nil
	case req.Method == http.MethodPost:
		return 201, `{"id":"1"}`, nil
	case req.Method == http.MethodGet && strings.HasSuffix(req.URL.Path, ")"):
		return 200, `{"id":"1"}`, nil
	case req.Method == http.MethodGet:
		return 200, `{"value":[{"id":"1"}]}`, nil
	}
	return 204, "", nil
}

// TestBodies makes every call with every field set, and holds each body against Microsoft's published types: those that are
// kept here, and the larger selection where it lies beside the project.
func TestBodies(t *testing.T) {
	files := []string{"testdata/types.json"}
	if larger := "../../../shared/facts/graph-types.json"; exists(larger) {
		files = append(files, larger)
	}
	for _, file := range files {
		types, err := graphtest.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		bodies := 0
		c := client(t, func(req *http.Request) (int, string, http.Header) {
			if req.Body == nil || req.ContentLength == 0 {
				return agreeable(req)
			}
			body, _ := io.ReadAll(req.Body)
			bodies++
			path := strings.TrimPrefix(req.URL.Path, "/v1.0")
			declared := declaredFor(path)
			switch {
			case declared != "":
				for _, problem := range types.Check(declared, body) {
					t.Errorf("%s %s: %s\n%s", req.Method, path, problem, body)
				}
			case !strings.HasSuffix(path, "/$ref"):
				t.Errorf("%s %s: no type is known for the body", req.Method, path)
			case !regexp.MustCompile(`^\{"@odata\.id":"https://graph\.microsoft\.com/v1\.0/[^"]+[^/"]"\}$`).Match(body):
				t.Errorf("%s %s: a reference is one member: %s", req.Method, path, body)
			}
			return agreeable(req)
		})
		called := everyCall(t.Context(), c)
		for name, err := range called {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		methods := reflect.TypeFor[*Client]()
		for i := range methods.NumMethod() {
			if _, ok := called[methods.Method(i).Name]; !ok {
				t.Errorf("%s is not called here: its body is not checked", methods.Method(i).Name)
			}
		}
		if bodies != 15 {
			t.Errorf("%d bodies were checked, expected 15", bodies)
		}
		t.Logf("%s: %d bodies, %d types", file, bodies, len(types.Seen()))
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func declaredFor(path string) string {
	for _, b := range bodyTypes() {
		if regexp.MustCompile("^" + b.path + "$").MatchString(path) {
			return b.declared
		}
	}
	return ""
}

// TestBodies_whole checks that the bodies of TestBodies leave no field out, so that each was held against its type.
func TestBodies_whole(t *testing.T) {
	app, flow, federated, attribute := whole()
	given := map[string]bool{ // by Graph, or for another call
		"Application.ID": true, "Application.AppID": true, "Application.UniqueName": true, "Application.DeletedDateTime": true,
		"Application.PasswordCredentials": true, "UserFlow.ID": true, "FederatedCredential.ID": true, "UserFlowAttribute.ID": true, "UserFlowAttribute.Kind": true,
		"ConditionApplication.Type": true,
	}
	var walk func(v reflect.Value, at string)
	walk = func(v reflect.Value, at string) {
		switch v.Kind() {
		case reflect.Pointer:
			walk(v.Elem(), at)
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i), at)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				name := v.Type().Name() + "." + v.Type().Field(i).Name
				if v.Field(i).IsZero() && !given[name] {
					t.Errorf("%s is not set in the test's body", name)
				}
				if !v.Field(i).IsZero() {
					walk(v.Field(i), name)
				}
			}
		}
	}
	for _, body := range []any{app, flow.typed(), federated, attribute} {
		walk(reflect.ValueOf(body), "")
	}
}
