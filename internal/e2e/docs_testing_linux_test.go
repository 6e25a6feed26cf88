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

// maven stands in for Maven: javac and java, with testdata/spring in the place of Spring and JUnit. A test is a method with the
// annotation; the run fails with the first that throws.
const maven = `[ "$1" = test ]
javac -d classes $(find . -name '*.java')
java ${2#-DargLine=} -cp classes Main`

// TestDocs_testing runs the tests that docs/testing.md has for other languages, each with the tenant of that page.
func TestDocs_testing(t *testing.T) {
	server := ordersServer(t, api)
	defer server.Close()
	for _, c := range []struct {
		heading string
		needs   []string
		prepare func(t *testing.T, folder string)
		want    string
		times   int // that want is printed
	}{
		{"# Tests of your app, with a signed-in user", nil, nil, "eyJhbGci", 1},
		{"## Node", nil, nodeModules, "# pass 6\n", 1},
		{"## Playwright", nil, playwright, "1 passed", 1},
		{"## Go", nil, goModule, "ok  \t", 1},
		{"## Java", []string{"java", "javac", "keytool"}, spring, " " + api + "\n", 2},
		{"## Python", []string{"python3"}, nil, "\nOK\n", 1},
		{"## Tokens that have to be refused", nil, nil, "eyJhbGci", 3},
	} {
		t.Run(c.heading, func(t *testing.T) {
			tenant := recipeOf(t, "testing.md", "# Tests of your app, with a signed-in user")
			r := recipeOf(t, "testing.md", c.heading)
			for _, text := range r.files {
				balanced(t, text)
			}
			for _, program := range c.needs {
				if _, err := exec.LookPath(program); err != nil {
					t.Logf("%s is not on this machine: only read", program)
					return
				}
			}
			s, folder := newShell(t), t.TempDir()
			s.stub(map[string]string{"npm": `[ "$1" = install ]`, "mvn": maven, "go": `[ "$1" = get ] || exec ` + needtest.Program(t, "https://go.dev/dl", "go") + ` "$@"`})
			page := fmt.Sprint(freePort(t)) // of the page under test, for 5173
			for _, some := range []recipe{tenant, r} {
				for name, text := range some.files {
					some.files[name] = strings.ReplaceAll(text, "localhost:5173", "localhost:"+page)
				}
				some.write(t, folder)
			}
			if c.prepare != nil {
				c.prepare(t, folder)
			}
			script := strings.Join(r.scripts, "\n")
			if strings.HasPrefix(c.heading, "## Tokens") {
				script = "ciam emulator run --seed tenant.yaml -- bash -ec '" + script + "'"
			}
			out, errs, code := s.runIn(folder, script, "API_URL="+server.URL+"/orders", "GOFLAGS=-mod=mod", "GOWORK=off", "PORT="+page)
			if strings.Count(out+errs, c.want) != c.times || code != 0 {
				t.Errorf("exit code %d, prints %.2000s\n%s", code, out, errs)
			}
		})
	}
}

// goModule makes the folder a module that may have what gooidc has: it is in the module cache.
func goModule(t *testing.T, folder string) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("gooidc", name))
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.Replace(string(text), "github.com/ciam-cli/ciam/internal/e2e/gooidc", "example.com/orders", 1))
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// spring puts the stand-ins into the folder.
func spring(t *testing.T, folder string) {
	t.Helper()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("testdata", "spring"))); err != nil {
		t.Fatal(err)
	}
}

// nodeModules gives the folder the packages of the clients.
func nodeModules(t *testing.T, folder string) {
	t.Helper()
	if err := os.Symlink(filepath.Join(installClients(t), "node_modules"), filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
}

// playwright adds a page to test, and has Playwright use the Chromium of this machine.
func playwright(t *testing.T, folder string) {
	t.Helper()
	chromium := needtest.Program(t, "apt-get install chromium", "chromium", "chromium-browser", "google-chrome")
	nodeModules(t, folder)
	served, err := os.ReadFile(filepath.Join("clients", "shop-page.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	recipe{files: map[string]string{
		"shop-page.mjs": string(served),
		"playwright.config.mjs": fmt.Sprintf(`export default {
  reporter: 'line', use: { launchOptions: { executablePath: %q, chromiumSandbox: false } },
  webServer: { command: 'node shop-page.mjs', url: 'http://localhost:' + process.env.PORT + '/' },
};`, chromium),
	}}.write(t, folder)
}
