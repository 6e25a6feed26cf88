package auth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
)

// edited has the tenant's token answers changed on the way: its members, and then its text.
func (w *world) edited(members func(map[string]any), text func(string) string) {
	w.answer = func(r *http.Request) *http.Response {
		if !strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") {
			return nil
		}
		resp, err := w.tenant.Transport().RoundTrip(r)
		if err != nil {
			w.t.Error(err)
			return nil
		}
		defer resp.Body.Close()
		var all map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&all); err != nil {
			w.t.Error(err)
		}
		if members != nil {
			members(all)
		}
		body, err := json.Marshal(all)
		if err != nil {
			w.t.Error(err)
		}
		if text != nil {
			body = []byte(text(string(body)))
		}
		changed := respond(resp.StatusCode, "application/json", string(body))
		changed.Header.Set("Date", w.base().UTC().Format(http.TimeFormat))
		return changed
	}
}

// TestTokenAnswer is the table of answers that two readers could read differently, and of lifetimes in every form. What
// is taken is what the tenant signed; MSAL rejects none of it.
func TestTokenAnswer(t *testing.T) {
	evil := base64.RawURLEncoding.EncodeToString([]byte(unsigned)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"evil","oid":"evil"}`)) + "."
	evilAccount := base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"evil","utid":"evil"}`))
	set := func(name string, value any) func(map[string]any) {
		return func(all map[string]any) { all[name] = value }
	}
	beside := func(member string) func(string) string {
		return func(text string) string { return "{" + member + "," + text[1:] }
	}
	lasts := func(d time.Duration) func(*LoginResult) error {
		return func(r *LoginResult) error {
			if got := r.AccessToken.ExpiresAt.Sub(r.AccessToken.IssuedAt); got != d {
				return fmt.Errorf("lasts %s, want %s", got, d)
			}
			return nil
		}
	}
	for _, tt := range []struct {
		name    string
		members func(map[string]any)
		text    func(string) string
		holds   func(*LoginResult) error // beyond what holds for all
		says    string                   // of the refusal
	}{
		{name: "as it is"},
		{name: "a second ID token in capitals", text: beside(`"ID_TOKEN":"` + evil + `"`)},
		{name: "a second ID token in capitals, behind", members: set("Id_Token", evil)},
		{name: "a second refresh token in capitals", members: set("REFRESH_TOKEN", "evil")},
		{name: "a second client_info in capitals", members: set("Client_Info", evilAccount)},
		{name: "an error in capitals", members: set("ERROR", "invalid_grant")},
		{name: "an expires_on that MSAL prefers", members: set("expires_on", "1")},
		{name: "an expires_on that MSAL cannot read", members: set("expires_on", "soon")},
		{name: "scopes without openid", members: set("scope", "api://x/read")},
		{name: "an ext_expires_in that is a text", members: set("ext_expires_in", "never")},
		{name: "a foci", members: set("foci", "1")},
		{name: "a number", members: set("expires_in", 600), holds: lasts(600 * time.Second)},
		{name: "a text", members: set("expires_in", "600"), holds: lasts(600 * time.Second)},
		{name: "a fraction", members: set("expires_in", 600.9), holds: lasts(600 * time.Second)},
		{name: "a fraction as a text", members: set("expires_in", "600.9"), holds: lasts(600 * time.Second)},
		{name: "an exponent", members: set("expires_in", json.Number("3e2")), holds: lasts(300 * time.Second)},
		{name: "refresh_in as a fraction", members: set("refresh_in", 1800.5), holds: func(r *LoginResult) error {
			if got := r.AccessToken.RefreshAt.Sub(r.AccessToken.IssuedAt); got != 1800*time.Second {
				return fmt.Errorf("renewed after %s", got)
			}
			return nil
		}},

		{name: "an ID token twice", text: beside(`"id_token":"` + evil + `"`), says: `it has the member "id_token" twice`},
		{name: "an ID token twice, once escaped", text: beside(`"id\u005ftoken":"` + evil + `"`), says: `it has the member "id_token" twice`},
		{name: "another member twice", text: beside(`"x":1,"x":1`), says: `it has the member "x" twice`},
		{name: "an ID token under capitals only", text: func(s string) string { return strings.Replace(s, `"id_token"`, `"ID_TOKEN"`, 1) }, says: "expected an id_token, got none"},
		{name: "an access token under capitals only", text: func(s string) string { return strings.Replace(s, `"access_token"`, `"Access_Token"`, 1) }, says: "expected an access_token, got none"},
		{name: "no lifetime", members: func(all map[string]any) { delete(all, "expires_in") }, says: "expected expires_in of a second or more, got none"},
		{name: "a lifetime of nothing", members: set("expires_in", 0.4), says: "expected expires_in of a second or more"},
		{name: "a lifetime before now", members: set("expires_in", -1), says: "expires_in of the wrong kind or size, a number"},
		{name: "a lifetime of a century", members: set("expires_in", 3153600000), says: "expires_in of the wrong kind or size, a number"},
		{name: "a lifetime in words", members: set("expires_in", "soon"), says: "expires_in of the wrong kind or size, a string"},
		{name: "a lifetime without end", members: set("expires_in", "Infinity"), says: "expires_in of the wrong kind or size, a string"},
		{name: "a lifetime that is none", members: set("expires_in", "NaN"), says: "expires_in of the wrong kind or size, a string"},
		{name: "a lifetime in hexadecimal", members: set("expires_in", "0x258"), says: "expires_in of the wrong kind or size, a string"},
		{name: "an account that is none", members: set("client_info", "!"), says: "it has a client_info that cannot be read"},
		{name: "an account twice", members: set("client_info", base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"a","uid":"b"}`))), says: "it has a client_info that cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			w.edited(tt.members, tt.text)
			r, err := w.login()
			for _, secret := range w.tenant.IssuedSecrets() {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("a secret is in: %v", err)
				}
			}
			if tt.says != "" {
				var unusable *AnswerError
				if !errors.As(err, &unusable) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want %q", err, tt.says)
				}
				w.nothingKept()
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.IDToken.PreferredUsername != userEmail || strings.Contains(r.Session.HomeAccountID, "evil") || bytes.Contains(r.Session.MSAL, []byte("evil")) {
				t.Errorf("read another message: %s, account %s", r.IDToken.PreferredUsername, r.Session.HomeAccountID)
			}
			if tt.holds != nil {
				if err := tt.holds(r); err != nil {
					t.Error(err)
				}
			}
			w.answer = nil
			if _, err := w.token(TokenRequest{ForceRefresh: true}); err != nil {
				t.Errorf("the refresh token was lost: %v", err)
			}
		})
	}
}

// signer makes ID tokens like the tenant's, with other claims: what a tenant with claims mapping may issue.
func (w *world) signer(claims func(map[string]any)) {
	w.edited(func(all map[string]any) {
		raw, _ := all["id_token"].(string)
		token, err := idtoken.Decode(raw)
		if err != nil {
			w.t.Error(err)
			return
		}
		var payload map[string]any
		d := json.NewDecoder(bytes.NewReader(token.JSON))
		d.UseNumber()
		if err := d.Decode(&payload); err != nil {
			w.t.Error(err)
		}
		claims(payload)
		header, _, _ := strings.Cut(raw, ".")
		all["id_token"] = w.sign(header, payload)
	}, nil)
}

// TestTokenAnswer_claims: what ciam has verified, MSAL may not reject. Its decoder wants texts in the names and whole
// numbers in the times.
func TestTokenAnswer_claims(t *testing.T) {
	for name, claims := range map[string]func(map[string]any){
		"a number in middle_name":        func(c map[string]any) { c["middle_name"] = 7 },
		"a list in given_name":           func(c map[string]any) { c["given_name"] = []string{"A", "B"} },
		"an object in upn":               func(c map[string]any) { c["upn"] = map[string]any{"a": 1} },
		"a truth in family_name":         func(c map[string]any) { c["family_name"] = true },
		"a number in alternative_id":     func(c map[string]any) { c["alternative_id"] = 1 },
		"a fraction in exp":              func(c map[string]any) { c["exp"] = json.Number(fmt.Sprintf("%v.5", c["exp"])) },
		"a fraction in iat and nbf":      func(c map[string]any) { c["iat"] = json.Number(fmt.Sprintf("%v.25", c["iat"])); c["nbf"] = c["iat"] },
		"another subject in capitals":    func(c map[string]any) { c["SUB"], c["OID"] = "evil", "evil" },
		"additional fields":              func(c map[string]any) { c["AdditionalFields"] = 5 },
		"a number in preferred_username": func(c map[string]any) { c["preferred_username"] = 5 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			w.signer(claims)
			r := w.mustLogin()
			if strings.Contains(r.Session.HomeAccountID, "evil") || bytes.Contains(r.Session.MSAL, []byte("evil")) {
				t.Errorf("MSAL read another token: account %s", r.Session.HomeAccountID)
			}
			if _, err := w.token(TokenRequest{ForceRefresh: true}); err != nil {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

// TestRebuilt_staysInMemory: the ID token that MSAL is given is not signed. It must reach no record, and not the cache
// that is kept: every token in what is stored was issued by the tenant.
func TestRebuilt_staysInMemory(t *testing.T) {
	w := newWorld(t, "contoso")
	w.mustLogin()
	for range 2 {
		if _, err := w.token(TokenRequest{ForceRefresh: true}); err != nil {
			t.Fatal(err)
		}
		record, err := w.store.Get(context.Background(), w.app.Profile)
		if err != nil {
			t.Fatal(err)
		}
		marker := base64.RawURLEncoding.EncodeToString([]byte(unsigned))
		if !bytes.Contains(record, []byte("refresh_token")) && !bytes.Contains(record, []byte("RefreshToken")) || bytes.Contains(record, []byte(marker)) {
			t.Errorf("the record holds the token that MSAL was given, or no refresh token")
		}
		session, err := w.service.Session(context.Background(), w.app)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := idtoken.Verify(context.Background(), session.IDToken, w.keys(), idtoken.Expectation{Issuer: session.Issuer, TenantID: session.TenantID, ClientID: session.ClientID, Now: w.now()}); err != nil {
			t.Errorf("the kept ID token is not the tenant's: %v", err)
		}
	}
}

// TestForMSAL: the answer that MSAL reads has the members that it needs, and no other.
func TestForMSAL(t *testing.T) {
	full := &tokens{access: "ACCESS", refresh: "REFRESH", account: clientInfo{"u", "t"}, granted: []string{"s"}, expiresIn: 90 * time.Second, refreshIn: time.Second,
		idToken: &idtoken.Token{Raw: "RAW", Subject: "sub", ObjectID: "oid", TenantID: "tid", Name: "NAME", Email: "EMAIL", PreferredUsername: "p", JSON: []byte("JSON")}}
	body, err := full.forMSAL()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, []string{"access_token", "client_info", "expires_in", "id_token", "refresh_token", "token_type"}) {
		t.Errorf("members %v", names)
	}
	raw, _ := got["id_token"].(string)
	decoded, err := idtoken.Decode(raw)
	if err != nil || decoded.Subject != "sub" || decoded.ObjectID != "oid" || len(decoded.Claims) != 6 {
		t.Errorf("ID token %v, %v", decoded.Claims, err)
	}
	for _, secret := range []string{"ACCESS", "RAW", "NAME", "EMAIL", "JSON"} {
		if strings.Contains(string(body), secret) || strings.Contains(string(decoded.JSON), secret) {
			t.Errorf("MSAL is told %s", secret)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", full, *full, answer{AccessToken: "ACCESS"}); strings.Contains(text, "ACCESS") || strings.Contains(text, "REFRESH") {
		t.Errorf("printed: %s", text)
	}
}

// TestJudge_zero: there is no judge that lets an ID token through unverified.
func TestJudge_zero(t *testing.T) {
	w := newWorld(t, "contoso")
	r := w.mustLogin()
	for name, j := range map[string]judge{
		"nothing known": {},
		"no keys":       {want: idtoken.Expectation{Issuer: r.Session.Issuer, TenantID: r.Session.TenantID, ClientID: r.Session.ClientID}},
		"no tenant":     {keys: w.keys()},
	} {
		t.Run(name, func(t *testing.T) {
			a := &answer{AccessToken: "a", TokenType: "Bearer", ExpiresIn: seconds(time.Hour), IDToken: r.IDToken.Raw}
			got, err := j.read(context.Background(), a, w.now())
			var invalid *idtoken.VerificationError
			if got != nil || !errors.As(err, &invalid) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	a := &answer{AccessToken: "a", TokenType: "Bearer", ExpiresIn: seconds(time.Hour), IDToken: r.IDToken.Raw}
	good := judge{keys: w.keys(), want: idtoken.Expectation{Issuer: r.Session.Issuer, TenantID: r.Session.TenantID, ClientID: r.Session.ClientID}}
	if _, err := good.read(context.Background(), a, w.now()); err != nil {
		t.Errorf("a whole judge: %v", err)
	}
}

// TestExplain: MSAL's own errors can quote a token answer; only what is ours is passed on.
func TestExplain(t *testing.T) {
	ours := &AnswerError{During: "x", Problem: "ours"}
	for _, tt := range []struct{ err, want error }{
		{errors.New("unable to unmarshal: SECRET"), nil},
		{fmt.Errorf("SECRET: %w", ours), ours},
		{fmt.Errorf("SECRET: %w", context.Canceled), context.Canceled},
		{nil, nil},
	} {
		got := (&adapter{judge: judge{during: "redeeming the code"}}).explain(tt.err)
		if tt.want != nil && got != tt.want || tt.want == nil && !strings.Contains(got.Error(), "MSAL could not use the tokens") || strings.Contains(got.Error(), "SECRET") {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
}

// TestOtherAnswers_exact: answers with a device code and of the native API are read by the same rules.
func TestOtherAnswers_exact(t *testing.T) {
	for name, body := range map[string]string{
		"in capitals": `{"DEVICE_CODE":"d","USER_CODE":"u","EXPIRES_IN":900}`,
		"twice":       `{"device_code":"d","user_code":"u","user_code":"v","expires_in":900}`,
	} {
		t.Run("device/"+name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			w.answer = func(r *http.Request) *http.Response {
				if strings.HasSuffix(r.URL.Path, "/devicecode") {
					return respond(200, "application/json", body)
				}
				return nil
			}
			_, err := w.service.DeviceLogin(context.Background(), w.app, DeviceRequest{Timeout: time.Minute, OnCode: func(context.Context, DeviceCode) error { return errors.New("a code was shown") }})
			var unusable *AnswerError
			if !errors.As(err, &unusable) {
				t.Errorf("got %v", err)
			}
		})
	}
	for name, body := range map[string]string{
		"in capitals":         `{"CONTINUATION_TOKEN":"x"}`,
		"twice":               `{"continuation_token":"x","continuation_token":"y"}`,
		"twice within a list": `{"continuation_token":"x","methods":[{"id":"a","id":"b"}]}`,
	} {
		t.Run("native/"+name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			step := initiated
			step.answer = body
			_, err := w.native(&talk{}, NativeRequest{}, step)
			var unusable *AnswerError
			if !errors.As(err, &unusable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// sign makes a token with the header of another and the tenant's key.
func (w *world) sign(header string, payload map[string]any) string {
	w.t.Helper()
	key, err := tenantKey()
	if err != nil {
		w.t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(key.PrivateKey))
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		w.t.Fatal(err)
	}
	claims, err := json.Marshal(payload)
	if err != nil {
		w.t.Fatal(err)
	}
	signed := header + "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, private.(*rsa.PrivateKey), crypto.SHA256, sum[:])
	if err != nil {
		w.t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// keys are the tenant's.
func (w *world) keys() idtoken.KeySet {
	w.t.Helper()
	md, err := w.service.Authorities.Metadata(context.Background(), w.app.Authority, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return w.service.Authorities.Keys(md)
}
