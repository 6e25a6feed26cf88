package e2e

import (
	"crypto/sha1"
	"encoding/hex"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// python starts MSAL for Python, the distribution's, in one of the roles of clients/msal-python.py.
func python(t *testing.T, e *liveEmulator, env []string, role string) *script {
	t.Helper()
	const install = "apt-get install python3-msal"
	interpreter := needtest.Program(t, install, "/usr/bin/python3") // another one in the path does not see the distribution's packages
	if out, err := exec.Command(interpreter, "-c", "import msal").CombinedOutput(); err != nil {
		needtest.Lacks(t, "no msal for Python: %s\n%s", install, out)
	}
	return client(t, append(env, "REQUESTS_CA_BUNDLE="+e.CAFile), interpreter, "clients/msal-python.py", role)
}

func testPython(t *testing.T, _ string) {
	e := startEmulator(t)
	browser := newHandover(t)
	s := python(t, e, append(e.environment(desktopApp, ordersRead), "BROWSER="+os.Args[0], openerVariable+"="+browser.address), "desktop")
	v := e.visitor()
	v.Cancel = true
	e.walk(v, browser.next(t))
	var cancelled struct{ Error, Description string }
	s.read("cancelled", &cancelled)
	if cancelled.Error != "access_denied" || !strings.Contains(cancelled.Description, "AADSTS65004") {
		t.Errorf("cancelled: %+v", cancelled)
	}
	if page := e.visit(browser.next(t)); !strings.Contains(page.Text, "Authentication completed") {
		t.Errorf("the visit ended at %+v", page)
	}
	wantSignIn(t, s)
}

func testPythonDevice(t *testing.T, _ string) {
	e := startEmulator(t)
	s := python(t, e, e.environment(desktopApp, ordersRead), "device")
	var code struct{ UserCode, VerificationURI, Error string }
	s.read("code", &code)
	v := e.visitor()
	v.Attributes = map[string]string{"userCode": code.UserCode}
	if page := e.walk(v, code.VerificationURI); page.Name != "device-done" {
		t.Errorf("the visit ended at %+v; %+v", page, code)
	}
	wantSignIn(t, s)
}

// wantSignIn wants the seeded customer's tokens, the same from the cache, and another one by refresh.
func wantSignIn(t *testing.T, s *script) {
	t.Helper()
	var first, cached, fresh tokens
	s.read("signedIn", &first)
	s.read("cached", &cached)
	s.read("refreshed", &fresh)
	s.ended()
	checkAda(t, "signed in", first)
	checkRenewal(t, first, cached, fresh)
	checkUserToken(t, fresh.AccessToken)
}

func testPythonDaemon(t *testing.T, _ string) {
	e := startEmulator(t)
	s := python(t, e, e.environment(webApp, ordersAll), "daemon")
	checkDaemon(t, func(key string, into *tokens) { s.read(key, into) })
	s.ended()
}

func testPythonCertificate(t *testing.T, _ string) {
	pair := newCertificate(t)
	e := startEmulator(t, "--seed", pair.seed)
	sum := sha1.Sum(pair.certificate.Raw) // the thumbprint that MSAL for Python wants
	env := append(e.environment(webApp, ordersAll), "CIAM_CLIENT_SECRET=", "TEST_KEY_FILE="+pair.keyFile, "TEST_THUMBPRINT="+hex.EncodeToString(sum[:]))
	s := python(t, e, env, "daemon")
	checkDaemon(t, func(key string, into *tokens) { s.read(key, into) })
	s.ended()
}
