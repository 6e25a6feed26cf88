package cli

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// madeToken is a token that says what it is told to.
func madeToken(t *testing.T, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part(payload) + "." + part([]byte("signature"))
}

// TestAdministrator_misfits are tokens that cannot be what is meant. Nothing is sent to Graph of any that says so itself; one that
// says nothing is Graph's to judge.
func TestAdministrator_misfits(t *testing.T) {
	now := newMachine(t).now()
	good := func(change map[string]any) string {
		claims := map[string]any{"aud": "https://graph.microsoft.com", "tid": directory.DefaultTenantID, "exp": now.Add(time.Hour).Unix(), "scp": readOrg, "upn": adminEmail}
		for name, value := range change {
			claims[name] = value
		}
		return madeToken(t, claims)
	}
	for name, row := range map[string]struct {
		token string
		code  int
		says  string
		asked bool // Graph is
	}{
		"empty":                 {"", exitUsage, "is empty", false},
		"white space":           {" \r\n\t\n", exitUsage, "is empty", false},
		"JSON":                  {`{"accessToken":"x"}`, exitUsage, "JSON object; expected the token alone", false},
		"two words":             {"two words", exitUsage, "is none: expected letters", false},
		"two lines":             {"one\ntwo", exitUsage, "is none: expected letters", false},
		"of another API":        {good(map[string]any{"aud": "https://management.azure.com"}), exitUsage, "is for https://management.azure.com; expected one for Microsoft Graph", false},
		"of the older Graph":    {good(map[string]any{"aud": "https://graph.windows.net"}), exitUsage, "is for https://graph.windows.net", false},
		"of another tenant":     {good(map[string]any{"tid": "99998888-0000-cccc-1111-dddd2222eeee"}), exitUsage, "is of the tenant 99998888-0000-cccc-1111-dddd2222eeee; expected " + directory.DefaultTenantID, false},
		"expired":               {good(map[string]any{"exp": now.Add(-time.Minute).Unix()}), exitLogin, "expired 1 minute ago", false},
		"without a scope":       {good(map[string]any{"scp": ""}), exitRefused, "lacks " + readOrg + "; it has no permission of Microsoft Graph", false},
		"of Azure CLI":          {good(map[string]any{"scp": "User.Read.All", "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46"}), exitRefused, "AADSTS65002", false},
		"of an app, no role":    {madeToken(t, map[string]any{"aud": graphAppID, "tid": directory.DefaultTenantID, "idtyp": "app", "appid": daemonApp}), exitRefused, "Application permissions", false},
		"forged":                {good(nil), exitLogin, "does not take the access token", true},
		"by its ID, with slash": {good(map[string]any{"aud": "https://graph.microsoft.com/"}), exitLogin, "does not take the access token", true},
		"of other types":        {good(map[string]any{"scp": 7, "wids": "x", "exp": "soon", "upn": 1}), exitRefused, "lacks", false},
		"opaque":                {"EwB4A8l6BAAU", exitLogin, "does not take the access token", true},
		"opaque, with dots":     {"a.b.c", exitLogin, "does not take the access token", true},
		"quoted, with Bearer":   {"\"Bearer " + good(nil) + "\"\n", exitLogin, "does not take the access token", true},
	} {
		for _, by := range []string{"--access-token-stdin", "CIAM_GRAPH_TOKEN"} {
			t.Run(name+", "+by, func(t *testing.T) {
				m, ms := newMicrosoft(t, "graph.microsoft.com", "login.microsoftonline.com")
				args := []string{"probe", readOrg, "--no-input"}
				if by == "CIAM_GRAPH_TOKEN" {
					if strings.TrimSpace(row.token) == "" {
						t.Skip("which is no token given")
					}
					m.env[by] = row.token
				} else {
					m.stdin, args = row.token, append(args, by)
				}
				o := m.run(args...)
				if o.code != row.code || !strings.Contains(o.stderr, row.says) || !strings.Contains(o.stderr, "hint: ") || len(row.token) > 100 && strings.Contains(o.stdout+o.stderr, row.token[:60]) {
					t.Errorf("%+v; want exit %d, %q", o, row.code, row.says)
				}
				if asked := slices.ContainsFunc(ms.calls, func(c string) bool { return strings.Contains(c, "graph.microsoft.com") }); asked != row.asked {
					t.Errorf("Graph was asked: %t, want %t", asked, row.asked)
				}
			})
		}
	}
	t.Run("typed at a terminal", func(t *testing.T) {
		m := newAdministrators(t)
		m.terminal = true
		m.fails(exitUsage, []string{"would have to be typed at the terminal", "az account get-access-token"}, "probe", "--access-token-stdin")
	})
	t.Run("a flag chooses another way than the variable", func(t *testing.T) {
		m, ms := newMicrosoft(t, "graph.microsoft.com", "login.microsoftonline.com")
		m.env["CIAM_GRAPH_TOKEN"] = good(map[string]any{"tid": "99998888-0000-cccc-1111-dddd2222eeee"})
		m.open = ms.visits
		m.must("probe", readOrg, "--client-id", graphTools, "--timeout", "20s")
	})
}

// TestCovers: which permission is wide enough for which.
func TestCovers(t *testing.T) {
	for _, row := range []struct {
		has, wanted string
		app, want   bool
	}{
		{"Application.Read.All", "Application.Read.All", false, true},
		{"application.read.all", "Application.Read.All", false, true},
		{"Application.ReadWrite.All", "Application.Read.All", true, true},
		{"Application.Read.All", "Application.ReadWrite.All", false, false},
		{"EventListener.ReadWrite.All", "EventListener.Read.All", false, true},
		{"EventListener.ReadWrite.All", "IdentityUserFlow.ReadWrite.All", false, false},
		{"Directory.AccessAsUser.All", "Application.ReadWrite.All", false, true},
		{"Directory.AccessAsUser.All", "Application.ReadWrite.All", true, false},
		{"Directory.AccessAsUser.All", "EventListener.ReadWrite.All", false, false},
		{"Directory.Read.All", "Organization.Read.All", true, true},
		{"Directory.Read.All", "Application.ReadWrite.All", true, false},
		{"Directory.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", true, true},
		{"Directory.ReadWrite.All", "IdentityProvider.Read.All", true, false},
		{"Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", true, true},
		{"Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", false, false},
		{"Application.ReadWrite.OwnedBy", "Application.Read.All", true, false},
	} {
		if got := covers(row.has, row.wanted, row.app); got != row.want {
			t.Errorf("%s for %s, of an app %t: %t", row.has, row.wanted, row.app, got)
		}
	}
}
