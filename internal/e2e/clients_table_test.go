package e2e

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// clientTests are the foreign clients, each with its line in the second table of docs/clients.md.
var clientTests = []struct {
	name, line string
	test       func(t *testing.T, folder string)
}{
	{"msal-node public client", "MSAL Node", testNodePublic},
	{"msal-node device code", "MSAL Node", testNodeDevice},
	{"msal-node daemon with a secret, under emulator run", "MSAL Node", testNodeDaemon},
	{"msal-node daemon with a certificate", "MSAL Node", testNodeCertificate},
	{"msal-node web app", "MSAL Node", testNodeWebApp},
	{"msal-browser", "MSAL Browser", testBrowser},
	{"msal-browser 3, signed in by one call", "MSAL Browser", testSignInAs("msal-browser-3")},
	{"msal-browser 4, signed in by one call", "MSAL Browser", testSignInAs("msal-browser-4")},
	{"msal-browser 5, signed in by one call", "MSAL Browser", testSignInAs("@azure/msal-browser")},
	{"msal-browser, native authentication", "MSAL Browser, `custom-auth`", testNative},
	{"msal for python", "MSAL for Python, Debian's `python3-msal`", testPython},
	{"msal for python, device code", "MSAL for Python, Debian's `python3-msal`", testPythonDevice},
	{"msal for python, daemon with a secret", "MSAL for Python, Debian's `python3-msal`", testPythonDaemon},
	{"msal for python, daemon with a certificate", "MSAL for Python, Debian's `python3-msal`", testPythonCertificate},
	{"openid-client", "openid-client", testOpenIDClient},
	{"express-openid-connect", "express-openid-connect", testExpressOpenIDConnect},
	{"auth-core", "Auth.js, `@auth/core`", testAuthCore},
	{"oauth2-proxy", "oauth2-proxy", testOAuth2Proxy("guid")},
	{"oauth2-proxy with issuer origin", "oauth2-proxy", testOAuth2Proxy("origin")},
	{"API with jose", "jose, as an API", testAPI("jose")},
	{"API with jsonwebtoken and jwks-rsa", "jsonwebtoken and jwks-rsa, as an API", testAPI("jsonwebtoken")},
	{"API with passport-azure-ad", "passport-azure-ad, as an API", testAPI("passport-azure-ad")},
	{"API with go-oidc", "go-oidc, as an API", testAPI("go-oidc")},
	{"verify and jose", "jose, as an API", testVerify},
	{"hostile ID tokens, judged by jose", "jose, as an API", testHostile},
	{"tokens by one call, judged by jose", "jose, as an API", testOrders("jose")},
	{"tokens by one call, judged by go-oidc", "go-oidc, as an API", testOrders("go-oidc")},
	{"go-oidc and oauth2 for Go", "go-oidc and oauth2 for Go", testGoOIDC("guid")},
	{"go-oidc and oauth2 for Go with issuer origin", "go-oidc and oauth2 for Go", testGoOIDC("origin")},
	{"oauth2 for Go, device code", "go-oidc and oauth2 for Go", testGoOIDCDevice},
	{"oauth2 for Go, daemon with a secret", "go-oidc and oauth2 for Go", testGoOIDCDaemon},
	{"microsoft-graph-client", "@microsoft/microsoft-graph-client", testGraphClient},
	{"oidc-provider, with ciam as its client", "", testOIDCProvider}, // a sentence below the table
}

// elsewhere are the lines that tests with other names than TestClients try.
var elsewhere = map[string]string{"ciam": "most of this package", "MSAL Go": "TestMSALGo", "curl": "TestDocs_walkthrough"}

// TestClients points foreign clients, as they are published, at the running binary.
func TestClients(t *testing.T) {
	t.Parallel()
	folder := installClients(t)
	for _, tc := range clientTests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.test(t, folder)
		})
	}
}

// TestClientsLock has the lock file pin every package by hash and name no address to download it from.
func TestClientsLock(t *testing.T) {
	data, err := os.ReadFile("clients/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		LockfileVersion int
		Packages        map[string]struct{ Version, Resolved, Integrity string }
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		t.Fatal(err)
	}
	if lock.LockfileVersion != 3 || len(lock.Packages) < 2 {
		t.Errorf("version %d, %d packages", lock.LockfileVersion, len(lock.Packages))
	}
	for name, p := range lock.Packages {
		if p.Resolved != "" || name != "" && (p.Version == "" || !strings.HasPrefix(p.Integrity, "sha512-")) {
			t.Errorf("%q: %+v", name, p)
		}
	}
}

// TestDocs_clients holds the tables of docs/clients.md against the tests: every line is tried, every client has its line,
// and the versions are those that are pinned.
func TestDocs_clients(t *testing.T) {
	page, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	live, local, found := strings.Cut(string(page), "\n## Without the hosts file\n")
	if !found {
		t.Fatal("the page has no second part")
	}
	unchanged, second := clientLines(live), clientLines(local)
	for _, tc := range unchangedTests {
		checkClientLine(t, unchanged, tc.line, tc.name)
	}
	for _, tc := range clientTests {
		if tc.line != "" {
			checkClientLine(t, second, tc.line, tc.name)
		}
	}
	for line, by := range elsewhere {
		checkClientLine(t, second, line, by)
	}
	if server := "npm oidc-provider " + pinned(t, "oidc-provider"); !strings.Contains(local, server) {
		t.Errorf("docs/clients.md does not say %q", server)
	}
	for _, lines := range []map[string]*clientLine{unchanged, second} {
		for name, line := range lines {
			if !line.tried {
				t.Errorf("no test tries %q", name)
			}
		}
	}
}

// clientLine is what a line of a table says of a client.
type clientLine struct {
	version string
	tried   bool
}

func clientLines(part string) map[string]*clientLine {
	lines := map[string]*clientLine{}
	for line := range strings.Lines(part) {
		cells := strings.Split(line, " | ")
		name := strings.TrimPrefix(cells[0], "| ")
		if len(cells) > 2 && name != cells[0] && cells[1] != "version" {
			lines[name] = &clientLine{version: cells[1]}
		}
	}
	return lines
}

func checkClientLine(t *testing.T, lines map[string]*clientLine, name, test string) {
	t.Helper()
	line := lines[name]
	if line == nil {
		t.Errorf("docs/clients.md has no line %q, which %s tries", name, test)
		return
	}
	line.tried = true
	if want := pinned(t, name); line.version != want {
		t.Errorf("docs/clients.md: %s %s, but %q is pinned", name, line.version, want)
	}
}

// pinned is the version that is tested of what a line names.
func pinned(t *testing.T, line string) string {
	t.Helper()
	goMod := func(file, module string) string {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(regexp.QuoteMeta(module) + ` v(\S+)`).FindSubmatch(data)
		if found == nil {
			t.Fatalf("%s does not name %s", file, module)
		}
		return string(found[1])
	}
	npm := func(names ...string) string {
		data, err := os.ReadFile("clients/package.json")
		var manifest struct{ Dependencies map[string]string }
		if err == nil {
			err = json.Unmarshal(data, &manifest)
		}
		if err != nil {
			t.Fatal(err)
		}
		var versions []string
		for _, name := range names {
			version := manifest.Dependencies[name]
			versions = append(versions, version[strings.LastIndex(version, "@")+1:])
		}
		return strings.Join(versions, ", ")
	}
	client, _, _ := strings.Cut(line, " (") // "(Chromium)" is where
	client, _, api := strings.Cut(client, ", ")
	switch {
	case client == "ciam":
		return "this one"
	case client == "curl":
		return "any"
	case client == "a web app in the way of Microsoft's Express sample", client == "MSAL Node" && !api:
		return npm("@azure/msal-node")
	case client == "MSAL Node":
		return npm("msal-node-2")
	case client == "MSAL Browser":
		return npm("@azure/msal-browser")
	case client == "MSAL Go":
		return goMod("../../go.mod", "github.com/AzureAD/microsoft-authentication-library-for-go")
	case client == "MSAL for Python":
		return "1.21 in Debian 12"
	case client == "Auth.js":
		return npm("@auth/core")
	case client == "go-oidc":
		return goMod("gooidc/go.mod", "github.com/coreos/go-oidc/v3")
	case client == "go-oidc and oauth2 for Go":
		return goMod("gooidc/go.mod", "github.com/coreos/go-oidc/v3") + ", " + goMod("gooidc/go.mod", "golang.org/x/oauth2")
	case client == "oauth2-proxy":
		return goMod("oauth2proxy/go.mod", "github.com/oauth2-proxy/oauth2-proxy/v7")
	}
	return npm(strings.Split(client, " and ")...)
}
