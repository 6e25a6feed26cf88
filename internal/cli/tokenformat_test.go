package cli

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/programtest"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// signedIn is a machine with a session, and its access token.
func signedIn(t *testing.T) (m *machine, token string) {
	t.Helper()
	m = newMachine(t)
	m.must("login")
	return m, strings.TrimSuffix(m.must("token").stdout, "\n")
}

// tool is the path of a real consumer, or skips.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

func (m *machine) session() *tokencache.Session {
	m.t.Helper()
	record, err := tokencache.Load(m.t.Context(), keychain.NewMemory(keychain.MemoryOptions{Map: m.items}), m.item())
	if err != nil {
		m.t.Fatal(err)
	}
	return record.Session
}

func TestToken_formats(t *testing.T) {
	m, token := signedIn(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-o", "token"}, token + "\n"},
		{[]string{"-o", "header"}, "Authorization: Bearer " + token + "\n"},
		{[]string{"-o", "curl-config"}, `header = "Authorization: Bearer ` + token + "\"\n"},
		{[]string{"-o", "env"}, "export CIAM_ACCESS_TOKEN='" + token + "'\n"},
		{[]string{"-o", "env", "--env-var", "T_1"}, "export T_1='" + token + "'\n"},
		{[]string{"-o", "env", "--shell", "posix"}, "export CIAM_ACCESS_TOKEN='" + token + "'\n"},
		{[]string{"-o", "env", "--shell", "powershell"}, "$env:CIAM_ACCESS_TOKEN = '" + token + "'\n"},
		{[]string{"-o", "env", "--shell", "fish"}, "set -gx CIAM_ACCESS_TOKEN '" + token + "'\n"},
		{[]string{"--jq", ".access_token"}, token + "\n"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			if o := m.must(append([]string{"token"}, c.args...)...); o.stdout != c.want || o.stderr != "" {
				t.Errorf("stdout %q, want %q; stderr %q", o.stdout, c.want, o.stderr)
			}
			file := filepath.Join(t.TempDir(), "token")
			if o := m.must(append([]string{"token", "--to-file", file}, c.args...)...); o.stdout != "" || o.stderr != "" {
				t.Errorf("--to-file prints %q, %q", o.stdout, o.stderr)
			}
			if got, err := os.ReadFile(file); err != nil || string(got) != c.want {
				t.Errorf("--to-file wrote %q, %v", got, err)
			}
		})
	}
}

func TestToken_formatsThatCannotBe(t *testing.T) {
	m, _ := signedIn(t)
	folder := t.TempDir()
	for _, c := range []struct {
		name, says string
		args       []string
	}{
		{"unknown format", "choose one of token, json, header, env, kubernetes, curl-config, github, aws", []string{"-o", "yaml"}},
		{"unknown shell", `--shell "tcsh" is none of posix, powershell, fish`, []string{"-o", "env", "--shell", "tcsh"}},
		{"shell without env", "go with `-o env` only", []string{"--shell", "fish"}},
		{"variable without env", "go with `-o env` only", []string{"-o", "header", "--env-var", "X"}},
		{"variable that runs a command", "is no name of a variable", []string{"-o", "env", "--env-var", "X=1;id;Y"}},
		{"variable that begins with a digit", "is no name of a variable", []string{"-o", "env", "--env-var", "1X"}},
		{"aws without a file", "-o aws needs --to-file", []string{"-o", "aws"}},
		{"github outside a job", "-o github needs GITHUB_OUTPUT", []string{"-o", "github"}},
		{"github with a file", "--to-file does not go with it", []string{"-o", "github", "--to-file", "x"}},
		{"scope of an ID token", "--scope chooses an access token", []string{"--id-token", "--scope", "api://x/y"}},
		{"file that is a folder", "--to-file " + folder + ": it is a folder", []string{"--to-file", folder}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m.fails(exitUsage, []string{c.says}, append([]string{"token"}, c.args...)...)
			if m.reads.Load() != 0 {
				t.Error("the token store was read before the command line was checked")
			}
		})
	}
}

func TestToken_toFile(t *testing.T) {
	m, token := signedIn(t)
	folder := t.TempDir()
	file := filepath.Join(folder, "token")
	if err := os.WriteFile(file, []byte("old and longer than any token"+strings.Repeat(".", 8000)), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o666); err != nil {
		t.Fatal(err)
	}
	old, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if runtime.GOOS == "windows" {
		_ = old.Close() // there, an open file cannot be replaced
	}
	if o := m.must("token", "-o", "aws", "--to-file", file); runtime.GOOS != "windows" && !strings.Contains(o.stderr, "warning: "+file+": every user of this machine can write to it") {
		t.Errorf("no warning: %q", o.stderr)
	}
	if got, _ := os.ReadFile(file); string(got) != token {
		t.Errorf("the file holds %q, want the token and nothing else", got)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if info.Mode().Perm() != 0o666 {
			t.Errorf("mode %v, want the one that it had", info.Mode())
		}
		if seen := make([]byte, 3); true {
			if _, err := old.Read(seen); err != nil || string(seen) != "old" {
				t.Errorf("who reads the old file sees %q, %v: it was not replaced as a whole", seen, err)
			}
		}
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	fresh := filepath.Join(folder, "fresh")
	m.must("token", "--to-file", fresh)
	if info, err := os.Stat(fresh); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("a new file: %v, %v, want mode 0600", info, err)
	}
	o := m.run("token", "--to-file", filepath.Join(folder, "missing", "token"))
	if o.code != exitOther || o.stdout != "" || !strings.Contains(o.stderr, "write the token to") || strings.Contains(o.stderr, "~") {
		t.Errorf("missing folder: exit %d, %q, %q", o.code, o.stdout, o.stderr)
	}
}

// TestToken_toFileThroughLinks checks that a link, as Kubernetes and dotfile managers make, stays one.
func TestToken_toFileThroughLinks(t *testing.T) {
	m, token := signedIn(t)
	folder := t.TempDir()
	link := filepath.Join(folder, "link")
	if err := os.Symlink("elsewhere", link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for range 2 { // what it leads to is made, and then replaced
		m.must("token", "-o", "aws", "--to-file", link)
		if to, err := os.Readlink(link); err != nil || to != "elsewhere" {
			t.Errorf("the link is now %q, %v", to, err)
		}
		if got, err := os.ReadFile(filepath.Join(folder, "elsewhere")); err != nil || string(got) != token {
			t.Errorf("it leads to %q, %v", got, err)
		}
	}
	if left, _ := os.ReadDir(folder); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

func TestToken_github(t *testing.T) {
	m, token := signedIn(t)
	file := filepath.Join(t.TempDir(), "output")
	if err := os.WriteFile(file, []byte("earlier=1"), 0o600); err != nil { // as printf leaves it
		t.Fatal(err)
	}
	m.env["GITHUB_OUTPUT"] = file
	if o := m.must("token", "-o", "github"); o.stdout != "::add-mask::"+token+"\n" || o.stderr != "" {
		t.Errorf("%q, %q", o.stdout, o.stderr)
	}
	got, _ := os.ReadFile(file)
	if want := "earlier=1\ntoken=" + token + "\nexpires_at=" + m.session().AccessTokens[0].ExpiresAt.Format(time.RFC3339) + "\n"; string(got) != want {
		t.Errorf("GITHUB_OUTPUT holds %q, want %q", got, want)
	}
	m.env["GITHUB_OUTPUT"] = filepath.Join(file, "no-folder")
	if o := m.run("token", "-o", "github"); o.code != exitOther || strings.Contains(o.stderr, token) {
		t.Errorf("exit %d, %q", o.code, o.stderr)
	}
}

func TestToken_kubernetes(t *testing.T) {
	m, token := signedIn(t)
	const v1, v1beta1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
	for _, c := range []struct{ name, info, version, says string }{
		{"not asked", "", v1, ""},
		{"asked for v1", `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":true}}`, v1, ""},
		{"asked for v1beta1", `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false,"cluster":{"server":"https://x"}}}`, v1beta1, ""},
		{"asked for v1alpha1", `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1alpha1"}`, "", `its apiVersion is "client.authentication.k8s.io/v1alpha1"`},
		{"another kind", `{"kind":"Pod","apiVersion":"client.authentication.k8s.io/v1"}`, "", `its kind is "Pod"`},
		{"no JSON", `kind: ExecCredential`, "", "it is not the JSON that kubectl sets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m.env["KUBERNETES_EXEC_INFO"] = c.info
			if c.version == "" {
				o := m.run("token", "-o", "kubernetes")
				if o.code != exitUsage || o.stdout != "" || !strings.Contains(o.stderr, "KUBERNETES_EXEC_INFO: "+c.says) {
					t.Errorf("exit %d, %q, %q", o.code, o.stdout, o.stderr)
				}
				return
			}
			// The shape of ExecCredential v1 in the reference of Kubernetes; anything beyond it is an error.
			var got struct {
				APIVersion string `json:"apiVersion"`
				Kind       string `json:"kind"`
				Status     struct {
					ExpirationTimestamp   string `json:"expirationTimestamp"`
					Token                 string `json:"token"`
					ClientCertificateData string `json:"clientCertificateData"`
					ClientKeyData         string `json:"clientKeyData"`
				} `json:"status"`
			}
			d := json.NewDecoder(strings.NewReader(m.must("token", "-o", "kubernetes").stdout))
			d.DisallowUnknownFields()
			if err := d.Decode(&got); err != nil {
				t.Fatal(err)
			}
			expires, err := time.Parse("2006-01-02T15:04:05Z", got.Status.ExpirationTimestamp)
			if err != nil || got.APIVersion != c.version || got.Kind != "ExecCredential" || got.Status.Token != token || !expires.Equal(m.session().AccessTokens[0].ExpiresAt.Truncate(time.Second)) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestToken_idToken(t *testing.T) {
	m, access := signedIn(t)
	first := m.session().IDToken
	o := m.must("token", "--id-token")
	if o.stdout != first+"\n" || first == access || m.reads.Load() != 1 || m.requests.Load() != 0 {
		t.Errorf("got %q after %d reads and %d requests", o.stdout, m.reads.Load(), m.requests.Load())
	}
	if o := m.must("token", "--id-token", "-o", "env"); o.stdout != "export CIAM_ID_TOKEN='"+first+"'\n" {
		t.Errorf("env: %q", o.stdout)
	}
	var view idTokenView
	d := json.NewDecoder(strings.NewReader(m.must("token", "--id-token", "-o", "json").stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&view); err != nil || view.IDToken != first || view.Profile != "" || view.ExpiresOn != view.ExpiresAt.Unix() {
		t.Errorf("json: %+v, %v", view, err)
	}

	m.clock += 2 * time.Hour
	renewed := strings.TrimSpace(m.must("token", "--id-token").stdout)
	if renewed == first || m.session().IDToken != renewed || m.requests.Load() != 1 {
		t.Errorf("an expired ID token was not renewed: %d requests", m.requests.Load())
	}
	m.clock += time.Second
	if forced := strings.TrimSpace(m.must("token", "--id-token", "--force-refresh").stdout); forced == renewed || forced != m.session().IDToken {
		t.Error("--force-refresh gave the old ID token")
	}
	m.clock += 10 * time.Minute
	if m.must("token", "--id-token"); m.requests.Load() != 0 {
		t.Error("a valid ID token was renewed")
	}
	if m.must("token", "--id-token", "--min-ttl", "55m"); m.requests.Load() != 1 {
		t.Error("--min-ttl was not honoured")
	}

	// Offline, one that is still valid is given with a warning; one that is not is no answer.
	m.network = failing{}
	m.clock += 57 * time.Minute
	if o := m.run("token", "--id-token"); o.code != 0 || !strings.Contains(o.stderr, "; this one is valid for ") {
		t.Errorf("offline: exit %d, %q", o.code, o.stderr)
	}
	m.clock += 5 * time.Minute
	m.fails(exitUnreachable, nil, "token", "--id-token")
}

// failing is a network that is down.
type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no route") }

// TestToken_idTokenNotRenewed is a tenant that refreshes without a new ID token, as OpenID Connect allows.
func TestToken_idTokenNotRenewed(t *testing.T) {
	m, _ := signedIn(t)
	m.clock += 2 * time.Hour
	m.answer = m.editedJSON("/token", func(answer map[string]any) { delete(answer, "id_token") })
	m.fails(exitLogin, []string{"the tenant sent no new one"}, "token", "--id-token")
}

// editedJSON is the tenant's own answer with its members changed.
func (m *machine) editedJSON(suffix string, edit func(map[string]any)) func(*http.Request) *http.Response {
	return only(suffix, func(r *http.Request) *http.Response {
		resp, err := m.tenant.Transport().RoundTrip(r)
		if err != nil {
			m.t.Error(err)
			return nil
		}
		defer resp.Body.Close()
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			m.t.Error(err)
			return nil
		}
		edit(answer)
		body, _ := json.Marshal(answer)
		return page(resp.StatusCode, "application/json", string(body))(r)
	})
}

// TestToken_notABearerToken is a tenant whose access token would end a quotation, a line or a header.
func TestToken_notABearerToken(t *testing.T) {
	for _, bad := range []string{"a'; touch owned; '", "a\nX-Injected: 1", "a\"", "a b", "a\r", "=", "ä"} {
		m, _ := signedIn(t)
		m.answer = m.editedJSON("/token", func(answer map[string]any) { answer["access_token"] = bad })
		for _, args := range [][]string{{"token", "-o", "env"}, {"token", "-o", "header"}, append([]string{"exec", "--"}, programtest.Command()...), {"api", "http://127.0.0.1:9"}} {
			if args[0] == "token" {
				args = append(args, "--force-refresh")
			}
			o := m.run(args...)
			if o.code != exitUnreachable || o.stdout != "" || !strings.Contains(o.stderr, "not of the form of a bearer token") || strings.Contains(o.stderr, bad) && len(bad) > 3 {
				t.Errorf("%q, %v: exit %d, stdout %q, stderr %q", bad, args, o.code, o.stdout, o.stderr)
			}
		}
	}
}

func TestCheckBearer(t *testing.T) {
	for _, good := range []string{"a", "eyJ.eyJ.s-_", "abc+/~==", "0"} {
		if err := checkBearer(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "=", "a=b", "a b", "a\n", "'", "a\x00", "%0A", "é", "a;b"} {
		var answer *auth.AnswerError
		if err := checkBearer(bad); !errors.As(err, &answer) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAssignment_quotes(t *testing.T) {
	for _, c := range []struct{ shell, want string }{
		{"posix", `export N='a'\''b\c'`}, {"", `export N='a'\''b\c'`}, {"powershell", `$env:N = 'a''b\c'`}, {"fish", `set -gx N 'a\'b\\c'`},
	} {
		if got := assignment(c.shell, "N", `a'b\c`); got != c.want {
			t.Errorf("%s: %s, want %s", c.shell, got, c.want)
		}
	}
}

// TestToken_shells has each shell read its own format.
func TestToken_shells(t *testing.T) {
	m, token := signedIn(t)
	for _, c := range []struct{ shell, program, flag, then string }{
		{"posix", "sh", "-c", "; printenv CIAM_ACCESS_TOKEN"}, {"posix", "bash", "-c", "; printenv CIAM_ACCESS_TOKEN"},
		{"fish", "fish", "-c", "; printenv CIAM_ACCESS_TOKEN"}, {"powershell", "pwsh", "-Command", "; [Environment]::GetEnvironmentVariable('CIAM_ACCESS_TOKEN')"},
	} {
		t.Run(c.program, func(t *testing.T) {
			text := strings.TrimSpace(m.must("token", "-o", "env", "--shell", c.shell).stdout)
			out, err := exec.CommandContext(t.Context(), tool(t, c.program), c.flag, text+c.then).CombinedOutput()
			if strings.TrimSpace(string(out)) != token || err != nil {
				t.Errorf("the shell has %q, %v", out, err)
			}
		})
	}
}

// protectedAPI answers who called, 401 to anybody without the token.
func protectedAPI(token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"kind":"Answer","for":"ada"}`))
	})
}

func TestToken_curl(t *testing.T) {
	curl := tool(t, "curl")
	m, token := signedIn(t)
	server := httptest.NewServer(protectedAPI(token))
	defer server.Close()
	for _, c := range []struct {
		name, format string
		args         []string
	}{{"config on stdin", "curl-config", []string{"-K", "-"}}, {"header on stdin", "header", []string{"-H", "@-"}}} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), curl, append([]string{"-fsS", "--noproxy", "*", "--max-time", "20", server.URL}, c.args...)...)
			cmd.Stdin = strings.NewReader(m.must("token", "-o", c.format).stdout)
			if out, err := cmd.CombinedOutput(); string(out) != `{"kind":"Answer","for":"ada"}` || err != nil {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
}

func TestToken_jq(t *testing.T) {
	jq := tool(t, "jq")
	m, token := signedIn(t)
	cmd := exec.CommandContext(t.Context(), jq, "-er", ".access_token, (.expires_at | fromdate) == .expires_on")
	cmd.Stdin = strings.NewReader(m.must("token", "-o", "json").stdout)
	if out, err := cmd.CombinedOutput(); string(out) != token+"\ntrue\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

func TestExecCredentialVersion_neverPanics(t *testing.T) {
	for _, info := range []string{"null", "[]", `""`, "{", strings.Repeat("[", 20000)} {
		if _, err := execCredentialVersion(info); err == nil {
			t.Errorf("%.20s: accepted", info)
		}
	}
}
