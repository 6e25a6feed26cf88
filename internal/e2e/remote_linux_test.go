package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

const remoteToken = "0123456789abcdef0123456789abcdef"

// bearer sends a control token with every request to an emulator.
type bearer struct {
	token string // "" sends none
	next  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token != "" && (r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/_emulator")) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.next.RoundTrip(r)
}

// TestRemote uses an emulator from another machine: by the name of --host everything works that works at home, the control
// area only with the control token.
func TestRemote(t *testing.T) {
	m := newRemoteMachine(t)
	file := filepath.Join(t.TempDir(), "control-token")
	if err := os.WriteFile(file, []byte(remoteToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t)
	e := runEmulator(t, p, "--listen", m.address, "--allow-remote", "--host", "emulator", "--host", m.address, "--control-token-file", file)
	u, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	base := "https://emulator:" + u.Port()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, _ := net.SplitHostPort(address); host == "localhost" { // the app that is signed in to
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		return m.dial(ctx, u.Port())
	}}
	t.Cleanup(transport.CloseIdleConnections)
	pem := m.fetch(transport, base+"/_emulator/ca.pem", "", 200)
	if _, body := m.ask(transport, "GET", "https://other:"+u.Port()+"/contoso/v2.0/.well-known/openid-configuration", "", ""); !strings.Contains(body, "--host") {
		t.Errorf("another name is answered: %s", body)
	}
	transport = transport.Clone()
	t.Cleanup(transport.CloseIdleConnections)
	transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
	if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM([]byte(pem)) {
		t.Fatalf("no certificate: %s", pem)
	}

	m.checkControl(transport, base)
	m.checkSignUp(transport, base)
	m.checkCommands(p, pem, u.Port())
}

// checkControl goes through the control area with the token, without it, and with a wrong one.
func (m *remoteMachine) checkControl(transport http.RoundTripper, base string) {
	m.t.Helper()
	const user = `{"email":"grace@example.com"}`
	for _, tc := range []struct {
		method, path, body string
		with               int
	}{
		{"GET", "/_emulator/health", "", 200}, {"GET", "/_emulator/outbox", "", 200}, {"GET", "/", "", 200}, {"GET", "/_emulator/outbox/page", "", 200},
		{"POST", "/_emulator/users", user, 201}, {"DELETE", "/_emulator/users/grace@example.com", "", 204}, {"POST", "/_emulator/reset", "", 204},
	} {
		for token, want := range map[string]int{"": 403, remoteToken[1:] + "0": 403, remoteToken: tc.with} {
			if status, body := m.ask(transport, tc.method, base+tc.path, token, tc.body); status != want {
				m.t.Errorf("%s %s with token %q: %d, want %d: %s", tc.method, tc.path, token, status, want, body)
			} else if strings.Contains(body, remoteToken) {
				m.t.Errorf("%s %s tells the token", tc.method, tc.path)
			}
		}
	}
}

// checkSignUp discovers the tenant, signs up with the code from the outbox, and redeems what comes of it.
func (m *remoteMachine) checkSignUp(transport http.RoundTripper, base string) {
	m.t.Helper()
	var found struct {
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
	}
	if err := json.Unmarshal([]byte(m.fetch(transport, base+"/contoso/v2.0/.well-known/openid-configuration", "", 200)), &found); err != nil || !strings.HasPrefix(found.Token, base+"/") {
		m.t.Fatalf("%v: token endpoint %q", err, found.Token)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.FormValue("code")) }))
	defer app.Close()
	redirect := strings.Replace(app.URL, "127.0.0.1", "localhost", 1)
	v := visitor.New(transport)
	v.Email, v.Password, v.SignUp, v.Attributes = email, password, true, map[string]string{"displayName": "Grace"}
	v.Code = func(_ context.Context, address string) (string, error) {
		return readOutbox(&http.Client{Transport: bearer{remoteToken, transport}}, base, address)
	}
	verifier := strings.Repeat("v", 43)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	page, err := v.Visit(ctx, found.Authorize+"?"+url.Values{
		"client_id": {desktopApp}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {"openid offline_access"},
		"code_challenge": {verifier}, "code_challenge_method": {"plain"},
	}.Encode())
	if err != nil || page.Name != "" {
		m.t.Fatalf("sign-up: %v at %+v", err, page)
	}
	answer, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).PostForm(found.Token, url.Values{
		"grant_type": {"authorization_code"}, "client_id": {desktopApp}, "redirect_uri": {redirect}, "code": {page.Text}, "code_verifier": {verifier},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	var tokens map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || tokens["id_token"] == nil || tokens["access_token"] == nil || tokens["refresh_token"] == nil {
		m.t.Errorf("token endpoint: %v %v", err, tokens["error_description"])
	}
}

// checkCommands runs ciam there.
func (m *remoteMachine) checkCommands(p *program, pem, port string) {
	m.t.Helper()
	ca := filepath.Join(m.t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(pem), 0o600); err != nil {
		m.t.Fatal(err)
	}
	elsewhere := append(newProgram(m.t).env, "CIAM_EMULATOR_URL=https://"+net.JoinHostPort(m.address, port))
	trusting := append(elsewhere[:len(elsewhere):len(elsewhere)], "CIAM_CA_FILE="+ca)
	knowing := append(trusting[:len(trusting):len(trusting)], "CIAM_EMULATOR_CONTROL_TOKEN="+remoteToken)
	for _, tc := range []struct {
		env  []string
		args []string
		code int
		says string
	}{
		{elsewhere, []string{"health"}, 5, "/_emulator/ca.pem has it"},
		{trusting, []string{"health"}, 8, "--control-token-file"},
		{trusting, []string{"stop"}, 8, "--control-token-file"},
		{knowing, []string{"health", "--wait"}, 0, "https://" + m.address},
		{knowing, []string{"env", "--shell", "sh"}, 0, "export CIAM_CA_FILE='" + ca + "'"},
	} {
		cmd := m.program(tc.env, append([]string{p.path, "emulator"}, tc.args...)...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != tc.code || !strings.Contains(out.String(), tc.says) || strings.Contains(out.String(), remoteToken) {
			m.t.Errorf("emulator %v: exit %d (%v), want %d and %q\n%s", tc.args, code, err, tc.code, tc.says, out.String())
		}
	}
}

// ask makes a request from there; the status is 0 without an answer.
func (m *remoteMachine) ask(transport http.RoundTripper, method, address, token, body string) (int, string) {
	m.t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Transport: bearer{token, transport}, Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, address, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (m *remoteMachine) fetch(transport http.RoundTripper, address, token string, want int) string {
	m.t.Helper()
	status, body := m.ask(transport, "GET", address, token, "")
	if status != want {
		m.t.Fatalf("%s: %d, want %d: %s", address, status, want, body)
	}
	return body
}
