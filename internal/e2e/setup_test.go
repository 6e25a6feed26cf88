package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The administrator of an empty tenant.
const (
	adminEmail    = "admin@contoso.onmicrosoft.com"
	adminPassword = "Emulator-only-9"
)

// graphPermissions are all that setup and tenant ask for.
func graphPermissions() []string {
	return []string{"Organization.Read.All", "Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "EventListener.ReadWrite.All", "IdentityUserFlow.ReadWrite.All",
		"Application.Read.All", "DelegatedPermissionGrant.Read.All", "EventListener.Read.All", "IdentityUserFlow.Read.All", "IdentityProvider.Read.All"}
}

// emptyTenant is an emulator with nothing in it but an administrator, and the binary pointed at it.
func emptyTenant(t *testing.T) (*liveEmulator, *program) {
	t.Helper()
	e := runEmulator(t, newProgram(t), "--seed", "empty")
	p := newProgram(t)
	p.useFile()
	p.env = append(p.env, "CIAM_CA_FILE="+e.CAFile, "CIAM_GRAPH_URL="+e.URL+"/graph/v1.0")
	return e, p
}

// graphToken is an access token of the administrator's for Graph.
func (e *liveEmulator) graphToken(p *program) string {
	e.t.Helper()
	args := []string{"emulator", "token", "--url", e.URL, "--app", "14d82eec-204b-4c2f-b7e8-296a70dab67e", "--user", adminEmail}
	for _, s := range graphPermissions() {
		args = append(args, "--scope", "https://graph.microsoft.com/"+s)
	}
	return strings.TrimSpace(p.must(args...).stdout)
}

// graphState is what Graph has of the tenant, without deleted items.
func (e *liveEmulator) graphState(token string) string {
	e.t.Helper()
	var all []string
	for _, path := range []string{"/organization", "/applications", "/servicePrincipals", "/oauth2PermissionGrants", "/identity/authenticationEventsFlows", "/identity/userFlowAttributes", "/identity/identityProviders"} {
		req, err := http.NewRequest(http.MethodGet, e.URL+"/graph/v1.0"+path, nil)
		if err != nil {
			e.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := e.client.Do(req)
		if err != nil {
			e.t.Fatal(err)
		}
		var body struct{ Value []json.RawMessage }
		data, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || json.Unmarshal(data, &body) != nil {
			e.t.Fatalf("GET %s: status %d, %s, %v", path, resp.StatusCode, data, err)
		}
		for _, v := range body.Value {
			all = append(all, path+" "+string(v))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// administers signs the administrator in wherever the run opens the browser, until it ends. It returns how often that was.
func (c *chromium) administers(r *process) (result, int) {
	c.t.Helper()
	for times := 0; ; times++ {
		select {
		case address := <-r.p.browser.urls:
			c.open(address)
			if times == 0 {
				c.page("sign-in")
				c.fill("email", adminEmail)
				c.click("next")
				c.page("password")
				c.fill("password", adminPassword)
				c.click("next")
			}
			c.ends("You are signed in")
		case err := <-r.done:
			r.done <- err
			return r.must(), times
		case <-time.After(runLimit):
			c.t.Fatalf("the run goes on\n%s", r.stderr.String())
		}
	}
}

// signsUp goes through the sign-up pages as a new customer, whatever they ask for.
func (c *chromium) signsUp(e *liveEmulator, start string, method string) {
	c.t.Helper()
	c.open(start)
	c.page("sign-up")
	c.fill("email", email)
	c.click("next")
	c.page("code")
	c.fill("code", e.code())
	c.click("next")
	if method == "password" {
		c.page("new-password")
		c.fill("newPassword", password)
		c.fill("confirmPassword", password)
		c.click("next")
	}
	c.page("attributes")
	c.fill("displayName", "Grace Example")
	c.click("create")
	c.ends("You are signed in as Grace Example")
}

// TestSetup goes from an empty tenant to a customer's sign-in and back, with an administrator and a customer in Chromium: setup,
// sign-up, claims, a plan without a difference, destroy, the tenant as before, and setup again.
func TestSetup(t *testing.T) {
	for _, kind := range []string{"public", "web"} {
		for _, method := range []string{"password", "otp"} {
			t.Run(kind+" "+method, func(t *testing.T) {
				e, p := emptyTenant(t)
				admin, customer := e.chromium(), e.chromium()
				before := e.graphState(e.graphToken(p))
				_, times := admin.administers(p.start("setup", "--tenant", e.Authority, "--yes", "--type", kind, "--method", method))
				if times < 1 || times > 2 {
					t.Errorf("the administrator was asked %d times", times)
				}
				login := p.start("login", "--signup")
				customer.signsUp(e, login.opened(), method)
				login.must()
				if name := strings.TrimSpace(p.must("claims", "name").stdout); name != "Grace Example" {
					t.Errorf("name %q", name)
				}

				p.env = append(p.env, "CIAM_GRAPH_TOKEN="+e.graphToken(p))
				file := filepath.Join(t.TempDir(), "tenant.yaml")
				if err := os.WriteFile(file, []byte(p.must("tenant", "pull").stdout), 0o600); err != nil {
					t.Fatal(err)
				}
				if out := p.must("tenant", "plan", "-f", file, "--exit-code").stdout; !strings.Contains(out, "No differences") {
					t.Errorf("the plan says\n%s", out)
				}
				p.must("tenant", "destroy", "--yes")
				if after := e.graphState(e.graphToken(p)); after != before {
					t.Errorf("after destroy:\n%s\nbefore:\n%s", after, before)
				}
				p.must("setup", "--yes", "--type", kind, "--method", method)
				again := p.start("login", "--prompt", "login")
				address := again.opened()
				customer.open(address)
				customer.page("sign-in")
				customer.fill("email", email)
				customer.click("next")
				if method == "password" {
					customer.page("password")
					customer.fill("password", password)
				} else {
					customer.page("code")
					customer.fill("code", e.code())
				}
				customer.click("next")
				customer.ends("You are signed in as Grace Example")
				again.must()
			})
		}
	}
}
