package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/needtest"
	"github.com/ciam-cli/ciam/internal/programtest"
	"github.com/ciam-cli/ciam/internal/term"
)

// TestProgram is the whole program when a test starts this test binary as one; see program.
func TestProgram(*testing.T) {
	if os.Getenv("CIAM_TEST_PROGRAM") == "" {
		return
	}
	ctx, signals := CatchSignals(context.Background(), os.Exit) // as main does
	code := Run(ctx, &Env{Streams: term.System(os.Getenv), Signals: signals, Getenv: os.Getenv, Version: "test", Now: clocktest.Running(), Rand: rand.Reader},
		os.Args[slices.Index(os.Args, "--")+1:])
	os.Exit(code)
}

// program is ciam as a process of its own, signed in through the session of m, in a sealed file.
func (m *machine) program(args ...string) *exec.Cmd {
	m.t.Helper()
	// Tests that run side by side share the machine, and a key that is being written again is empty for a moment.
	m.programs.Lock()
	defer m.programs.Unlock()
	key := filepath.Join(m.home, "key")
	if _, err := os.Stat(key); err != nil {
		if err := files.Replace(key, []byte("0123456789abcdef0123456789abcdef"), files.ReplaceOptions{Private: true}); err != nil {
			m.t.Fatal(err)
		}
	}
	data, err := keychain.NewMemory(keychain.MemoryOptions{Map: m.items}).Get(m.t.Context(), m.item())
	if err != nil {
		m.t.Fatal(err)
	}
	store, err := keychain.File(keychain.FileOptions{Dir: filepath.Join(m.home, "state", "ciam", "tokens"), KeyFile: key})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := store.Set(m.t.Context(), m.item(), data); err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(m.t.Context(), 30*time.Second)
	m.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"-test.run=^TestProgram$", "--"}, args...)...)
	cmd.Env = append(os.Environ(), "CIAM_TEST_PROGRAM=1", "CIAM_TOKEN_STORE=file", "CIAM_STORE_KEY_FILE="+key, "CIAM_CLIENT_SECRET=hunter2", "CIAM_CLIENT_CERTIFICATE_PASSWORD=hunter3", "CIAM_EMULATOR_CONTROL_TOKEN=hunter4hunter4hunter4hunter4hunter4", "CIAM_GRAPH_TOKEN=hunter5",
		"CIAM_TENANT="+directory.DefaultTenantID, // there is no network to learn it from
		"CIAM_CLIENT_ID="+m.env["CIAM_CLIENT_ID"], "NO_COLOR=1",
		"XDG_CONFIG_HOME="+filepath.Join(m.home, "config"), "XDG_CACHE_HOME="+filepath.Join(m.home, "cache"), "XDG_STATE_HOME="+filepath.Join(m.home, "state"))
	return cmd
}

func TestExec(t *testing.T) {
	m, token := signedIn(t)
	expires := m.session().AccessTokens[0].ExpiresAt.UTC().Format(time.RFC3339)
	for _, c := range []struct {
		name           string
		flags          []string
		steps          []string // of programtest
		stdin          string
		code           int
		stdout, stderr string
	}{
		{"token and expiry", nil, []string{"print", "$CIAM_ACCESS_TOKEN $CIAM_TOKEN_EXPIRES_AT"}, "", 0, token + " " + expires + "\n", ""},
		{"another name", []string{"--env-var", "API_TOKEN"}, []string{"print", "$API_TOKEN,$CIAM_ACCESS_TOKEN"}, "", 0, token + ",\n", ""},
		{"no endpoint unless asked for", nil, []string{"print", "$CIAM_TOKEN_URL$CIAM_TOKEN_URL_SECRET"}, "", 0, "\n", ""},
		{"ciam's secrets stay behind", nil, []string{"print", "$CIAM_CLIENT_SECRET$CIAM_CLIENT_CERTIFICATE_PASSWORD$CIAM_STORE_KEY_FILE$CIAM_EMULATOR_CONTROL_TOKEN$CIAM_GRAPH_TOKEN$CIAM_CLIENT_ID"}, "", 0, m.env["CIAM_CLIENT_ID"] + "\n", ""},
		{"all streams", nil, []string{"cat", ",", "complain", "told"}, "given", 0, "given", "told\n"},
		{"exit code", nil, []string{"exit", "42"}, "", 42, "", ""},
		{"exit code of a usage error", nil, []string{"exit", "2"}, "", 2, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := m.program(append(append([]string{"exec"}, c.flags...), programtest.Command(c.steps...)...)...)
			var out, errs strings.Builder
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(c.stdin), &out, &errs
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != c.code || out.String() != c.stdout || errs.String() != c.stderr {
				t.Errorf("exit %d, stdout %q, stderr %q; want %d, %q, %q", code, out.String(), errs.String(), c.code, c.stdout, c.stderr)
			}
		})
	}
}

// TestExec_arguments: what follows the program's name is the program's, with -- and without.
func TestExec_arguments(t *testing.T) {
	m, _ := signedIn(t)
	for _, dashes := range [][]string{{"--"}, nil} {
		args := append(append([]string{"exec"}, dashes...), programtest.Command("args", "a", "b c", "-o", "--", "", "--env-var", `"`, `\`)...)
		if o := m.must(args...); o.stdout != `8|a|b c|-o|--||--env-var|"|\|`+"\n" {
			t.Errorf("%v: %q", dashes, o.stdout)
		}
	}
}

func TestExec_cannotStart(t *testing.T) {
	m, token := signedIn(t)
	folder := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	type row struct {
		name, program, says string
		code                int
	}
	rows := []row{
		{"no such program", "ciam-no-such-program", "there is no program ciam-no-such-program", exitNoProgram},
		{"no such path", filepath.Join(folder, "missing"), "there is no program", exitNoProgram},
	}
	if runtime.GOOS == "windows" { // where the name alone says what is a program
		rows = append(rows,
			row{"no name of a program", file("plain", "echo no", 0o600), "there is no program", exitNoProgram},
			row{"a folder", folder, "there is no program", exitNoProgram},
			row{"no format of programs", file("empty.exe", "\x00\x01", 0o600), "cannot be run: exec format error", exitNotExecutable},
		)
	} else {
		rows = append(rows,
			row{"no such interpreter", file("script", "#!/no/such/interpreter\n", 0o700), "there is no program", exitNoProgram},
			row{"not executable", file("plain", "echo no", 0o600), "cannot be run: permission denied", exitNotExecutable},
			row{"a folder", folder, "cannot be run:", exitNotExecutable},
			row{"no format of programs", file("empty", "\x00\x01", 0o700), "cannot be run: exec format error", exitNotExecutable},
		)
	}
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			o := m.fails(c.code, []string{c.says}, "exec", "--", c.program)
			if strings.Contains(o.stderr, token) {
				t.Error("the token is shown")
			}
		})
	}
}

func TestExec_usage(t *testing.T) {
	m, _ := signedIn(t)
	program := append([]string{"--"}, programtest.Command()...)
	for _, c := range []struct{ says, flag, value string }{
		{"has a meaning of its own", "--env-var", "PATH"},
		{"was given without a value", "--env-var", ""},
		{"has a meaning of its own", "--env-var", "CIAM_TOKEN_URL"},
		{"is no name of a variable", "--env-var", "A=B"},
		{"--kill-after -1s is negative", "--kill-after", "-1s"},
		{"--min-ttl -1s", "--min-ttl", "-1s"},
		{"is no output format", "-o", "env"},
	} {
		m.fails(exitUsage, []string{c.says}, append([]string{"exec", c.flag, c.value}, program...)...)
	}
	m.fails(exitUsage, []string{"no program to run"}, "exec")
	m.must("logout", "--local")
	m.fails(exitLogin, nil, append([]string{"exec"}, program...)...)
}

// endpointOf runs a child with the endpoint, and returns what it needs for a call and how to end it.
func endpointOf(t *testing.T, m *machine) (url, secret string) {
	t.Helper()
	streams, _, _, _ := term.Test()
	r := &run{Env: &Env{Streams: streams, Rand: rand.Reader, Now: m.now, Getenv: func(name string) string {
		if strings.HasPrefix(name, "XDG_") {
			return filepath.Join(m.home, strings.ToLower(name))
		}
		return m.env[name]
	}, Transport: internet{m}, OpenStore: func(string) (keychain.Store, error) {
		return keychain.NewMemory(keychain.MemoryOptions{Map: m.items, Observe: m.observe}), nil
	}}}
	if err := r.prepare(); err != nil {
		t.Fatal(err)
	}
	source, err := r.tokenSource(t.Context(), appOptions{}, auth.TokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	endpoint, err := r.serveTokens(ctx, source)
	if err != nil {
		t.Fatal(err)
	}
	cancel() // Ctrl-C is for the child to hear; the endpoint goes on
	t.Cleanup(endpoint.close)
	return endpoint.url, endpoint.secret
}

func ask(t *testing.T, method, url, host string, header http.Header) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host, req.Header = host, header
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

func TestTokenEndpoint(t *testing.T) {
	m, token := signedIn(t)
	url, secret := endpointOf(t, m)
	good := http.Header{"Authorization": {"Bearer " + secret}}
	port := url[strings.LastIndex(url, ":"):]
	port = port[:strings.Index(port, "/")]
	for _, c := range []struct {
		name, method, url, host string
		header                  http.Header
		status                  int
		code                    string
	}{
		{"no secret", "GET", url, "", http.Header{}, 401, "bad_secret"},
		{"wrong secret", "GET", url, "", http.Header{"Authorization": {"Bearer " + secret[1:] + "x"}}, 401, "bad_secret"},
		{"half a secret", "GET", url, "", http.Header{"Authorization": {"Bearer " + secret[:20]}}, 401, "bad_secret"},
		{"bare secret", "GET", url, "", http.Header{"Authorization": {secret}}, 401, "bad_secret"},
		{"secret in the query", "GET", url + "?access_token=" + secret, "", http.Header{}, 401, "bad_secret"},
		{"a web page's name", "GET", url, "evil.example" + port, good, 421, "bad_host"},
		{"localhost", "GET", url, "localhost" + port, good, 421, "bad_host"},
		{"another port", "GET", url, "127.0.0.1:1", good, 421, "bad_host"},
		{"post", "POST", url, "", good, 405, "bad_method"},
		{"another path", "GET", strings.TrimSuffix(url, "token"), "", good, 404, "not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body, _ := ask(t, c.method, c.url, c.host, c.header)
			var answer errorJSON
			if err := json.Unmarshal([]byte(body), &answer); err != nil || status != c.status || answer.Error.Code != c.code || strings.Contains(body, token) || strings.Contains(body, secret) {
				t.Errorf("%d %s %v", status, body, err)
			}
		})
	}

	read := func() (view tokenView) {
		t.Helper()
		status, body, header := ask(t, "GET", url, "", good)
		d := json.NewDecoder(strings.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&view); err != nil || status != 200 || header.Get("Cache-Control") != "no-store" || header.Get("Content-Type") != "application/json" {
			t.Errorf("%d %s %v %v", status, body, header, err)
		}
		return view
	}
	if got := read(); got.AccessToken != token || got.TokenType != "Bearer" || got.Profile != "" {
		t.Errorf("%+v", got)
	}
	m.clock += 2 * time.Hour
	if got := read(); got.AccessToken == token || !got.ExpiresAt.After(m.now()) {
		t.Error("an expired token was not renewed")
	}
	m.must("logout", "--local")
	status, body, _ := ask(t, "GET", url, "", good)
	if status != http.StatusServiceUnavailable || !strings.Contains(body, `"code":"login_required"`) {
		t.Errorf("signed out: %d %s", status, body)
	}
}

// TestTokenEndpoint_together has many callers with an expired token: one renewal.
func TestTokenEndpoint_together(t *testing.T) {
	m, _ := signedIn(t)
	url, secret := endpointOf(t, m)
	m.clock += 2 * time.Hour
	m.requests.Store(0)
	tokens := make(chan string, 20)
	for range cap(tokens) {
		go func() {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
			req.Header.Set("Authorization", "Bearer "+secret)
			var view tokenView
			if resp, err := http.DefaultClient.Do(req); err == nil {
				_ = json.NewDecoder(resp.Body).Decode(&view)
				_ = resp.Body.Close()
			}
			tokens <- view.AccessToken
		}()
	}
	first := <-tokens
	for range cap(tokens) - 1 {
		if next := <-tokens; next != first || next == "" {
			t.Errorf("got %q and %q", first, next)
		}
	}
	if n := m.requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// TestExec_endpoint has a real child fetch its token, and finds the endpoint closed when it has ended.
func TestExec_endpoint(t *testing.T) {
	m, token := signedIn(t)
	cmd := m.program(append([]string{"exec", "--refresh-endpoint", "--"}, programtest.Command("fetch", "$CIAM_TOKEN_URL", "$CIAM_TOKEN_URL_SECRET")...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s, %v", out, err)
	}
	var view tokenView
	if err := json.Unmarshal(out, &view); err != nil || view.AccessToken != token {
		t.Errorf("%s, %v", out, err)
	}

	url := strings.TrimSpace(m.must(append([]string{"exec", "--refresh-endpoint", "--"}, programtest.Command("print", "$CIAM_TOKEN_URL")...)...).stdout)
	if resp, err := http.Get(url); err == nil || !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("%q still answers: %v", url, resp)
	}
}

func certificatePEM(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// kubernetesClients are what reads an ExecCredential: the Go client library, in a module of its own, and kubectl where
// it is installed. Each is a command line that asks for a path.
func kubernetesClients(t *testing.T) map[string][]string {
	t.Helper()
	needtest.Long(t, "builds the Kubernetes Go client")
	client := filepath.Join(t.TempDir(), "kubernetes")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", filepath.Join("..", "e2e", "kubernetes"), "-o", client)
	if out, err := build.CombinedOutput(); err != nil {
		needtest.Lacks(t, "the Kubernetes Go client cannot be built here: %v\n%s", err, out)
	}
	clients := map[string][]string{"client-go": {client, "/api/v1/orders"}}
	if kubectl, err := exec.LookPath("kubectl"); err == nil {
		clients["kubectl"] = []string{kubectl, "get", "--raw", "/api/v1/orders", "--request-timeout", "20s"}
	}
	return clients
}

// TestToken_kubernetesClients is a cluster that knows the token, and a kubeconfig with ciam as its credential plugin.
func TestToken_kubernetesClients(t *testing.T) {
	clients := kubernetesClients(t)
	m, token := signedIn(t)
	cluster := httptest.NewTLSServer(protectedAPI(token))
	defer cluster.Close()
	ca := filepath.Join(m.home, "ca.pem")
	if err := os.WriteFile(ca, certificatePEM(cluster), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"v1", "v1beta1"} {
		t.Run(version, func(t *testing.T) {
			plugin := m.program("token", "-o", "kubernetes")
			kubeconfig := filepath.Join(t.TempDir(), "config")
			text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c",
"clusters":[{"name":"c","cluster":{"server":%q,"certificate-authority":%q}}],
"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
"users":[{"name":"u","user":{"exec":{"apiVersion":"client.authentication.k8s.io/%s","interactiveMode":"Never","command":%q,"args":["-test.run=^TestProgram$","--","token","-o","kubernetes"]}}}]}`,
				cluster.URL, ca, version, plugin.Path)
			if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, args := range clients {
				cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
				cmd.Env = append(plugin.Env, "KUBECONFIG="+kubeconfig, "HOME="+m.home)
				if out, err := cmd.CombinedOutput(); !strings.Contains(string(out), `"for":"ada"`) || err != nil {
					t.Errorf("%s: %s, %v", name, out, err)
				}
			}
		})
	}
}
