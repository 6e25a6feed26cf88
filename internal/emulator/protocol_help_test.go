package emulator

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	daemonApp  = "44445555-eeee-6666-ffff-777788889999" // secret, certificate, federated credential; also an API
	forecast   = "33334444-dddd-5555-eeee-6666ffff7777" // an API
	daemonCode = "daemon-secret"
	ciIssuer   = "https://ci.example"
)

// testClientKey and testOtherKey are keys of clients, with certificates.
var (
	testClientKey = sync.OnceValues(func() (directory.Key, error) { return directory.GenerateKey(clocktest.Now()) })
	testOtherKey  = sync.OnceValues(func() (directory.Key, error) { return directory.GenerateKey(clocktest.Now()) })
)

func mustKey(t *testing.T, key func() (directory.Key, error)) directory.Key {
	t.Helper()
	k, err := key()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newProtocolFixture is newFixture with an API, and an app that has every kind
// of credential and is the API in front of it.
func newProtocolFixture(t *testing.T, change func(*directory.Tenant)) *fixture {
	t.Helper()
	client, other := mustKey(t, testClientKey), mustKey(t, testOtherKey)
	_, cert, err := other.Parse()
	if err != nil {
		t.Fatal(err)
	}
	jwks, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: cert.PublicKey, KeyID: "ci-1", Algorithm: "RS256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	return newFixture(t, func(o *Options) {
		d := &o.Seed.Tenants[0]
		d.APIs = []directory.API{
			{AppID: forecast, IdentifierURI: "api://" + forecast, Scopes: []string{"Forecast.Read", "Forecast.Write"}, AppRoles: []string{"Forecast.Read.All", "Forecast.Admin"}},
			{AppID: daemonApp, IdentifierURI: "api://" + daemonApp, Scopes: []string{"Access"}},
		}
		d.Apps = append(d.Apps, directory.App{
			AppID: daemonApp, DisplayName: "daemon", Web: directory.Platform{RedirectURIs: []string{"http://localhost/daemon"}},
			PasswordCredentials: []directory.Secret{{SecretText: daemonCode}},
			KeyCredentials:      []directory.KeyCredential{{Certificate: client.Certificate}},
			FederatedIdentityCredentials: []directory.FederatedCredential{
				{Name: "ci", Issuer: ciIssuer, Subject: "repo:contoso/app:ref:refs/heads/main", JWKS: string(jwks)},
			},
			AppRoleAssignments: []directory.AppRoleAssignment{{Resource: forecast, Role: "Forecast.Read.All"}},
		})
		if change != nil {
			change(d)
		}
	})
}

// grant posts a grant of the daemon app to the token endpoint; pairs as in fixture.token.
func (f *fixture) grant(t *testing.T, grant string, pairs ...string) tokens {
	t.Helper()
	return f.token(t, url.Values{"grant_type": {grant}, "client_id": {daemonApp}}, pairs...)
}

// assertionSpec is a client assertion to make; the zero value of a field is the right one.
type assertionSpec struct {
	key    directory.Key
	alg    jose.SignatureAlgorithm
	header map[jose.HeaderKey]any
	claims map[string]any // nil values remove a claim
}

// assertion signs a client assertion of the daemon app.
func (f *fixture) assertion(t *testing.T, s assertionSpec) string {
	t.Helper()
	if s.key.PrivateKey == "" {
		s.key = mustKey(t, testClientKey)
	}
	priv, cert, err := s.key.Parse()
	if err != nil {
		t.Fatal(err)
	}
	if s.alg == "" {
		s.alg = jose.PS256
	}
	o := (&jose.SignerOptions{}).WithType("JWT")
	if s.header == nil {
		sum := sha256.Sum256(cert.Raw)
		s.header = map[jose.HeaderKey]any{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}
	}
	for k, v := range s.header {
		o = o.WithHeader(k, v)
	}
	var key any = priv
	if s.alg == jose.HS256 {
		key = []byte(strings.Repeat("k", 32))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: s.alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	now := f.clock.Now()
	claims := map[string]any{
		"iss": daemonApp, "sub": daemonApp, "aud": base + "/" + tid + "/oauth2/v2.0/token", "jti": f.guid(),
		"nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	}
	maps.Copy(claims, s.claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func thumbprints(t *testing.T, k directory.Key) (s1, s256 []byte) {
	t.Helper()
	_, cert, err := k.Parse()
	if err != nil {
		t.Fatal(err)
	}
	a, b := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw)
	return a[:], b[:]
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// ask sends any request and returns the answer with its body decoded into v.
func (f *fixture) ask(t *testing.T, method, address string, header http.Header, v any) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	resp, err := f.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if v != nil {
		if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
			t.Fatalf("%s %s: %d %v", method, address, resp.StatusCode, err)
		}
	}
	return resp
}

// answer sends a form as a query or as a body, without a client between.
func (s *Server) answer(method, path, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	r.Host = "localhost"
	if method == http.MethodGet {
		r = httptest.NewRequest(method, path, nil)
		r.Host, r.URL.RawQuery = "localhost", form
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}
