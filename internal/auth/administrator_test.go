package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	readOrg   = "Organization.Read.All"
	readFlows = "EventListener.Read.All"
)

// administration is a world whose tenant has an administrator, on this machine, and no store.
func administration(t *testing.T) (*world, *Administration) {
	t.Helper()
	w := newWorld(t, "http://localhost:3080/"+directory.DefaultTenantID, func(s *emulator.Seed) {
		s.Tenants[0].Users[0].Roles = []string{directory.GlobalAdministrator}
		daemon := &s.Tenants[0].Apps[1]
		daemon.AppRoleAssignments = []directory.AppRoleAssignment{{Resource: "00000003-0000-0000-c000-000000000000", Role: readOrg}}
	})
	w.service.Store, w.service.Index = nil, nil
	return w, &Administration{Service: w.service, App: App{Authority: w.app.Authority, ClientID: directory.GraphCommandLineTools}, Resource: "https://graph.microsoft.com"}
}

// TestAdministration is a run of an administrator: signs in once, gets more without a word, and a new token in time.
func TestAdministration(t *testing.T) {
	w, a := administration(t)
	ctx := context.Background()
	var required *LoginRequiredError
	if err := a.Renew(ctx, []string{readOrg}); !errors.As(err, &required) {
		t.Fatalf("before anybody has signed in: %v", err)
	}
	if err := a.SignIn(ctx, []string{readOrg}, w.request()); err != nil {
		t.Fatal(err)
	}
	first := a.current.Secret
	if got := a.Granted(); !slices.Contains(got, readOrg) || !a.Valid() || a.Person().Person().Address() != userEmail {
		t.Errorf("granted %v, valid %t, %v", got, a.Valid(), a.Person())
	}
	w.requests.Store(0)
	if err := a.Renew(ctx, []string{readOrg, readFlows}); err != nil || w.requests.Load() != 1 {
		t.Errorf("%v after %d requests", err, w.requests.Load())
	}
	if got := a.Granted(); !slices.Contains(got, readFlows) || !slices.Contains(got, readOrg) {
		t.Errorf("granted %v", got)
	}
	about, ok := a.About()
	if administers, known := about.Administers(); !ok || !administers || !known || about.App || about.Person != userEmail {
		t.Errorf("the token says of itself: %+v", about.Permissions)
	}
	second, err := a.Token(ctx)
	if err != nil || second == first || w.requests.Load() != 1 {
		t.Errorf("%v after %d requests", err, w.requests.Load())
	}
	a.current.ExpiresAt = w.now().Add(administrationMargin / 2)
	third, err := a.Token(ctx)
	if err != nil || third == second || w.requests.Load() != 2 || !slices.Contains(a.Granted(), readFlows) {
		t.Errorf("near its end: %v after %d requests, the same %t, granted %v", err, w.requests.Load(), third == second, a.Granted())
	}
}

// TestAdministration_trouble: while a token is valid, no trouble with the next one withholds it.
func TestAdministration_trouble(t *testing.T) {
	for name, row := range map[string]struct {
		status     int
		kind, body string
		person     bool // only the person can help
	}{
		"503":           {503, "text/plain", "no", false},
		"a web page":    {200, "text/html", "<html>Hotel Wi-Fi", false},
		"refused":       {400, "application/json", `{"error":"invalid_grant","error_description":"AADSTS50173: revoked"}`, true},
		"needs consent": {400, "application/json", `{"error":"invalid_grant","suberror":"consent_required","error_description":"AADSTS65001: no"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := administration(t)
			ctx := context.Background()
			if err := a.SignIn(ctx, []string{readOrg}, w.request()); err != nil {
				t.Fatal(err)
			}
			first, expires := a.current.Secret, a.current.ExpiresAt
			w.answer = func(r *http.Request) *http.Response {
				if !strings.HasSuffix(r.URL.Path, "/token") {
					return nil
				}
				return respond(row.status, row.kind, row.body)
			}
			w.clock = expires.Sub(w.base()) - time.Minute
			if got, err := a.Token(ctx); err != nil || got != first {
				t.Errorf("a minute before its end: %v", err)
			}
			w.clock += 2 * time.Minute
			if got, err := a.Token(ctx); err == nil || got != "" {
				t.Errorf("after its end: %q", got)
			}
			var required *LoginRequiredError
			if err := a.Renew(ctx, []string{readOrg, readFlows}); errors.As(err, &required) != row.person {
				t.Errorf("renewing: %v", err)
			}
		})
	}
}

// TestAdministration_challenge: what the tenant demands at a renewal is sent with the next sign-in.
func TestAdministration_challenge(t *testing.T) {
	w, a := administration(t)
	ctx := context.Background()
	if err := a.SignIn(ctx, []string{readOrg}, w.request()); err != nil {
		t.Fatal(err)
	}
	const claims = `{"access_token":{"capolids":{"essential":true}}}`
	body, _ := json.Marshal(map[string]string{"error": "interaction_required", "error_description": "AADSTS50076: second factor", "claims": claims})
	w.answer = func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/token") {
			return respond(400, "application/json", string(body))
		}
		return nil
	}
	var required *LoginRequiredError
	if err := a.Renew(ctx, []string{readOrg, readFlows}); !errors.As(err, &required) {
		t.Fatal(err)
	}
	req := w.request()
	req.OnReady = func(_ context.Context, ready Ready) error {
		u, err := url.Parse(ready.URL)
		if err != nil || u.Query().Get("claims") != claims {
			t.Errorf("claims %q, %v", u.Query().Get("claims"), err)
		}
		return errors.New("enough")
	}
	if err := a.SignIn(ctx, []string{readOrg}, req); err == nil || err.Error() != "enough" {
		t.Error(err)
	}
}

// TestAdministration_app: an app acts for itself, and gets a new token in time; without a credential nothing is asked.
func TestAdministration_app(t *testing.T) {
	w, a := administration(t)
	ctx := context.Background()
	if err := a.AsApp(ctx); !errors.Is(err, ErrNoCredential) || w.requests.Load() != 0 {
		t.Errorf("%v after %d requests", err, w.requests.Load())
	}
	a.App.ClientID, a.App.Credential = directory.DefaultConfidentialApp, Credential{Secret: directory.DefaultClientSecret}
	if err := a.AsApp(ctx); err != nil {
		t.Fatal(err)
	}
	about, ok := a.About()
	if !ok || !about.App || about.Person != "" || !slices.Equal(about.Permissions, []string{readOrg}) || a.Person() != nil {
		t.Error("the token is not the app's")
	}
	first, _ := a.Token(ctx)
	w.clock = a.current.ExpiresAt.Sub(w.base()) - time.Minute
	if second, err := a.Token(ctx); err != nil || second == first {
		t.Errorf("near its end: %v", err)
	}
	a.App.Credential.Secret = "wrong-secret-of-nobody"
	var refused *RefusedError
	if err := a.AsApp(ctx); !errors.As(err, &refused) || strings.Contains(fmt.Sprintf("%v %+v", err, a.App.Credential), "wrong-secret") {
		t.Errorf("%v", err)
	}
}

// TestAdministratorsPage: a code is typed at Microsoft's page, or at a tenant's of this machine.
func TestAdministratorsPage(t *testing.T) {
	public, _ := authority.Administrators("graph.microsoft.com", directory.DefaultTenantID)
	here := authority.Authority{Base: "https://localhost:8443", Tenant: directory.DefaultTenantID}
	for _, row := range []struct {
		at          authority.Authority
		named, want string
	}{
		{public, "https://microsoft.com/devicelogin", "https://microsoft.com/devicelogin"},
		{public, "https://www.microsoft.com/link", "https://www.microsoft.com/link"},
		{public, "https://login.microsoftonline.com/common/oauth2/deviceauth", "https://login.microsoftonline.com/common/oauth2/deviceauth"},
		{public, "https://microsoft.com.evil.example/devicelogin", "https://microsoft.com/devicelogin"},
		{public, "https://evilmicrosoft.com/", "https://microsoft.com/devicelogin"},
		{public, "https://microsoft.com:8443/", "https://microsoft.com/devicelogin"},
		{public, "https://microsoft.com@evil.example/", "https://microsoft.com/devicelogin"},
		{public, "http://microsoft.com/devicelogin", "https://microsoft.com/devicelogin"},
		{public, "", "https://microsoft.com/devicelogin"},
		{here, "https://microsoft.com/devicelogin", "https://localhost:8443/common/oauth2/deviceauth"},
		{here, "https://localhost:8443/device", "https://localhost:8443/device"},
	} {
		if got := administratorsPage(row.at, row.named); got != row.want {
			t.Errorf("%s names %s: %s", row.at, row.named, got)
		}
	}
}

// TestReadGraphToken: what is not a token says nothing, and what is of another type is left out.
func TestReadGraphToken(t *testing.T) {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, row := range map[string]struct {
		raw  string
		ok   bool
		want string
	}{
		"a person":      {"h." + part(`{"aud":"a","tid":"t","appid":"c","upn":"u","scp":"X Y","wids":["w"],"exp":1}`) + ".s", true, "a t c u false [X Y] [w] 1"},
		"an app":        {"h." + part(`{"azp":"c","name":"n","roles":["X"],"exp":1.5}`) + ".s", true, "  c  true [X] [] 1"},
		"an app, bare":  {"h." + part(`{"idtyp":"app"}`) + ".s", true, "    true [] [] -"},
		"nothing":       {"h." + part(`{}`) + ".s", true, "    false [] [] -"},
		"other types":   {"h." + part(`{"aud":["a"],"scp":1,"wids":"w","roles":7,"exp":"x"}`) + ".s", true, "    false [] [] -"},
		"too late":      {"h." + part(`{"exp":1e300}`) + ".s", true, "    false [] [] -"},
		"twice":         {"h." + part(`{"scp":"X","scp":"Y"}`) + ".s", false, ""},
		"no JSON":       {"h." + part(`x`) + ".s", false, ""},
		"no base64":     {"h.%%%.s", false, ""},
		"two parts":     {"h." + part(`{}`), false, ""},
		"opaque":        {"EwB4A8l6BAAU", false, ""},
		"empty":         {"", false, ""},
		"encrypted":     {"a.b.c.d.e", false, ""},
		"with a filler": {"h." + part(`{"tid":"t"}`) + "==.s", true, " t   false [] [] -"},
	} {
		got, ok := ReadGraphToken(row.raw)
		exp := "-"
		if !got.ExpiresAt.IsZero() {
			exp = fmt.Sprint(got.ExpiresAt.Unix())
		}
		text := fmt.Sprint(got.Audience, " ", got.TenantID, " ", got.ClientID, " ", got.Person, " ", got.App, " ", got.Permissions, " ", got.DirectoryRoles, " ", exp)
		if ok != row.ok || ok && text != row.want {
			t.Errorf("%s: %q, %t", name, text, ok)
		}
		if said := fmt.Sprintf("%v %+v %#v", got, got, got); ok && strings.Contains(said, "{") {
			t.Errorf("%s: printed as %s", name, said)
		}
	}
}
