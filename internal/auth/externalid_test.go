package auth

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

// again is what to do when MSAL has learnt what it could not: the reason for code of ours is gone.
const again = "MSAL Go has changed: look at docs/adr/0002-msal-redeems-we-verify.md again, and see what of internal/auth it makes needless"

const (
	msalTenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	msalClient = "00001111-aaaa-2222-bbbb-3333cccc4444"
)

// liveTenant answers MSAL as a live external tenant does: the issuer is in the tenant ID's form, whatever the host.
type liveTenant struct {
	base, issuer, idToken string
	scope                 string
}

func (liveTenant) CloseIdleConnections() {}

func (l liveTenant) Do(req *http.Request) (*http.Response, error) {
	body := fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"jwks_uri":%q}`,
		l.issuer, l.base+"/oauth2/v2.0/authorize", l.base+"/oauth2/v2.0/token", l.base+"/discovery/v2.0/keys")
	switch {
	case strings.HasSuffix(req.URL.Path, "/keys"):
		body = `{"keys":[]}` // nothing can be verified with these
	case req.Method == http.MethodPost:
		info := base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"u","utid":"` + msalTenant + `"}`))
		body = fmt.Sprintf(`{"token_type":"Bearer","access_token":"at","refresh_token":"rt","expires_in":3600,"scope":%q,"id_token":%q,"client_info":%q}`, l.scope, l.idToken, info)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(body))), Request: req}, nil
}

// redeemPlain signs in with MSAL alone, as its documentation has it.
func redeemPlain(t *testing.T, authority string, tenant liveTenant) error {
	t.Helper()
	client, err := public.New(msalClient, public.WithAuthority(authority), public.WithInstanceDiscovery(false), public.WithHTTPClient(tenant))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.AcquireTokenByAuthCode(t.Context(), "code", "http://localhost", []string{"openid"}, public.WithChallenge("verifier"))
	return err
}

func signedByNobody(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + part([]byte(claims)) + "." + part([]byte("no signature"))
}

// TestMSAL_externalID holds what ADR 2 says of MSAL Go against MSAL Go. What fails here is good news: it says what MSAL can do
// by itself now.
func TestMSAL_externalID(t *testing.T) {
	guid := "https://" + msalTenant + ".ciamlogin.com/" + msalTenant
	good := signedByNobody(`{"iss":"` + guid + `/v2.0","aud":"` + msalClient + `","sub":"s","oid":"u","tid":"` + msalTenant + `","exp":4102444800}`)
	t.Run("the issuer", func(t *testing.T) {
		for _, authority := range []string{
			"https://contoso.ciamlogin.com/contoso.onmicrosoft.com",
			"https://contoso.ciamlogin.com/" + msalTenant,
			"https://login.contoso.com/" + msalTenant,
		} {
			err := redeemPlain(t, authority, liveTenant{base: authority, issuer: guid + "/v2.0", idToken: good, scope: "openid"})
			if err == nil || !strings.Contains(err.Error(), "issuer") {
				t.Errorf("%s: got %v, expected that the issuer of a live tenant is refused. %s", authority, err, again)
			}
		}
		// The form that ciam gives it. Without it the rest proves nothing.
		if err := redeemPlain(t, guid, liveTenant{base: guid, issuer: guid + "/v2.0", idToken: good, scope: "openid"}); err != nil {
			t.Errorf("%s: %v", guid, err)
		}
	})
	t.Run("the ID token", func(t *testing.T) {
		for name, claims := range map[string]string{
			"another issuer":   `{"iss":"https://evil.test/v2.0","aud":"` + msalClient + `","sub":"s","oid":"u","exp":4102444800}`,
			"another audience": `{"iss":"` + guid + `/v2.0","aud":"another","sub":"s","oid":"u","exp":4102444800}`,
			"expired":          `{"iss":"` + guid + `/v2.0","aud":"` + msalClient + `","sub":"s","oid":"u","exp":1}`,
		} {
			if err := redeemPlain(t, guid, liveTenant{base: guid, issuer: guid + "/v2.0", idToken: signedByNobody(claims), scope: "openid"}); err != nil {
				t.Errorf("%s, and signed by nobody: refused (%v), expected that nothing is verified. %s", name, err, again)
			}
		}
	})
	t.Run("openid among the granted scopes", func(t *testing.T) {
		err := redeemPlain(t, guid, liveTenant{base: guid, issuer: guid + "/v2.0", idToken: good, scope: "api://x/read"})
		if err == nil || !strings.Contains(err.Error(), "scope") {
			t.Errorf("got %v, expected that an answer without openid is refused. %s", err, again)
		}
	})
}

// TestMSAL_version: the ADR is about one version. Who moves to another reads the ADR against it, and says so there.
func TestMSAL_version(t *testing.T) {
	root := filepath.Join("..", "..")
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	adr, err := os.ReadFile(filepath.Join(root, "docs", "adr", "0002-msal-redeems-we-verify.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`microsoft-authentication-library-for-go v(\S+)`).FindSubmatch(mod)
	if m == nil {
		t.Fatal("go.mod has no MSAL Go")
	}
	if !bytes.Contains(adr, append([]byte("MSAL Go "), m[1]...)) {
		t.Errorf("go.mod has MSAL Go %s, of which docs/adr/0002-msal-redeems-we-verify.md does not speak: read MSAL's changes against it, and name the version there", m[1])
	}
}
