package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func page(status int, contentType, body string) func(*http.Request) *http.Response {
	return func(*http.Request) *http.Response {
		return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body))}
	}
}

// only answers requests whose path ends in suffix.
func only(suffix string, answer func(*http.Request) *http.Response) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, suffix) {
			return answer(r)
		}
		return nil
	}
}

// edited is the tenant's own JSON with strings replaced.
func (m *machine) edited(suffix string, replace ...string) func(*http.Request) *http.Response {
	return only(suffix, func(r *http.Request) *http.Response {
		resp, err := m.tenant.Transport().RoundTrip(r)
		if err != nil {
			m.t.Error(err)
			return nil
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		edited := strings.NewReplacer(replace...).Replace(string(body))
		if edited == string(body) {
			m.t.Errorf("nothing to replace in %s", body)
		}
		return page(resp.StatusCode, "application/json", edited)(r)
	})
}

// TestLogin_tenantTrouble has every kind of discovery that cannot be used: told before the browser opens, nothing kept.
func TestLogin_tenantTrouble(t *testing.T) {
	const discovery = "/openid-configuration"
	tid := directory.DefaultTenantID
	for name, tc := range map[string]struct {
		tenant string
		answer func(*machine) func(*http.Request) *http.Response
		code   int
		says   string
	}{
		"unknown tenant": {"nosuchtenant", func(*machine) func(*http.Request) *http.Response { return nil }, 5, "nosuchtenant"},
		"a web page":     {"contoso", func(*machine) func(*http.Request) *http.Response { return page(200, "text/html", "<html>Hotel Wi-Fi") }, 5, ""},
		"404":            {"contoso", func(*machine) func(*http.Request) *http.Response { return page(404, "text/plain", "no") }, 5, "404"},
		"500":            {"contoso", func(*machine) func(*http.Request) *http.Response { return page(500, "text/plain", "no") }, 5, "500"},
		"huge": {"contoso", func(*machine) func(*http.Request) *http.Response {
			return page(200, "application/json", `{"x":"`+strings.Repeat("x", 2<<20)+`"}`)
		}, 5, ""},
		"foreign issuer": {"contoso", func(m *machine) func(*http.Request) *http.Response {
			return m.edited(discovery, "https://"+tid+".ciamlogin.com/"+tid+"/v2.0", "https://evil.example/"+tid+"/v2.0")
		}, 6, "evil.example"},
		"http endpoint": {"contoso", func(m *machine) func(*http.Request) *http.Response {
			return m.edited(discovery, `"token_endpoint":"https://`, `"token_endpoint":"http://`)
		}, 6, "token_endpoint"},
		"endpoint elsewhere": {"contoso", func(m *machine) func(*http.Request) *http.Response {
			return m.edited(discovery, `"token_endpoint":"https://contoso.ciamlogin.com`, `"token_endpoint":"https://evil.example`)
		}, 6, "evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.env["CIAM_TENANT"] = tc.tenant
			m.answer = tc.answer(m)
			m.fails(tc.code, []string{tc.says}, "login")
			if m.browsers.Load() != 0 || m.items.Len() != 0 {
				t.Errorf("%d browsers, %d items", m.browsers.Load(), m.items.Len())
			}
		})
	}
}

type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
}

func TestLogin_tokenTrouble(t *testing.T) {
	const token, keys = "/oauth2/v2.0/token", "/discovery/v2.0/keys"
	for name, tc := range map[string]struct {
		answer func(*machine) func(*http.Request) *http.Response
		code   int
		says   string
	}{
		"not JSON": {func(*machine) func(*http.Request) *http.Response {
			return only(token, page(200, "text/html", "<html>"))
		}, 5, "web page"},
		"500": {func(*machine) func(*http.Request) *http.Response { return only(token, page(500, "text/plain", "")) }, 5, "500"},
		"no keys": {func(*machine) func(*http.Request) *http.Response {
			return only(keys, page(200, "application/json", `{"keys":[]}`))
		}, 0, ""},
		"keys that are a page": {func(*machine) func(*http.Request) *http.Response {
			return only(keys, page(200, "text/html", "<html>"))
		}, 5, ""},
		"a broken ID token": {func(m *machine) func(*http.Request) *http.Response {
			return m.edited(token, `"id_token":"ey`, `"id_token":"eY`)
		}, 6, ""},
		"a refusal": {func(*machine) func(*http.Request) *http.Response {
			return only(token, page(400, "application/json", `{"error":"invalid_request","error_description":"AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests. Trace ID: 11111111-0000-0000-0000-000000000000 Correlation ID: 22222222-0000-0000-0000-000000000000 Timestamp: 2026-11-24 09:00:00Z"}`))
		}, 8, "AADSTS9002327"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.answer = tc.answer(m)
			if tc.code == 0 {
				tc.code = 6
			}
			o := m.fails(tc.code, []string{tc.says}, "login")
			if m.items.Len() != 0 {
				t.Error("something was kept")
			}
			if name == "a refusal" && !strings.Contains(o.stderr, "22222222-0000-0000-0000-000000000000") {
				t.Errorf("no correlation id:\n%s", o.stderr)
			}
			for _, s := range m.tenant.IssuedSecrets() {
				if strings.Contains(o.stderr, s) {
					t.Error("a secret is shown")
				}
			}
		})
	}
}

func TestLogin_unreachable(t *testing.T) {
	m := newMachine(t)
	m.network = unreachable{}
	o := m.run("login")
	if o.code != 5 || o.stdout != "" || !strings.Contains(o.stderr, "connection refused") || !strings.Contains(o.stderr, "hint: ") {
		t.Errorf("%+v", o)
	}
}

func TestLogin_jsonErrors(t *testing.T) {
	m := newMachine(t)
	m.visitor.Cancel = true
	o := m.run("login", "-o", "json")
	var got struct {
		Error struct {
			Code, Message, Hint string
			AADSTS              int
			CorrelationID       string `json:"correlation_id"`
			TraceID             string `json:"trace_id"`
		}
	}
	last := o.stderr[strings.LastIndex(strings.TrimSpace(o.stderr), "\n")+1:]
	if err := json.Unmarshal([]byte(last), &got); err != nil {
		t.Fatalf("%v in %q", err, last)
	}
	if e := got.Error; o.code != 8 || o.stdout != "" || e.Code != "cancelled" || e.AADSTS != 65004 || e.CorrelationID == "" || e.TraceID == "" || e.Hint == "" || e.Message == "" {
		t.Errorf("exit %d: %+v", o.code, e)
	}
}

func TestLogin_interrupted(t *testing.T) {
	m := newMachine(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	m.visitor.OnPage = func(string) { <-m.t.Context().Done() } // the person looks at the first page for ever
	if o := m.runContext(ctx, "login"); o.code != 130 || o.stdout != "" {
		t.Errorf("%+v", o)
	}
}

func TestLogin_timeout(t *testing.T) {
	m := newMachine(t)
	m.env["CIAM_REDIRECT_URI"] = "http://localhost:3000/not/registered" // the tenant shows an error page and stays there
	m.fails(8, []string{"no answer from the browser within 1s", "AADSTS50011", "/not/registered"}, "login", "--timeout", "1s")
}

func TestStore_brokenItems(t *testing.T) {
	for name, tc := range map[string]struct{ item, says string }{
		"rubbish":           {"rubbish", "which replaces it"},
		"a newer one":       {`{"v":99}`, "update ciam"},
		"half of a session": {`{"v":1,"session":{"tenant_id":"x"}}`, "which replaces it"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.must("login")
			if name == "rubbish" {
				m.items.SetItem(m.item(), "rubbish")
			} else {
				m.put(m.item(), tc.item)
			}
			for _, args := range [][]string{{"token"}, {"whoami"}, {"claims"}} {
				m.fails(7, []string{tc.says}, args...)
			}
			m.newBrowser()
			m.must("logout", "--local")
			if m.items.Len() != 0 {
				t.Errorf("%d items left", m.items.Len())
			}
			m.must("login")
			m.must("token")
		})
	}
}

func TestConfig_unwritable(t *testing.T) {
	m := newMachine(t)
	if err := os.WriteFile(filepath.Join(m.home, "xdg_config_home"), nil, 0o600); err != nil { // a file where the folder goes
		t.Fatal(err)
	}
	delete(m.env, "CIAM_TENANT")
	for _, args := range [][]string{{"profile", "add", "a", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp}, {"login", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp}} {
		o := m.run(args...)
		if o.code != 1 || o.stdout != "" || !strings.Contains(o.stderr, "config.yaml") || m.browsers.Load() != 0 {
			t.Errorf("%v: %+v", args, o)
		}
	}
}

func TestProfile_pinsTheTenant(t *testing.T) {
	m := newMachine(t)
	delete(m.env, "CIAM_TENANT")
	delete(m.env, "CIAM_CLIENT_ID")
	m.must("login", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp)
	o := m.must("profile", "show", "contoso", "--jq", ".tenant_id")
	if strings.TrimSpace(o.stdout) != directory.DefaultTenantID {
		t.Errorf("pinned %q", o.stdout)
	}
	m.must("token") // no flags needed any more
	m.must("profile", "add", "second", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp)
	if o := m.must("profile", "show", "second", "-o", "json"); !strings.Contains(o.stdout, directory.DefaultTenantID) {
		t.Errorf("profile add pinned nothing: %s", o.stdout)
	}
	// A tenant whose id has changed is another tenant.
	other := "00000000-1111-2222-3333-444444444444"
	m.answer = m.edited("/openid-configuration", directory.DefaultTenantID, other)
	if err := os.RemoveAll(filepath.Join(m.home, "xdg_cache_home")); err != nil {
		t.Fatal(err)
	}
	m.newBrowser()
	m.fails(6, []string{other}, "login", "-p", "second")
}

func TestLogout_all(t *testing.T) {
	m := newMachine(t)
	delete(m.env, "CIAM_TENANT")
	m.must("profile", "add", "a", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp)
	m.must("profile", "add", "b", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp)
	for _, p := range []string{"a", "b"} {
		m.newBrowser()
		m.must("login", "-p", p)
	}
	if m.items.Len() != 2 {
		t.Fatalf("%d items", m.items.Len())
	}
	o := m.must("logout", "--all", "--local", "-o", "json")
	if m.items.Len() != 0 || !strings.Contains(o.stdout, `"tokens_deleted": true`) {
		t.Errorf("%d items left: %s", m.items.Len(), o.stdout)
	}
}

func TestExitCodes_areDocumented(t *testing.T) {
	documented := map[int]bool{}
	for _, c := range exitCodes() {
		if c.Meaning == "" || documented[c.Code] {
			t.Errorf("exit code %d: no meaning, or twice", c.Code)
		}
		documented[c.Code] = true
	}
	for _, code := range []int{exitOK, exitOther, exitUsage, exitNotFound, exitLogin, exitUnreachable, exitUnverified, exitStore, exitRefused, exitHungUp, exitInterrupted, exitTerminated} {
		if !documented[code] {
			t.Errorf("exit code %d is not documented", code)
		}
	}
}

// TestToken_readOnlyHome has folders that nothing can be written to: a valid token needs none of them, and a renewal
// says what is in the way.
func TestToken_readOnlyHome(t *testing.T) {
	m := newMachine(t)
	m.must("login")
	for _, dir := range []string{"xdg_cache_home", "xdg_state_home"} {
		path := filepath.Join(m.home, dir)
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil { // a file where the folder goes: root is stopped by it too
			t.Fatal(err)
		}
	}
	m.must("token")
	m.must("whoami")
	before, _ := m.items.Item(m.item())
	o := m.run("token", "--force-refresh")
	if o.code != exitUnreachable || o.stdout != "" || !strings.Contains(o.stderr, "lock") {
		t.Errorf("%+v", o)
	}
	if after, _ := m.items.Item(m.item()); after != before {
		t.Error("the session was changed")
	}
}
