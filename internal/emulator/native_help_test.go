package emulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	otpEmail = "otto@example.com" // signs in with a code
	mfaEmail = "mia@example.com"  // has a second factor
	newEmail = "grace@example.com"
	mfaPlace = "mia@second.example"
	spaApp   = "33334444-dddd-5555-eeee-6666ffff7777" // public, none of native authentication
	loneApp  = "44445555-eeee-6666-ffff-777700008888" // linked to no user flow
	ageName  = "extension_00001111aaaa2222bbbb3333cccc4444_age"
)

// newNative starts a tenant with users of each kind; every change is made to its seed.
func newNativeFixture(t *testing.T, changes ...func(*directory.Tenant)) *fixture {
	t.Helper()
	return newFixture(t, func(o *Options) {
		tenant := &o.Seed.Tenants[0]
		tenant.Users = append(tenant.Users,
			directory.User{ID: "bbbbbbbb-0000-1111-2222-bbbbbbbbbbbb", Email: otpEmail},
			directory.User{ID: "cccccccc-0000-1111-2222-bbbbbbbbbbbb", Email: mfaEmail, Password: testPassword, EmailAuthenticationMethod: mfaPlace},
			directory.User{ID: "dddddddd-0000-1111-2222-bbbbbbbbbbbb", Email: "gone@example.com", Password: testPassword, Disabled: true},
		)
		tenant.Apps = append(tenant.Apps,
			directory.App{AppID: spaApp, PublicClient: directory.Platform{RedirectURIs: []string{"http://localhost"}}, IsFallbackPublicClient: true},
			directory.App{AppID: loneApp, IsFallbackPublicClient: true, NativeAuthenticationAPIsEnabled: directory.NativeAll},
		)
		tenant.UserFlows[0].Applications = append(tenant.UserFlows[0].Applications, spaApp)
		tenant.BannedPasswords = []string{"contoso", "widget"}
		for _, change := range changes {
			change(tenant)
		}
		second := directory.Default().Tenants[0]
		second.ID, second.Subdomain, second.Keys = "bbbbbbbb-0000-cccc-1111-dddd2222eeee", "fabrikam", tenant.Keys
		second.Apps = append(second.Apps, tenant.Apps[2])
		second.UserFlows[0].Applications = append(second.UserFlows[0].Applications, spaApp)
		o.Seed.Tenants = append(o.Seed.Tenants, second)
	})
}

func withMFA(t *directory.Tenant) { t.MFA = directory.MFARequired }

func withOTP(t *directory.Tenant) { t.UserFlows[0].SignInMethod = directory.EmailOTP }

// reply is an answer of native authentication.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (r reply) str(name string) string { s, _ := r.body[name].(string); return s }
func (r reply) next() string           { return r.str("continuation_token") }

func (r reply) code() int {
	codes, _ := r.body["error_codes"].([]any)
	if len(codes) != 1 {
		return 0
	}
	n, _ := codes[0].(float64)
	return int(n)
}

// ok returns the continuation token of a good answer.
func (r reply) ok(t *testing.T) string {
	t.Helper()
	if r.status != http.StatusOK || r.str("error") != "" || r.next() == "" {
		t.Fatalf("%d %v", r.status, r.body)
	}
	return r.next()
}

// want checks an error answer; suberror "" means none.
func (r reply) want(t *testing.T, code int, oauth, suberror string) reply {
	t.Helper()
	if r.status != http.StatusBadRequest || r.code() != code || r.str("error") != oauth || r.str("suberror") != suberror {
		t.Fatalf("got %d %d %s %s, want 400 %d %s %s: %v", r.status, r.code(), r.str("error"), r.str("suberror"), code, oauth, suberror, r.body)
	}
	return r
}

// redirected checks the answer that sends an app to the browser.
func (r reply) redirected(t *testing.T, reason string) {
	t.Helper()
	if r.status != http.StatusOK || r.str("challenge_type") != "redirect" || r.next() != "" || r.str("redirect_reason") != reason {
		t.Fatalf("want a redirect because of %q: %d %v", reason, r.status, r.body)
	}
}

// keys checks the names of an answer's members.
func (r reply) keys(t *testing.T, names ...string) {
	t.Helper()
	var got []string
	for k := range r.body {
		got = append(got, k)
	}
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("members %v, want %v", got, names)
	}
}

// call posts to an endpoint of native authentication. pairs are name, value;
// names with @ are headers, and @tenant is the tenant. "" leaves client_id out.
func (f *fixture) call(t *testing.T, path string, pairs ...string) reply {
	t.Helper()
	v, header, tenant := url.Values{"client_id": {publicApp}}, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, tid
	for i := 0; i+1 < len(pairs); i += 2 {
		switch name, value := pairs[i], pairs[i+1]; {
		case name == "@tenant":
			tenant = value
		case strings.HasPrefix(name, "@"):
			header.Set(name[1:], value)
		case value == "":
			v.Del(name)
		default:
			v.Set(name, value)
		}
	}
	r, err := http.NewRequest(http.MethodPost, base+"/"+tenant+"/"+path, strings.NewReader(v.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	resp, err := f.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := reply{status: resp.StatusCode, header: resp.Header}
	if err := json.Unmarshal(b, &out.body); err != nil {
		t.Fatalf("%d %v: %s", resp.StatusCode, err, b)
	}
	return out
}

// with calls an endpoint with a continuation token.
func (f *fixture) with(t *testing.T, token, path string, pairs ...string) reply {
	t.Helper()
	return f.call(t, path, append([]string{"continuation_token", token}, pairs...)...)
}

// redeemNative asks the token endpoint.
func (f *fixture) redeemNative(t *testing.T, token, grant string, pairs ...string) reply {
	t.Helper()
	return f.with(t, token, "oauth2/v2.0/token", append([]string{"grant_type", grant, "scope", "openid profile offline_access", "client_info", "true"}, pairs...)...)
}

// tokens checks that an answer has tokens, and returns the claims of the ID token.
func (r reply) tokens(t *testing.T) map[string]any {
	t.Helper()
	if r.status != http.StatusOK || r.str("access_token") == "" || r.str("refresh_token") == "" || r.str("id_token") == "" || r.str("client_info") == "" {
		t.Fatalf("no tokens: %d %v", r.status, r.body)
	}
	_, c := decode(t, r.str("id_token"))
	return c
}

// mailed is the newest one-time code to an address.
func (f *fixture) mailed(t *testing.T, to string) string {
	t.Helper()
	box := f.outbox.List(to)
	if len(box) == 0 {
		t.Fatalf("no mail to %s", to)
	}
	return box[len(box)-1].Code
}

// other is a code that is not the one given.
func other(code string) string {
	if code == "00000000" {
		return "00000001"
	}
	return "00000000"
}

// Walks to a state; each returns the continuation token that is good there.

const bothCapabilities = "mfa_required registration_required"

func (f *fixture) initiated(t *testing.T, email string) string {
	t.Helper()
	return f.call(t, "oauth2/v2.0/initiate", "username", email, "challenge_type", "oob password redirect", "capabilities", bothCapabilities).ok(t)
}

func (f *fixture) challenged(t *testing.T, email string) string {
	t.Helper()
	return f.with(t, f.initiated(t, email), "oauth2/v2.0/challenge", "challenge_type", "oob password redirect").ok(t)
}

// interrupted is the token that comes with mfa_required or registration_required.
func (f *fixture) interrupted(t *testing.T, email string) string {
	t.Helper()
	r := f.redeemNative(t, f.challenged(t, email), "password", "password", testPassword)
	if r.status != http.StatusBadRequest || r.next() == "" {
		t.Fatalf("%d %v", r.status, r.body)
	}
	return r.next()
}

func (f *fixture) mfaChallenged(t *testing.T) string {
	t.Helper()
	return f.with(t, f.interrupted(t, mfaEmail), "oauth2/v2.0/challenge").ok(t)
}

func (f *fixture) registerChallenged(t *testing.T, target string) string {
	t.Helper()
	return f.with(t, f.interrupted(t, testEmail), "register/v1.0/challenge", "challenge_type", "oob", "challenge_target", target, "challenge_channel", "email").ok(t)
}

func (f *fixture) signUpStarted(t *testing.T, email string, pairs ...string) string {
	t.Helper()
	return f.call(t, "signup/v1.0/start", append([]string{"username", email, "challenge_type", "oob password redirect"}, pairs...)...).ok(t)
}

func (f *fixture) signUpChallenged(t *testing.T, email string, pairs ...string) string {
	t.Helper()
	return f.with(t, f.signUpStarted(t, email, pairs...), "signup/v1.0/challenge", "challenge_type", "oob password redirect").ok(t)
}

func (f *fixture) credentialOwed(t *testing.T, email string) string {
	t.Helper()
	token := f.signUpChallenged(t, email)
	return f.with(t, token, "signup/v1.0/continue", "grant_type", "oob", "oob", f.mailed(t, email)).want(t, 55103, "credential_required", "").next()
}

func (f *fixture) passwordOwed(t *testing.T, email string) string {
	t.Helper()
	return f.with(t, f.credentialOwed(t, email), "signup/v1.0/challenge", "challenge_type", "oob password redirect").ok(t)
}

func (f *fixture) attributesOwed(t *testing.T, email string) string {
	t.Helper()
	return f.with(t, f.passwordOwed(t, email), "signup/v1.0/continue", "grant_type", "password", "password", testPassword).want(t, 55106, "attributes_required", "").next()
}

func (f *fixture) signedUp(t *testing.T, email string) string {
	t.Helper()
	return f.with(t, f.attributesOwed(t, email), "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"displayName":"Grace Example"}`).ok(t)
}

func (f *fixture) resetStarted(t *testing.T, email string) string {
	t.Helper()
	return f.call(t, "resetpassword/v1.0/start", "username", email, "challenge_type", "oob redirect").ok(t)
}

func (f *fixture) resetChallenged(t *testing.T, email string) string {
	t.Helper()
	return f.with(t, f.resetStarted(t, email), "resetpassword/v1.0/challenge", "challenge_type", "oob redirect").ok(t)
}

func (f *fixture) resetProven(t *testing.T, email string) string {
	t.Helper()
	token := f.resetChallenged(t, email)
	return f.with(t, token, "resetpassword/v1.0/continue", "grant_type", "oob", "oob", f.mailed(t, email)).ok(t)
}

func (f *fixture) resetSubmitted(t *testing.T, email, password string) string {
	t.Helper()
	return f.with(t, f.resetProven(t, email), "resetpassword/v1.0/submit", "new_password", password).ok(t)
}
