//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"go.yaml.in/yaml/v3"
)

// workflow is what is looked at of a pipeline of GitHub's.
type workflow struct {
	Env  map[string]string
	Jobs map[string]struct {
		Steps []struct {
			Name, Run string
			Env       map[string]string
		}
	}
}

// script is the pipeline as one shell after the other, with what GitHub fills in.
func (w workflow) script(t *testing.T) (script string, env []string) {
	t.Helper()
	fill := strings.NewReplacer("${{ secrets.TEST_PASSWORD }}", password)
	if len(w.Jobs) != 1 {
		t.Fatalf("%d jobs", len(w.Jobs))
	}
	for name, value := range w.Env {
		env = append(env, name+"="+value)
	}
	for _, job := range w.Jobs {
		for _, step := range job.Steps {
			if step.Run == "" {
				continue
			}
			script += "(\n"
			for name, value := range step.Env {
				script += "export " + name + "='" + fill.Replace(value) + "'\n"
			}
			script += strings.TrimRight(step.Run, "\n") + "\n)\n"
		}
	}
	return script, env
}

// pipelineTenant is a running tenant with what the pages have an administrator make: an app that trusts another identity provider, one for
// test users, an API. Its settings take the place of Contoso's.
func pipelineTenant(t *testing.T, keys *appKeys) (settings []string) {
	t.Helper()
	jwks, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: keys.other.Public(), KeyID: "ci", Use: "sig", Algorithm: "RS256"}}})
	if err != nil {
		t.Fatal(err)
	}
	seed := keys.file(t, "seed.yaml", fmt.Appendf(nil, `version: 1
tenants:
  - subdomain: contoso
    apps:
      - {appId: %s, displayName: shop, publicClient: {redirectUris: ['http://localhost']}, isFallbackPublicClient: true, nativeAuthenticationApisEnabled: all}
      - appId: 22223333-cccc-4444-dddd-5555eeee6666
        displayName: nightly
        web: {redirectUris: ['https://nightly.example/']}
        passwordCredentials: [{secretText: the-secret-of-nightly}]
        federatedIdentityCredentials: [{name: ci, issuer: '%s', subject: '%s', jwks: '%s'}]
        appRoleAssignments: [{resource: %s, role: Orders.Read.All}]
    apis: [{appId: %s, displayName: orders, scopes: [Orders.Read], appRoles: [Orders.Read.All]}]
    userFlows: [{displayName: Customers, applications: [shop]}]
    users: [{email: test@contoso.com, password: %s, attributes: {displayName: Test User}}]
`, desktopApp, issuer, subject, jwks, api, api, password))
	e := runEmulator(t, newProgram(t), "--seed", seed)
	return []string{"CIAM_AUTHORITY=" + e.Authority, "CIAM_CA_FILE=" + e.CAFile}
}

// TestDocs_pipelines runs the pipelines of docs/ci.md step by step, with the test's tenant, API and identity provider in the place of
// Contoso's and GitHub's.
func TestDocs_pipelines(t *testing.T) {
	keys := newAppKeys(t)
	settings := pipelineTenant(t, keys)
	server := ordersServer(t, api)
	defer server.Close()
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer of-the-job" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		token := strings.TrimSpace(string(keys.assertion(t, r.URL.Query().Get("audience"))))
		_ = json.NewEncoder(w).Encode(map[string]string{"value": token})
	}))
	defer github.Close()
	output := filepath.Join(t.TempDir(), "output")
	settings = append(settings, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=of-the-job", "ACTIONS_ID_TOKEN_REQUEST_URL="+github.URL+"/?api-version=2", "GITHUB_OUTPUT="+output,
		"GITLAB_TOKEN="+strings.TrimSpace(string(keys.assertion(t, "api://AzureADTokenExchange"))))
	here := strings.NewReplacer("https://api.contoso.com", server.URL, "/dev/shm/ciam.key", filepath.Join(t.TempDir(), "ciam.key"))

	run := func(r recipe, script string, env ...string) (string, string, int) {
		t.Helper()
		s := newShell(t)
		s.stub(map[string]string{"npm": `[ "$*" = test ] && curl -fsS -H "Authorization: Bearer $CIAM_ACCESS_TOKEN" ` + server.URL + `/orders`, "go": `[ "$1" = install ]`})
		folder := t.TempDir()
		r.write(t, folder)
		for i, v := range env {
			env[i] = here.Replace(v)
		}
		return s.runIn(folder, here.Replace(script), append(settings, env...)...)
	}
	for _, c := range []struct{ heading, file, want string }{
		{"## GitHub Actions, as an app", ".github/workflows/orders.yml", `{"orders":[]}`},
		{"## GitHub Actions, as a test user", ".github/workflows/test-user.yml", `{"orders":[]}`},
	} {
		r := recipeOf(t, "ci.md", c.heading)
		var w workflow
		if err := yaml.Unmarshal([]byte(r.files[c.file]), &w); err != nil {
			t.Fatal(err)
		}
		script, env := w.script(t)
		if out, errs, code := run(r, script, env...); out != c.want || code != 0 {
			t.Errorf("%s: exit code %d, prints %q\n%s", c.heading, code, out, errs)
		}
		if steps := r.files["steps"]; steps != "" {
			script, named := outputSteps(t, steps, output)
			if out, errs, code := run(r, script, env...); code != 0 || !strings.Contains(out, "::add-mask::eyJ") || !strings.HasSuffix(out, `{"orders":[]}`) || !named {
				t.Errorf("%s: exit code %d, prints %.20q\n%s", c.heading, code, out, errs)
			}
		}
	}

	r := recipeOf(t, "ci.md", "## GitLab CI")
	var gitlab map[string]struct {
		Variables map[string]string
		Script    []string
		After     []string `yaml:"after_script"`
	}
	if err := yaml.Unmarshal([]byte(r.files[".gitlab-ci.yml"]), &gitlab); err != nil {
		t.Fatal(err)
	}
	job := gitlab["orders"]
	var env []string
	for name, value := range job.Variables {
		env = append(env, name+"="+value)
	}
	if out, errs, code := run(r, strings.Join(append(job.Script, job.After...), "\n")+"\nls", env...); out != `{"orders":[]}` || code != 0 {
		t.Errorf("GitLab: exit code %d, prints %q\n%s", code, out, errs)
	}
}

// outputSteps are two steps as one script, the second with the first one's output as GitHub hands it over. It reports whether the second
// names the first by its id.
func outputSteps(t *testing.T, steps, output string) (script string, named bool) {
	t.Helper()
	var two []struct {
		ID, Run string
		Env     map[string]string
	}
	if err := yaml.Unmarshal([]byte(steps), &two); err != nil || len(two) != 2 {
		t.Fatalf("%d steps: %v", len(two), err)
	}
	script = two[0].Run + "\nexport TOKEN=$(sed -n s/^token=//p " + output + ")\n" + two[1].Run
	return script, two[0].ID != "" && two[1].Env["TOKEN"] == "${{ steps."+two[0].ID+".outputs.token }}"
}

// TestDocs_systemd has systemd, where it is, judge the units, and runs what the service starts with no more than it has there.
func TestDocs_systemd(t *testing.T) {
	r := recipeOf(t, "recipes.md", "## systemd")
	folder := t.TempDir()
	r.write(t, folder)
	service := r.files["orders.service"]
	if path, err := exec.LookPath("systemd-analyze"); err == nil {
		out, err := exec.Command(path, "verify", filepath.Join(folder, "orders.service"), filepath.Join(folder, "orders.timer")).CombinedOutput()
		if err != nil || strings.Contains(string(out), "orders.") {
			t.Errorf("systemd-analyze verify: %v\n%s", err, out)
		}
	}
	keys := newAppKeys(t)
	settings := pipelineTenant(t, keys)
	server := ordersServer(t, api)
	defer server.Close()
	keys.file(t, "secret", []byte("the-secret-of-nightly\n"))
	command := regexp.MustCompile(`(?m)^ExecStart=/bin/sh -c '(.*)'$`).FindStringSubmatch(service)
	if command == nil {
		t.Fatal(service)
	}
	s := newShell(t)
	var path string
	for _, v := range s.env {
		if strings.HasPrefix(v, "PATH=") {
			path = v
		}
	}
	s.env = append([]string{path, "CREDENTIALS_DIRECTORY=" + keys.dir}, settings...)
	for _, m := range regexp.MustCompile(`(?m)^Environment=(.*)$`).FindAllStringSubmatch(service, -1) {
		s.env = append(s.env, m[1])
	}
	out, errs, code := s.run(strings.ReplaceAll(command[1], "https://api.contoso.com", server.URL))
	if out != `{"orders":[]}` || code != 0 {
		t.Errorf("exit code %d, prints %q\n%s", code, out, errs)
	}
}
