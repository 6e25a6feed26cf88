package cli

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/term"
)

// TestScreens_administrator are the screens of an administrator's sign-in, at 80 and 120 columns; -update writes them.
func TestScreens_administrator(t *testing.T) {
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	ways := graphWays(key)
	for name, row := range map[string]struct {
		way, user string
		args      []string
		prepare   func(m *machine)
		granted   []string
		code      int
	}{
		"browser":                    {way: "browser", args: []string{readOrg, readOrg + " " + writeApps}, prepare: func(m *machine) { m.terminal, m.stdin = true, "\n" }},
		"browser, said no":           {way: "browser", args: []string{readOrg}, prepare: func(m *machine) { m.terminal, m.stdin = true, "n\n" }, code: exitRefused},
		"browser, an own app":        {way: "browser", args: []string{readOrg, "--client-id", "14d82eec-204b-4c2f-b7e8-296a70dab67e"}, prepare: func(m *machine) { m.terminal = true }},
		"browser, a customer":        {way: "browser", user: ada, args: []string{readOrg}, code: exitRefused},
		"paste":                      {way: "paste", args: []string{readOrg}},
		"paste over SSH":             {way: "paste", args: []string{readOrg}, prepare: func(m *machine) { m.env["SSH_CONNECTION"] = "192.0.2.1 5000 192.0.2.7 22" }},
		"device code":                {way: "device code", args: []string{readOrg}, prepare: func(m *machine) { m.screen = false }},
		"token":                      {way: "variable", granted: []string{readOrg}, args: []string{readOrg}},
		"token, without permission":  {way: "variable", granted: []string{readOrg}, args: []string{writeFlows}, code: exitRefused},
		"an app":                     {way: "secret", granted: []string{readOrg}, args: []string{readOrg}},
		"an app, without permission": {way: "secret", granted: []string{readOrg}, args: []string{writeFlows}, code: exitRefused},
		"nobody there":               {way: "browser", args: []string{readOrg, "--no-input"}, prepare: func(m *machine) { m.hasNoBrowser() }, code: exitLogin},
	} {
		for _, columns := range []int{80, 120} {
			t.Run(fmt.Sprintf("%s %d", name, columns), func(t *testing.T) {
				m, ms := newMicrosoft(t, "graph.microsoft.com", "login.microsoftonline.com", daemon(row.granted...))
				m.goos, m.screen, m.columns = "linux", true, term.ProseColumns(columns)
				w, user := ways[row.way], row.user
				if user == "" {
					user = adminEmail
				}
				w.as(m, ms, user, row.granted...)
				if row.prepare != nil {
					row.prepare(m)
				}
				o := m.attended(w.person, append(append([]string{"probe", "--timeout", "20s"}, w.args...), row.args...)...)
				if o.code != row.code {
					t.Fatalf("exit %d, want %d: %s", o.code, row.code, o.stderr)
				}
				shown := o.stderr
				if m.live > 0 {
					shown = lastScreen(shown)
				}
				golden(t, fmt.Sprintf("administrator/%s_%d", strings.NewReplacer(", ", "_", " ", "-").Replace(name), columns), steady(shown), 0)
				fits(t, name, regexp.MustCompile(`https://login\S+`).ReplaceAllString(steady(shown), ""), columns)
			})
		}
	}
}

// steady is a screen without what differs from run to run.
func steady(screen string) string {
	for _, r := range []struct{ find, put string }{
		{`port\s3000\sis\staken[^;]*;\slistening\son\sport\s\d+\sinstead\n`, ""},
		{`(http://localhost:)\d+(/[a-z2-7]{8}\b)`, "${1}3000/k7q2m4xd"},
		{`(http://localhost:|-L |localhost%3A)\d+`, "${1}3000"},
		{`3000:localhost:\d+`, "3000:localhost:3000"},
		{`(code_challenge|nonce|state)=[A-Za-z0-9_-]{43}`, "${1}=…"},
		{`(\[Y/n\] )(\S)`, "${1}\n${2}"}, // where the answer was typed
		{`(request\sID\s+)[0-9a-f-]{36}`, "${1}00000000-1111-2222-3333-444455556666"},
		{`(type the code  )\w+`, "${1}K7Q2M4XD"},
		{`\(until \d\d:\d\d`, "(until 14:32"},
		{`http://localhost:3000/\?code=\S* \(\d+ characters\)`, "http://localhost:3000/?code=… (500 characters)"},
	} {
		screen = regexp.MustCompile(r.find).ReplaceAllString(screen, r.put)
	}
	return screen
}
