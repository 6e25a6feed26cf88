package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/programtest"
)

const (
	api      = "11112222-bbbb-3333-cccc-4444dddd5555"
	apiScope = "api://" + api + "/.default"
	issuer   = "https://token.actions.githubusercontent.com"
	subject  = "repo:contoso/shop:ref:refs/heads/main"
)

// appKeys are a client certificate and the key of another identity provider.
type appKeys struct {
	dir                string
	certificate, other *rsa.PrivateKey
	leaf               *x509.Certificate
}

func newAppKeys(t *testing.T) *appKeys {
	t.Helper()
	k := &appKeys{dir: t.TempDir()}
	for _, key := range []**rsa.PrivateKey{&k.certificate, &k.other} {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		*key = made
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ciam-client-app"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.certificate.Public(), k.certificate)
	if err != nil {
		t.Fatal(err)
	}
	if k.leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return k
}

// file writes a file that only its owner can read.
func (k *appKeys) file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(k.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (k *appKeys) certificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.leaf.Raw})
}

// assertion is a token of the other identity provider, as a CI system gives its jobs.
func (k *appKeys) assertion(t *testing.T, audience string) []byte {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: k.other, KeyID: "ci"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(jwt.Claims{Issuer: issuer, Subject: subject, Audience: jwt.Audience{audience}, IssuedAt: jwt.NewNumericDate(time.Now()),
		NotBefore: jwt.NewNumericDate(time.Now().Add(-time.Minute)), Expiry: jwt.NewNumericDate(time.Now().Add(10 * time.Minute)), ID: "1"}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return []byte(raw + "\n")
}

// register adds the keys, the API and the other identity provider to the tenant.
func (k *appKeys) register(t *testing.T, seed *emulator.Seed) {
	t.Helper()
	jwks, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: k.other.Public(), KeyID: "ci", Use: "sig", Algorithm: "RS256"}}})
	if err != nil {
		t.Fatal(err)
	}
	tn := &seed.Tenants[0]
	tn.APIs = append(tn.APIs, directory.API{AppID: api, IdentifierURI: "api://" + api, AppRoles: []string{"Orders.Read.All"}})
	for i := range tn.Apps {
		if a := &tn.Apps[i]; a.AppID == directory.DefaultConfidentialApp {
			a.KeyCredentials = append(a.KeyCredentials, directory.KeyCredential{Certificate: string(k.certificatePEM())})
			a.FederatedIdentityCredentials = append(a.FederatedIdentityCredentials, directory.FederatedCredential{Issuer: issuer, Subject: subject, JWKS: string(jwks)})
			a.AppRoleAssignments = append(a.AppRoleAssignments, directory.AppRoleAssignment{Resource: api, Role: "Orders.Read.All"})
		}
	}
}

// headless is the binary on a machine without browser and keychain.
func headless(t *testing.T, tn *tenant, clientID string) *program {
	t.Helper()
	p := newProgram(t)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, bytes.Repeat([]byte("k"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "CIAM_AUTHORITY="+tn.authority, "CIAM_CLIENT_ID="+clientID, "CIAM_TOKEN_STORE=file", "CIAM_STORE_KEY_FILE="+key,
		"CIAM_BROWSER=none", "CIAM_NO_INPUT=1", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere", "DISPLAY=", "WAYLAND_DISPLAY=")
	return p
}

// TestHeadless_app gets tokens for the app itself, with each kind of credential.
func TestHeadless_app(t *testing.T) {
	keys := newAppKeys(t)
	tn := startTenant(t, func(s *emulator.Seed) { keys.register(t, s) })
	keyDER, err := x509.MarshalPKCS8PrivateKey(keys.certificate)
	if err != nil {
		t.Fatal(err)
	}
	pfx, err := pkcs12.Modern.Encode(keys.certificate, keys.leaf, nil, "p w")
	if err != nil {
		t.Fatal(err)
	}
	both := append(keys.certificatePEM(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})...)
	assertion := keys.file(t, "assertion", keys.assertion(t, "api://AzureADTokenExchange"))
	for name, tc := range map[string]struct {
		env  []string
		args []string
		azp  string
	}{
		"a secret":            {[]string{"CIAM_CLIENT_SECRET=" + directory.DefaultClientSecret}, nil, "1"},
		"a secret file":       {nil, []string{"--client-secret-file", keys.file(t, "secret", []byte(directory.DefaultClientSecret+"\n"))}, "1"},
		"a PEM certificate":   {nil, []string{"--client-certificate", keys.file(t, "client.pem", both)}, "2"},
		"a PFX certificate":   {[]string{"CIAM_CLIENT_CERTIFICATE_PASSWORD=p w"}, []string{"--client-certificate", keys.file(t, "client.pfx", pfx)}, "2"},
		"an assertion file":   {[]string{"CIAM_CLIENT_ASSERTION_FILE=" + assertion}, nil, "2"},
		"an assertion script": {nil, []string{"--client-assertion-command", strings.Join(programtest.Command("cat", assertion), " ")}, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			p := headless(t, tn, directory.DefaultConfidentialApp)
			p.env = append(p.env, tc.env...)
			args := append([]string{"token", "--client-credentials", "--scope", apiScope}, tc.args...)
			token := strings.TrimSpace(p.must(args...).stdout)
			claims := payload(t, token)
			if claims["aud"] != api || claims["azpacr"] != tc.azp || fmt.Sprint(claims["roles"]) != "[Orders.Read.All]" {
				t.Errorf("claims %v", claims)
			}
			if again := strings.TrimSpace(p.must(args...).stdout); again != token {
				t.Error("a valid token was not reused")
			}
		})
	}
}

func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestHeadless_device signs a person in who types the code into the tenant's page elsewhere.
func TestHeadless_device(t *testing.T) {
	tn := startTenant(t, withUser)
	p := headless(t, tn, directory.DefaultPublicApp)
	login := p.start("login", "--device-code")
	shown := regexp.MustCompile(`(http://localhost:\d+/common/oauth2/deviceauth)\s+and type the code\s+(\S+)`)
	var found []string
	for deadline := time.Now().Add(20 * time.Second); found == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no code was shown: %s", login.stderr.String())
		}
		found = shown.FindStringSubmatch(login.stderr.String())
	}
	v := visitor.New(http.DefaultTransport)
	v.Email, v.Password, v.Attributes = email, password, map[string]string{"userCode": found[2]}
	page, err := v.Visit(t.Context(), found[1])
	if err != nil {
		t.Fatal(err)
	}
	if page.Name != "device-done" {
		t.Fatalf("the person ended on page %q: %s", page.Name, page.Text)
	}
	if out := login.must(); !strings.Contains(out.stderr, "signed in as Grace Example") || !strings.Contains(out.stderr, "AADSTS500208") {
		t.Errorf("stderr %s", out.stderr)
	}
	checkHeadless(t, p)
}

// TestHeadless_native signs up, signs in with a password and resets it, all through the native authentication API,
// with the one-time code read by a command.
func TestHeadless_native(t *testing.T) {
	tn := startTenant(t, func(*emulator.Seed) {})
	p := headless(t, tn, directory.DefaultPublicApp)
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(tn.authority)
	if err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, codeVariable+"="+u.Scheme+"://"+u.Host+"/_emulator/outbox")
	reader := os.Args[0]

	p.must("login", "--native", "--signup", "--email", email, "--password-file", secret, "--code-command", reader, "--attribute", "displayName=Grace Example")
	checkHeadless(t, p)
	p.must("logout", "--local")
	p.must("login", "--native", "--email", email, "--password-file", secret)
	checkHeadless(t, p)

	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("not the password"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := p.run("login", "--native", "--email", email, "--password-file", wrong)
	if out.code != 8 || out.stdout != "" || !strings.Contains(out.stderr, "AADSTS50126") || strings.Contains(out.stderr, "not the password") {
		t.Errorf("wrong password: %+v", out)
	}
	p.must("token") // the earlier session is as it was

	if err := os.WriteFile(secret, []byte("Another-Horse-10\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must("login", "--native", "--reset-password", "--email", email, "--password-file", secret, "--code-command", reader)
	checkHeadless(t, p)
}

// checkHeadless checks that the session is like any other: who, claims, token, renewal.
func checkHeadless(t *testing.T, p *program) {
	t.Helper()
	if out := p.must("whoami", "--jq", ".account.username"); strings.TrimSpace(out.stdout) != email {
		t.Errorf("whoami: %+v", out)
	}
	if out := p.must("claims", "name"); strings.TrimSpace(out.stdout) != "Grace Example" {
		t.Errorf("claims name: %+v", out)
	}
	first := p.must("token").stdout
	if renewed := p.must("token", "--force-refresh").stdout; renewed == first || strings.Count(renewed, ".") != 2 {
		t.Error("the token was not renewed")
	}
}

// withUser is a tenant in which Grace has an account.
func withUser(s *emulator.Seed) {
	s.Tenants[0].Users = append(s.Tenants[0].Users, directory.User{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: email, Password: password, Attributes: map[string]string{"displayName": "Grace Example"}})
}

// printNewestCode is the command of --code-command: it prints the newest code for CIAM_CODE_EMAIL.
func printNewestCode(outbox string) error {
	resp, err := http.Get(outbox + "?to=" + url.QueryEscape(os.Getenv("CIAM_CODE_EMAIL")))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	var box struct {
		Messages []struct{ Code string }
	}
	if err := json.Unmarshal(body, &box); err != nil || len(box.Messages) == 0 {
		return fmt.Errorf("no code: %v", err)
	}
	fmt.Println(box.Messages[len(box.Messages)-1].Code)
	return nil
}
