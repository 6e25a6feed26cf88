package cli

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/idtoken"
)

// TestPerson_everywhere signs people in whose names say nothing, or what the address says, and looks wherever somebody is named.
func TestPerson_everywhere(t *testing.T) {
	const oid = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
	for _, c := range []struct{ displayName, full, name string }{
		{"", ada, ""}, // the tenant sends "unknown"
		{"Unknown", ada, ""},
		{"  ", ada, ""},
		{"\u00a0\u3164", ada, ""},
		{"ADA@example.com", ada, "ADA@example.com"},
		{"Ada Example", "Ada Example <" + ada + ">", "Ada Example"},
		{"Ada  Example", "Ada Example <" + ada + ">", "Ada  Example"},
	} {
		m := newMachine(t, func(s *emulator.Seed) {
			s.Tenants[0].Users[0].Attributes = map[string]string{"displayName": c.displayName}
		})
		m.env = map[string]string{}
		m.must("profile", "add", "shop", "--tenant", "contoso", "--client-id", appA, "--offline")
		wants := []struct {
			args []string
			want string
		}{
			{[]string{"login"}, "signed in as " + c.full + "\n"},
			{[]string{"whoami"}, "Signed in as " + c.full + "\n"},
			{[]string{"whoami", "--all"}, "Signed in as " + c.full + "\n"},
			{[]string{"whoami", "--jq", ".account | [.name, .username, .oid] | @json"}, `["` + c.name + `","` + ada + `","` + oid + `"]` + "\n"},
			{[]string{"profile", "list"}, "  " + ada + "\n"},
			{[]string{"switch", ada}, c.full + " is active now"},
			{[]string{"login", "-o", "json", "--jq", ".account.name"}, c.name + "\n"},
			{[]string{"logout", "--local", "--jq", ".profiles[].account"}, ada + "\n"},
		}
		for _, w := range wants {
			o := m.must(w.args...)
			if !strings.Contains(o.stdout+o.stderr, w.want) || strings.Contains(strings.ToLower(o.stdout+o.stderr), "unknown") {
				t.Errorf("display name %q, %v: want %q in\n%s%s", c.displayName, w.args, w.want, o.stdout, o.stderr)
			}
		}
	}
}

// TestSignedInPage calls people as the terminal does, and shows first what is about them.
func TestSignedInPage(t *testing.T) {
	r := &run{Env: &Env{Now: newMachine(t).now}}
	for _, c := range []struct {
		claims  map[string]any
		heading string
	}{
		{map[string]any{"name": "unknown", "preferred_username": ada}, "You are signed in as " + ada},
		{map[string]any{"name": " ", "email": ada}, "You are signed in as " + ada},
		{map[string]any{"name": "Ada Example", "preferred_username": ada}, "You are signed in as Ada Example"},
		{map[string]any{"name": 7, "email": nil}, "You are signed in"},
		{map[string]any{}, "You are signed in"},
	} {
		c.claims["iss"], c.claims["oid"], c.claims["nonce"], c.claims["exp"] = "https://x.example", "o", "n", 1795511730
		for _, more := range strings.Fields("a b c d e f g h i j k") {
			c.claims["loyalty_"+more] = more
		}
		page := r.signedInPage(decoded(t, c.claims))
		if page.Heading != c.heading || len(page.Rows) != mostShown {
			t.Errorf("%v: heading %q, %d rows", c.claims, page.Heading, len(page.Rows))
		}
		total := len(page.Rows)
		var titles []string
		for _, s := range page.Folded {
			titles = append(titles, s.Title)
			total += len(s.Rows)
		}
		if total != len(c.claims) || !strings.HasSuffix(strings.Join(titles, ", "), "claims about the person, 1 claim about the session, 2 claims about the protocol") {
			t.Errorf("%v: %d claims under %q", c.claims, total, titles)
		}
	}
}

// decoded is a token with claims, as the store gives it.
func decoded(t *testing.T, claims map[string]any) *idtoken.Token {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	token, err := idtoken.Decode(part([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + part(payload) + "." + part([]byte("s")))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestFailurePage_short: whatever a tenant says, the page begins with no more than a few lines, and keeps the rest at hand.
func TestFailurePage_short(t *testing.T) {
	for text, want := range map[string]string{
		"one line": "one line", "one line\r\nTrace ID: x\r\nTimestamp: y": "one line …", "ends.\nmore": "ends.", "": "",
		strings.Repeat("twelve chars ", 200): strings.Repeat("twelve chars ", 21) + "twelve …",
		strings.Repeat("x", 900):             strings.Repeat("x", mostSaid) + " …",
		strings.Repeat("愛", mostSaid):        strings.Repeat("愛", mostSaid),
	} {
		if got := opening(text, mostSaid); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
