package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/needtest"
)

const (
	unchangedVariable = "CIAM_TEST_UNCHANGED" // has the test binary work in a network of its own; the folder of the clients
	contosoID         = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	contosoLive       = "https://contoso.ciamlogin.com/"
	contosoGUIDLive   = "https://" + contosoID + ".ciamlogin.com/" + contosoID
)

// TestUnchanged has apps as they are in production, with the addresses of a live tenant and nothing else, on a machine whose
// hosts file leads those to an emulator on port 443. The machine is a network and a file of this test's own.
func TestUnchanged(t *testing.T) {
	if folder := os.Getenv(unchangedVariable); folder != "" {
		testUnchanged(t, folder)
		return
	}
	t.Parallel()
	folder := installClients(t)
	unshare := needtest.Program(t, "apt-get install util-linux", "unshare")
	for _, name := range []string{"ip", "mount"} {
		needtest.Program(t, "apt-get install iproute2 mount", name)
	}
	binary, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	apart := ownNetwork(t, unshare)
	cmd := exec.CommandContext(t.Context(), unshare, append(apart, os.Args[0], "-test.run=^TestUnchanged$", "-test.v", "-test.count=1")...)
	cmd.Env = append(os.Environ(), unchangedVariable+"="+folder, binaryVariable+"="+binary)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n--- PASS: TestUnchanged ") {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// ownNetwork is what unshare needs to be told for a network and a hosts file of its own: as root they are to be had, and
// elsewhere as root of a namespace of users.
func ownNetwork(t *testing.T, unshare string) []string {
	t.Helper()
	var refused []string
	for _, apart := range [][]string{{"--mount", "--net"}, {"--map-root-user", "--mount", "--net"}} {
		out, err := exec.Command(unshare, append(apart, "true")...).CombinedOutput()
		if err == nil {
			return apart
		}
		refused = append(refused, strings.TrimSpace(string(out)))
	}
	needtest.Lacks(t, "no network of its own: %s", strings.Join(refused, "; "))
	return nil
}

func testUnchanged(t *testing.T, folder string) {
	hosts := filepath.Join(t.TempDir(), "hosts")
	names := "localhost contoso.ciamlogin.com " + contosoID + ".ciamlogin.com"
	if err := os.WriteFile(hosts, fmt.Appendf(nil, "127.0.0.1 %s\n::1 localhost\n", names), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"ip", "link", "set", "lo", "up"}, {"mount", "--bind", hosts, "/etc/hosts"}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v %s", args, err, out)
		}
	}
	e := startEmulator(t, "--port", "443")
	c := e.chromium()
	for _, tc := range unchangedTests {
		t.Run(tc.name, func(t *testing.T) {
			at := *e
			at.t, at.Authority = t, tc.authority
			tc.test(t, &at, c, folder)
		})
	}
}

// unchangedTests are the apps, each with its line in the first table of docs/clients.md.
var unchangedTests = []struct {
	name, line, authority string
	test                  func(t *testing.T, e *liveEmulator, c *chromium, folder string)
}{
	{"the Express sample", "a web app in the way of Microsoft's Express sample (MSAL Node, Chromium)", contosoLive, func(t *testing.T, e *liveEmulator, c *chromium, folder string) {
		nodeWebApp(t, e, c.tab(t), folder)
		e.control("DELETE", "users/"+email, nil) // the next one signs up too
	}},
	{"msal-browser", "MSAL Browser (Chromium)", contosoGUIDLive, func(t *testing.T, e *liveEmulator, c *chromium, folder string) {
		browserApp(t, e, c.tab(t), folder)
	}},
	{"msal-node 2", "MSAL Node, as Microsoft's samples pin it", contosoLive, func(t *testing.T, e *liveEmulator, _ *chromium, folder string) {
		nodePublic(t, e, folder, "query", "TEST_MSAL=msal-node-2")
	}},
	{"msal-node", "MSAL Node", contosoGUIDLive, func(t *testing.T, e *liveEmulator, _ *chromium, folder string) {
		nodePublic(t, e, folder, "form_post")
	}},
	{"msal-node, without the tenant's ID", "MSAL Node", contosoLive, func(t *testing.T, e *liveEmulator, _ *chromium, folder string) {
		nodeRefuses(t, e, folder)
	}},
	{"openid-client", "openid-client", contosoGUIDLive, func(t *testing.T, e *liveEmulator, _ *chromium, folder string) {
		openIDClient(t, e, folder)
	}},
	{"express-openid-connect", "express-openid-connect (Chromium)", contosoGUIDLive, func(t *testing.T, e *liveEmulator, c *chromium, folder string) {
		expressOpenIDConnect(t, e, c.tab(t), folder)
	}},
	{"auth-core", "Auth.js (Chromium)", contosoGUIDLive, func(t *testing.T, e *liveEmulator, c *chromium, folder string) {
		authCore(t, e, c.tab(t), folder)
	}},
	{"ciam", "ciam", "", func(t *testing.T, e *liveEmulator, _ *chromium, _ string) { ciamUnchanged(t, e) }},
}

// nodeRefuses: MSAL of these days wants the issuer's tenant in the authority, a live tenant's too.
func nodeRefuses(t *testing.T, e *liveEmulator, folder string) {
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(folder, "msal-node-public.js"))
	cmd.Env = e.environment(desktopApp, ordersRead)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "endpoints_resolution_error") {
		t.Errorf("%v: %s", err, out)
	}
}

func ciamUnchanged(t *testing.T, e *liveEmulator) {
	p := newProgram(t)
	p.useFile()
	p.env = append(p.env, "CIAM_CA_FILE="+e.CAFile)
	login := p.start("login", "--tenant", "contoso", "--client-id", desktopApp)
	e.visit(login.opened())
	login.must()
	if got := strings.TrimSpace(p.must("claims", "iss").stdout); got != contosoGUIDLive+"/v2.0" {
		t.Errorf("issuer %s", got)
	}
	p.must("token", "--force-refresh")
}
