package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ciam-cli/ciam/internal/keychain"
)

// shopFile is a tenant's file with something of everything.
const shopFile = `version: 1
tenants:
  - subdomain: contoso
    fixedOneTimeCode: "12345678"
    displayName: Contoso
    apps:
      - {name: cli, publicClient: {redirectUris: ['http://localhost']}, isFallbackPublicClient: true, adminConsent: true}
      - name: shop
        displayName: The shop
        web: {redirectUris: ['http://localhost:3000/auth/redirect']}
        passwordCredentials: [{displayName: shop secret}]
        federatedIdentityCredentials: [{name: pipeline, issuer: https://ci.example, subject: project}]
        grantedScopes: [openid, offline_access, orders/read]
    apis:
      - {name: orders, scopes: [read, write], appRoles: [Orders.All]}
    userFlows:
      - displayName: Shop
        applications: [cli, shop]
        attributes: [{name: displayName, required: true}, {name: extension_diet, inputType: radioSingleSelect, options: [{name: Vegan, value: vegan}, {name: All, value: all}]}]
`

// ownRequest is the number of a request, which is another each time.
var ownRequest = regexp.MustCompile("our request ID [0-9a-f-]{36}")

// shutStore is a keychain that cannot be had, and readOnly one that takes nothing.
type shutStore struct{ keychain.Store }

var errShut = &keychain.UnavailableError{State: keychain.Locked}

func (shutStore) Get(context.Context, string) ([]byte, error) { return nil, errShut }
func (shutStore) Probe(context.Context) error                 { return errShut }
func (shutStore) Settle(context.Context) error                { return nil }
func (shutStore) Kind() string                                { return "keychain" }

type readOnly struct{ keychain.Store }

func (readOnly) Set(context.Context, string, []byte) error { return errShut }

// write puts a tenant's file on the machine.
func (w *setupWorld) write(text string) string {
	w.t.Helper()
	path := filepath.Join(w.home, "tenant.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *setupWorld) tenantRun(command, file string, flags ...string) outcome {
	w.t.Helper()
	args := []string{"tenant", command, "--tenant", hereTenant, "-f", file}
	if command == "apply" {
		args = append(args, "--yes")
	}
	return w.run(append(args, flags...)...)
}

// call is a request of Graph's by hand.
func (w *setupWorld) call(method, path, body string) []byte {
	w.t.Helper()
	req, err := http.NewRequest(method, hereGraph+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.accessToken(hereOrigin, adminEmail, everyPermission()...))
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.tenant.Transport().RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: status %d, %s, %v", method, path, resp.StatusCode, data, err)
	}
	return data
}

// TestPlan_weather has Graph answer a plan with what it should not: the message is kept in testdata/plan, and whichever request
// it is that goes wrong, the plan ends with the documented code, nothing on stdout, and no write.
func TestPlan_weather(t *testing.T) {
	const refused = `{"error":{"code":"%s","message":"%s","innerError":{"date":"2026-11-24T09:00:00","request-id":"a1b2c3d4-0000-1111-2222-333344445555","client-request-id":"c"}}}`
	for _, tt := range []struct {
		name, kind string
		status     int
		body       string
		code       int
	}{
		{"403", "application/json", 403, fmt.Sprintf(refused, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."), exitRefused},
		{"404", "application/json", 404, fmt.Sprintf(refused, "Request_ResourceNotFound", "Resource does not exist."), exitRefused},
		{"429", "application/json", 429, fmt.Sprintf(refused, "TooManyRequests", "Too many requests."), exitUnreachable},
		{"503", "application/json", 503, fmt.Sprintf(refused, "serviceNotAvailable", "The service is unavailable."), exitUnreachable},
		{"html", "text/html", 200, "<html><body>Sign in to the hotel's network</body></html>", exitUnreachable},
		{"half json", "application/json", 200, `{"value":[{"id":"1","appId":`, exitUnreachable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newSetupWorld(t)
			file := w.write(shopFile)
			if o := w.tenantRun("plan", file); o.code != 0 {
				t.Fatal(o.stderr)
			}
			paths := slices.Clone(w.asked)
			if len(paths) < 8 {
				t.Fatalf("a plan of %d requests", len(paths))
			}
			for at, path := range paths {
				n := 0
				bad := "" // a request that is made again gets the same
				w.graph = func(req *http.Request) *http.Response {
					if n++; n-1 == at {
						bad = req.URL.String()
					}
					if bad != req.URL.String() {
						return nil
					}
					resp := page(tt.status, tt.kind, tt.body)(req)
					resp.Header.Set("Retry-After", "30")
					return resp
				}
				w.asked, w.writes = nil, nil
				o := w.tenantRun("plan", file)
				// That there is no such thing is an answer, where one thing is asked for.
				none := tt.status == 404 && (strings.Contains(path, "(") || strings.Contains(path, "applications/") || strings.Contains(path, "deletedItems"))
				if o.code != tt.code && !(none && (o.code == 0 || o.code == exitUsage)) || (o.code != 0 && o.stdout != "") || len(w.writes) > 0 {
					t.Errorf("%s: exit %d, want %d\n%s%s", path, o.code, tt.code, o.stdout, o.stderr)
				}
				if path == "GET /identity/userFlowAttributes" {
					golden(t, "plan/"+strings.ReplaceAll(tt.name, " ", "_"), fmt.Sprintf("exit code %d\n%s", o.code, ownRequest.ReplaceAllString(o.stderr, "our request ID R")), 0)
				}
			}
		})
	}
}

// failsOnce has one write of Graph's answered with 503, after it was carried out or without that. It returns the count of writes.
func (w *setupWorld) failsOnce(at int, carriedOut bool) (writes *int) {
	writes = new(int)
	w.graph = func(req *http.Request) *http.Response {
		if req.Method == http.MethodGet {
			return nil
		}
		if *writes++; *writes-1 != at {
			return nil
		}
		if carriedOut {
			resp, err := w.tenant.Transport().RoundTrip(req)
			if err != nil {
				w.t.Error(err)
			} else {
				_ = resp.Body.Close()
			}
		}
		return page(503, "application/json", `{"error":{"code":"serviceNotAvailable","message":"later"}}`)(req)
	}
	return writes
}

// TestApply_weather has each write of an apply go wrong once, not carried out or carried out with the answer lost: the same run
// looks again and ends well, the secret is kept, and nothing is left to do. Trouble that stays ends it, and it says what is done.
func TestApply_weather(t *testing.T) {
	first := newSetupWorld(t)
	if o := first.tenantRun("apply", first.write(shopFile)); o.code != 0 {
		t.Fatal(o.stderr)
	}
	writes := len(first.writes)
	if writes < 12 {
		t.Fatalf("%d writes", writes)
	}
	for at := range writes {
		for _, carriedOut := range []bool{false, true} {
			w := newSetupWorld(t)
			file := w.write(shopFile)
			w.failsOnce(at, carriedOut)
			o := w.tenantRun("apply", file, "-o", "json")
			var view appliedView
			if err := json.Unmarshal([]byte(o.stdout), &view); o.code != 0 || err != nil {
				t.Fatalf("write %d (%s), carried out %v: exit %d\n%s", at, first.writes[at], carriedOut, o.code, o.stderr)
			}
			if view.Writes != len(view.Steps) || len(view.Secrets) != 1 || view.Secrets[0].SecretText != "" {
				t.Errorf("write %d: got %s", at, o.stdout)
			}
			w.graph, w.writes = nil, nil
			if o := w.tenantRun("plan", file, "--exit-code"); o.code != 0 || strings.Contains(o.stdout, "!") {
				t.Errorf("write %d (%s), carried out %v: the plan says\n%s%s", at, first.writes[at], carriedOut, o.stdout, o.stderr)
			}
			if o := w.tenantRun("apply", file); o.code != 0 || len(w.writes) != 0 {
				t.Errorf("write %d: a second apply makes %d writes", at, len(w.writes))
			}
		}
	}
	w := newSetupWorld(t)
	w.graph = func(req *http.Request) *http.Response {
		if req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/authenticationEventsFlows") {
			return page(503, "application/json", `{"error":{"code":"serviceNotAvailable","message":"later"}}`)(req)
		}
		return nil
	}
	o := w.tenantRun("apply", w.write(shopFile))
	if o.code != exitUnreachable || !strings.Contains(o.stderr, "done: custom attribute extension_diet, application cli") || !strings.Contains(o.stderr, "not known to be: user flow Shop, app in user flow Shop: cli") {
		t.Errorf("exit %d\n%s", o.code, o.stderr)
	}
}

// TestTenant_hand has somebody change the tenant by hand: plan shows the field, apply brings it back, and pull has what plan
// then finds the same.
func TestTenant_hand(t *testing.T) {
	w := newSetupWorld(t)
	file := w.write(shopFile)
	if o := w.tenantRun("apply", file); o.code != 0 {
		t.Fatal(o.stderr)
	}
	w.call("PATCH", "/applications(uniqueName='ciam-shop')", `{"web":{"redirectUris":["https://evil.example"]},"displayName":"Shop 2"}`)
	o := w.tenantRun("plan", file, "--exit-code")
	if o.code != exitUnexpected {
		t.Fatalf("exit %d\n%s", o.code, o.stderr)
	}
	for _, want := range []string{"~ application  shop", "~ displayName", "Shop 2 → The shop", "+ web.redirectUris  http://localhost:3000/auth/redirect", "− web.redirectUris  https://evil.example", "as it should be"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("lacks %q:\n%s", want, o.stdout)
		}
	}
	var view planView
	o = w.tenantRun("plan", file, "-o", "json")
	if err := json.Unmarshal([]byte(o.stdout), &view); err != nil || view.Changes != 1 || !slices.Equal(view.Scopes, []string{writeApps}) || len(view.EmulatorOnly) != 1 || len(view.NotYet) != 1 {
		t.Errorf("%v, %s", err, o.stdout)
	}
	w.writes = nil
	if o := w.tenantRun("apply", file); o.code != 0 || len(w.writes) != 1 {
		t.Errorf("exit %d, writes %v\n%s", o.code, w.writes, o.stderr)
	}
	pulled := w.write(w.must("tenant", "pull", "--tenant", hereTenant).stdout)
	if o := w.tenantRun("plan", pulled, "--exit-code"); o.code != 0 {
		t.Errorf("exit %d\n%s", o.code, o.stdout)
	}
}

// TestTenant_refused has what there is no plan for: exit 2 or 8, no write, and a next step.
func TestTenant_refused(t *testing.T) {
	organization := func(kind string) func(*setupWorld) {
		return func(w *setupWorld) {
			away := only("/authenticationEventsFlows", page(403, "application/json", `{"error":{"code":"AADB2C","message":"Access is denied"}}`))
			org := only("/organization", page(200, "application/json", `{"value":[{"id":"aaaabbbb-0000-cccc-1111-dddd2222eeee","displayName":"Contoso","tenantType":"`+kind+`","verifiedDomains":[{"name":"contoso.onmicrosoft.com","isInitial":true}]}]}`))
			w.graph = func(req *http.Request) *http.Response {
				if resp := org(req); resp != nil {
					return resp
				}
				return away(req)
			}
		}
	}
	for _, tt := range []struct {
		name    string
		prepare func(*setupWorld)
		file    string
		code    int
		says    []string
	}{
		{"a workforce tenant", organization("AAD"), shopFile, exitUsage, []string{"workforce", "hint: "}},
		{"a B2C tenant", organization("AAD B2C"), shopFile, exitUsage, []string{"B2C", "hint: "}},
		{"an app that is not ours", func(w *setupWorld) { w.call("POST", "/applications", `{"displayName":"The shop"}`) }, shopFile, exitUsage, []string{"not ours", "--adopt"}},
		{"a flow that is not ours", func(w *setupWorld) {
			w.call("POST", "/identity/authenticationEventsFlows", `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","displayName":"Shop","onInteractiveAuthFlowStart":{"@odata.type":"#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp","isSignUpAllowed":true},"onAuthenticationMethodLoadStart":{"@odata.type":"#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp","identityProviders":[{"@odata.type":"#microsoft.graph.builtInIdentityProvider","id":"EmailPassword-OAUTH"}]}}`)
		}, shopFile, exitUsage, []string{"user flow Shop", "not ours", "--adopt"}},
		{"an app in another flow", func(w *setupWorld) {
			if o := w.tenantRun("apply", w.write(shopFile)); o.code != 0 {
				t.Fatal(o.stderr)
			}
		}, strings.ReplaceAll(shopFile, "displayName: Shop", "displayName: Other"), exitUsage, []string{`linked to the user flow "Shop"`}},
		{"another tenant", nil, strings.ReplaceAll(shopFile, "contoso", "fabrikam"), exitUsage, []string{"fabrikam.onmicrosoft.com", "contoso.onmicrosoft.com"}},
		{"a typing error", nil, strings.ReplaceAll(shopFile, "scopes:", "scope:"), exitUsage, []string{":15:", "scope", "hint: "}},
		{"a secret", nil, strings.ReplaceAll(shopFile, "{displayName: shop secret}", "{displayName: x, secretText: hunter2}"), exitUsage, []string{":11:", "a secret does not belong"}},
		{"an attribute that there is not", nil, strings.ReplaceAll(shopFile, "{name: displayName, required", "{name: displayname, required"), exitUsage, []string{":19:", "displayName", "extension_"}},
		{"a body that Graph refuses", func(w *setupWorld) {
			w.graph = func(req *http.Request) *http.Response {
				if req.Method != http.MethodPatch {
					return nil
				}
				return page(400, "application/json", `{"error":{"code":"Request_BadRequest","message":"Invalid value specified for property 'web'.","innerError":{"request-id":"a1b2"}}}`)(req)
			}
		}, shopFile, exitRefused, []string{"Invalid value specified", "Request_BadRequest", "a1b2", "done: custom attribute extension_diet", "application cli"}},
		{"a secret policy", func(w *setupWorld) {
			w.graph = only("/addPassword", page(400, "application/json", `{"error":{"code":"CredentialTypeNotAllowedAsPerAppPolicy","message":"Credential type not allowed as per assigned policy.","innerError":{"request-id":"a1b2"}}}`))
		}, shopFile, exitRefused, []string{"not allowed as per assigned policy", "CredentialTypeNotAllowedAsPerAppPolicy", "done: "}},
		{"a token without the scopes", func(w *setupWorld) {
			w.env["CIAM_GRAPH_TOKEN"] = w.accessToken(hereOrigin, adminEmail, "Organization.Read.All", "Application.Read.All")
		}, shopFile, exitRefused, []string{"EventListener.Read.All", "hint: "}},
		{"a customer's token", func(w *setupWorld) {
			w.env["CIAM_GRAPH_TOKEN"] = w.accessToken(hereOrigin, "ada@example.com", everyPermission()...)
		}, shopFile, exitRefused, []string{"hint: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newSetupWorld(t)
			if tt.prepare != nil {
				tt.prepare(w)
			}
			w.writes = nil
			o := w.tenantRun("apply", w.write(tt.file))
			if o.code != tt.code || o.stdout != "" {
				t.Errorf("exit %d, want %d\n%s%s", o.code, tt.code, o.stdout, o.stderr)
			}
			for _, want := range tt.says {
				if !strings.Contains(o.stderr, want) {
					t.Errorf("lacks %q:\n%s", want, o.stderr)
				}
			}
			if begun := strings.Contains(o.stderr, "done: "); !begun && len(w.writes) > 0 {
				t.Errorf("has written %v", w.writes)
			}
		})
	}
}

// TestApply_adopts takes over what --adopt allows.
func TestApply_adopts(t *testing.T) {
	w := newSetupWorld(t)
	w.call("POST", "/applications", `{"displayName":"The shop","web":{"redirectUris":["https://shop.example"]}}`)
	file := w.write(shopFile)
	if o := w.tenantRun("plan", file, "--adopt"); o.code != 0 || !strings.Contains(o.stdout, "was not ours and is taken over") {
		t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if o := w.tenantRun("apply", file, "--adopt"); o.code != 0 {
		t.Fatal(o.stderr)
	}
	if o := w.tenantRun("plan", file, "--exit-code"); o.code != 0 {
		t.Errorf("exit %d\n%s", o.code, o.stdout)
	}
}

// TestApply_together has two applies of one machine at once: the second waits, and has nothing to do.
func TestApply_together(t *testing.T) {
	w := newSetupWorld(t)
	file := w.write(shopFile)
	var writes sync.Map
	var both sync.WaitGroup
	for i := range 2 {
		p := w.process()
		p.answer = func(req *http.Request) *http.Response {
			if req.Method != http.MethodGet && strings.HasPrefix(req.URL.Path, "/graph/") {
				n, _ := writes.LoadOrStore(i, new([]string))
				*n.(*[]string) = append(*n.(*[]string), req.URL.Path)
			}
			return nil
		}
		both.Go(func() {
			if o := p.run("tenant", "apply", "--tenant", hereTenant, "-f", file, "--yes"); o.code != 0 {
				t.Errorf("exit %d\n%s", o.code, o.stderr)
			}
		})
	}
	both.Wait()
	n := 0
	writes.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d of the two have written", n)
	}
}

// TestApply_secret has what can become of a client secret: kept and not shown in a pipe, shown once at a terminal or where it is
// asked for, made anew, known to be elsewhere, and not made where it could not be kept.
func TestApply_secret(t *testing.T) {
	w := newSetupWorld(t)
	file := w.write(shopFile)
	secret := func() string {
		text := w.must("profile", "show", "shop", "-o", "json").stdout
		if !strings.Contains(text, "client_secret") {
			t.Errorf("the profile has no secret: %s", text)
		}
		return text
	}
	o := w.tenantRun("apply", file)
	if o.code != 0 || o.stdout != "" || !strings.Contains(o.stderr, "client secret shop secret of shop is kept for profile shop") {
		t.Fatalf("exit %d, %q\n%s", o.code, o.stdout, o.stderr)
	}
	secret()
	if o = w.tenantRun("apply", file, "--rotate-secret", "-o", "json", "--show-secret"); o.code != 0 {
		t.Fatal(o.stderr)
	}
	var view appliedView
	if err := json.Unmarshal([]byte(o.stdout), &view); err != nil || len(view.Secrets) != 1 || len(view.Secrets[0].SecretText) < 20 || view.Secrets[0].Profile != "shop" {
		t.Errorf("%v, %s", err, o.stdout)
	}
	if strings.Contains(o.stderr, view.Secrets[0].SecretText) {
		t.Error("the secret is on stderr")
	}
	w.screen = true
	o = w.tenantRun("apply", file, "--rotate-secret", "--debug")
	shown := strings.TrimSpace(o.stdout)
	if o.code != 0 || len(shown) < 20 || strings.Contains(o.stderr, shown) {
		t.Errorf("exit %d, shows %q", o.code, shown)
	}
	w.screen = false
	var app struct {
		PasswordCredentials []struct{ DisplayName string }
	}
	if err := json.Unmarshal(w.call("GET", "/applications(uniqueName='ciam-shop')", ""), &app); err != nil || len(app.PasswordCredentials) != 1 {
		t.Errorf("%v, the app has %v", err, app.PasswordCredentials)
	}

	other := newSetupWorld(t) // another machine, the same tenant
	other.tenant = w.tenant
	other.env["CIAM_GRAPH_TOKEN"] = w.env["CIAM_GRAPH_TOKEN"]
	if o := other.tenantRun("plan", other.write(shopFile), "--exit-code"); o.code != 0 || !strings.Contains(o.stdout, "! client secret") || !strings.Contains(o.stdout, "--rotate-secret") {
		t.Errorf("exit %d\n%s", o.code, o.stdout)
	}

	for name, wrap := range map[string]func(keychain.Store) keychain.Store{
		"shut":  func(keychain.Store) keychain.Store { return shutStore{} },
		"fails": func(s keychain.Store) keychain.Store { return readOnly{s} },
	} {
		w := newSetupWorld(t)
		w.wrap = wrap
		o := w.tenantRun("apply", w.write(shopFile))
		made := slices.ContainsFunc(w.writes, func(s string) bool { return strings.HasSuffix(s, "addPassword") })
		if o.code != exitStore || made != (name == "fails") || (strings.TrimSpace(o.stdout) != "") != made {
			t.Errorf("%s: exit %d, made %v, stdout %q\n%s", name, o.code, made, o.stdout, o.stderr)
		}
		w.wrap = nil
		if o := w.tenantRun("apply", filepath.Join(w.home, "tenant.yaml")); o.code != 0 {
			t.Errorf("%s, then: exit %d\n%s", name, o.code, o.stderr)
		}
		if o := w.tenantRun("plan", filepath.Join(w.home, "tenant.yaml")); strings.Contains(o.stdout, "!") || !strings.Contains(o.stdout, "No differences") {
			t.Errorf("%s, then:\n%s", name, o.stdout)
		}
	}
}

// TestApply_rotation has each write of --rotate-secret go wrong once, for two apps, not carried out or carried out with the answer
// lost: both secrets are made anew, one of each is left, and the kept ones are those.
func TestApply_rotation(t *testing.T) {
	file := strings.Replace(shopFile, "isFallbackPublicClient: true,", "isFallbackPublicClient: true, web: {redirectUris: ['http://localhost:3000']}, passwordCredentials: [{displayName: cli secret}],", 1)
	secrets := func(w *setupWorld, app string) (ids []string) {
		var a struct{ PasswordCredentials []struct{ KeyID string } }
		if err := json.Unmarshal(w.call("GET", "/applications(uniqueName='ciam-"+app+"')", ""), &a); err != nil {
			t.Fatal(err)
		}
		for _, c := range a.PasswordCredentials {
			ids = append(ids, c.KeyID)
		}
		return ids
	}
	for at := range 4 { // two are made, two removed
		for _, carriedOut := range []bool{false, true} {
			w := newSetupWorld(t)
			path := w.write(file)
			if o := w.tenantRun("apply", path); o.code != 0 {
				t.Fatal(o.stderr)
			}
			before := map[string][]string{"cli": secrets(w, "cli"), "shop": secrets(w, "shop")}
			n := w.failsOnce(at, carriedOut)
			if o := w.tenantRun("apply", path, "--rotate-secret"); o.code != 0 || *n < 4 {
				t.Fatalf("write %d, carried out %v: exit %d after %d writes\n%s", at, carriedOut, o.code, *n, o.stderr)
			}
			w.graph = nil
			for app, old := range before {
				if now := secrets(w, app); len(now) != 1 || slices.Contains(old, now[0]) {
					t.Errorf("write %d, carried out %v: %s has %v, and had %v", at, carriedOut, app, now, old)
				}
			}
			if o := w.tenantRun("plan", path, "--exit-code"); o.code != 0 {
				t.Errorf("write %d: %s", at, o.stdout)
			}
		}
	}
	// A run that ends between the new one and the end of the old one: the next has one left.
	w := newSetupWorld(t)
	path := w.write(shopFile)
	w.tenantRun("apply", path)
	w.graph = only("/removePassword", page(400, "application/json", `{"error":{"code":"Request_BadRequest","message":"no"}}`))
	if o := w.tenantRun("apply", path, "--rotate-secret"); o.code != exitRefused || len(secrets(w, "shop")) != 2 {
		t.Errorf("exit %d, secrets %v\n%s", o.code, secrets(w, "shop"), o.stderr)
	}
	w.graph = nil
	if o := w.tenantRun("apply", path); o.code != 0 || len(secrets(w, "shop")) != 1 {
		t.Errorf("exit %d, secrets %v\n%s", o.code, secrets(w, "shop"), o.stderr)
	}
	if o := w.tenantRun("plan", path, "--exit-code"); o.code != 0 {
		t.Errorf("exit %d\n%s", o.code, o.stdout)
	}
}

// TestSetup_weather has each write of a setup go wrong once: the same run ends with a profile that signs a customer up, and leaves
// nothing to do.
func TestSetup_weather(t *testing.T) {
	first := newSetupWorld(t)
	flags := []string{"--type", "web", "--attribute", "displayName", "--attribute", "extension_Plan"}
	first.setup(flags...)
	writes := len(first.writes)
	if writes < 7 {
		t.Fatalf("%d writes", writes)
	}
	for at := range writes {
		for _, carriedOut := range []bool{false, true} {
			w := newSetupWorld(t)
			w.failsOnce(at, carriedOut)
			o := w.setup(flags...)
			w.graph = nil
			if !strings.Contains(o.stderr, "profile contoso is ready") {
				t.Fatalf("write %d (%s), carried out %v:\n%s", at, first.writes[at], carriedOut, o.stderr)
			}
			w.settled(flags...)
			w.signsUp("grace@example.com")
			w.must("login", "--timeout", "20s")
			if name := strings.TrimSpace(w.must("claims", "name").stdout); name != "Grace Example" {
				t.Errorf("write %d, carried out %v: name %q", at, carriedOut, name)
			}
		}
	}
}
