package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// change gives a user of the tenant other attributes, by the emulator's control interface.
func (m *machine) change(user, attributes string) {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), http.MethodPatch, "https://localhost/_emulator/users/"+user+"?tenant=contoso", strings.NewReader(`{"attributes":`+attributes+`}`))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := m.tenant.Transport().RoundTrip(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		m.t.Fatalf("%d: %s", resp.StatusCode, body)
	}
}

// withCity has the tenant put the attribute city into the ID token.
func withCity(s *emulator.Seed) {
	for i := range s.Tenants {
		for j := range s.Tenants[i].Apps {
			s.Tenants[i].Apps[j].ClaimMappings = []directory.ClaimMapping{{Claim: "city", Attribute: "city"}}
		}
	}
}

const earlierItemOfAda = "bbbbcccc-1111-dddd-2222-eeee3333ffff"

// TestClaimsDiff_costs is what the earlier claims cost: one write when they are others, and a read for who asks; nothing for
// anybody else.
func TestClaimsDiff_costs(t *testing.T) {
	m := newMachine(t, withCity)
	for _, step := range []struct {
		name                    string
		args                    []string
		before                  func()
		reads, writes, removals int32
		items                   int
	}{
		{"first login", []string{"login"}, nil, 1, 1, 0, 1},
		{"the same", []string{"token", "--force-refresh"}, nil, 2, 1, 0, 1},
		{"diff, nothing kept", []string{"claims", "diff"}, nil, 2, 0, 0, 1},
		{"other claims", []string{"token", "--force-refresh"}, func() { m.change("ada@example.com", `{"city":"Lyon"}`) }, 3, 2, 0, 2}, // a new item's head is looked for
		{"the same again", []string{"token", "--force-refresh"}, nil, 2, 1, 0, 2},
		{"cached", []string{"token"}, nil, 1, 0, 0, 2},
		{"claims", []string{"claims"}, nil, 1, 0, 0, 2},
		{"assert", []string{"claims", "assert", ".city"}, nil, 1, 0, 0, 2},
		{"access token", []string{"claims", "--access-token"}, nil, 1, 0, 0, 2},
		{"whoami", []string{"whoami"}, nil, 1, 0, 0, 2},
		{"diff", []string{"claims", "diff"}, nil, 2, 0, 0, 2},
		{"a sign-in with other claims", []string{"login"}, func() { m.change("ada@example.com", `{"city":"Paris"}`); m.newBrowser() }, 2, 2, 0, 2},
		{"logout", []string{"logout", "--local"}, nil, 8, 0, 2, 0}, // a deletion looks for chunks, too
	} {
		if step.before != nil {
			step.before()
		}
		m.must(step.args...)
		if r, w, d, n := m.reads.Load(), m.writes.Load(), m.removals.Load(), m.items.Len(); r != step.reads || w != step.writes || d != step.removals || n != step.items {
			t.Errorf("%s: %d reads, %d writes, %d deletes, %d items; want %d, %d, %d, %d", step.name, r, w, d, n, step.reads, step.writes, step.removals, step.items)
		}
	}
}

// TestClaimsDiff_deleted has the earlier claims go wherever the session goes, and stay where it only moves.
func TestClaimsDiff_deleted(t *testing.T) {
	for name, row := range map[string]struct {
		args []string
		left bool // the earlier claims of ada
	}{
		"logout":                {args: []string{"logout", "--local"}},
		"logout, also there":    {args: []string{"logout"}},
		"logout of everybody":   {args: []string{"logout", "--all", "--local"}},
		"logout of the profile": {args: []string{"logout", "--all", "--local", "-p", "shop"}},
		"logout by name":        {args: []string{"logout", "--local", "--account", "ada@example.com"}},
		"the profile removed":   {args: []string{"profile", "remove", "shop", "--yes"}},
		"another app in place":  {args: []string{"login", "-p", "shop", "--tenant", "fabrikam", "--client-id", appC, "--replace"}},
		"another store":         {args: []string{"login", "--token-store", "file"}},
		"switched, to a store":  {args: []string{"switch", "ada@example.com"}},
		"switched":              {args: []string{"switch", "bob@example.com"}, left: true},
		"another signed in":     {args: []string{"login"}, left: true},
		"logout of another":     {args: []string{"logout", "--local", "--account", "bob@example.com"}, left: true},
	} {
		for _, corrupt := range []bool{false, true} {
			if corrupt && (row.left || !strings.Contains(name, "logout") && name != "the profile removed" || name == "logout by name") {
				continue
			}
			t.Run(fmt.Sprintf("%s, unreadable %v", name, corrupt), func(t *testing.T) {
				m := newCases(t)
				m.signIn(bob, ada)
				m.change("ada@example.com", `{"displayName":"Ada Lovelace"}`)
				m.must("token", "--force-refresh")
				item := tokencache.EarlierItem("shop", contosoID, appA, earlierItemOfAda)
				if _, ok := m.items.Item(item); !ok {
					t.Fatalf("items %v, want %s", m.items.Names(), item)
				}
				if corrupt {
					m.items.SetItem("shop", "rubbish")
				}
				switch m.newBrowser(); name {
				case "another signed in":
					m.as(eve)
				case "switched, to a store": // the profile has gone to another store, and ada follows
					m.as(eve).must("login", "--token-store", "file")
					if _, ok := m.items.Item(item); !ok {
						t.Errorf("the earlier claims went with a profile that moved; items %v", m.items.Names())
					}
				}
				args := row.args
				if args[0] == "profile" {
					args = args[:3]
				}
				m.must(args...)
				if _, ok := m.items.Item(item); ok != row.left {
					t.Errorf("the earlier claims are there: %v; items %v", ok, m.items.Names())
				}
			})
		}
	}
}

// TestClaimsDiff has claims come, go and change between two renewals, and holds them against files.
func TestClaimsDiff(t *testing.T) {
	m := newMachine(t, withCity)
	m.must("login")
	if o := m.must("claims", "diff"); !strings.Contains(o.stderr, "no change has been seen") || !strings.Contains(o.stdout, "nothing changed") {
		t.Errorf("%s%s", o.stdout, o.stderr)
	}
	before := filepath.Join(t.TempDir(), "before.json")
	if err := os.WriteFile(before, []byte(m.must("claims", "-o", "json").stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(t.TempDir(), "token.txt")
	if err := os.WriteFile(token, []byte("Bearer "+m.must("token", "--id-token").stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"a":1,"a":2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	m.change("ada@example.com", `{"displayName":"Ada Lovelace","city":"Lyon"}`)
	m.must("token", "--force-refresh")
	for name, row := range map[string]struct {
		args []string
		code int
		says string // stdout and stderr
	}{
		"since before":              {says: "~ name"},
		"since before, an addition": {says: `+ city  "Lyon"`},
		"with --exit-code":          {args: []string{"--exit-code"}, code: exitUnexpected, says: "claims have changed: name, city"},
		"a file":                    {args: []string{before}, says: `"Ada Example" → "Ada Lovelace"`},
		"a file, as code":           {args: []string{before, "--exit-code"}, code: exitUnexpected, says: "name"},
		"a token":                   {args: []string{token}, says: "was not verified"},
		"stdin":                     {args: []string{"-"}, says: "+ city"},
		"no such file":              {args: []string{"/nosuch"}, code: exitUsage, says: "/nosuch"},
		"no claims":                 {args: []string{"-", "--exit-code"}, code: exitUsage, says: "there are no claims in stdin"},
		"two readings":              {args: []string{broken}, code: exitUsage, says: "twice"},
		"a token as argument":       {args: []string{"eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.AAAA"}, code: exitUsage, says: "not taken as an argument"},
		"two files":                 {args: []string{before, token}, code: exitUsage, says: "one file"},
	} {
		t.Run(name, func(t *testing.T) {
			m.stdin = `{"name":"x"}`
			if name == "no claims" {
				m.stdin = "hello"
			}
			o := m.run(append([]string{"claims", "diff"}, row.args...)...)
			if o.code != row.code || !strings.Contains(o.stdout+o.stderr, row.says) || strings.Contains(o.stderr, "eyJhIjox") {
				t.Errorf("exit %d, want %d; no %q in\n%s%s", o.code, row.code, row.says, o.stdout, o.stderr)
			}
		})
	}
	var v diffJSON
	if err := json.Unmarshal([]byte(m.must("claims", "diff", "-o", "json").stdout), &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Changes) != 2 || v.Changes[0].Claim != "name" || v.Changes[0].Change != "changed" || string(v.Changes[1].Before) != "null" ||
		!slices.Contains(v.Always, "uti") || !slices.Contains(v.Same, "oid") || v.ChangedAt == nil || v.ChangedAt.Unix() != *v.ChangedOn {
		t.Errorf("%+v", v)
	}
	if o := m.run("claims", "diff", "--exit-code", "-o", "json"); o.code != exitUnexpected || !strings.Contains(o.stderr, `"code":"different"`) || !json.Valid([]byte(o.stdout)) {
		t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	// What cannot be read hinders nothing; the next change replaces it.
	names := m.items.Names()
	item := names[slices.IndexFunc(names, func(name string) bool { return name != m.item() })]
	for payload, says := range map[string]string{"rubbish": "cannot be read", `{"v":1,"claims":{"a":1}}`: "", `{"v":9,"claims":{}}`: "newer"} {
		m.put(item, payload)
		o := m.run("claims", "diff")
		if want := map[bool]int{true: exitStore, false: 0}[says == "newer"]; o.code != want || !strings.Contains(o.stderr, says) {
			t.Errorf("%s: exit %d, %s", payload, o.code, o.stderr)
		}
	}
	m.must("logout", "--local")
	m.fails(exitLogin, nil, "claims", "diff")
}

func TestClaimsDiff_screens(t *testing.T) {
	for _, width := range []int{80, 120} {
		m := newMachine(t, withCity)
		m.base = clocktest.Now
		m.must("login")
		m.change("ada@example.com", `{"displayName":"Ada Lovelace","city":"Lyon"}`)
		m.clock += 3 * time.Hour
		m.must("token")
		m.clock += 12 * time.Minute
		raw := m.must("claims", "--raw").stdout
		m.screen, m.width = true, width
		golden(t, fmt.Sprintf("claims_diff_%d", width), m.must("claims", "diff").stdout, width)
		m.stdin = strings.Replace(raw, `"name":"Ada Lovelace"`, `"roles":["reader","a list that is long enough to be wrapped on a terminal of eighty columns"],"name":"Ada Lovelace"`, 1)
		golden(t, fmt.Sprintf("claims_diff_file_%d", width), m.must("claims", "diff", "-").stdout, width)
	}
}

// TestClaimsAssert: the exit code, and what is told of the operands.
func TestClaimsAssert(t *testing.T) {
	m := newMachine(t, withCity)
	m.must("login")
	for expression, row := range map[string]struct {
		code int
		says string
	}{
		`.name == "Ada Example"`:       {},
		`.name`:                        {},
		`true`:                         {},
		`0`:                            {}, // a value, as jq -e has it
		`.name, .email`:                {code: exitUnexpected, says: ".email is null"},
		`.country, .name`:              {code: exitUnexpected, says: ".country is null"},
		`[.name] | length == 1`:        {},
		`.exp > .iat`:                  {},
		`.name == "Eve"`:               {code: exitUnexpected, says: `.name is "Ada Example"`},
		`"Eve" == .name`:               {code: exitUnexpected, says: `.name is "Ada Example"`},
		`.name == .preferred_username`: {code: exitUnexpected, says: `.preferred_username is "ada@example.com"`},
		`.country == "DE"`:             {code: exitUnexpected, says: ".country is null"},
		`.name == "Ada Example" and (.country == "DE")`: {code: exitUnexpected, says: ".country is null"},
		`.name | startswith("Eve")`:                     {code: exitUnexpected, says: `.name is "Ada Example"`},
		`.roles | index("writer")`:                      {code: exitUnexpected, says: ".roles is null"},
		`.roles[] == "writer"`:                          {code: exitUnexpected, says: ".roles is null"},
		`.name | not`:                                   {code: exitUnexpected, says: `.name is "Ada Example"`},
		`empty`:                                         {code: exitUnexpected, says: "it has no result"},
		`false`:                                         {code: exitUnexpected, says: "not so in the ID token: false"},
		`null`:                                          {code: exitUnexpected},
		`.name | keys`:                                  {code: exitUnexpected, says: "keys cannot be applied to: string"},
		`.name ==`:                                      {code: exitUsage, says: "jq expression"},
		`nosuch(.name)`:                                 {code: exitUsage, says: "function not defined"},
		`$__loc__ | env`:                                {code: exitUsage},
		`.name as $n | $n == "Eve"`:                     {code: exitUnexpected, says: "not so"},
		`[.name, .preferred_username] == ["a", "b"]`: {code: exitUnexpected, says: `[.name, .preferred_username] is ["Ada Example","ada@example.com"]`},
		`def f: .name; f == "Eve"`:                   {code: exitUnexpected, says: "not so"},
		`(.name == "x" or .name == "y") and .exp`:    {code: exitUnexpected, says: `.name is "Ada Example"`},
		`.a==1 or .b==1 or .c==1 or .d==1 or .e==1`:  {code: exitUnexpected, says: ".e is null"},
	} {
		t.Run(expression, func(t *testing.T) {
			o := m.run("claims", "assert", expression)
			if o.code != row.code || !strings.Contains(o.stderr, row.says) || o.stdout != "" || row.code != 0 && row.code != exitUsage && !strings.Contains(o.stderr, "hint: ") {
				t.Errorf("exit %d, want %d; no %q in %s", o.code, row.code, row.says, o.stderr)
			}
			if row.code == exitUsage {
				return
			}
			o = m.run("claims", "assert", "-o", "json", expression)
			var v assertJSON
			if err := json.Unmarshal([]byte(o.stdout), &v); err != nil || v.Holds != (row.code == 0) || v.Expression != expression || o.code != row.code {
				t.Errorf("exit %d, %v: %s", o.code, err, o.stdout)
			}
		})
	}
	m.fails(exitUsage, []string{"one jq expression"}, "claims", "assert")
	if o := m.run("claims", "assert", ".name", "--jq", "."); o.code != exitUsage || !strings.Contains(o.stderr, "--jq does not go with it") {
		t.Errorf("exit %d: %s", o.code, o.stderr)
	}
	m.must("logout", "--local")
	m.fails(exitLogin, nil, "claims", "assert", ".name")
	if o := m.run("claims", "assert", ".name =="); o.code != exitUsage { // a mistake in the expression comes first
		t.Errorf("exit %d", o.code)
	}
}

// TestClaims_accessToken shows a JWT as it is, an opaque token as such, and what there is not.
func TestClaims_accessToken(t *testing.T) {
	m := newMachine(t)
	m.must("login")
	o := m.must("claims", "--access-token")
	if !strings.Contains(o.stdout, "scp ") || !strings.Contains(o.stderr, "not verified") {
		t.Errorf("%s%s", o.stdout, o.stderr)
	}
	if out := m.must("claims", "--access-token", "scp").stdout; out != "openid profile email\n" && !strings.Contains(out, "openid") {
		t.Errorf("%q", out)
	}
	m.must("claims", "assert", "--access-token", `.scp | split(" ") | index("openid")`)
	m.clock += 48 * time.Hour
	if o := m.must("claims", "--access-token"); !strings.Contains(o.stdout, "this access token expired") {
		t.Errorf("%s%s", o.stdout, o.stderr)
	}
	m.clock -= 48 * time.Hour

	record, err := m.record(m.item())
	if err != nil {
		t.Fatal(err)
	}
	record.Session.AccessTokens[0].Secret = "opaque-SECRET"
	if err := tokencache.Save(t.Context(), m.keychain(), m.item(), record); err != nil {
		t.Fatal(err)
	}
	if o := m.fails(exitNotFound, []string{"the access token is opaque"}, "claims", "--access-token"); strings.Contains(o.stderr, "SECRET") {
		t.Error(o.stderr)
	}
	record.Session.AccessTokens = nil
	if err := tokencache.Save(t.Context(), m.keychain(), m.item(), record); err != nil {
		t.Fatal(err)
	}
	m.fails(exitNotFound, []string{"no access token is kept", "`ciam token`"}, "claims", "--access-token")
}

// TestClaims_raw prints what is in the token, byte for byte.
func TestClaims_raw(t *testing.T) {
	m := newMachine(t)
	m.must("login")
	token := strings.TrimSpace(m.must("token", "--id-token").stdout)
	raw := m.must("claims", "--raw").stdout
	if want := rawPayload(t, token); raw != want+"\n" {
		t.Errorf("%s\nwant %s", raw, want)
	}
	if got := m.must("claims", "--raw", "name").stdout; got != `"Ada Example"`+"\n" {
		t.Errorf("%q", got)
	}
	if got := m.must("claims", "--raw", "exp").stdout; strings.Trim(got, "0123456789") != "\n" {
		t.Errorf("%q", got)
	}
	for _, more := range [][]string{{"-o", "json"}, {"--jq", "."}, {"-o", "text"}} {
		if o := m.run(append([]string{"claims", "--raw"}, more...)...); o.code != exitUsage || !strings.Contains(o.stderr, "--raw prints what is in the token") {
			t.Errorf("%v: exit %d: %s", more, o.code, o.stderr)
		}
	}
}

func rawPayload(t *testing.T, token string) string {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
