package cli

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestDescribe_tenantInTrouble: throttling and faults of the service are exit 5 with any body, at the authorize endpoint
// (status 0) too; what the tenant says of the request is not.
func TestDescribe_tenantInTrouble(t *testing.T) {
	for _, tt := range []struct {
		code   string
		status int
		want   int
	}{
		{"temporarily_unavailable", 0, exitUnreachable}, {"server_error", 0, exitUnreachable},
		{"temporarily_unavailable", 400, exitUnreachable}, {"server_error", 400, exitUnreachable},
		{"invalid_grant", 503, exitUnreachable}, {"invalid_client", 500, exitUnreachable}, {"x", 429, exitUnreachable}, {"slow_down", 429, exitUnreachable},
		{"invalid_client", 401, exitRefused}, {"invalid_request", 400, exitRefused}, {"access_denied", 0, exitRefused}, {"x", 403, exitRefused}, {"x", 404, exitRefused},
	} {
		f := describe(&auth.RefusedError{During: "x", Code: tt.code, Status: tt.status})
		if f.exit != tt.want || tt.want == exitUnreachable && (f.hint == "" || f.code != "tenant_trouble") {
			t.Errorf("%s, status %d: exit %d, %s, hint %q; want exit %d", tt.code, tt.status, f.exit, f.code, f.hint, tt.want)
		}
	}
}

// TestWeather runs commands while the token endpoint is in trouble: what passes is exit 5, and says its status.
func TestWeather(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(directory.DefaultClientSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		status      int
		body, says  string
		login, want int // exit code of login and of token --force-refresh
	}{
		{502, "<html>", "502", exitUnreachable, exitUnreachable},
		{503, `{"error":"temporarily_unavailable"}`, "temporarily_unavailable", exitUnreachable, exitUnreachable},
		{500, `{"error":"server_error"}`, "server_error", exitUnreachable, exitUnreachable},
		{429, "", "429", exitUnreachable, exitUnreachable},
		{403, "", "403", exitUnreachable, exitUnreachable},
		{404, "", "404", exitUnreachable, exitUnreachable},
		{400, `{"error":"invalid_grant","error_description":"AADSTS70008: The refresh token has expired."}`, "refresh token has expired", exitRefused, exitLogin},
	} {
		t.Run(fmt.Sprint(tt.status, tt.body), func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.must("login")
			m.answer = only("/oauth2/v2.0/token", func(r *http.Request) *http.Response {
				resp := page(tt.status, "application/json", tt.body)(r)
				resp.Header.Set("Retry-After", "0")
				return resp
			})
			m.fails(tt.want, []string{tt.says}, "token", "--force-refresh")
			m.newBrowser()
			m.fails(tt.login, []string{tt.says}, "login")
			if tt.login == exitUnreachable {
				m.fails(tt.login, []string{tt.says}, "token", "--client-credentials", "--client-id", directory.DefaultConfidentialApp, "--scope", "api://x/.default", "--client-secret-file", secret)
			}
		})
	}
}
