package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// foreignGo are the programs in Go that are modules of their own: the folder, and what is built of it.
var foreignGo = map[string]func() (string, error){
	"gooidc":       sync.OnceValues(func() (string, error) { return buildForeign("gooidc", ".") }),
	"oauth2-proxy": sync.OnceValues(func() (string, error) { return buildForeign("oauth2proxy", "github.com/oauth2-proxy/oauth2-proxy/v7") }),
}

// foreign is where the program is, built once per test process.
func foreign(t *testing.T, name string) string {
	t.Helper()
	path, err := foreignGo[name]()
	if err != nil {
		needtest.Lacks(t, "%s cannot be built here: %v", name, err)
	}
	return path
}

func buildForeign(module, what string) (string, error) {
	if installed.folder == "" {
		return "", errors.New("no folder to put it into")
	}
	path := filepath.Join(installed.folder, module)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-C", module, "-o", path, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
}

// goOIDC starts go-oidc in one of the roles of gooidc. Under the issuer of a live tenant it is told that issuer, since it
// does not take one that is not the address of the metadata.
func goOIDC(t *testing.T, e *liveEmulator, role string, env ...string) *script {
	t.Helper()
	if e.Issuer != e.Authority+"/v2.0" {
		env = append(env, "TEST_ISSUER="+e.Issuer)
	}
	return client(t, append(env, "SSL_CERT_FILE="+e.CAFile), foreign(t, "gooidc"), role)
}

func testGoOIDC(issuer string) func(*testing.T, string) {
	return func(t *testing.T, _ string) {
		e := startEmulator(t, "--issuer", issuer)
		s := goOIDC(t, e, "code", e.environment(desktopApp, ordersRead)...)
		var address string
		s.read("open", &address)
		if page := e.visit(address); page.Text != "You may close this window." {
			t.Errorf("the visit ended at %+v", page)
		}
		wantSignIn(t, s)
	}
}

func testGoOIDCDevice(t *testing.T, _ string) {
	e := startEmulator(t)
	s := goOIDC(t, e, "device", e.environment(desktopApp, ordersRead)...)
	var code struct{ UserCode, VerificationURI string }
	s.read("code", &code)
	v := e.visitor()
	v.Attributes = map[string]string{"userCode": code.UserCode}
	if page := e.walk(v, code.VerificationURI); page.Name != "device-done" {
		t.Errorf("the visit ended at %+v", page)
	}
	wantSignIn(t, s)
}

func testGoOIDCDaemon(t *testing.T, _ string) {
	e := startEmulator(t)
	s := goOIDC(t, e, "daemon", e.environment(webApp, ordersAll)...)
	checkDaemon(t, func(key string, into *tokens) { s.read(key, into) })
	s.ended()
}
