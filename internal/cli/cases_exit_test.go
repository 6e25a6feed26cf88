package cli

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/tokencache"
)

// atAuthorize is a browser in which the tenant's authorize endpoint answers with an OAuth error.
func (m *machine) atAuthorize(code, description string) {
	m.open = func(address string) {
		u, err := url.Parse(address)
		if err != nil {
			m.t.Error(err)
			return
		}
		q := u.Query()
		back := url.Values{"state": {q.Get("state")}, "error": {code}, "error_description": {description}}
		go func() {
			resp, err := http.PostForm(q.Get("redirect_uri"), back)
			if err == nil {
				resp.Body.Close()
			}
		}()
	}
}

// TestCases5_exitCodes is the table of exit codes, as far as a sign-in and a token are concerned: one meaning of an error,
// wherever the tenant says it.
func TestCases5_exitCodes(t *testing.T) {
	token := func(status int, kind, body string) func(m *machine) {
		return func(m *machine) { m.answer = only("/oauth2/v2.0/token", page(status, kind, body)) }
	}
	authorize := func(code, description string) func(m *machine) {
		return func(m *machine) { m.atAuthorize(code, description) }
	}
	for _, row := range []struct {
		name  string
		spoil func(m *machine)
		args  []string
		code  int
		says  string
	}{
		{"token: nobody signed in", func(m *machine) { m.must("logout", "--local") }, []string{"token"}, exitLogin, "login_required"},
		{"token: invalid_grant", token(400, "application/json", `{"error":"invalid_grant"}`), []string{"token", "--force-refresh"}, exitLogin, "login_required"},
		{"token: interaction_required", token(400, "application/json", `{"error":"interaction_required"}`), []string{"token", "--force-refresh"}, exitLogin, "login_required"},
		{"token: a second factor", token(400, "application/json", `{"error":"interaction_required","error_description":"AADSTS50076: MFA"}`), []string{"token", "--force-refresh"}, exitLogin, "login_required"},
		{"token: 429", token(429, "application/json", `{"error":"invalid_grant"}`), []string{"token", "--force-refresh"}, exitUnreachable, "tenant_trouble"},
		{"token: 503, JSON", token(503, "application/json", `{"error":"invalid_grant"}`), []string{"token", "--force-refresh"}, exitUnreachable, "tenant_trouble"},
		{"token: 503, a page", token(503, "text/html", `<html>`), []string{"token", "--force-refresh"}, exitUnreachable, "bad_answer"},
		{"token: 500, empty", token(500, "text/plain", ``), []string{"token", "--force-refresh"}, exitUnreachable, "bad_answer"},
		{"token: server_error", token(400, "application/json", `{"error":"server_error"}`), []string{"token", "--force-refresh"}, exitUnreachable, "tenant_trouble"},
		{"token: no network", func(m *machine) { m.network = unreachable{} }, []string{"token", "--force-refresh"}, exitUnreachable, "unreachable"},
		{"token: lock busy", holdLock, []string{"token", "--force-refresh"}, exitUnreachable, "locked"},
		{"token: the app's secret", token(401, "application/json", `{"error":"invalid_client"}`), []string{"token", "--force-refresh"}, exitRefused, "refused"},
		{"login: cancelled", authorize("access_denied", "AADSTS65004: the user has cancelled"), []string{"login"}, exitRefused, "cancelled"},
		{"login: refused", authorize("access_denied", "AADSTS50105: not assigned"), []string{"login"}, exitRefused, "refused"},
		{"login: invalid_request", authorize("invalid_request", "AADSTS900144: no"), []string{"login"}, exitRefused, "refused"},
		{"login: temporarily_unavailable", authorize("temporarily_unavailable", "AADSTS90033: later"), []string{"login"}, exitUnreachable, "tenant_trouble"},
		{"login: server_error", authorize("server_error", "AADSTS90000: trouble"), []string{"login"}, exitUnreachable, "tenant_trouble"},
		{"login: the person takes too long", func(m *machine) { m.open = func(string) {} }, []string{"login", "--timeout", "200ms"}, exitRefused, "timeout"},
		{"login: 503 at the token endpoint", token(503, "text/html", `<html>`), []string{"login"}, exitUnreachable, "bad_answer"},
		{"login: invalid_grant", token(400, "application/json", `{"error":"invalid_grant"}`), []string{"login"}, exitRefused, "refused"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := newCases(t).signIn(ada)
			m.newBrowser()
			row.spoil(m)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			o := m.runContext(ctx, append(row.args, "-o", "json")...)
			if o.code != row.code || o.stdout != "" || !strings.Contains(o.stderr, `"code":"`+row.says+`"`) {
				t.Errorf("exit %d, want %d, %s: %s", o.code, row.code, row.says, o.stderr)
			}
		})
	}
}

// holdLock is another process that renews and does not end while the test lasts.
func holdLock(m *machine) {
	lock := tokencache.Lock{Dir: filepath.Join(m.home, "xdg_state_home", "ciam", "locks"), Limit: time.Second}
	release, err := lock.Acquire(m.t.Context(), "shop", "refreshing")
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(release)
}
