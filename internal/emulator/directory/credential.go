package directory

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// ErrCertificate reports a certificate of an app that cannot be used.
var ErrCertificate = errors.New("expected a PEM certificate with an RSA key of at least 2048 bits")

// DefaultFederatedAudience is the audience of federated credentials that name none.
const DefaultFederatedAudience = "api://AzureADTokenExchange"

// KeyCredential is a client certificate: an app proves itself with its private
// key (private_key_jwt, OpenID Connect Core section 9). It ends with the certificate.
type KeyCredential struct {
	DisplayName string `yaml:"displayName,omitempty"`
	Certificate string `yaml:"certificate"` // X.509, PEM, without the private key
}

// Parse decodes the certificate; the error is ErrCertificate, wrapped.
func (k KeyCredential) Parse() (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(k.Certificate))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%w: no CERTIFICATE block", ErrCertificate)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be read", ErrCertificate)
	}
	if pub, ok := cert.PublicKey.(*rsa.PublicKey); !ok || pub.N.BitLen() < jws.KeyBits {
		return nil, fmt.Errorf("%w: wrong type or size of key", ErrCertificate)
	}
	return cert, nil
}

// FederatedCredential is a federated identity credential: tokens of another
// issuer, such as a CI system's, prove the app.
type FederatedCredential struct {
	Name    string `yaml:"name,omitempty"`
	Issuer  string `yaml:"issuer"`  // iss of the other issuer's tokens, exactly
	Subject string `yaml:"subject"` // sub, exactly
	// Audiences are those of which the token must have one; none means
	// DefaultFederatedAudience.
	Audiences []string `yaml:"audiences,omitempty"`
	// JWKS are the other issuer's public keys (RFC 7517 section 5) in JSON; the
	// real service fetches them from the issuer. Without them no token is proof.
	JWKS string `yaml:"jwks,omitempty"`

	Description string `yaml:"description,omitempty"`
}

// Accepts reports whether aud is one of the credential's audiences.
func (c FederatedCredential) Accepts(aud string) bool {
	if len(c.Audiences) == 0 {
		return aud == DefaultFederatedAudience
	}
	for _, a := range c.Audiences {
		if a == aud {
			return true
		}
	}
	return false
}

// Keys decodes JWKS. It must hold public RSA keys only.
func (c FederatedCredential) Keys() (*jose.JSONWebKeySet, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(c.JWKS), &set); err != nil || len(set.Keys) == 0 {
		return nil, errors.New(`expected a JWK set in JSON: {"keys":[…]}`)
	}
	for i, k := range set.Keys {
		if pub, ok := k.Key.(*rsa.PublicKey); !ok || pub.N.BitLen() < jws.KeyBits {
			return nil, fmt.Errorf("expected public RSA keys of at least %d bits, key %d is none", jws.KeyBits, i)
		}
	}
	return &set, nil
}

// AppRoleAssignment grants an app a role of an API, for tokens of its own
// (client credentials).
type AppRoleAssignment struct {
	Resource string `yaml:"resource"` // appId of the API
	Role     string `yaml:"role"`     // one of the API's appRoles
}

// ImplicitGrantSettings say which tokens the authorization endpoint may issue.
type ImplicitGrantSettings struct {
	EnableIDTokenIssuance     bool `yaml:"enableIdTokenIssuance,omitempty"`
	EnableAccessTokenIssuance bool `yaml:"enableAccessTokenIssuance,omitempty"`
}

// API finds an API by its app id; nil when there is none.
func (t *Tenant) API(appID string) *API {
	for i := range t.APIs {
		if sameID(t.APIs[i].AppID, appID) {
			return &t.APIs[i]
		}
	}
	return nil
}

// RolesFor are the app roles that the app was assigned at an API.
func (a *App) RolesFor(resource string) []string {
	var roles []string
	for _, r := range a.AppRoleAssignments {
		if sameID(r.Resource, resource) {
			roles = append(roles, r.Role)
		}
	}
	return roles
}

// HasCredentials reports whether the app has any way to prove itself.
func (a *App) HasCredentials() bool {
	return len(a.PasswordCredentials)+len(a.KeyCredentials)+len(a.FederatedIdentityCredentials) > 0
}

// AllowsDeviceCode reports whether the app may be a public client without a
// redirect URI.
func (a *App) AllowsDeviceCode() bool {
	return a.IsFallbackPublicClient || len(a.PublicClient.RedirectURIs) > 0
}

// checkLogoutURL returns what is wrong with a front-channel logout URL. It goes
// into a Content-Security-Policy, whose syntax owns some characters.
func checkLogoutURL(s string) string {
	if problem := checkRedirectURI(s); problem != "" {
		return problem
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "expected https, or http on localhost"
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == ';' || c == ',' || c == '\'' || c == '"' || c == '*' {
			return "expected a URI without quotes, commas, semicolons and asterisks"
		}
	}
	return ""
}
