package emulator

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func TestAssertion(t *testing.T) {
	f := newProtocolFixture(t, nil)
	client, other := mustKey(t, testClientKey), mustKey(t, testOtherKey)
	s1, s256 := thumbprints(t, client)
	o1, o256 := thumbprints(t, other)
	now := f.clock.Now()
	type header = map[jose.HeaderKey]any
	type fields = map[string]any
	for _, tc := range []struct {
		name string
		assertionSpec
		aadsts int // 0 when it is good
	}{
		{"PS256 and x5t#S256", assertionSpec{}, 0},
		{"RS256 and x5t", assertionSpec{alg: jose.RS256, header: header{"x5t": base64.RawURLEncoding.EncodeToString(s1)}}, 0},
		{"padded standard base64", assertionSpec{header: header{"x5t#S256": base64.StdEncoding.EncodeToString(s256)}}, 0},
		{"kid in hex", assertionSpec{header: header{"kid": upperHex(s1)}}, 0},
		{"kid and x5t", assertionSpec{header: header{"kid": upperHex(s1), "x5t": base64.RawURLEncoding.EncodeToString(s1)}}, 0},
		{"audience is the issuer", assertionSpec{claims: fields{"aud": "https://" + tid + ".ciamlogin.com/" + tid + "/v2.0"}}, 0},
		{"audience by domain", assertionSpec{claims: fields{"aud": "https://contoso.ciamlogin.com/contoso.onmicrosoft.com/oauth2/v2.0/token"}}, 0},
		{"one of two audiences", assertionSpec{claims: fields{"aud": []string{"https://x.example", base + "/" + tid + "/v2.0"}}}, 0},
		{"a little late", assertionSpec{claims: fields{"exp": now.Add(-4 * time.Minute).Unix()}}, 0},
		{"no nbf, no jti", assertionSpec{claims: fields{"nbf": nil, "jti": nil}}, 0},

		{"shared secret", assertionSpec{alg: jose.HS256}, 50027},
		{"no key named", assertionSpec{header: header{}}, 50027},
		{"another certificate", assertionSpec{key: other}, 700027},
		{"another key under this name", assertionSpec{key: other, header: header{"x5t#S256": base64.RawURLEncoding.EncodeToString(s256)}}, 700027},
		{"two names that differ", assertionSpec{header: header{"x5t#S256": base64.RawURLEncoding.EncodeToString(s256), "x5t": base64.RawURLEncoding.EncodeToString(o1)}}, 700027},
		{"name of another", assertionSpec{header: header{"kid": upperHex(o256)}}, 700027},
		{"another subject", assertionSpec{claims: fields{"sub": webApp}}, 700021},
		{"no subject", assertionSpec{claims: fields{"sub": nil}}, 700021},
		{"no audience", assertionSpec{claims: fields{"aud": nil}}, 700023},
		{"audience elsewhere", assertionSpec{claims: fields{"aud": "https://evil.example/" + tid + "/v2.0"}}, 700023},
		{"audience of another tenant", assertionSpec{claims: fields{"aud": base + "/bbbbbbbb-0000-cccc-1111-dddd2222eeee/v2.0"}}, 700023},
		{"audience of another endpoint", assertionSpec{claims: fields{"aud": base + "/" + tid + "/oauth2/v2.0/authorize"}}, 700023},
		{"expired", assertionSpec{claims: fields{"exp": now.Add(-6 * time.Minute).Unix()}}, 700024},
		{"not yet valid", assertionSpec{claims: fields{"nbf": now.Add(6 * time.Minute).Unix()}}, 700024},
		{"no expiry", assertionSpec{claims: fields{"exp": nil}}, 50027},
		{"expiry as text", assertionSpec{claims: fields{"exp": "soon"}}, 50027},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tok := f.grant(t, "client_credentials", "scope", "api://"+forecast+"/.default", "client_assertion_type", assertionType, "client_assertion", f.assertion(t, tc.assertionSpec))
			if tc.aadsts != 0 {
				tok.want(t, 401, tc.aadsts, "invalid_client")
				return
			}
			if tok.Error != "" {
				t.Fatal(tok.ErrorDescription)
			}
			if _, c := decode(t, tok.AccessToken); c["azpacr"] != "2" {
				t.Errorf("azpacr %v", c["azpacr"])
			}
		})
	}
	t.Run("with a secret as well", func(t *testing.T) {
		f.grant(t, "client_credentials", "scope", "api://"+forecast+"/.default", "client_assertion_type", assertionType,
			"client_assertion", f.assertion(t, assertionSpec{}), "client_secret", daemonCode).want(t, 400, 9002313, "invalid_request")
	})
	t.Run("of another type", func(t *testing.T) {
		f.grant(t, "client_credentials", "scope", "api://"+forecast+"/.default", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
			"client_assertion", f.assertion(t, assertionSpec{})).want(t, 400, 90023, "invalid_request")
	})
	t.Run("sent twice", func(t *testing.T) {
		a := f.assertion(t, assertionSpec{})
		for range 2 { // as MSAL Node does
			if tok := f.grant(t, "client_credentials", "scope", "api://"+forecast+"/.default", "client_assertion_type", assertionType, "client_assertion", a); tok.Error != "" {
				t.Error(tok.ErrorDescription)
			}
		}
	})
	t.Run("certificate has ended", func(t *testing.T) {
		f.clock.Add(30 * 365 * 24 * time.Hour)
		f.grant(t, "client_credentials", "scope", "api://"+forecast+"/.default", "client_assertion_type", assertionType,
			"client_assertion", f.assertion(t, assertionSpec{})).want(t, 401, 700027, "invalid_client")
	})
}

func TestAssertion_replay(t *testing.T) {
	f := newProtocolFixture(t, func(d *directory.Tenant) { d.RefuseAssertionReplay = true })
	send := func(a string) tokens {
		return f.grant(t, "client_credentials", "scope", "api://"+forecast+"/.default", "client_assertion_type", assertionType, "client_assertion", a)
	}
	first := f.assertion(t, assertionSpec{claims: map[string]any{"jti": "one"}})
	if tok := send(first); tok.Error != "" {
		t.Fatal(tok.ErrorDescription)
	}
	send(first).want(t, 401, 50027, "invalid_client")
	send(f.assertion(t, assertionSpec{claims: map[string]any{"jti": "one", "exp": f.clock.Now().Add(time.Minute).Unix()}})).want(t, 401, 50027, "invalid_client")
	if tok := send(f.assertion(t, assertionSpec{claims: map[string]any{"jti": "two"}})); tok.Error != "" {
		t.Error(tok.ErrorDescription)
	}
	send(f.assertion(t, assertionSpec{claims: map[string]any{"jti": nil}})).want(t, 401, 50027, "invalid_client")
	send(f.assertion(t, assertionSpec{claims: map[string]any{"jti": "long", "exp": f.clock.Now().Add(24 * time.Hour).Unix()}})).want(t, 401, 50027, "invalid_client")
	f.clock.Add(9 * time.Minute)
	send(first).want(t, 401, 50027, "invalid_client")
}

func TestAssertion_federated(t *testing.T) {
	f := newProtocolFixture(t, nil)
	other := mustKey(t, testOtherKey)
	type fields = map[string]any
	good := func(change fields) fields {
		c := fields{"iss": ciIssuer, "sub": "repo:contoso/app:ref:refs/heads/main", "aud": directory.DefaultFederatedAudience}
		for k, v := range change {
			c[k] = v
		}
		return c
	}
	ci := map[jose.HeaderKey]any{"kid": "ci-1"}
	for _, tc := range []struct {
		name string
		assertionSpec
		aadsts int
	}{
		{"right", assertionSpec{key: other, alg: jose.RS256, header: ci, claims: good(nil)}, 0},
		{"no kid", assertionSpec{key: other, alg: jose.RS256, header: map[jose.HeaderKey]any{}, claims: good(nil)}, 0},
		{"unknown kid", assertionSpec{key: other, alg: jose.RS256, header: map[jose.HeaderKey]any{"kid": "ci-2"}, claims: good(nil)}, 700027},
		{"another key", assertionSpec{alg: jose.RS256, header: ci, claims: good(nil)}, 700027},
		{"another issuer", assertionSpec{key: other, alg: jose.RS256, header: ci, claims: good(fields{"iss": ciIssuer + "/"})}, 700211},
		{"another subject", assertionSpec{key: other, alg: jose.RS256, header: ci, claims: good(fields{"sub": "repo:contoso/app:ref:refs/heads/dev"})}, 700213},
		{"another audience", assertionSpec{key: other, alg: jose.RS256, header: ci, claims: good(fields{"aud": base})}, 700212},
		{"expired", assertionSpec{key: other, alg: jose.RS256, header: ci, claims: good(fields{"exp": 1})}, 700024},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tok := f.grant(t, "client_credentials", "scope", "api://"+forecast+"/.default", "client_assertion_type", assertionType, "client_assertion", f.assertion(t, tc.assertionSpec))
			if tc.aadsts == 0 {
				if tok.Error != "" {
					t.Error(tok.ErrorDescription)
				}
				return
			}
			tok.want(t, 401, tc.aadsts, "invalid_client")
		})
	}
	t.Run("app without federated credentials", func(t *testing.T) {
		f.grant(t, "client_credentials", "client_id", webApp, "scope", "api://"+forecast+"/.default", "client_assertion_type", assertionType,
			"client_assertion", f.assertion(t, assertionSpec{key: other, alg: jose.RS256, header: ci, claims: good(nil)})).want(t, 401, 700021, "invalid_client")
	})
}

// TestAssertion_codeAndRefresh uses an assertion where a web app uses its secret.
func TestAssertion_codeAndRefresh(t *testing.T) {
	f := newProtocolFixture(t, nil)
	code := f.visitor(t).signIn("client_id", daemonApp, "redirect_uri", "http://localhost/daemon").Get("code")
	app := []string{"client_id", daemonApp, "redirect_uri", "http://localhost/daemon", "client_assertion_type", assertionType}
	wrong := f.assertion(t, assertionSpec{claims: map[string]any{"aud": "https://evil.example"}})
	f.redeem(t, code, append(app, "client_assertion", wrong)...).want(t, 401, 700023, "invalid_client")
	tok := f.redeem(t, code, append(app, "client_assertion", f.assertion(t, assertionSpec{}))...)
	if tok.Error != "" {
		t.Fatal(tok.ErrorDescription)
	}
	if _, c := decode(t, tok.AccessToken); c["azpacr"] != "2" {
		t.Errorf("azpacr %v", c["azpacr"])
	}
	f.refresh(t, tok.RefreshToken, append(app, "client_assertion", wrong)...).want(t, 401, 700023, "invalid_client")
	if again := f.refresh(t, tok.RefreshToken, append(app, "client_assertion", f.assertion(t, assertionSpec{}))...); again.Error != "" {
		t.Error(again.ErrorDescription)
	}
	public := f.redeem(t, f.visitor(t).signIn().Get("code"), "client_assertion_type", assertionType, "client_assertion", "x.y.z")
	public.want(t, 401, 700025, "invalid_client")
}
