package emulator

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

func (f *fixture) disable(t *testing.T, email string) {
	t.Helper()
	f.edit(t, email, func(u *directory.User) { u.Disabled = true })
}

func (f *fixture) edit(t *testing.T, email string, change func(*directory.User)) {
	t.Helper()
	err := f.store.Update(context.Background(), func(d *directory.Document) error {
		for i := range d.Tenants[0].Users {
			if d.Tenants[0].Users[i].Email == email {
				change(&d.Tenants[0].Users[i])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nativeEndpoints are all endpoints, with what they take beside the token.
var nativeEndpoints = []struct {
	path  string
	pairs []string
}{
	{"oauth2/v2.0/challenge", nil},
	{"oauth2/v2.0/introspect", nil},
	{"signup/v1.0/challenge", nil},
	{"signup/v1.0/continue", []string{"grant_type", "oob", "oob", "12345678"}},
	{"signup/v1.0/continue", []string{"grant_type", "password", "password", testPassword}},
	{"signup/v1.0/continue", []string{"grant_type", "attributes", "attributes", `{"displayName":"G"}`}},
	{"resetpassword/v1.0/challenge", nil},
	{"resetpassword/v1.0/continue", []string{"grant_type", "oob", "oob", "12345678"}},
	{"resetpassword/v1.0/submit", []string{"new_password", nextPassword}},
	{"resetpassword/v1.0/poll_completion", nil},
	{"register/v1.0/introspect", nil},
	{"register/v1.0/challenge", []string{"challenge_type", "oob", "challenge_target", mfaPlace}},
	{"register/v1.0/continue", []string{"grant_type", "oob", "oob", "12345678"}},
	{"oauth2/v2.0/token", []string{"grant_type", "password", "password", testPassword, "scope", "openid"}},
	{"oauth2/v2.0/token", []string{"grant_type", "oob", "oob", "12345678", "scope", "openid"}},
	{"oauth2/v2.0/token", []string{"grant_type", "mfa_oob", "oob", "12345678", "scope", "openid"}},
	{"oauth2/v2.0/token", []string{"grant_type", "continuation_token", "scope", "openid"}},
}

// nativeStates walks to every state. accepts are the endpoints, by number above,
// that take the state's token.
func nativeStates() []struct {
	name    string
	mfa     bool
	walk    func(*fixture, *testing.T) string
	accepts []int
} {
	return []struct {
		name    string
		mfa     bool
		walk    func(*fixture, *testing.T) string
		accepts []int
	}{
		{"sign-in started", false, func(f *fixture, t *testing.T) string { return f.initiated(t, testEmail) }, []int{0}},
		{"password owed", false, func(f *fixture, t *testing.T) string { return f.challenged(t, testEmail) }, []int{0, 13}},
		{"code owed", false, func(f *fixture, t *testing.T) string { return f.challenged(t, otpEmail) }, []int{0, 14}},
		{"second factor owed", true, func(f *fixture, t *testing.T) string { return f.interrupted(t, mfaEmail) }, []int{0, 1}},
		{"second code owed", true, (*fixture).mfaChallenged, []int{0, 1, 14, 15}},
		{"registration owed", true, func(f *fixture, t *testing.T) string { return f.interrupted(t, testEmail) }, []int{10, 11}},
		{"registration code owed", true, func(f *fixture, t *testing.T) string { return f.registerChallenged(t, mfaPlace) }, []int{10, 11, 12}},
		{"sign-up started", false, func(f *fixture, t *testing.T) string { return f.signUpStarted(t, newEmail) }, []int{2, 5}},
		{"sign-up code owed", false, func(f *fixture, t *testing.T) string { return f.signUpChallenged(t, newEmail) }, []int{2, 3, 5}},
		{"credential owed", false, func(f *fixture, t *testing.T) string { return f.credentialOwed(t, newEmail) }, []int{2}},
		{"sign-up password owed", false, func(f *fixture, t *testing.T) string { return f.passwordOwed(t, newEmail) }, []int{2, 4}},
		{"attributes owed", false, func(f *fixture, t *testing.T) string { return f.attributesOwed(t, newEmail) }, []int{5}},
		{"signed up", false, func(f *fixture, t *testing.T) string { return f.signedUp(t, newEmail) }, []int{16}},
		{"reset started", false, func(f *fixture, t *testing.T) string { return f.resetStarted(t, testEmail) }, []int{6}},
		{"reset code owed", false, func(f *fixture, t *testing.T) string { return f.resetChallenged(t, testEmail) }, []int{6, 7}},
		{"new password owed", false, func(f *fixture, t *testing.T) string { return f.resetProven(t, testEmail) }, []int{8}},
		{"polling", false, func(f *fixture, t *testing.T) string { return f.resetSubmitted(t, testEmail, nextPassword) }, []int{9}},
	}
}

// TestNative_tokenOfAnotherStep sends every state's token everywhere: it is taken
// where it belongs and nowhere else, not from another app, and not at another tenant.
func TestNative_tokenOfAnotherStep(t *testing.T) {
	for _, state := range nativeStates() {
		t.Run(state.name, func(t *testing.T) {
			f := newNativeFixture(t, func(d *directory.Tenant) {
				if state.mfa {
					withMFA(d)
				}
				d.Apps[2].NativeAuthenticationAPIsEnabled = directory.NativeAll
			})
			token := state.walk(f, t)
			for i, e := range nativeEndpoints {
				f.with(t, token, e.path, append([]string{"client_id", spaApp}, e.pairs...)...).want(t, 55200, "invalid_grant", "")
				f.with(t, token, e.path, append([]string{"@tenant", "fabrikam"}, e.pairs...)...).want(t, 55200, "invalid_grant", "")
				if !slices.Contains(state.accepts, i) {
					r := f.with(t, token, e.path, e.pairs...)
					if r.code() != 55200 || r.status != http.StatusBadRequest {
						t.Errorf("%s %v: %d %v", e.path, e.pairs, r.status, r.body)
					}
				}
			}
			for _, i := range state.accepts[:1] { // and it is still good where it belongs
				if r := f.with(t, token, nativeEndpoints[i].path, nativeEndpoints[i].pairs...); r.code() == 55200 {
					t.Errorf("%s: %v", nativeEndpoints[i].path, r.body)
				}
			}
		})
	}
}

func TestNative_replay(t *testing.T) {
	for _, state := range nativeStates() {
		t.Run(state.name, func(t *testing.T) {
			f := newNativeFixture(t, func(d *directory.Tenant) {
				if state.mfa {
					withMFA(d)
				}
			})
			token := state.walk(f, t)
			f.clock.Add(pollInterval) // until then a reset's token stays good: TestNative_pollAgain
			e := nativeEndpoints[state.accepts[0]]
			if r := f.with(t, token, e.path, e.pairs...); r.code() == 55200 || r.code() == 552003 {
				t.Fatalf("first use: %v", r.body)
			}
			f.with(t, token, e.path, e.pairs...).want(t, 55200, "invalid_grant", "")
		})
	}
	f := newNativeFixture(t)
	for _, e := range nativeEndpoints {
		f.with(t, "invented", e.path, e.pairs...).want(t, 55200, "invalid_grant", "")
		if slices.Contains(e.pairs, "password") && strings.HasSuffix(e.path, "token") {
			continue // without a token it is the password grant, which does not exist
		}
		f.call(t, e.path, e.pairs...).want(t, 900144, "invalid_request", "")
	}
	f.call(t, "oauth2/v2.0/token", "grant_type", "password", "username", testEmail, "password", testPassword, "scope", "openid").want(t, 70003, "unsupported_grant_type", "")
}

func TestNative_expiry(t *testing.T) {
	for _, state := range nativeStates() {
		t.Run(state.name, func(t *testing.T) {
			f := newNativeFixture(t, func(d *directory.Tenant) {
				if state.mfa {
					withMFA(d)
				}
			})
			token := state.walk(f, t)
			e := nativeEndpoints[state.accepts[0]]
			f.clock.Add(continuationLife)
			f.with(t, token, e.path, e.pairs...).want(t, 552003, "expired_token", "")
			f.clock.Add(-time.Second)
			if r := f.with(t, token, e.path, e.pairs...); r.code() == 552003 || r.code() == 55200 {
				t.Errorf("a second before: %v", r.body)
			}
		})
	}
}

func TestNative_codes(t *testing.T) {
	f := newNativeFixture(t)
	token := f.signUpChallenged(t, newEmail)
	code := f.mailed(t, newEmail)
	prove := func(code string) reply {
		return f.with(t, token, "signup/v1.0/continue", "grant_type", "oob", "oob", code)
	}
	for range passwords.CodeTries {
		prove(other(code)).want(t, 50181, "invalid_grant", "invalid_oob_value")
	}
	prove(code).want(t, 50181, "invalid_grant", "invalid_oob_value") // too late: it is dead
	for range passwords.CodeSends - 1 {
		token = f.with(t, token, "signup/v1.0/challenge").ok(t)
	}
	f.with(t, token, "signup/v1.0/challenge").want(t, 90055, "invalid_request", "")
	if n := len(f.outbox.List(newEmail)); n != passwords.CodeSends {
		t.Errorf("%d codes were sent", n)
	}
	prove(f.mailed(t, newEmail)).want(t, 55103, "credential_required", "")

	// A code is dead after ten minutes, whatever keeps the flow alive.
	token = f.signUpChallenged(t, "late@example.com")
	f.clock.Add(passwords.CodeLife - time.Second)
	token = f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"displayName":"L"}`).ok(t)
	f.clock.Add(time.Second)
	prove(f.mailed(t, "late@example.com")).want(t, 50181, "invalid_grant", "invalid_oob_value")
}

// TestNative_lockout: guessing goes on in no other flow, and the pages see it too.
func TestNative_lockout(t *testing.T) {
	f := newNativeFixture(t)
	for range passwords.LockoutAfter - 1 {
		f.redeemNative(t, f.challenged(t, testEmail), "password", "password", "Wrong-Horse-7").want(t, 50126, "invalid_grant", "")
	}
	token := f.challenged(t, testEmail)
	f.redeemNative(t, token, "password", "password", "Wrong-Horse-7").want(t, 50053, "invalid_grant", "")
	f.redeemNative(t, token, "password", "password", testPassword).want(t, 50053, "invalid_grant", "")
	v := f.visitor(t)
	v.get(authorizeURL())
	v.submit("next", "email", testEmail)
	v.submit("next", "password", testPassword)
	v.want("password")
	f.clock.Add(passwords.LockoutFor)
	f.redeemNative(t, token, "password", "password", testPassword).tokens(t)
}

func TestNative_lockoutOfCodes(t *testing.T) {
	f := newNativeFixture(t, withMFA)
	wrong := func() reply {
		// Every walk gives the right password; that must not help.
		token := f.mfaChallenged(t)
		return f.redeemNative(t, token, "mfa_oob", "oob", other(f.mailed(t, mfaPlace)))
	}
	for range passwords.LockoutAfter {
		wrong().want(t, 50181, "invalid_grant", "invalid_oob_value")
	}
	token := f.mfaChallenged(t)
	f.redeemNative(t, token, "mfa_oob", "oob", f.mailed(t, mfaPlace)).want(t, 50053, "invalid_grant", "")
	f.clock.Add(passwords.LockoutFor)
	f.redeemNative(t, token, "mfa_oob", "oob", f.mailed(t, mfaPlace)).tokens(t)
}

// TestNative_accountChanges: an account that is disabled, gone, or revoked in
// the middle of a flow gets no tokens.
func TestNative_accountChanges(t *testing.T) {
	f := newNativeFixture(t, withMFA)
	token := f.mfaChallenged(t)
	f.clock.Add(time.Second)
	f.edit(t, mfaEmail, func(u *directory.User) { u.RevokedBefore = f.clock.Now() })
	f.redeemNative(t, token, "mfa_oob", "oob", f.mailed(t, mfaPlace)).want(t, 50173, "invalid_grant", "")
	token = f.challenged(t, testEmail)
	f.disable(t, testEmail)
	f.redeemNative(t, token, "password", "password", testPassword).want(t, 50057, "invalid_grant", "")
	f.with(t, token, "oauth2/v2.0/challenge").want(t, 50057, "invalid_grant", "")
}

// TestNative_concurrent: of many requests with one token, one is taken; of many
// sign-ups with one address, one makes the account.
func TestNative_concurrent(t *testing.T) {
	f := newNativeFixture(t)
	const many = 16
	together := func(do func(i int) reply) (good int) {
		replies := make([]reply, many)
		var wg sync.WaitGroup
		for i := range many {
			wg.Go(func() { replies[i] = do(i) })
		}
		wg.Wait()
		for _, r := range replies {
			if r.status == http.StatusOK {
				good++
			}
		}
		return good
	}
	n := newNative(f.Server)
	f.mux = http.NewServeMux()
	n.Mount(f.mux)
	token{f.Server, n.grants()}.Mount(f.mux)
	token := f.challenged(t, testEmail)
	// Held until all have found the flow, so that they really meet; a slow
	// machine only makes the test weaker.
	held, _ := n.flows.Get(token)
	held.mu.Lock()
	time.AfterFunc(50*time.Millisecond, held.mu.Unlock)
	if good := together(func(int) reply { return f.redeemNative(t, token, "password", "password", testPassword) }); good != 1 {
		t.Errorf("%d of %d redeemed one token", good, many)
	}
	token = f.challenged(t, otpEmail)
	code := f.mailed(t, otpEmail)
	if good := together(func(int) reply { return f.redeemNative(t, token, "oob", "oob", code) }); good != 1 {
		t.Errorf("%d of %d redeemed one code", good, many)
	}
	owed := make([]string, many)
	for i := range many {
		owed[i] = f.attributesOwed(t, newEmail)
	}
	good := together(func(i int) reply {
		return f.with(t, owed[i], "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"displayName":"G"}`)
	})
	if good != 1 {
		t.Errorf("%d of %d sign-ups made an account", good, many)
	}
	for i := range many {
		if r := f.with(t, owed[i], "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"displayName":"G"}`); r.code() != 55200 {
			t.Errorf("after the sign-up: %v", r.body)
		}
	}
}

func TestNative_app(t *testing.T) {
	f := newNativeFixture(t)
	all := append(slices.Clone(nativeEndpoints), struct {
		path  string
		pairs []string
	}{"oauth2/v2.0/initiate", nil}, struct {
		path  string
		pairs []string
	}{"signup/v1.0/start", nil}, struct {
		path  string
		pairs []string
	}{"resetpassword/v1.0/start", nil})
	for _, tc := range []struct {
		name            string
		pairs           []string
		code            int
		oauth, suberror string
	}{
		{"no client", []string{"client_id", ""}, 900144, "invalid_request", ""},
		{"unknown client", []string{"client_id", "99998888-dddd-5555-eeee-6666ffff7777"}, 700016, "unauthorized_client", ""},
		{"confidential client", []string{"client_id", webApp}, 550022, "invalid_client", ""},
		{"confidential client with secret", []string{"client_id", webApp, "client_secret", directory.DefaultClientSecret}, 550022, "invalid_client", ""},
		{"secret of a public client", []string{"client_secret", "x"}, 700025, "invalid_client", ""},
		{"disabled", []string{"client_id", spaApp}, 70002, "invalid_client", "nativeauthapi_disabled"},
		{"no user flow", []string{"client_id", loneApp}, 131010, "access_denied", ""},
		{"unknown tenant", []string{"@tenant", "nobody"}, 90002, "invalid_request", ""},
		{"another content type", []string{"@Content-Type", "application/json"}, 9002313, "invalid_request", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, e := range all {
				f.call(t, e.path, append(append([]string{"continuation_token", "x"}, e.pairs...), tc.pairs...)...).want(t, tc.code, tc.oauth, tc.suberror)
			}
		})
	}
	for _, e := range all {
		r := httptest.NewRequest(http.MethodGet, "/"+tid+"/"+e.path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("GET %s: %d", e.path, w.Code)
		}
	}
}

// TestNative_consent: what no administrator granted, nobody can sign in to.
func TestNative_consent(t *testing.T) {
	no := false
	f := newNativeFixture(t, func(d *directory.Tenant) { d.Apps[0].AdminConsent = &no })
	f.redeemNative(t, f.challenged(t, testEmail), "password", "password", testPassword).want(t, 65001, "invalid_grant", "consent_required")
}

// TestNative_secrets: everything that must not be logged is known to be one.
func TestNative_secrets(t *testing.T) {
	f := newNativeFixture(t)
	r := f.redeemNative(t, f.signedUp(t, newEmail), "continuation_token")
	r.tokens(t)
	token := f.challenged(t, testEmail)
	f.redeemNative(t, token, "password", "password", "Wrong-Horse-7")
	f.with(t, f.resetProven(t, testEmail), "resetpassword/v1.0/submit", "new_password", nextPassword)
	seen := f.IssuedSecrets()
	for _, s := range []string{r.str("access_token"), r.str("refresh_token"), token, testPassword, "Wrong-Horse-7", nextPassword, f.mailed(t, newEmail)} {
		if !slices.Contains(seen, s) {
			t.Errorf("%.12s… is not among the secrets", s)
		}
	}
}

func TestNative_errorBody(t *testing.T) {
	f := newNativeFixture(t)
	const id = "01234567-89ab-cdef-0123-456789abcdef"
	r := f.call(t, "signup/v1.0/start", "username", testEmail, "challenge_type", "oob password redirect", "@client-request-id", id)
	r.keys(t, "error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id")
	want := fmt.Sprintf("AADSTS1003037: It looks like you may already have an account with us using this email address. Trace ID: %s Correlation ID: %s Timestamp: %s", r.str("trace_id"), id, timestamp())
	if r.str("error_description") != want || r.str("correlation_id") != id || r.header.Get("x-ms-request-id") != r.str("trace_id") {
		t.Errorf("%v", r.body)
	}
}

// FuzzNative posts any body to any endpoint: never a server error, always JSON.
func FuzzNative(f *testing.F) {
	s := fuzzServer(f)
	for i, e := range nativeEndpoints {
		f.Add(uint8(i), "client_id="+publicApp+"&continuation_token=x&challenge_type=oob+redirect&"+strings.Join(e.pairs, "="))
	}
	f.Add(uint8(200), "client_id="+publicApp+"&username=a%40example.com&challenge_type=oob+password+redirect&attributes=%7B%22displayName%22%3A%5B%5D%7D&password=%00")
	paths := []string{"oauth2/v2.0/initiate", "signup/v1.0/start", "resetpassword/v1.0/start"}
	for _, e := range nativeEndpoints {
		paths = append(paths, e.path)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		r := httptest.NewRequest(http.MethodPost, "/"+tid+"/"+paths[int(which)%len(paths)], strings.NewReader(body))
		r.Host = "localhost"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			t.Fatalf("%d %s for %q", w.Code, w.Header().Get("Content-Type"), body)
		}
	})
}
