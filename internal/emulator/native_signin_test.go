package emulator

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func TestNative_signInWithPassword(t *testing.T) {
	f := newNativeFixture(t)
	r := f.call(t, "oauth2/v2.0/initiate", "username", testEmail, "challenge_type", "password redirect", "@tenant", "contoso.onmicrosoft.com")
	r.keys(t, "continuation_token")
	r = f.with(t, r.ok(t), "oauth2/v2.0/challenge", "challenge_type", "password redirect")
	r.keys(t, "continuation_token", "challenge_type")
	if r.str("challenge_type") != "password" {
		t.Fatalf("%v", r.body)
	}
	token := r.ok(t)
	for range 3 { // a wrong password does not use the token up
		f.redeemNative(t, token, "password", "password", "Wrong-Horse-7").want(t, 50126, "invalid_grant", "")
	}
	f.redeemNative(t, token, "password").want(t, 900144, "invalid_request", "")
	f.redeemNative(t, token, "password", "password", testPassword, "scope", "openid Mail.Read").want(t, 650053, "invalid_client", "")
	f.redeemNative(t, token, "password", "password", testPassword, "scope", "").want(t, 28003, "invalid_scope", "")
	r = f.redeemNative(t, token, "password", "password", testPassword)
	r.keys(t, "token_type", "scope", "expires_in", "ext_expires_in", "access_token", "refresh_token", "id_token", "client_info")
	c := r.tokens(t)
	if c["preferred_username"] != testEmail || c["aud"] != publicApp || c["name"] != "Ada Example" || r.str("scope") != "openid profile email User.Read" {
		t.Errorf("%v %v", c, r.body["scope"])
	}
	if again := f.refresh(t, r.str("refresh_token")); again.Error != "" || again.IDToken == "" {
		t.Errorf("refresh: %+v", again.errorBody)
	}
	r = f.redeemNative(t, f.challenged(t, testEmail), "password", "password", testPassword, "scope", "openid", "client_info", "")
	r.keys(t, "token_type", "scope", "expires_in", "ext_expires_in", "access_token", "id_token")
}

func TestNative_signInWithCode(t *testing.T) {
	f := newNativeFixture(t)
	r := f.call(t, "oauth2/v2.0/initiate", "username", strings.ToUpper(otpEmail), "challenge_type", "oob redirect")
	r = f.with(t, r.ok(t), "oauth2/v2.0/challenge") // the list may be left out here
	r.keys(t, "continuation_token", "challenge_type", "binding_method", "challenge_channel", "challenge_target_label", "code_length")
	if r.str("challenge_type") != "oob" || r.str("binding_method") != "prompt" || r.str("challenge_channel") != "email" || r.str("challenge_target_label") != "o***o@ex***e.com" || r.body["code_length"] != 8.0 {
		t.Errorf("%v", r.body)
	}
	old := f.mailed(t, otpEmail)
	r = f.with(t, r.ok(t), "oauth2/v2.0/challenge", "challenge_type", "oob redirect")
	token, code := r.ok(t), f.mailed(t, otpEmail)
	if len(f.outbox.List(otpEmail)) != 2 || len(code) != 8 {
		t.Fatalf("outbox %+v", f.Outbox())
	}
	if old != code {
		f.redeemNative(t, token, "oob", "oob", old).want(t, 50181, "invalid_grant", "invalid_oob_value")
	}
	f.redeemNative(t, token, "oob", "oob", other(code)).want(t, 50181, "invalid_grant", "invalid_oob_value")
	f.redeemNative(t, token, "oob").want(t, 900144, "invalid_request", "")
	if c := f.redeemNative(t, token, "oob", "oob", code).tokens(t); c["preferred_username"] != otpEmail {
		t.Errorf("%v", c)
	}
}

func TestNative_initiate(t *testing.T) {
	f := newNativeFixture(t)
	for _, tc := range []struct {
		name           string
		pairs          []string
		code           int
		oauth, subject string
	}{
		{"no username", []string{"username", ""}, 90100, "invalid_request", "username"},
		{"not an address", []string{"username", "ada"}, 90100, "invalid_request", "username"},
		{"unknown user", []string{"username", "nobody@example.com"}, 50034, "user_not_found", "does not exist"},
		{"disabled user", []string{"username", "gone@example.com"}, 50057, "invalid_grant", "disabled"},
		{"no challenge types", []string{"challenge_type", ""}, 900144, "invalid_request", "challenge_type"},
		{"no redirect", []string{"challenge_type", "password oob"}, 901007, "unsupported_challenge_type", "redirect"},
		{"unknown challenge type", []string{"challenge_type", "password sms redirect"}, 901001, "invalid_request", "unsupported challenge type"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := f.call(t, "oauth2/v2.0/initiate", append([]string{"username", testEmail, "challenge_type", "password redirect"}, tc.pairs...)...)
			r.want(t, tc.code, tc.oauth, "")
			if !strings.Contains(r.str("error_description"), tc.subject) {
				t.Errorf("description %q lacks %q", r.str("error_description"), tc.subject)
			}
		})
	}
	f.call(t, "oauth2/v2.0/initiate", "username", testEmail, "challenge_type", "oob redirect").redirected(t, "")
	f.call(t, "oauth2/v2.0/initiate", "username", otpEmail, "challenge_type", "password redirect").redirected(t, "")
	f.with(t, f.initiated(t, testEmail), "oauth2/v2.0/challenge", "challenge_type", "redirect").redirected(t, "")
	f.with(t, f.initiated(t, testEmail), "oauth2/v2.0/challenge", "challenge_type", "password").want(t, 901007, "unsupported_challenge_type", "")
}

func TestNative_mfa(t *testing.T) {
	f := newNativeFixture(t, withMFA)
	token := f.challenged(t, mfaEmail)
	r := f.redeemNative(t, token, "password", "password", testPassword).want(t, 50076, "invalid_grant", "mfa_required")
	r = f.with(t, r.next(), "oauth2/v2.0/introspect")
	r.keys(t, "continuation_token", "methods")
	m := r.body["methods"].([]any)[0].(map[string]any)
	if m["challenge_type"] != "oob" || m["challenge_channel"] != "email" || m["login_hint"] != "m***a@se***d.example" || m["id"] == "" {
		t.Errorf("%v", m)
	}
	token = r.ok(t)
	f.with(t, token, "oauth2/v2.0/challenge", "id", "another").want(t, 90100, "invalid_request", "")
	f.with(t, token, "oauth2/v2.0/challenge", "challenge_channel", "sms").want(t, 90100, "invalid_request", "")
	r = f.with(t, token, "oauth2/v2.0/challenge", "challenge_type", "oob redirect", "id", m["id"].(string))
	r.keys(t, "continuation_token", "challenge_type", "binding_method", "challenge_channel", "challenge_target_label", "code_length")
	token = r.ok(t)
	f.redeemNative(t, token, "mfa_oob", "oob", other(f.mailed(t, mfaPlace))).want(t, 50181, "invalid_grant", "invalid_oob_value")
	if c := f.redeemNative(t, token, "mfa_oob", "oob", f.mailed(t, mfaPlace)).tokens(t); c["preferred_username"] != mfaEmail {
		t.Errorf("%v", c)
	}
	// Without introspect, and with the grant type of Microsoft's page.
	f.redeemNative(t, f.mfaChallenged(t), "oob", "oob", f.mailed(t, mfaPlace)).tokens(t)
	if n := len(f.outbox.List(mfaEmail)); n != 0 {
		t.Errorf("%d codes went to the first factor's address", n)
	}
}

func TestNative_capabilities(t *testing.T) {
	f := newNativeFixture(t, withMFA)
	for _, tc := range []struct{ email, name, value, reason, suberror string }{
		{mfaEmail, "capability", "", "Client is missing mfa_required capability", ""},
		{mfaEmail, "capability", "registration_required", "Client is missing mfa_required capability", ""},
		{mfaEmail, "capability", "mfa_required", "", "mfa_required"},
		{mfaEmail, "capabilities", "registration_required mfa_required", "", "mfa_required"},
		{mfaEmail, "capability", "registration_required,mfa_required", "", "mfa_required"},
		{testEmail, "capabilities", "mfa_required", "Client is missing registration_required capability", ""},
		{testEmail, "capabilities", "registration_required", "", "registration_required"},
	} {
		t.Run(tc.email+" "+tc.name+" "+tc.value, func(t *testing.T) {
			token := f.call(t, "oauth2/v2.0/initiate", "username", tc.email, "challenge_type", "password redirect", tc.name, tc.value).ok(t)
			token = f.with(t, token, "oauth2/v2.0/challenge").ok(t)
			r := f.redeemNative(t, token, "password", "password", testPassword)
			if tc.reason != "" {
				r.redirected(t, tc.reason)
				f.redeemNative(t, token, "password", "password", testPassword).want(t, 55200, "invalid_grant", "")
				return
			}
			if r.status != http.StatusBadRequest || r.str("suberror") != tc.suberror || r.next() == "" {
				t.Errorf("%d %v", r.status, r.body)
			}
		})
	}
}

func TestNative_register(t *testing.T) {
	f := newNativeFixture(t, withMFA)
	r := f.redeemNative(t, f.challenged(t, testEmail), "password", "password", testPassword).want(t, 50072, "invalid_grant", "registration_required")
	r = f.with(t, r.next(), "register/v1.0/introspect")
	r.keys(t, "continuation_token", "methods")
	if m := r.body["methods"].([]any)[0].(map[string]any); m["id"] != "email" || m["challenge_type"] != "oob" || m["challenge_channel"] != "email" {
		t.Errorf("%v", m)
	}
	token := r.ok(t)
	good := []string{"challenge_type", "oob", "challenge_target", mfaPlace, "challenge_channel", "email"}
	for _, tc := range []struct {
		name  string
		pairs []string
		code  int
	}{
		{"no type", []string{"challenge_type", ""}, 900144},
		{"another type", []string{"challenge_type", "sms"}, 901001},
		{"no target", []string{"challenge_target", ""}, 90100},
		{"bad target", []string{"challenge_target", "+4912345"}, 90100},
		{"another channel", []string{"challenge_channel", "sms"}, 90100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.with(t, token, "register/v1.0/challenge", append(append([]string{}, good...), tc.pairs...)...).want(t, tc.code, "invalid_request", "")
		})
	}
	r = f.with(t, token, "register/v1.0/challenge", good...)
	r.keys(t, "continuation_token", "challenge_type", "binding_method", "challenge_target", "challenge_channel", "code_length")
	old := f.mailed(t, mfaPlace)
	r = f.with(t, r.ok(t), "register/v1.0/challenge", good...)
	token = r.ok(t)
	code := f.mailed(t, mfaPlace)
	f.with(t, token, "register/v1.0/continue", "oob", code).want(t, 900144, "invalid_request", "")
	f.with(t, token, "register/v1.0/continue", "grant_type", "continuation_token").want(t, 55200, "invalid_grant", "")
	if old != code {
		f.with(t, token, "register/v1.0/continue", "grant_type", "oob", "oob", old).want(t, 50181, "invalid_grant", "invalid_oob_value")
	}
	r = f.with(t, token, "register/v1.0/continue", "grant_type", "oob", "oob", code)
	r.keys(t, "continuation_token")
	f.redeemNative(t, r.ok(t), "continuation_token").tokens(t)
	if u := f.store.User(tid, testEmail); u.EmailAuthenticationMethod != mfaPlace {
		t.Errorf("registered %q", u.EmailAuthenticationMethod)
	}
	// The next sign-in asks for it.
	f.redeemNative(t, f.challenged(t, testEmail), "password", "password", testPassword).want(t, 50076, "invalid_grant", "mfa_required")
}

func TestNative_registerProvenAddress(t *testing.T) {
	f := newNativeFixture(t, withMFA)
	token := f.challenged(t, otpEmail)
	r := f.redeemNative(t, token, "oob", "oob", f.mailed(t, otpEmail)).want(t, 50072, "invalid_grant", "registration_required")
	r = f.with(t, r.next(), "register/v1.0/challenge", "challenge_type", "oob", "challenge_target", otpEmail)
	r.keys(t, "continuation_token", "challenge_type", "challenge_target", "challenge_channel")
	if r.str("challenge_type") != "preverified" || len(f.outbox.List(otpEmail)) != 1 {
		t.Fatalf("%v", r.body)
	}
	token = r.ok(t)
	f.with(t, token, "register/v1.0/continue", "grant_type", "oob", "oob", "12345678").want(t, 55200, "invalid_grant", "")
	token = f.with(t, token, "register/v1.0/continue", "grant_type", "continuation_token").ok(t)
	f.redeemNative(t, token, "continuation_token").tokens(t)
}

// TestNative_origin: an app of one page signs in through a proxy that takes its
// origin away, or from a page of the tenant's own origin. How the refresh token
// may be used follows from the sign-in, not from the app's redirect URIs.
func TestNative_origin(t *testing.T) {
	const page = "http://localhost:5173"
	for _, tc := range []struct {
		name            string
		signIn, refresh string // origins
		spa, publicToo  bool
		code            int
		oauth           string
	}{
		{"through the proxy", "", "", true, false, 0, ""},
		{"from a page", page, page, true, false, 0, ""},
		{"from a page, then without", page, "", true, false, 9002327, "invalid_request"},
		{"without, then from a page", "", page, true, false, 9002326, "invalid_request"},
		{"an app of both kinds, through the proxy", "", "", true, true, 0, ""},
		{"an app of both kinds, from a page", page, page, true, true, 0, ""},
		{"no single-page app", "", "", false, true, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newNativeFixture(t, func(d *directory.Tenant) {
				app := &d.Apps[slices.IndexFunc(d.Apps, func(a directory.App) bool { return a.AppID == publicApp })]
				if tc.spa {
					app.SPA.RedirectURIs = []string{page + "/"}
				}
				if !tc.publicToo {
					app.PublicClient.RedirectURIs = nil
				}
			})
			headers := func(origin string) []string {
				if origin == "" {
					return nil
				}
				return []string{"@Origin", origin}
			}
			first := f.redeemNative(t, f.challenged(t, testEmail), "password", append([]string{"password", testPassword}, headers(tc.signIn)...)...)
			first.tokens(t)
			again := f.refresh(t, first.str("refresh_token"), headers(tc.refresh)...)
			if again.Error != tc.oauth || tc.code != 0 && again.ErrorCodes[0] != tc.code {
				t.Errorf("refresh: %+v", again.errorBody)
			}
		})
	}
}
