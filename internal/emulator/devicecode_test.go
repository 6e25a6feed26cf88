package emulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// device starts a device flow; pairs as in fixture.token.
func (f *fixture) device(t *testing.T, pairs ...string) (deviceResponse, tokens) {
	t.Helper()
	q := url.Values{"client_id": {publicApp}, "scope": {"openid profile offline_access"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, base+"/"+tid+"/oauth2/v2.0/devicecode", strings.NewReader(q.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	tok := f.send(t, r)
	var d deviceResponse
	b, _ := json.Marshal(tok.raw)
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d, tok
}

func (f *fixture) poll(t *testing.T, d deviceResponse, pairs ...string) tokens {
	t.Helper()
	return f.token(t, url.Values{"grant_type": {deviceGrantType}, "client_id": {publicApp}, "device_code": {d.DeviceCode}, "client_info": {"1"}}, pairs...)
}

// toConfirm walks from the user code to the question whether to go on.
func (v *visitor) toConfirm(code string) {
	v.t.Helper()
	v.get(base + devicePage)
	v.want("device-code")
	v.submit("next", "userCode", code)
	v.want("sign-in")
	v.submit("next", "email", testEmail)
	v.want("password")
	v.submit("next", "password", testPassword)
	v.want("device-confirm")
}

func TestDeviceCode(t *testing.T) {
	f := newProtocolFixture(t, nil)
	d, _ := f.device(t)
	if d.ExpiresIn != 900 || d.Interval != 5 || d.VerificationURI != "https://microsoft.com/devicelogin" || len(d.UserCode) != 9 || d.DeviceCode == "" ||
		d.Message != "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code "+d.UserCode+" to authenticate." {
		t.Fatalf("%+v", d)
	}
	f.poll(t, d).want(t, 400, 70016, "authorization_pending")
	f.poll(t, d).want(t, 400, 70016, "slow_down")
	f.clock.Add(5 * time.Second)
	f.poll(t, d, "grant_type", "device_code").want(t, 400, 70016, "authorization_pending")

	v := f.visitor(t)
	v.toConfirm(" " + strings.ToLower(d.UserCode[:4]) + "-" + d.UserCode[4:])
	v.wantText("ciam-cli")
	v.wantText(testEmail)
	f.clock.Add(5 * time.Second)
	f.poll(t, d).want(t, 400, 70016, "authorization_pending") // signed in is not agreed
	v.submit("continue")
	v.want("device-done")
	tok := f.poll(t, d)
	if tok.Error != "" || tok.IDToken == "" || tok.RefreshToken == "" || tok.ClientInfo == "" {
		t.Fatalf("%+v", tok.errorBody)
	}
	f.verify(t, tok.IDToken)
	if _, c := decode(t, tok.IDToken); c["preferred_username"] != testEmail || c["aud"] != publicApp || c["nonce"] != nil {
		t.Errorf("%v", c)
	}
	f.poll(t, d).want(t, 400, 54005, "invalid_grant")
	if again := f.refresh(t, tok.RefreshToken); again.Error != "" {
		t.Error(again.ErrorDescription)
	}
	v.get(base + devicePage)
	v.submit("next", "userCode", d.UserCode)
	v.want("device-code") // a user code is good once
}

func TestDeviceCode_refused(t *testing.T) {
	f := newProtocolFixture(t, nil)
	for _, tc := range []struct {
		name   string
		pairs  []string
		status int
		aadsts int
		oauth  string
	}{
		{"no client", []string{"client_id", ""}, 400, 900144, "invalid_request"},
		{"unknown client", []string{"client_id", "x"}, 400, 700016, "unauthorized_client"},
		{"web app", []string{"client_id", webApp}, 401, 7000218, "invalid_client"},
		{"no scope", []string{"scope", ""}, 400, 900144, "invalid_request"},
		{"unknown scope", []string{"scope", "openid Mail.Read"}, 400, 650053, "invalid_client"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, tok := f.device(t, tc.pairs...)
			tok.want(t, tc.status, tc.aadsts, tc.oauth)
		})
	}
	d, _ := f.device(t)
	for _, tc := range []struct {
		name   string
		pairs  []string
		status int
		aadsts int
		oauth  string
	}{
		{"no code", []string{"device_code", ""}, 400, 900144, "invalid_request"},
		{"unknown code", []string{"device_code", "1.Dx"}, 400, 70018, "bad_verification_code"},
		{"user code as device code", []string{"device_code", d.UserCode}, 400, 70018, "bad_verification_code"},
		{"another app", []string{"client_id", daemonApp}, 400, 70018, "bad_verification_code"},
		{"a secret", []string{"client_secret", "x"}, 401, 700025, "invalid_client"},
		{"a web page", []string{"@Origin", "http://localhost:3000"}, 400, 9002326, "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) { f.poll(t, d, tc.pairs...).want(t, tc.status, tc.aadsts, tc.oauth) })
	}
}

func TestDeviceCode_ends(t *testing.T) {
	t.Run("declined", func(t *testing.T) {
		f := newFixture(t, nil)
		d, _ := f.device(t)
		v := f.visitor(t)
		v.toConfirm(d.UserCode)
		v.submit("cancel")
		v.want("device-done")
		f.poll(t, d).want(t, 400, 65004, "authorization_declined")
		v.post(v.page.url.String(), url.Values{"flow": {v.page.url.Query().Get("visit")}, "action": {"continue"}})
		f.poll(t, d).want(t, 400, 65004, "authorization_declined")
	})
	t.Run("cancelled at the sign-in", func(t *testing.T) {
		f := newFixture(t, nil)
		d, _ := f.device(t)
		v := f.visitor(t)
		v.get(base + devicePage)
		v.submit("next", "userCode", d.UserCode)
		v.submit("cancel")
		v.want("device-done")
		f.poll(t, d).want(t, 400, 65004, "authorization_declined")
	})
	t.Run("expired", func(t *testing.T) {
		f := newFixture(t, nil)
		d, _ := f.device(t)
		v := f.visitor(t)
		v.toConfirm(d.UserCode)
		f.clock.Add(deviceLife)
		f.poll(t, d).want(t, 400, 70020, "expired_token")
		v.submit("continue")
		v.want("device-done")
		f.poll(t, d).want(t, 400, 70020, "expired_token")
		v.get(base + devicePage)
		v.submit("next", "userCode", d.UserCode)
		v.want("device-code")
	})
	t.Run("expired although agreed", func(t *testing.T) {
		f := newFixture(t, nil)
		d, _ := f.device(t)
		v := f.visitor(t)
		v.toConfirm(d.UserCode)
		v.submit("continue")
		f.clock.Add(deviceLife)
		f.poll(t, d).want(t, 400, 70020, "expired_token")
	})
}

// TestDeviceCode_otherBrowser: who knows a visit's address cannot agree for
// somebody else, nor learn who they are.
func TestDeviceCode_otherBrowser(t *testing.T) {
	f := newFixture(t, nil)
	d, _ := f.device(t)
	v := f.visitor(t)
	v.toConfirm(d.UserCode)
	stranger, signedIn := f.visitor(t), f.visitor(t)
	signedIn.signIn()
	for _, w := range []*visitor{stranger, signedIn} {
		w.get(v.page.url.String())
		w.want("device-code")
		if strings.Contains(w.page.body, testEmail) {
			t.Error("the page tells who signed in")
		}
		for _, action := range []string{"continue", "cancel"} {
			w.post(base+devicePage, url.Values{"flow": {v.page.url.Query().Get("visit")}, "action": {action}})
			f.clock.Add(5 * time.Second)
			f.poll(t, d).want(t, 400, 70016, "authorization_pending")
		}
	}
	w := stranger
	w.post(base+devicePage, url.Values{"flow": {"x"}, "action": {"continue"}})
	w.want("device-code")
}

func TestDeviceCode_guessing(t *testing.T) {
	f := newFixture(t, nil)
	d, _ := f.device(t)
	v := f.visitor(t)
	v.get(base + devicePage)
	for range passwords.LockoutAfter {
		v.submit("next", "userCode", "AAAAAAAAA")
		v.want("device-code")
	}
	v.submit("next", "userCode", d.UserCode)
	v.want("device-code")
	v.wantText("too many wrong codes")
	f.clock.Add(passwords.LockoutFor)
	v.submit("next", "userCode", d.UserCode)
	v.want("sign-in")
}

func TestDeviceCode_session(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].DeviceCodeOwnPage = true })
	d, _ := f.device(t)
	if d.VerificationURI != base+devicePage || !strings.Contains(d.Message, base+devicePage) {
		t.Errorf("%+v", d)
	}
	v := f.visitor(t)
	v.signIn()
	v.get(d.VerificationURI + "?otc=" + d.UserCode)
	v.submit("next") // the code is filled in
	v.want("pick-account")
	s := f.sessions.Values()[0]
	v.submit("", "account", s.sid)
	v.want("device-confirm")
	v.submit("continue")
	tok := f.poll(t, d)
	if _, c := decode(t, tok.IDToken); c["sid"] != s.sid {
		t.Errorf("sid %v, session %s", c["sid"], s.sid)
	}
}

func TestDeviceCode_tenants(t *testing.T) {
	second := directory.Default().Tenants[0]
	second.ID, second.Subdomain, second.DisplayName = "bbbbbbbb-0000-cccc-1111-dddd2222eeee", "fabrikam", "Fabrikam"
	f := newFixture(t, func(o *Options) {
		second.Keys = o.Seed.Tenants[0].Keys
		o.Seed.Tenants = append(o.Seed.Tenants, second)
	})
	d, _ := f.device(t)
	f.poll(t, d, "@tenant", "fabrikam").want(t, 400, 70018, "bad_verification_code")
	v := f.visitor(t)
	v.get(base + devicePage)
	v.submit("next", "userCode", d.UserCode)
	v.wantText("Contoso")
}

// FuzzDevicePage sends any form to the page: never a server error, never an agreement.
func FuzzDevicePage(f *testing.F) {
	s := fuzzServer(f)
	g := &deviceGrant{tenantID: tid, appID: publicApp, userCode: "ABCDEFGHJ", scope: "openid", issued: clocktest.Now()}
	d := newDevice(s, newUserFlow(s).start)
	s.mux = http.NewServeMux()
	d.Mount(s.mux)
	d.userCodes.Put(g.userCode, g)
	d.visits.Put("visit", &deviceVisit{id: "visit", grant: g})
	f.Add("userCode=abcd-efghj")
	f.Add("flow=visit&action=continue")
	f.Add("visit=visit&action=cancel&ui_locales=de")
	f.Fuzz(func(t *testing.T, body string) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := s.answer(method, devicePage, body)
			if w.Code >= 500 || g.state == deviceApprovedState {
				t.Fatalf("%d for %q", w.Code, body)
			}
		}
	})
}
