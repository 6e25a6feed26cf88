package emulator

import (
	"strings"
	"testing"
)

// TestStory is the whole path of a new customer: sign-up with the code from the
// outbox, tokens, refresh, silent sign-in, sign-out.
func TestStory(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)

	v.get(authorizeURL())
	v.want("sign-in")
	v.follow("create-account")
	v.want("sign-up")
	v.submit("next", "email", "grace@example.com")
	v.want("code")
	box := f.Outbox()
	if len(box) != 1 || box[0].To != "grace@example.com" || len(box[0].Code) != 8 {
		t.Fatalf("outbox %+v", box)
	}
	v.submit("next", "code", box[0].Code)
	v.want("new-password")
	v.submit("next", "newPassword", testPassword, "confirmPassword", testPassword)
	v.want("attributes")
	v.submit("create", "displayName", "Grace Example", "givenName", "Grace", "surname", "Example", "country", "")
	q := v.answer()
	if got := v.page.outside.Scheme + "://" + v.page.outside.Host + v.page.outside.Path; got != "http://localhost:3000/" {
		t.Errorf("answer at %s", got)
	}
	if q.Get("state") != "st&ate" || q.Get("code") == "" || q.Get("client_info") == "" || q.Get("session_state") == "" {
		t.Fatalf("answer %v", q)
	}

	tok := f.redeem(t, q.Get("code"))
	if tok.Error != "" || tok.IDToken == "" || tok.RefreshToken == "" || tok.AccessToken == "" {
		t.Fatalf("%d %+v", tok.status, tok.errorBody)
	}
	_, c := decode(t, tok.IDToken)
	if c["name"] != "Grace Example" || c["preferred_username"] != "grace@example.com" || c["nonce"] != "no-nce" || c["given_name"] != "Grace" || c["sid"] != q.Get("session_state") {
		t.Errorf("claims %v", c)
	}
	if again := f.refresh(t, tok.RefreshToken); again.Error != "" || again.IDToken == "" || again.RefreshToken == tok.RefreshToken || again.ClientInfo == "" {
		t.Errorf("refresh %+v", again.errorBody)
	}

	v.get(authorizeURL("prompt", "none"))
	if v.answer().Get("code") == "" {
		t.Fatalf("no silent sign-in: %v", v.answer())
	}
	v.get(base + "/" + tid + "/oauth2/v2.0/logout?state=bye&post_logout_redirect_uri=" + callback)
	if got := v.page.outside; got == nil || got.String() != "http://localhost:3000/?state=bye" {
		t.Fatalf("after sign-out: %v %s", got, v.page.text)
	}
	v.get(authorizeURL("prompt", "none"))
	if q := v.answer(); q.Get("error") != "login_required" || !strings.HasPrefix(q.Get("error_description"), "AADSTS50058: ") {
		t.Fatalf("after sign-out: %v", q)
	}
	v.signIn()
}
