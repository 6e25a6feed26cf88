package emulator

import (
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func TestConsent(t *testing.T) {
	f := newProtocolFixture(t, func(d *directory.Tenant) {
		d.Apps[0].GrantedScopes = []string{"openid", "api://" + forecast + "/Forecast.Read"}
	})
	read, write, all := "openid api://"+forecast+"/Forecast.Read", "openid api://"+forecast+"/Forecast.Write", "openid api://"+forecast+"/.default"
	v := f.visitor(t)
	code := func(scope string) string { return v.signIn("scope", scope, "prompt", "login").Get("code") }
	if tok := f.redeem(t, code(read), "scope", read); tok.Error != "" {
		t.Error(tok.ErrorDescription)
	}
	tok := f.redeem(t, code(all), "scope", all+" offline_access")
	if _, c := decode(t, tok.AccessToken); c["scp"] != "Forecast.Read" {
		t.Errorf("scp %v", c["scp"])
	}
	f.redeem(t, code(read), "scope", write).want(t, 400, 65001, "invalid_grant")
	f.refresh(t, tok.RefreshToken, "scope", write).want(t, 400, 65001, "invalid_grant")
	denied := f.refresh(t, tok.RefreshToken, "scope", "User.Read")
	denied.want(t, 400, 65001, "invalid_grant")
	if denied.raw["suberror"] != "consent_required" {
		t.Errorf("suberror %v", denied.raw["suberror"])
	}
	v.get(authorizeURL("scope", write, "prompt", "none"))
	if q := v.answer(); q.Get("error") != "consent_required" || !strings.HasPrefix(q.Get("error_description"), "AADSTS65001:") {
		t.Errorf("%v", q)
	}
	v.get(authorizeURL("scope", write))
	v.want("consent-missing")
	v.get(authorizeURL("scope", "openid profile email offline_access", "prompt", "none"))
	if v.answer().Get("code") == "" {
		t.Error("OpenID Connect's own scopes need a grant")
	}
}

func TestConsent_none(t *testing.T) {
	no := false
	f := newProtocolFixture(t, func(d *directory.Tenant) { d.Apps[0].AdminConsent = &no })
	d, _ := f.device(t)
	v := f.visitor(t)
	v.get(base + devicePage)
	v.submit("next", "userCode", d.UserCode)
	v.submit("next", "email", testEmail)
	v.submit("next", "password", testPassword)
	v.want("consent-missing")
	v.submit("cancel")
	v.want("device-done")
	f.poll(t, d).want(t, 400, 65004, "authorization_declined")
}
