package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// control calls the control API and decodes its answer; body "" sends none.
func (f *fixture) control(t *testing.T, method, path, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, base+controlRoot+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := f.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "$2a$") || strings.Contains(string(data), "asswordHash") {
		t.Errorf("%s %s answers with a hash: %s", method, path, data)
	}
	var out map[string]any
	if len(data) > 0 {
		if err := json.Unmarshal(data, &out); err != nil {
			t.Fatalf("%s %s: %d %v: %s", method, path, resp.StatusCode, err, data)
		}
	}
	return resp.StatusCode, out
}

// must is control for a call that has to succeed.
func (f *fixture) must(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	status, out := f.control(t, method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

func TestControl_guard(t *testing.T) {
	f := newFixture(t, nil)
	for _, tc := range []struct {
		name, method, path string
		change             func(*http.Request)
		want               int
	}{
		{"reading", "GET", "/users", nil, 200},
		{"reading over ::1", "GET", "/users", func(r *http.Request) { r.RemoteAddr = "[::1]:9" }, 200},
		{"reading by the tenant's own name", "GET", "/outbox", func(r *http.Request) { r.Host = "contoso.ciamlogin.com" }, 200},
		{"another machine", "GET", "/users", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, 403},
		{"another machine over IPv6", "GET", "/health", func(r *http.Request) { r.RemoteAddr = "[2001:db8::1]:1" }, 403},
		{"mapped address of this machine", "GET", "/users", func(r *http.Request) { r.RemoteAddr = "[::ffff:127.0.0.1]:1" }, 200},
		{"no address", "GET", "/users", func(r *http.Request) { r.RemoteAddr = "@" }, 403},
		{"through a proxy", "GET", "/users", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }, 403},
		{"through a proxy that names the host", "GET", "/users", func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "emulator.example") }, 403},
		{"through a proxy of the standard", "GET", "/users", func(r *http.Request) { r.Header.Set("Forwarded", "for=192.0.2.1") }, 403},
		{"through nginx", "GET", "/users", func(r *http.Request) { r.Header.Set("X-Real-IP", "192.0.2.1") }, 403},
		{"through nginx, changing", "POST", "/reset", func(r *http.Request) { r.Header.Set("X-Real-IP", "127.0.0.1") }, 403},
		{"another host name", "GET", "/users", func(r *http.Request) { r.Host = "evil.example" }, 421},
		{"changing by the tenant's own name", "POST", "/reset", func(r *http.Request) { r.Host = "contoso.ciamlogin.com" }, 403},
		{"changing", "POST", "/reset", nil, 204},
		{"a form", "POST", "/reset", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 415},
		{"text", "POST", "/reset", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415},
		{"no type", "POST", "/reset", func(r *http.Request) { r.Header.Del("Content-Type") }, 415},
		{"type with a parameter", "POST", "/reset", func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }, 204},
		{"put without type", "PUT", "/clock", func(r *http.Request) { r.Header.Del("Content-Type") }, 415},
		{"another page", "POST", "/reset", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		{"a page on another port", "DELETE", "/outbox", func(r *http.Request) { r.Header.Set("Origin", "http://localhost:3000") }, 403},
		{"no page at all", "DELETE", "/outbox", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"delete without type", "DELETE", "/outbox", func(r *http.Request) { r.Header.Del("Content-Type") }, 200},
		{"preflight", "OPTIONS", "/users", func(r *http.Request) {
			r.Header.Set("Origin", "http://localhost:3000")
			r.Header.Set("Access-Control-Request-Method", "POST")
		}, 403},
		{"get that changes", "GET", "/reset", nil, 405},
		{"head", "HEAD", "/health", nil, 200},
		{"no such call", "GET", "/nothing", nil, 404},
		{"no such call that looks like a tenant's", "GET", "/oauth2/v2.0/token", nil, 404},
		{"landing page from another machine", "GET", "@/", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, 403},
		{"outbox page from another machine", "GET", "/outbox/page", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, 403},
		{"landing page", "GET", "@/", nil, 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := controlRoot + tc.path
			if p, ok := strings.CutPrefix(tc.path, "@"); ok {
				path = p
			}
			r := httptest.NewRequest(tc.method, path, nil)
			r.Host, r.RemoteAddr = "localhost:4321", "127.0.0.1:9"
			r.Header.Set("Content-Type", "application/json")
			if tc.change != nil {
				tc.change(r)
			}
			w := httptest.NewRecorder()
			f.ServeHTTP(w, r)
			if w.Code != tc.want {
				t.Errorf("%d, want %d: %s", w.Code, tc.want, w.Body)
			}
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s lets web pages in", name)
				}
			}
		})
	}
}

func TestControl_badInput(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Seed.Tenants = append(o.Seed.Tenants, directory.Tenant{ID: "aaaabbbb-0000-cccc-1111-dddd2222ffff", Subdomain: "fabrikam", Keys: o.Seed.Tenants[0].Keys})
	})
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		code, field, says        string
	}{
		{"nothing", "POST", "/users", "", 400, "malformed", "", "got nothing"},
		{"null", "POST", "/users", "null", 400, "malformed", "", "got nothing"},
		{"cut off", "POST", "/users", `{"email":`, 400, "malformed", "", "whole JSON object"},
		{"not JSON", "POST", "/users", `email=x`, 400, "malformed", "", "byte 1"},
		{"an array", "POST", "/users", `[]`, 400, "malformed", "", "got array"},
		{"a string", "POST", "/users", `"x"`, 400, "malformed", "", "got string"},
		{"two objects", "POST", "/users", `{"tenant":"contoso","email":"a@example.com"}{}`, 400, "malformed", "", "nothing after it"},
		{"unknown field", "POST", "/users", `{"tenant":"contoso","mail":"a@example.com"}`, 400, "unknown_field", "mail", "expected tenant, id, email"},
		{"field with markup", "POST", "/users", `{"<b>":1}`, 400, "unknown_field", "<b>", "unknown field"},
		{"wrong type", "POST", "/users", `{"tenant":"contoso","email":["a"]}`, 400, "invalid_value", "email", "expected a string, got array"},
		{"wrong type of a switch", "POST", "/users", `{"tenant":"contoso","disabled":"no"}`, 400, "invalid_value", "disabled", "expected true or false"},
		{"too large", "POST", "/users", `{"email":"` + strings.Repeat("a", maxRequest) + `"}`, 413, "too_large", "", "64 KiB"},
		{"no tenant named", "POST", "/users", `{"email":"a@example.com"}`, 400, "invalid_value", "tenant", "contoso, fabrikam"},
		{"unknown tenant", "POST", "/users", `{"tenant":"nobody","email":"a@example.com"}`, 404, "unknown_tenant", "tenant", "no tenant nobody"},
		{"no address", "POST", "/users", `{"tenant":"contoso"}`, 400, "invalid_value", "email", "required"},
		{"bad address", "POST", "/users", `{"tenant":"contoso","email":"<script>"}`, 400, "invalid_value", "email", "email address"},
		{"bad id", "POST", "/users", `{"tenant":"contoso","email":"a@example.com","id":"7"}`, 400, "invalid_value", "id", "GUID"},
		{"empty password", "POST", "/users", `{"tenant":"contoso","email":"a@example.com","password":""}`, 400, "invalid_value", "password", "1 to 256"},
		{"bad attribute", "POST", "/users", `{"tenant":"contoso","email":"a@example.com","attributes":{"a b":"x"}}`, 400, "invalid_value", "attributes", ""},
		{"long attribute", "POST", "/users", `{"tenant":"contoso","email":"a@example.com","attributes":{"givenName":"` + strings.Repeat("x", 65) + `"}}`, 400, "invalid_value", "attributes.givenName", "at most 64"},
		{"revoke at birth", "POST", "/users", `{"tenant":"contoso","email":"a@example.com","revoke_sessions":true}`, 400, "invalid_value", "revoke_sessions", ""},
		{"same address", "POST", "/users", `{"tenant":"contoso","email":"ADA@example.com"}`, 409, "exists", "", "already"},
		{"new id", "PATCH", "/users/" + testEmail, `{"id":"aaaaaaaa-0000-1111-2222-cccccccccccc"}`, 400, "invalid_value", "id", "do not change"},
		{"bad new address", "PATCH", "/users/" + testEmail, `{"email":"x"}`, 400, "invalid_value", "email", "email address"},
		{"nobody", "PATCH", "/users/nobody@example.com", `{}`, 404, "not_found", "", "no user nobody"},
		{"nobody to delete", "DELETE", "/users/nobody@example.com", "", 404, "not_found", "", ""},
		{"body of a delete", "DELETE", "/users/" + testEmail, `{"x":` + strings.Repeat("1", 40), 400, "malformed", "", "takes no body"},
		{"filter that does not exist", "GET", "/users?mail=x", "", 400, "unknown_field", "mail", "expected tenant, email"},
		{"filter twice", "GET", "/users?email=x&email=y", "", 400, "invalid_value", "email", "twice"},
		{"filter of an unknown tenant", "GET", "/users?tenant=x", "", 404, "unknown_tenant", "tenant", ""},
		{"broken query", "GET", "/users?a=%zz", "", 400, "malformed", "", ""},
		{"long query", "GET", "/outbox?to=" + strings.Repeat("a", maxRequest), "", 413, "too_large", "", ""},
		{"wait too long", "GET", "/outbox?wait=31", "", 400, "invalid_value", "wait", "0 to 30"},
		{"wait backwards", "GET", "/outbox?wait=-1", "", 400, "invalid_value", "wait", ""},
		{"wait for ever", "GET", "/outbox?wait=Inf", "", 400, "invalid_value", "wait", ""},
		{"wait for nothing", "GET", "/outbox?wait=NaN", "", 400, "invalid_value", "wait", ""},
		{"after what", "GET", "/outbox?after=x", "", 400, "invalid_value", "after", ""},
		{"short code", "PUT", "/code", `{"tenant":"contoso","code":"1234"}`, 400, "invalid_value", "code", "8 digits"},
		{"no code", "PUT", "/code", `{"tenant":"contoso"}`, 400, "invalid_value", "code", "8 digits"},
		{"code of no tenant", "PUT", "/code", `{"tenant":"x","code":"12345678"}`, 404, "unknown_tenant", "tenant", ""},
		{"no offset", "PUT", "/clock", `{}`, 400, "invalid_value", "offset_seconds", "required"},
		{"offset in words", "PUT", "/clock", `{"offset_seconds":"1h"}`, 400, "invalid_value", "offset_seconds", "number"},
		{"a century", "PUT", "/clock", `{"offset_seconds":3e9}`, 400, "invalid_value", "offset_seconds", ""},
		{"key of no tenant", "POST", "/keys/rotate?tenant=x", "", 404, "unknown_tenant", "tenant", ""},
		{"key of some tenant", "POST", "/keys/rotate", "", 400, "invalid_value", "tenant", "several"},
		{"session of no tenant", "DELETE", "/sessions?tenant=x", "", 404, "unknown_tenant", "tenant", ""},
		{"fault nowhere", "POST", "/faults", `{"endpoint":"tokens","status":500}`, 400, "invalid_value", "endpoint", "expected discovery"},
		{"fault without effect", "POST", "/faults", `{"endpoint":"token"}`, 400, "invalid_value", "endpoint", "needs an effect"},
		{"fault with two effects", "POST", "/faults", `{"endpoint":"token","status":500,"token":"expired"}`, 400, "invalid_value", "endpoint", "exclude"},
		{"fault of no tenant", "POST", "/faults", `{"endpoint":"token","tenant":"x","status":500}`, 400, "invalid_value", "tenant", "no tenant"},
		{"good status", "POST", "/faults", `{"endpoint":"token","status":200}`, 400, "invalid_value", "status", "400 to 599"},
		{"negative count", "POST", "/faults", `{"endpoint":"token","status":500,"count":-1}`, 400, "invalid_value", "count", ""},
		{"delay of an hour", "POST", "/faults", `{"endpoint":"token","delay_ms":3600000}`, 400, "invalid_value", "delay_ms", "30000"},
		{"odd token", "POST", "/faults", `{"endpoint":"token","token":"broken"}`, 400, "invalid_value", "token", "wrong_key"},
		{"header in a type", "POST", "/faults", `{"endpoint":"token","content_type":"a\r\nSet-Cookie: x=y"}`, 400, "invalid_value", "content_type", ""},
		{"odd error", "POST", "/faults", `{"endpoint":"token","oauth_error":"<b>"}`, 400, "invalid_value", "oauth_error", ""},
		{"own id", "POST", "/faults", `{"endpoint":"token","status":500,"id":"7"}`, 400, "invalid_value", "id", "assigned"},
		{"misspelt effect", "POST", "/faults", `{"endpoint":"token","delay":5}`, 400, "unknown_field", "delay", "delay_ms"},
		{"no such fault", "DELETE", "/faults/7", "", 404, "not_found", "", "no fault 7"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, out := f.control(t, tc.method, tc.path, tc.body)
			e, _ := out["error"].(map[string]any)
			field, _ := e["field"].(string)
			if text := fmt.Sprint(e["message"]); status != tc.status || e["code"] != tc.code || field != tc.field || !strings.Contains(text, tc.says) {
				t.Errorf("%d %v, want %d %s %q %q", status, e, tc.status, tc.code, tc.field, tc.says)
			}
		})
	}
	if n := len(f.store.View().Tenants[0].Users); n != 1 || len(f.Faults()) != 0 || f.ClockOffset() != 0 {
		t.Errorf("a refused call changed something: %d users, faults %v, clock %s", n, f.Faults(), f.ClockOffset())
	}
}

func TestControl_users(t *testing.T) {
	for name, file := range map[string]bool{"in memory": false, "in a file": true} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) {
				if file {
					o.DataFile = t.TempDir() + "/tenant.yaml"
				}
			})
			made := f.must(t, "POST", "/users", `{"email":"Bob@example.com","password":"`+testPassword+`","attributes":{"displayName":"<script>Bob</script>","givenName":"Bob"}}`)
			id := made["id"].(string)
			if made["email"] != "Bob@example.com" || made["tenant_id"] != tid || made["has_password"] != true || !directory.IsGUID(id) {
				t.Fatalf("%v", made)
			}
			v := f.visitor(t)
			signIn := func(password string) *page {
				v.get(authorizeURL("prompt", "login"))
				v.submit("next", "email", "bob@example.com")
				if v.page.name != "password" {
					return v.page
				}
				return v.submit("next", "password", password)
			}
			signIn(testPassword)
			tok := f.redeem(t, v.answer().Get("code"))
			if _, c := decode(t, tok.IDToken); c["name"] != "<script>Bob</script>" || c["given_name"] != "Bob" || c["oid"] != id {
				t.Errorf("claims %v", c)
			}

			changed := f.must(t, "PATCH", "/users/bob@example.com", `{"attributes":{"displayName":"Bob","givenName":null},"password":"Other-Horse-8"}`)
			if a := changed["attributes"].(map[string]any); len(a) != 1 || a["displayName"] != "Bob" {
				t.Errorf("attributes %v", a)
			}
			if signIn(testPassword); v.page.name != "password" {
				t.Errorf("the old password is good: %s", v.page.name)
			}
			signIn("Other-Horse-8")
			again := f.redeem(t, v.answer().Get("code"))
			if _, c := decode(t, again.IDToken); c["name"] != "Bob" || c["given_name"] != nil {
				t.Errorf("claims %v", c)
			}

			f.must(t, "PATCH", "/users/"+id, `{"revoke_sessions":true}`)
			f.refresh(t, tok.RefreshToken).want(t, 400, 50173, "invalid_grant")
			if v.get(authorizeURL("prompt", "none")); v.answer().Get("error") != "login_required" {
				t.Errorf("the session outlived its revocation: %v", v.answer())
			}
			f.clock.Add(time.Second)
			signIn("Other-Horse-8")
			fresh := f.redeem(t, v.answer().Get("code"))

			f.must(t, "PATCH", "/users/"+id, `{"disabled":true}`)
			f.refresh(t, fresh.RefreshToken).want(t, 400, 50057, "invalid_grant")
			if signIn("Other-Horse-8"); v.page.name != "sign-in" {
				t.Errorf("a disabled user reached %s", v.page.name)
			}
			f.must(t, "PATCH", "/users/"+id, `{"disabled":false,"email":"robert@example.com"}`)
			if got := f.refresh(t, fresh.RefreshToken); got.Error != "" {
				t.Errorf("enabled again: %s", got.ErrorDescription)
			}
			list := f.must(t, "GET", "/users?email=ROBERT@example.com", "")["users"].([]any)
			if len(list) != 1 || f.must(t, "GET", "/users/robert@example.com?tenant=contoso", "")["id"] != id {
				t.Errorf("%v", list)
			}
			f.must(t, "DELETE", "/users/"+id, "")
			f.refresh(t, fresh.RefreshToken).want(t, 400, 50034, "invalid_grant")
			if status, _ := f.control(t, "GET", "/users/"+id, ""); status != 404 {
				t.Errorf("deleted, and there: %d", status)
			}
		})
	}
}

func TestControl_outbox(t *testing.T) {
	f := newFixture(t, nil)
	type box struct{ Messages []Message }
	read := func(query string) (b box) {
		t.Helper()
		f.getJSON(t, base+"/_emulator/outbox"+query, &b)
		return b
	}
	if b := read("?wait=0.05"); b.Messages == nil || len(b.Messages) != 0 {
		t.Errorf("%+v", b)
	}
	got := make(chan box)
	go func() { got <- read("?to=late@example.com&wait=30") }()
	time.Sleep(20 * time.Millisecond)
	f.signUpTo(f.visitor(t), "code", "other@example.com")
	select {
	case b := <-got:
		t.Fatalf("a message to somebody else ended the wait: %+v", b)
	case <-time.After(20 * time.Millisecond):
	}
	f.signUpTo(f.visitor(t), "code", "late@example.com")
	select {
	case b := <-got:
		if len(b.Messages) != 1 || b.Messages[0].To != "late@example.com" || len(b.Messages[0].Code) != 8 {
			t.Fatalf("%+v", b)
		}
		if next := read(fmt.Sprintf("?to=late@example.com&after=%d", b.Messages[0].ID)); len(next.Messages) != 0 {
			t.Errorf("after the last: %+v", next)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the wait did not end")
	}
	if n := f.must(t, "DELETE", "/outbox?to=LATE@example.com", "")["deleted"]; n != 1.0 || len(f.Outbox()) != 1 {
		t.Errorf("%v deleted, %v left", n, f.Outbox())
	}
	if f.must(t, "DELETE", "/outbox", ""); len(f.Outbox()) != 0 {
		t.Errorf("%v left", f.Outbox())
	}
}

func TestControl_code(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].FixedOneTimeCode = "12345678" })
	v := f.visitor(t)
	f.signUpTo(v, "code", "seed@example.com")
	v.submit("next", "code", "12345678")
	v.want("new-password")
	f.must(t, "PUT", "/code", `{"code":"00000001"}`)
	f.signUpTo(f.visitor(t), "code", "control@example.com")
	if c := f.lastCode(t, "control@example.com"); c != "00000001" {
		t.Errorf("code %s", c)
	}
	f.must(t, "DELETE", "/code", "")
	f.signUpTo(f.visitor(t), "code", "again@example.com")
	if c := f.lastCode(t, "again@example.com"); c != "12345678" {
		t.Errorf("code %s", c)
	}
	seed := DefaultSeed()
	seed.Tenants[0].FixedOneTimeCode = "1234567"
	if _, err := New(Options{Seed: seed}); err == nil || !strings.Contains(err.Error(), "fixedOneTimeCode") {
		t.Errorf("%v", err)
	}
}

func TestControl_sessions(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	sid := v.signIn().Get("session_state")
	list := f.must(t, "GET", "/sessions", "")["sessions"].([]any)
	if len(list) != 1 {
		t.Fatalf("%v", list)
	}
	s := list[0].(map[string]any)
	if s["sid"] != sid || s["email"] != testEmail || s["apps"].([]any)[0] != publicApp {
		t.Errorf("%v", s)
	}
	if n := f.must(t, "DELETE", "/sessions?user=bob@example.com", "")["deleted"]; n != 0.0 {
		t.Errorf("%v ended", n)
	}
	if v.get(authorizeURL("prompt", "none")); v.answer().Get("code") == "" {
		t.Error("somebody else's session was ended")
	}
	if n := f.must(t, "DELETE", "/sessions?user="+testEmail, "")["deleted"]; n != 1.0 {
		t.Errorf("%v ended", n)
	}
	if v.get(authorizeURL("prompt", "none")); v.answer().Get("error") != "login_required" {
		t.Error("the session goes on")
	}
}

// TestControl_requests goes through a whole story and looks for secrets in the log.
func TestControl_requests(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	f.signUpTo(v, "attributes", "log@example.com")
	v.submit("create", "displayName", "Log")
	f.plan(t, Fault{Endpoint: "token", DelayMS: 60}) // a clock of Windows may stand still for 16 ms
	tok := f.redeem(t, v.answer().Get("code"), "@client-request-id", "11112222-3333-4444-5555-666677778888")
	f.refresh(t, tok.RefreshToken)
	f.redeem(t, "1.Agarbage", "client_id", "a secret in the wrong field")
	f.token(t, map[string][]string{"client_id": {webApp}, "client_secret": {"typed secret"}, "grant_type": {"p a s s"}})
	v.get(authorizeURL("prompt", "none", "login_hint", "nobody@example.com"))
	v.get(base + "/nobody/oauth2/v2.0/authorize")
	f.must(t, "GET", "/health", "")

	log := f.Requests()
	data, err := json.Marshal(f.must(t, "GET", "/requests", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(f.IssuedSecrets(), "typed secret", "a secret in the wrong field", "p a s s", testPassword, "flow=") {
		if bytes.Contains(data, []byte(s)) {
			t.Errorf("the log has %.12q", s)
		}
	}
	find := func(endpoint string, code int) *Request {
		for i := range log {
			if log[i].Endpoint == endpoint && log[i].AADSTS == code {
				return &log[i]
			}
		}
		t.Errorf("no request to %s with %d: %s", endpoint, code, data)
		return &Request{}
	}
	if r := find("token", 0); r.ClientID != publicApp || r.GrantType != "authorization_code" || r.Status != 200 || r.CorrelationID != "11112222-3333-4444-5555-666677778888" || r.DurationMS < 30 {
		t.Errorf("%+v", r)
	}
	find("token", 700016)
	if r := find("authorize", 50058); r.Status != 302 || r.ClientID != publicApp {
		t.Errorf("%+v", r)
	}
	if r := find("authorize", 90002); r.Status != 400 {
		t.Errorf("%+v", r)
	}
	for _, r := range log {
		if strings.HasPrefix(r.Path, controlRoot) {
			t.Errorf("the control area is in the log: %s", r.Path)
		}
	}
	for i := range maxRequests + 3 {
		v.get(fmt.Sprintf("%s/nowhere/%d", base, i))
	}
	if log = f.Requests(); len(log) != maxRequests || log[0].Path != "/nowhere/3" || log[maxRequests-1].Path != fmt.Sprintf("/nowhere/%d", maxRequests+2) {
		t.Errorf("%d requests, from %s to %s", len(log), log[0].Path, log[len(log)-1].Path)
	}
	f.must(t, "DELETE", "/requests", "")
	if n := len(f.Requests()); n != 0 {
		t.Errorf("%d left", n)
	}
}

func TestControl_clock(t *testing.T) {
	f := newFixture(t, nil)
	code := f.visitor(t).signIn().Get("code")
	out := f.must(t, "PUT", "/clock", `{"offset_seconds":660}`)
	if out["offset_seconds"] != 660.0 || out["now"] != clocktest.Now().Add(11*time.Minute).Format(time.RFC3339) {
		t.Errorf("%v", out)
	}
	f.redeem(t, code).want(t, 400, 70008, "invalid_grant")
	f.must(t, "PUT", "/clock", `{"offset_seconds":-3600}`)
	tok := f.redeem(t, code)
	if _, c := decode(t, tok.IDToken); c["iat"] != float64(f.clock.Now().Add(-time.Hour).Unix()) {
		t.Errorf("iat %v", c["iat"])
	}
	if out := f.must(t, "GET", "/clock", ""); out["offset_seconds"] != -3600.0 {
		t.Errorf("%v", out)
	}
	// Clients compare their clock with the tenant's by the Date header.
	server := httptest.NewServer(f.Server)
	defer server.Close()
	for name, client := range map[string]*http.Client{"a socket": server.Client(), "inside the process": {Transport: f.Transport()}} {
		resp, err := client.Get(server.URL + "/" + directory.DefaultTenantID + "/v2.0/.well-known/openid-configuration")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Date"); got != f.clock.Now().Add(-time.Hour).UTC().Format(http.TimeFormat) {
			t.Errorf("%s: Date %q", name, got)
		}
	}
}

func TestControl_keys(t *testing.T) {
	f := newFixture(t, nil)
	old := f.redeem(t, f.visitor(t).signIn().Get("code"))
	kid := f.must(t, "POST", "/keys/rotate", "")["kid"]
	next := f.refresh(t, old.RefreshToken)
	if h, _ := decode(t, next.IDToken); h["kid"] != kid {
		t.Errorf("signed with %v, want %v", h["kid"], kid)
	}
	f.verify(t, next.IDToken)
	f.verify(t, old.IDToken) // its key is still published
	for range jws.MaxKeys {
		if _, err := f.RotateKey(t.Context(), "contoso"); err != nil {
			t.Fatal(err)
		}
	}
	keys := f.must(t, "GET", "/keys?tenant=contoso", "")["keys"].([]any)
	if len(keys) != jws.MaxKeys || keys[0].(map[string]any)["signing"] != true || keys[1].(map[string]any)["signing"] != false {
		t.Errorf("%v", keys)
	}
}

func TestControl_reset(t *testing.T) {
	for name, file := range map[string]bool{"in memory": false, "in a file": true} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) {
				if file {
					o.DataFile = t.TempDir() + "/tenant.yaml"
				}
				o.Seed.Tenants[0].Keys = nil
			})
			v := f.visitor(t)
			code := v.signIn().Get("code")
			f.signUpTo(f.visitor(t), "code", "half@example.com")
			f.must(t, "POST", "/users", `{"email":"new@example.com"}`)
			f.must(t, "PATCH", "/users/"+testEmail, `{"password":"Other-Horse-8"}`)
			f.must(t, "POST", "/faults", `{"endpoint":"token","status":500}`)
			f.must(t, "PUT", "/clock", `{"offset_seconds":5}`)
			f.must(t, "PUT", "/code", `{"code":"12345678"}`)
			before := f.must(t, "GET", "/keys", "")
			f.must(t, "POST", "/reset", "{}")
			if users := f.must(t, "GET", "/users", "")["users"].([]any); len(users) != 1 {
				t.Errorf("%v", users)
			}
			if len(f.Outbox()) != 0 || len(f.Faults()) != 0 || len(f.Requests()) != 0 || f.ClockOffset() != 0 {
				t.Error("something is left")
			}
			f.redeem(t, code).want(t, 400, 70000, "invalid_grant")
			if v.get(authorizeURL("prompt", "none")); v.answer().Get("error") != "login_required" {
				t.Error("the session is left")
			}
			if after := f.must(t, "GET", "/keys", ""); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("keys %v became %v", before, after)
			}
			f.visitor(t).signIn() // with the seed's password
			f.signUpTo(f.visitor(t), "code", "half@example.com")
		})
	}
}

// TestControl_concurrent calls everything at once; it is for the race detector.
func TestControl_concurrent(t *testing.T) {
	f := newFixture(t, nil)
	var wg sync.WaitGroup
	for i := range 4 {
		for _, c := range []struct{ method, path, body string }{
			{"POST", "/users", fmt.Sprintf(`{"email":"u%d@example.com"}`, i)}, {"GET", "/users", ""}, {"PATCH", "/users/" + testEmail, `{"attributes":{"city":"Paris"}}`},
			{"GET", "/outbox?wait=0.1", ""}, {"DELETE", "/outbox", ""}, {"PUT", "/code", `{"code":"12345678"}`}, {"GET", "/code", ""},
			{"GET", "/sessions", ""}, {"DELETE", "/sessions?user=x", ""}, {"GET", "/requests", ""}, {"DELETE", "/requests", ""},
			{"POST", "/faults", `{"endpoint":"keys","delay_ms":1}`}, {"GET", "/faults", ""}, {"DELETE", "/faults", ""},
			{"PUT", "/clock", `{"offset_seconds":1}`}, {"GET", "/clock", ""}, {"GET", "/keys", ""}, {"POST", "/reset", ""},
		} {
			wg.Go(func() {
				if status, out := f.control(t, c.method, c.path, c.body); status >= 300 && status != 409 {
					t.Errorf("%s %s: %d %v", c.method, c.path, status, out)
				}
			})
		}
		wg.Go(func() {
			v := f.visitor(t)
			v.get(authorizeURL())
			v.get(base + "/" + tid + "/discovery/v2.0/keys")
			v.get(base + "/")
			f.outbox.Send(Message{To: "x@example.com"})
		})
	}
	wg.Wait()
}
