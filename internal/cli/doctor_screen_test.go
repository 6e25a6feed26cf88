package cli

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ciam-cli/ciam/internal/doctor"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/term"
)

// sick are findings of every state, with texts as long as they get.
func sick() []doctor.Finding {
	const issuer = "https://aaaabbbb-0000-cccc-1111-dddd2222eeee.ciamlogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0"
	rests := func(id string) doctor.Finding {
		return doctor.Finding{ID: id, State: doctor.Skipped, Found: doctor.RestsOn + "redirect-uri"}
	}
	return []doctor.Finding{
		{ID: "version", State: doctor.OK, Found: "ciam v0.4.0, go1.26.0 on linux/amd64, MSAL Go v1.10.1"},
		{ID: "config", State: doctor.OK, Found: "~/.config/ciam/config.yaml, 3 profiles"},
		{ID: "profile", State: doctor.OK, Found: "work: app 00001111-aaaa-2222-bbbb-3333cccc4444 in contoso"},
		{ID: "proxy", State: doctor.OK, Found: "none"},
		{ID: "dns", State: doctor.OK, Found: "contoso.ciamlogin.com is 192.0.2.10, 2001:db8::10"},
		{ID: "tcp", State: doctor.OK, Found: "connected to 192.0.2.10:443"},
		{ID: "tls", State: doctor.OK, Found: "contoso.ciamlogin.com, signed by DigiCert Inc, until 2027-06-30"},
		{ID: "clock", State: doctor.Warn, Found: "41s slow by the tenant's; a sign-in tolerates 5 minutes", Next: system{goos: "linux"}.clockNext()},
		{ID: "tenant", State: doctor.OK, Found: "contoso.ciamlogin.com answers in 84 ms"},
		{ID: "issuer", State: doctor.OK, Found: issuer + ", as pinned"},
		{ID: "app", State: doctor.OK, Found: "the tenant knows it"},
		{ID: "redirect-uri", State: doctor.Fail, Found: "http://localhost is not registered (AADSTS50011)", Next: (&diagnosis{redirect: "http://localhost:3000"}).redirectNext()},
		rests("scope"), rests("user-flow"), rests("secret"), rests("device-code"), rests("native"),
		{ID: "port", State: doctor.Warn, Found: "port 3000 is taken by pid 4711 (node); a sign-in moves to another port", Next: "nothing needs to be done; `ciam login --port 41007` names one that is free"},
		{ID: "keychain", State: doctor.OK, Found: "the OS keychain: 4 KB written, read and deleted; 5.1 ms for a read"},
		{ID: "session", State: doctor.OK, Found: "Ada Example <ada@example.com>, token for 42 minutes"},
		{ID: "slots", State: doctor.Unknown, Found: "1 other, \x1b[31mreadable\u202e", Next: "`ciam whoami --all`"},
	}
}

// TestDoctor_screens compares the screens of 80 and 120 columns, in colour too, and the lines of a pipe.
func TestDoctor_screens(t *testing.T) {
	for name, width := range map[string]int{"doctor_80": 80, "doctor_120": 120, "doctor_80_color": 80, "doctor_pipe": 0} {
		streams, _, out, _ := term.Test()
		streams.Width, streams.ColorOut = width, strings.HasSuffix(name, "color")
		r := &run{Env: &Env{Streams: streams}}
		if err := r.printChecks("contoso · app 00001111-aaaa-2222-bbbb-3333cccc4444 · profile work", sick()); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if got := out.String(); err != nil || got != strings.ReplaceAll(string(want), "\r\n", "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s\n%v", name, got, want, err)
		}
	}
}

// TestDoctor_screen runs the program at a terminal: no line is wider than it, and the last one says what there is.
func TestDoctor_screen(t *testing.T) {
	m := newPatient(t, false)
	m.screen = true
	for _, row := range []struct {
		args []string
		code int
		last string
	}{
		{nil, 0, "What can be seen from here holds."},
		{[]string{"--redirect-uri", m.env["CIAM_REDIRECT_URI"] + "/other"}, exitUnexpected, "checks does not hold: redirect-uri."},
		{[]string{"-p", "none"}, exitUnexpected, "checks does not hold: profile."},
		{[]string{"-p", "none", "profile"}, exitUnexpected, "That check does not hold: profile."},
		{[]string{"--list"}, 0, "slots"},
	} {
		o := m.run(append([]string{"doctor"}, row.args...)...)
		lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
		if o.code != row.code || !strings.Contains(lines[len(lines)-1], row.last) {
			t.Errorf("%v: exit %d\n%s%s", row.args, o.code, o.stdout, o.stderr)
		}
		for _, line := range lines {
			if n := len([]rune(line)); n > 80 && !strings.HasPrefix(strings.TrimSpace(line), "`") {
				t.Errorf("%v: %d columns: %s", row.args, n, line)
			}
		}
		m.noSecret(o)
	}
}

// TestDoctor_commandLine has what is refused before anything is looked at.
func TestDoctor_commandLine(t *testing.T) {
	m := newPatient(t, true)
	m.fails(exitUsage, []string{`no check "keychian"`}, "doctor", "keychian")
	m.fails(exitUsage, []string{"--port 70000"}, "doctor", "--port", "70000")
	m.fails(exitUsage, []string{"output format"}, "doctor", "-o", "yaml")
	if got := m.must("doctor", "--jq", `.checks[] | select(.state == "fail") | .id`).stdout; got != "" {
		t.Errorf("--jq: %q", got)
	}
	if got := m.must("doctor", "port", "--jq", `.checks | map(keys | join(" ")) | .[]`).stdout; got != "found id next state\n" {
		t.Errorf("the object of a check: %q", got)
	}
	m.env["CIAM_REDIRECT_URI"] = "http://localhost:1" // a port that is not free here either stands in nobody's way
	if o := m.run("doctor", "port", "--port", fmt.Sprint(m.busyPort())); o.code != exitUnexpected || !strings.Contains(o.stdout, "taken") {
		t.Errorf("--port that is taken: exit %d\n%s", o.code, o.stdout)
	}
}

// busyPort is one that is taken until the test ends.
func (m *machine) busyPort() int {
	m.env["CIAM_REDIRECT_URI"] = fmt.Sprintf("http://localhost:%d", freePort(m.t))
	m.hold("tcp4", "127.0.0.1")
	var port int
	_, _ = fmt.Sscanf(m.env["CIAM_REDIRECT_URI"], "http://localhost:%d", &port)
	return port
}

// TestDoctor_requests counts what the tenant is asked: nothing that it logs without --probe-app, and with it one request each,
// whatever is answered. Nobody is named, no cookie is sent.
func TestDoctor_requests(t *testing.T) {
	const authorize = "GET /oauth2/v2.0/authorize"
	plain := []string{"GET /discovery/v2.0/keys", authorize, authorize, "GET /v2.0/.well-known/openid-configuration"}
	for _, row := range []struct {
		name  string
		args  []string
		fault emulator.Fault
		env   map[string]string
		more  []string
		says  bool
	}{
		{name: "as it is"},
		{name: "a secret at hand", env: map[string]string{"CIAM_CLIENT_ID": directory.DefaultConfidentialApp, "CIAM_CLIENT_SECRET": directory.DefaultClientSecret}},
		{name: "--probe-app", args: []string{"--probe-app"}, more: []string{"POST /oauth2/v2.0/devicecode", "POST /oauth2/v2.0/initiate"}, says: true},
		{name: "--probe-app, a secret at hand", args: []string{"--probe-app"}, env: map[string]string{"CIAM_CLIENT_ID": directory.DefaultConfidentialApp, "CIAM_CLIENT_SECRET": directory.DefaultClientSecret},
			more: []string{"POST /oauth2/v2.0/devicecode", "POST /oauth2/v2.0/initiate", "POST /oauth2/v2.0/token"}, says: true},
		{name: "--probe-app, in trouble", args: []string{"--probe-app"}, fault: emulator.Fault{Endpoint: "devicecode", Status: 503, Count: 9}, more: []string{"POST /oauth2/v2.0/devicecode", "POST /oauth2/v2.0/initiate"}, says: true},
		{name: "--probe-app, native in trouble", args: []string{"--probe-app"}, fault: emulator.Fault{Endpoint: "native", DropConnection: true, Count: 9}, more: []string{"POST /oauth2/v2.0/devicecode", "POST /oauth2/v2.0/initiate"}, says: true},
		{name: "--probe-app, token in trouble", args: []string{"--probe-app", "secret"}, fault: emulator.Fault{Endpoint: "token", Status: 503, Count: 9}, env: map[string]string{"CIAM_CLIENT_ID": directory.DefaultConfidentialApp, "CIAM_CLIENT_SECRET": directory.DefaultClientSecret},
			more: []string{"POST /oauth2/v2.0/token"}, says: true},
		{name: "--probe-app for another check", args: []string{"--probe-app", "app"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := newPatient(t, true)
			for name, value := range row.env {
				m.env[name] = value
			}
			if row.fault.Endpoint != "" {
				if _, err := m.tenant.AddFault(row.fault); err != nil {
					t.Fatal(err)
				}
			}
			var lock sync.Mutex
			var asked []string
			m.answer = func(r *http.Request) *http.Response {
				lock.Lock()
				defer lock.Unlock()
				_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
				asked = append(asked, r.Method+" /"+path)
				if len(r.Cookies()) > 0 || r.URL.Query().Has("login_hint") {
					t.Errorf("%s tells who asks", r.URL.Path)
				}
				return nil
			}
			o := m.run(append([]string{"doctor"}, row.args...)...)
			m.noSecret(o)
			want := append(slices.Clone(plain), row.more...)
			if slices.Contains(row.args, "secret") || slices.Contains(row.args, "app") {
				want = slices.DeleteFunc(want, func(s string) bool { return strings.HasSuffix(s, "/keys") })
			}
			slices.Sort(asked)
			slices.Sort(want)
			if !slices.Equal(asked, want) {
				t.Errorf("asked %v\nwant  %v\n%s", asked, want, o.stdout)
			}
			if strings.HasPrefix(o.stderr, "asking the tenant, which may log each request: ") != row.says {
				t.Errorf("stderr: %q", o.stderr)
			}
		})
	}
}
