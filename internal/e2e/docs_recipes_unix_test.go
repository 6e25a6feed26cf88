//go:build unix

package e2e

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// recipe is what a page says under one heading: files by the names that it gives them, and the scripts between them.
type recipe struct {
	files   map[string]string
	scripts []string
}

// recipeOf reads the section of a page. A file is a block whose paragraph before it says "in `NAME`" and ends with a colon.
func recipeOf(t *testing.T, name, heading string) recipe {
	t.Helper()
	_, text, ok := strings.Cut("\n"+page(t, name), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("docs/%s has no heading %q", name, heading)
	}
	if end := regexp.MustCompile(`(?m)^## `).FindStringIndex(text); end != nil {
		text = text[:end[0]]
	}
	r := recipe{files: map[string]string{}}
	block := regexp.MustCompile("(?ms)([^\n]*(?:\n[^\n]+)*)\n\n^```(\\w*)\n(.*?)^```$")
	for _, m := range block.FindAllStringSubmatch("\n"+text, -1) {
		named := regexp.MustCompile("(?i)\\bin\\s+`([\\w./-]+)`").FindStringSubmatch(m[1])
		switch {
		case named != nil && strings.HasSuffix(m[1], ":"):
			r.files[named[1]] = m[3]
		case m[2] == "sh":
			r.scripts = append(r.scripts, m[3])
		}
	}
	return r
}

// write puts the files into a folder. Scripts can be run.
func (r recipe) write(t *testing.T, folder string) {
	t.Helper()
	for name, text := range r.files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// ordersServer is the API of the pages: it wants a token for audience, "" for any, and does not look at the signature.
func ordersServer(t *testing.T, audience string) *httptest.Server {
	t.Helper()
	return httptest.NewServer(ordersHandler(audience))
}

func ordersHandler(audience string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		parts := strings.Split(token, ".")
		if !ok || len(parts) != 3 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		claims, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || audience != "" && !strings.Contains(string(claims), `"aud":"`+audience+`"`) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"orders":[]}`)
	})
}

// signedIn has the shell's commands use the demo, with Ada signed in.
func (s *shell) signedIn() {
	s.t.Helper()
	native, _ := blockAfter(s.t, page(s.t, "scripts.md"), "To try it without a tenant, whose codes are shown instead of mailed:")
	if _, errs, code := s.run(native); code != 0 {
		s.t.Fatalf("exit code %d\n%s", code, errs)
	}
	s.env = append(s.env, "CIAM_PROFILE=demo")
}

// stub puts programs into the path before all others, each a script.
func (s *shell) stub(programs map[string]string) {
	s.t.Helper()
	folder := s.t.TempDir()
	for name, text := range programs {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/bash\nset -e\n"+text+"\n"), 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
	for i, v := range s.env {
		if strings.HasPrefix(v, "PATH=") {
			s.env[i] = "PATH=" + folder + string(os.PathListSeparator) + strings.TrimPrefix(v, "PATH=")
		}
	}
}

// TestDocs_calls runs the recipes that call an API, with the API of the test in the place of Contoso's. What a program takes that is
// not everywhere is run where it is, and at least read where a test of Go's can.
func TestDocs_calls(t *testing.T) {
	needtest.Long(t, "runs the recipes")
	s := newShell(t)
	s.signedIn()
	server := ordersServer(t, "")
	defer server.Close()
	// Debian has Mono, whose compiler does not know the newer form of Main.
	s.stub(map[string]string{"dotnet": `sed 's/static async Task Main()/static void Main() { Run().Wait(); } static async Task Run()/' Program.cs > older.cs
mcs -r:System.Net.Http -out:program.exe older.cs && mono program.exe`})
	for _, c := range []struct {
		page, heading string
		needs         []string // "" for all machines
		times         int      // that the answer is printed
	}{
		{"recipes.md", "## curl", nil, 2},
		{"recipes.md", "## httpie", []string{"http"}, 1},
		{"callers.md", "## Go", []string{"go"}, 1},
		{"callers.md", "## Node", []string{"node"}, 1},
		{"callers.md", "## Python", []string{"python3"}, 1},
		{"callers.md", "## .NET", []string{"mcs", "mono"}, 1},
		{"callers.md", "## Java", []string{"java", "javac"}, 1},
	} {
		t.Run(c.page+c.heading, func(t *testing.T) {
			r := recipeOf(t, c.page, c.heading)
			if len(r.scripts) == 0 {
				t.Fatal("there is no script")
			}
			for _, text := range r.files {
				balanced(t, text)
			}
			for _, program := range c.needs {
				if _, err := exec.LookPath(program); err != nil {
					t.Logf("%s is not on this machine: only read", program)
					return
				}
			}
			folder := t.TempDir()
			r.write(t, folder)
			script := strings.ReplaceAll(strings.Join(r.scripts, "\n"), "https://api.contoso.com", server.URL)
			out, errs, code := s.runIn(folder, script, "API_URL="+server.URL+"/orders")
			if strings.Count(out, `"orders"`) != c.times || code != 0 {
				t.Errorf("exit code %d, prints %q\n%s", code, out, errs)
			}
			if len(r.files) > 0 { // a program, which has to know that a person must sign in
				if out, errs, code := s.runIn(folder, script, "API_URL="+server.URL, "CIAM_PROFILE=", "XDG_STATE_HOME="+folder, "XDG_CONFIG_HOME="+folder); code == 0 || !strings.Contains(errs, "run ciam login") || strings.Contains(out, "orders") {
					t.Errorf("signed out: exit code %d, prints %q\n%s", code, out, errs)
				}
			}
		})
	}
}

// balanced is as much as can be read of a language whose compiler is not there: brackets and strings close.
func balanced(t *testing.T, text string) {
	t.Helper()
	text = regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?m://|#) .*$`).ReplaceAllString(text, "")
	var open []rune
	pairs := map[rune]rune{')': '(', ']': '[', '}': '{'}
	for _, c := range text {
		switch c {
		case '(', '[', '{':
			open = append(open, c)
		case ')', ']', '}':
			if len(open) == 0 || open[len(open)-1] != pairs[c] {
				t.Fatalf("%c closes nothing", c)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s is not closed", string(open))
	}
}

// TestDocs_dotenv runs the recipe for Bruno and REST Client: the file that both read has the token, and nobody else can read it.
func TestDocs_dotenv(t *testing.T) {
	s := newShell(t)
	s.signedIn()
	r := recipeOf(t, "recipes.md", "## Bruno and REST Client")
	folder := t.TempDir()
	if _, errs, code := s.runIn(folder, strings.Join(r.scripts, "\n")); code != 0 {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	text, err := os.ReadFile(filepath.Join(folder, ".env"))
	info, statErr := os.Stat(filepath.Join(folder, ".env"))
	if err != nil || statErr != nil || !regexp.MustCompile(`^export CIAM_ACCESS_TOKEN='eyJ[\w.-]+'\n$`).Match(text) || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v %v", err, statErr, info)
	}
	for _, name := range []string{"orders.bru", "orders.http"} {
		if !strings.Contains(r.files[name], "CIAM_ACCESS_TOKEN}}") || !strings.Contains(r.files[name], "https://api.contoso.com/orders") {
			t.Errorf("%s: %q", name, r.files[name])
		}
		balanced(t, r.files[name])
	}
}

// TestDocs_aws runs the recipe with a program in the place of the AWS CLI that reads the file as its SDK does.
func TestDocs_aws(t *testing.T) {
	s := newShell(t)
	s.signedIn()
	s.stub(map[string]string{"aws": `head -c 3 "$AWS_WEB_IDENTITY_TOKEN_FILE"`})
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := s.run(recipeOf(t, "recipes.md", "## AWS web identity").scripts[0], "HOME="+folder); out != "eyJ" || code != 0 {
		t.Errorf("exit code %d, prints %q\n%s", code, out, errs)
	}
}

// TestDocs_kubectl has kubectl, where it is, ask a cluster that wants the ID token; elsewhere the plugin's command alone is run.
func TestDocs_kubectl(t *testing.T) {
	s := newShell(t)
	s.signedIn()
	r := recipeOf(t, "recipes.md", "## kubectl")
	config := r.files["kubeconfig.yaml"]
	if _, err := exec.LookPath("kubectl"); err != nil {
		args := regexp.MustCompile(`args: \[(.*)\]`).FindStringSubmatch(config)
		if args == nil {
			t.Fatalf("no command in %s", config)
		}
		out, errs, code := s.run("ciam " + strings.ReplaceAll(strings.ReplaceAll(args[1], ",", ""), "contoso", "demo"))
		if code != 0 || !strings.Contains(out, `"kind":"ExecCredential"`) {
			t.Errorf("exit code %d, prints %q\n%s", code, out, errs)
		}
		return
	}
	cluster := httptest.NewTLSServer(ordersHandler(desktopApp))
	defer cluster.Close()
	insecure := fmt.Sprintf("{server: '%s', insecure-skip-tls-verify: true}", cluster.URL)
	config = strings.NewReplacer("{server: 'https://cluster.contoso.com:6443'}", insecure, "-p, contoso", "-p, demo").Replace(config)
	if !strings.Contains(config, cluster.URL) {
		t.Fatal(config)
	}
	r.files["kubeconfig.yaml"] = config
	folder := t.TempDir()
	r.write(t, folder)
	if out, errs, code := s.runIn(folder, r.scripts[0]); out != `{"orders":[]}` || code != 0 {
		t.Errorf("exit code %d, prints %q\n%s", code, out, errs)
	}
}
