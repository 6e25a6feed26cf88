package cli

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/term"
)

// TestScreens compares what a person at a terminal gets to see with testdata/screens, at 80 and 120 columns; -update writes it.
// What is broken differently there is to be looked at, not only to be updated.
func TestScreens(t *testing.T) {
	for _, row := range []struct {
		name, args string
		prepare    func(m *machine)
		code       int
	}{
		{"first contact", "", nil, 0},
		{"first contact with a profile", "", func(m *machine) {
			m.must("profile", "add", "contoso", "--tenant", "contoso", "--client-id", appA, "--offline")
		}, 0},
		{"first contact, signed in", "", func(m *machine) { m.env["CIAM_TENANT"], m.env["CIAM_CLIENT_ID"] = "contoso", appA; m.must("login") }, 0},
		{"help", "--help", nil, 0},
		{"help of login", "login --help", nil, 0},
		{"help of token", "help token", nil, 0},
		{"help of profile", "profile", nil, 0},
		{"topic environment", "help environment", nil, 0},
		{"an unknown command", "profile lst", nil, exitUsage},
		{"an unknown flag", "login --min-ttl 5m", nil, exitUsage},
		{"who is signed in", "whoami", somebody, 0},
		{"whose name is unknown", "whoami", nobodysName, 0},
		{"claims", "claims", somebody, 0},
		{"a profile is added", "profile add", func(m *machine) {
			m.terminal, m.stdin = true, "contoso.b2clogin.com\ncontoso\n1234\n"+appA+"\n\n"+appB+"\n\n"
		}, 0},
		{"the demo", "demo --no-browser", func(m *machine) { m.terminal, m.stdin = true, strings.Repeat("\n", 8) }, 0},
		{"a refusal", "token", func(m *machine) {
			m.env["CIAM_TENANT"], m.env["CIAM_CLIENT_ID"], m.env["CIAM_CLIENT_SECRET"] = "contoso", appA, "s"
			m.answer = only("/oauth2/v2.0/token", page(401, "application/json", `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '00001111-aaaa-2222-bbbb-3333cccc4444'. Trace ID: 0a1b2c3d-0000-1111-2222-333344445555 Correlation ID: 9f8e7d6c-aaaa-bbbb-cccc-ddddeeeeffff Timestamp: 2026-11-23 10:00:00Z"}`))
		}, exitRefused},
	} {
		for _, columns := range []int{80, 120} {
			t.Run(row.name+" at "+strconv.Itoa(columns), func(t *testing.T) {
				m := newMachine(t)
				m.env = map[string]string{}
				if row.prepare != nil {
					row.prepare(m)
				}
				m.goos, m.screen, m.width, m.columns = "linux", true, columns, term.ProseColumns(columns)
				args := strings.Fields(row.args)
				if row.name == "a refusal" {
					args = append(args, "--client-credentials", "--scope", "api://x/.default")
				}
				o := m.run(args...)
				if o.code != row.code {
					t.Fatalf("exit %d, want %d: %s", o.code, row.code, o.stderr)
				}
				if row.name == "the demo" { // both streams, and values made anew each time
					golden(t, "screens/the_demo_"+strconv.Itoa(columns), regexp.MustCompile(`(?m)^ +(page: .*|it ends before [^✓]*?at random)\n`).ReplaceAllString(o.stderr, ""), columns)
					return
				}
				if o.stdout != "" && o.stderr != "" {
					t.Errorf("writes to both streams: %q, %q", o.stdout, o.stderr)
				}
				golden(t, "screens/"+strings.NewReplacer(" ", "_", ",", "").Replace(row.name)+"_"+strconv.Itoa(columns), strings.ReplaceAll(o.stdout+o.stderr, m.home, "HOME"), 0)
				if lines := strings.Count(o.stdout, "\n"); strings.HasPrefix(row.name, "first contact") && lines > 10 {
					t.Errorf("a greeting of %d lines", lines)
				}
			})
		}
	}
}

// TestGreeting: `ciam` alone knows how things stand without asking a token store or the network, and says at most what fits ten
// lines; every command it names works there.
func TestGreeting(t *testing.T) {
	for _, row := range []struct {
		name, args string
		prepare    func(m *machine)
		says       []string
		not        string
	}{
		{"nothing", "", func(m *machine) {
			m.env = map[string]string{}
			m.must("profile", "remove", "shop")
			m.must("profile", "remove", "web")
		}, []string{"No tenant is set up yet", "ciam demo", "ciam profile add", "ciam login"}, "ciam logout"},
		{"a profile", "", nil, []string{"Nobody is signed in with profile shop", "ciam login", "ciam profile list"}, "ciam token"},
		{"a profile, named", "-p web", nil, []string{"Nobody is signed in with profile web", "ciam login -p web"}, "ciam token"},
		{"a profile, by CIAM_PROFILE", "", func(m *machine) { m.env["CIAM_PROFILE"] = "web" }, []string{"Nobody is signed in with profile web"}, "-p web"},
		{"one person", "", func(m *machine) { m.signIn(ada) }, []string{ada + " is signed in with profile shop", "ciam whoami", "ciam logout"}, "ciam switch"},
		{"several people", "", func(m *machine) { m.signIn(eve, bob, ada) }, []string{ada + " is signed in", "ciam switch", "the 3 people"}, "ciam login"},
		{"nobody active", "", func(m *machine) { m.signIn(eve, bob, ada).must("logout", "--local") }, []string{"Nobody is active", "ciam switch", "ciam login"}, "ciam token"},
		{"somebody, but in another profile", "-p web", func(m *machine) { m.signIn(ada) }, []string{"Nobody is signed in with profile web"}, ada},
		{"by variables", "", func(m *machine) {
			m.env["CIAM_TENANT"], m.env["CIAM_CLIENT_ID"] = "fabrikam", appC
		}, []string{"Nobody is signed in with the app that CIAM_CLIENT_ID names", "ciam login"}, "shop"},
		{"with a store that hangs", "", func(m *machine) {
			m.signIn(ada)
			m.wrap = func(keychain.Store) keychain.Store { panic("the store was opened") }
		}, []string{ada}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := newCases(t)
			if row.prepare != nil {
				row.prepare(m)
			}
			o := m.run(strings.Fields(row.args)...)
			if o.code != 0 || o.stderr != "" || m.requests.Load()+m.reads.Load()+m.browsers.Load() != 0 {
				t.Fatalf("exit %d, %d requests, %d reads: %s", o.code, m.requests.Load(), m.reads.Load(), o.stderr)
			}
			if n := strings.Count(o.stdout, "\n"); n > 10 {
				t.Errorf("%d lines", n)
			}
			for _, says := range row.says {
				if !strings.Contains(o.stdout, says) {
					t.Errorf("does not say %q:\n%s", says, o.stdout)
				}
			}
			if row.not != "" && strings.Contains(o.stdout, row.not) {
				t.Errorf("says %q:\n%s", row.not, o.stdout)
			}
			commands := 0
			for _, line := range strings.Split(o.stdout, "\n") {
				if command, _, ok := strings.Cut(strings.TrimPrefix(line, "  ciam "), "  "); ok && strings.HasPrefix(line, "  ciam ") {
					commands++
					if err := checkMention(shellWords(strings.TrimSpace(command))); err != nil {
						t.Errorf("%s: %v", line, err)
					}
				}
			}
			if commands < 2 {
				t.Errorf("only %d commands:\n%s", commands, o.stdout)
			}
		})
	}
	m := newCases(t)
	m.fails(exitNotFound, []string{`there is no profile "none"`}, "-p", "none")
}
