package cli

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/tenant"
)

// everyPermission are all that setup and tenant ever ask for.
func everyPermission() []string {
	return append(tenant.SurveyScopes(), writeApps, writeFlows, "DelegatedPermissionGrant.ReadWrite.All", "IdentityUserFlow.ReadWrite.All")
}

// setupWorld is a machine with an empty tenant and a token of its administrator's.
type setupWorld struct {
	*machine
	// asked are the requests that Graph got, and writes those of them that change something.
	asked  []string
	writes []string
	// graph, when set, answers in Graph's place.
	graph func(*http.Request) *http.Response
}

func newSetupWorld(t *testing.T) *setupWorld {
	w := &setupWorld{machine: newAdministrators(t)}
	w.tree = nil
	w.env = map[string]string{"CIAM_GRAPH_URL": hereGraph}
	w.env["CIAM_GRAPH_TOKEN"] = w.accessToken(hereOrigin, adminEmail, everyPermission()...)
	w.answer = func(req *http.Request) *http.Response {
		path, ok := strings.CutPrefix(req.URL.Path, "/graph/v1.0")
		if !ok {
			return nil
		}
		w.asked = append(w.asked, req.Method+" "+path)
		if w.graph != nil {
			if resp := w.graph(req); resp != nil {
				return resp
			}
		}
		if req.Method != http.MethodGet {
			w.writes = append(w.writes, req.Method+" "+path)
		}
		return nil
	}
	return w
}

// setup runs `ciam setup`, and has to go well.
func (w *setupWorld) setup(args ...string) outcome {
	w.t.Helper()
	return w.must(append([]string{"setup", "--tenant", hereTenant, "--yes"}, args...)...)
}

// state is what Graph has of the tenant, without what nobody chose: deleted items are left out.
func (w *setupWorld) state() string {
	w.t.Helper()
	var all []string
	for _, path := range []string{"/organization", "/applications", "/servicePrincipals", "/oauth2PermissionGrants", "/identity/authenticationEventsFlows", "/identity/userFlowAttributes", "/identity/identityProviders"} {
		req, err := http.NewRequest(http.MethodGet, hereGraph+path, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+w.accessToken(hereOrigin, adminEmail, append(everyPermission(), "IdentityProvider.Read.All")...))
		resp, err := w.tenant.Transport().RoundTrip(req)
		if err != nil {
			w.t.Fatal(err)
		}
		var body struct {
			Value []json.RawMessage `json:"value"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != 200 {
			w.t.Fatalf("GET %s: status %d, %v", path, resp.StatusCode, err)
		}
		_ = resp.Body.Close()
		for _, v := range body.Value {
			all = append(all, path+" "+string(v))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// signsUp has a new customer at the browser, who reads the codes that are mailed.
func (w *setupWorld) signsUp(email string) {
	w.visitor = visitor.New(hereNetwork{browserNetwork{w.machine}})
	w.visitor.SignUp, w.visitor.Email, w.visitor.Password = true, email, "Correct-Horse-9"
	w.visitor.Attributes = map[string]string{"displayName": "Grace Example"}
	w.visitor.Code = func(context.Context, string) (string, error) {
		mail := w.tenant.Outbox()
		return mail[len(mail)-1].Code, nil
	}
}

// TestSetup goes from an empty tenant to a sign-in and back, by each kind of app that people sign in to and each way to do it:
// sign-up, claims, a plan without a difference, a setup that writes nothing, destroy, the tenant as before, and setup again.
func TestSetup(t *testing.T) {
	for _, kind := range []string{tenant.Public, tenant.Web, tenant.SPA} {
		for _, method := range []string{tenant.Password, tenant.OTP} {
			t.Run(kind+" "+method, func(t *testing.T) {
				t.Parallel()
				w := newSetupWorld(t)
				before := w.state()
				for round, email := range []string{"grace@example.com", "hopper@example.com"} {
					flags := []string{"--type", kind, "--method", method}
					o := w.setup(flags...)
					if !strings.Contains(o.stderr, "next: `ciam login") {
						t.Fatalf("ends with\n%s", o.stderr)
					}
					if len(w.writes) < 5 {
						t.Errorf("%d writes", len(w.writes))
					}
					w.signsUp(email)
					w.must("login", "--timeout", "20s")
					if name := strings.TrimSpace(w.must("claims", "name").stdout); name != "Grace Example" {
						t.Errorf("name %q", name)
					}
					if kind == tenant.Web && w.must("token").stdout == "" {
						t.Error("no token")
					}
					w.settled(flags...)
					w.writes = nil
					w.must("tenant", "destroy", "--tenant", hereTenant, "--yes")
					if after := w.state(); after != before {
						t.Errorf("round %d: the tenant is not as before:\n%s\nbefore\n%s", round, after, before)
					}
					if o := w.must("tenant", "destroy", "--tenant", hereTenant, "--yes"); !strings.Contains(o.stderr, "there is nothing in the tenant") {
						t.Errorf("%s", o.stderr)
					}
				}
			})
		}
	}
}

// settled checks that nothing is left to do for setup with these flags, nor for what pull prints.
func (w *setupWorld) settled(flags ...string) {
	w.t.Helper()
	w.writes = nil
	w.setup(flags...)
	w.stdin = w.must("tenant", "pull", "--tenant", hereTenant).stdout
	o := w.must("tenant", "plan", "--tenant", hereTenant, "-f", "-", "--exit-code")
	if !strings.Contains(o.stdout, "No differences") {
		w.t.Errorf("plan says\n%s", o.stdout)
	}
	w.must("tenant", "apply", "--tenant", hereTenant, "-f", "-", "--yes")
	w.stdin = ""
	if len(w.writes) != 0 {
		w.t.Errorf("writes again: %v", w.writes)
	}
}

// TestSetup_adds has a second setup on what a first has made: nothing is taken away, and what no flag speaks of stays.
func TestSetup_adds(t *testing.T) {
	w := newSetupWorld(t)
	w.setup("--redirect-uri", "http://localhost", "--attribute", "displayName", "--no-sign-up")
	w.setup("--redirect-uri", "myapp://auth", "--attribute", "city", "--method", "otp")
	w.setup("--name", "other")
	file := w.must("tenant", "pull", "--tenant", hereTenant).stdout
	for _, want := range []string{"- http://localhost\n", "- myapp://auth", "name: displayName", "name: city", "isSignUpAllowed: false", "signInMethod: emailOtp", "- ciam-cli", "- other"} {
		if !strings.Contains(file, want) {
			t.Errorf("lacks %q:\n%s", want, file)
		}
	}
}

// TestSetup_api makes an API, and has an app that is there call it.
func TestSetup_api(t *testing.T) {
	w := newSetupWorld(t)
	none := w.run("setup", "--tenant", hereTenant, "--yes", "--type", "api", "--scope", "x", "--client", "ciam-cli")
	if none.code != exitNotFound || len(w.writes) != 0 || !strings.Contains(none.stderr, "`ciam setup` makes one") {
		t.Errorf("exit %d, %d writes\n%s", none.code, len(w.writes), none.stderr)
	}
	w.setup()
	o := w.setup("--type", "api", "--name", "orders", "--scope", "orders.read", "--scope", "orders.write", "--client", "ciam-cli")
	login := regexp.MustCompile("next: `ciam ([^`]+)`").FindStringSubmatch(o.stderr)
	if login == nil {
		t.Fatalf("ends with\n%s", o.stderr)
	}
	w.signsUp("grace@example.com")
	w.must(strings.Fields(login[1])...)
	scope := login[1][strings.LastIndex(login[1], " ")+1:]
	if scp := w.claimOf(w.must("token", "--scope", scope).stdout, "scp"); scp != "orders.read orders.write" {
		t.Errorf("scp %q", scp)
	}
	if aud := w.claimOf(w.must("token", "--scope", scope).stdout, "aud"); !strings.Contains(scope, aud) || aud == "" {
		t.Errorf("aud %q", aud)
	}
}

// TestSetup_asks has a person answer, with mistakes, and decline.
func TestSetup_asks(t *testing.T) {
	for _, tt := range []struct {
		name, typed string
		args        []string
		code        int
		file        []string
	}{
		{"all of it", hereTenant + "\n2\nshop\n\notp\ndisplayName extension_Diet\nn\ny\n", nil, 0, []string{"name: shop", "http://localhost:3000/auth/redirect", "emailOtp", "extension_Diet", "isSignUpAllowed: false"}},
		{"Enter only", hereTenant + "\n\n\n\n\n\n\ny\n", nil, 0, []string{"name: ciam-cli", "http://localhost\n", "emailPassword", "displayName", "isSignUpAllowed: true"}},
		{"mistakes", "contoso.b2clogin.com\n" + hereTenant + "\nmobile\npublic\na b\ncli\nhttp://x y\nhttp://localhost/here\npin\npassword\nfoo\ncity\nperhaps\ny\ny\n", nil, 0, []string{"name: cli", "http://localhost/here", "city"}},
		{"an API", hereTenant + "\napi\norders\norders.read orders.write\n\ny\n", nil, 0, []string{"orders.read", "orders.write"}},
		{"no", hereTenant + "\n\n\n\n\n\n\nn\n", nil, exitRefused, nil},
		{"nothing", hereTenant + "\n\n\n\n\n\n\n\n", nil, exitRefused, nil},
		{"the end of it", hereTenant + "\n\n\n", nil, exitRefused, nil},
		{"with flags", "y\n", []string{"--tenant", hereTenant, "--type", "spa", "--name", "web", "--redirect-uri", "https://shop.example/", "--method", "otp", "--attribute", "city", "--no-sign-up"}, 0, []string{"https://shop.example/", "emailOtp"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newSetupWorld(t)
			w.terminal, w.stdin = true, tt.typed
			o := w.run(append([]string{"setup"}, tt.args...)...)
			if o.code != tt.code || (len(w.writes) > 0) != (tt.code == 0) {
				t.Fatalf("exit %d, %d writes\n%s", o.code, len(w.writes), o.stderr)
			}
			w.terminal = false
			file := w.must("tenant", "pull", "--tenant", hereTenant).stdout
			for _, want := range tt.file {
				if !strings.Contains(file, want) {
					t.Errorf("lacks %q:\n%s\n%s", want, file, o.stderr)
				}
			}
		})
	}
}

// TestSetup_flags refuses what cannot be meant, before anything is asked of anybody.
func TestSetup_flags(t *testing.T) {
	w := newSetupWorld(t)
	for _, line := range []string{
		"--type mobile", "--method pin", "--type api", "--type api --scope x --redirect-uri http://localhost", "--type api --scope x --method otp", "--type api --scope x --native",
		"--scope x", "--client x", "--type web --scope x", "--type web --native", "--type spa --native", "--file x --type web", "--file x --name n", "--file x --no-sign-up",
		"--name a/b", "--attribute dispalyName", "--redirect-uri nothing", "--type spa --redirect-uri ftp://x", "--type web --redirect-uri http://shop.example", "--file nosuch.yaml", "-p a/b",
		"--port 70000", "--device-code --no-browser", "--access-token-stdin --device-code", "--access-token-stdin --file -",
	} {
		o := w.run(append([]string{"setup", "--yes", "--tenant", hereTenant}, strings.Split(line, " ")...)...)
		if o.code != exitUsage || len(w.asked) != 0 || o.stdout != "" || !strings.Contains(o.stderr, "ciam: ") {
			t.Errorf("%s: exit %d, %d requests of Graph\n%s", line, o.code, len(w.asked), o.stderr)
		}
		w.asked = nil
	}
	o := w.run("setup", "--tenant", hereTenant)
	if o.code != exitUsage || !strings.Contains(o.stderr, "--yes") {
		t.Errorf("exit %d\n%s", o.code, o.stderr)
	}
}

// TestSetup_profile has a name for the profile, none, and one that is taken.
func TestSetup_profile(t *testing.T) {
	if tenant.WebRedirectURI != config.DefaultWebRedirectURI || tenant.PostLogoutURI != config.PostLogoutRedirectURI {
		t.Error("setup registers other redirect URIs than a profile takes")
	}
	for _, tt := range []struct {
		name string
		args []string
		had  string
		want string
	}{
		{"after the tenant", nil, "", "contoso"},
		{"given", []string{"-p", "work"}, "", "work"},
		{"taken: after the app", nil, "contoso", "ciam-cli"},
		{"taken, and given: which tenant", []string{"-p", "contoso"}, "contoso", "ciam-cli"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newSetupWorld(t)
			if tt.had != "" {
				w.must("profile", "add", tt.had, "--tenant", hereTenant, "--client-id", directory.DefaultPublicApp)
			}
			o := w.setup(append(tt.args, "-o", "json")...)
			var view appliedView
			if err := json.Unmarshal([]byte(o.stdout), &view); err != nil || view.Profile == nil || *view.Profile != tt.want {
				t.Errorf("%v, got %s", err, o.stdout)
			}
			if view.Writes != len(view.Steps) || view.Writes < 5 || view.Tenant.ID != directory.DefaultTenantID || view.Administrator != adminEmail {
				t.Errorf("got %s", o.stdout)
			}
		})
	}
}
