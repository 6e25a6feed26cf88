package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func half(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func TestHybrid(t *testing.T) {
	f := newProtocolFixture(t, func(d *directory.Tenant) {
		d.Apps[1].Web.ImplicitGrantSettings = directory.ImplicitGrantSettings{EnableIDTokenIssuance: true, EnableAccessTokenIssuance: true}
	})
	web := []string{"client_id", webApp, "redirect_uri", webCallback}
	for _, tc := range []struct{ responseType, mode string }{
		{"id_token", ""}, {"id_token", "form_post"}, {"code id_token", "form_post"}, {"id_token code", "fragment"}, {"id_token token", ""}, {"code id_token token", ""},
	} {
		t.Run(tc.responseType+" "+tc.mode, func(t *testing.T) {
			v := f.visitor(t)
			q := v.signIn(append(web, "response_type", tc.responseType, "response_mode", tc.mode, "code_challenge", "", "code_challenge_method", "")...)
			if tc.mode == "" && (v.page.outside == nil || v.page.outside.RawQuery != "" || v.page.outside.Fragment == "") {
				t.Errorf("not in the fragment: %v", v.page.outside)
			}
			f.verify(t, q.Get("id_token"))
			_, c := decode(t, q.Get("id_token"))
			if c["nonce"] != "no-nce" || c["aud"] != webApp || c["name"] != "Ada Example" || q.Get("state") != "st&ate" || q.Get("session_state") != c["sid"] {
				t.Errorf("claims %v, answer %v", c, q)
			}
			if wants := strings.Contains(tc.responseType, "code"); wants != (q.Get("code") != "") || wants && c["c_hash"] != half(q.Get("code")) || !wants && c["c_hash"] != nil {
				t.Errorf("code %q, c_hash %v", q.Get("code"), c["c_hash"])
			}
			if wants := strings.HasSuffix(tc.responseType, " token"); wants != (q.Get("access_token") != "") || wants && c["at_hash"] != half(q.Get("access_token")) || !wants && c["at_hash"] != nil {
				t.Errorf("access token and at_hash %v", c["at_hash"])
			}
			if q.Get("access_token") != "" {
				f.verify(t, q.Get("access_token"))
				if q.Get("token_type") != "Bearer" || q.Get("expires_in") == "" || q.Get("scope") != "openid profile email User.Read" {
					t.Errorf("answer %v", q)
				}
			}
			if code := q.Get("code"); code != "" {
				if tok := f.redeem(t, code, append(web, "client_secret", directory.DefaultClientSecret, "code_verifier", "")...); tok.Error != "" {
					t.Error(tok.ErrorDescription)
				}
			}
		})
	}
}

func TestHybrid_refused(t *testing.T) {
	f := newProtocolFixture(t, func(d *directory.Tenant) { d.Apps[1].Web.ImplicitGrantSettings.EnableIDTokenIssuance = true })
	web := []string{"client_id", webApp, "redirect_uri", webCallback}
	for _, tc := range []struct {
		name  string
		pairs []string
		error string
		code  string
	}{
		{"not enabled", []string{"response_type", "id_token"}, "unsupported_response_type", "AADSTS700054"},
		{"hybrid not enabled", []string{"response_type", "code id_token"}, "unsupported_response_type", "AADSTS700054"},
		{"access token not enabled", append(web, "response_type", "id_token token"), "unsupported_response_type", "AADSTS700054"},
		{"access token alone", append(web, "response_type", "token"), "unsupported_response_type", "AADSTS700054"},
		{"no nonce", append(web, "response_type", "id_token", "nonce", ""), "invalid_request", "AADSTS90014"},
		{"no openid", append(web, "response_type", "id_token", "scope", "profile"), "invalid_scope", "AADSTS70011"},
		{"query mode", append(web, "response_type", "code id_token", "response_mode", "query"), "invalid_request", "AADSTS70007"},
		{"code twice", append(web, "response_type", "code code"), "unsupported_response_type", "AADSTS70005"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := f.visitor(t)
			v.get(authorizeURL(tc.pairs...))
			q := v.answer()
			if q.Get("error") != tc.error || !strings.HasPrefix(q.Get("error_description"), tc.code+":") || q.Get("id_token") != "" {
				t.Errorf("%v", q)
			}
			if tc.name != "code twice" && v.page.outside.RawQuery != "" {
				t.Errorf("in the query: %v", v.page.outside)
			}
		})
	}
}
