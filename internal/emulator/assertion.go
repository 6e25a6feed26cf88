package emulator

import (
	"crypto/sha1" // x5t and the portal's thumbprints are SHA-1 by definition
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// assertionType is the only client_assertion_type (RFC 7523 section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionMemory is how long a used jti is remembered, and so the longest life
// of an assertion that may be used once only.
const (
	assertionMemory = 24 * time.Hour
	maxAssertions   = 20_000
)

// checkAssertion judges a client assertion: one that the app signed with the key
// of a registered certificate (private_key_jwt), or another issuer's token that
// a federated credential of the app names.
func (x *exchange) checkAssertion(app *directory.App, v url.Values) error {
	switch got := v.Get("client_assertion_type"); got {
	case assertionType:
	case "":
		return missingParameter("client_assertion_type")
	default:
		return unsupportedAssertionType(got)
	}
	signed, c, err := jws.Read(v.Get("client_assertion"), jose.RS256, jose.PS256)
	if err != nil {
		return badAssertion("Expected a JWT signed with RS256 or PS256.")
	}
	own := strings.EqualFold(c.Issuer, app.AppID)
	switch {
	case own:
		err = x.checkCertificate(app, signed, c)
	case len(app.FederatedIdentityCredentials) > 0:
		err = checkFederated(app, signed, c)
	default:
		err = assertionOfOther(app.AppID)
	}
	if err != nil {
		return err
	}
	if c.Expiry <= 0 {
		return badAssertion("The claim 'exp' is missing.")
	}
	if !c.Timely(x.now, clockSkew) {
		return assertionTime(x.now, unixText(c.Expiry))
	}
	if !x.tenant.RefuseAssertionReplay {
		return nil
	}
	return x.spendAssertion(app, c)
}

// spendAssertion refuses a jti that was seen before, and one that would be
// forgotten before it ends.
func (x *exchange) spendAssertion(app *directory.App, c jws.Received) error {
	if c.ID == "" {
		return badAssertion("The claim 'jti' is missing.")
	}
	if c.Expiry > float64(x.now.Add(assertionMemory-2*clockSkew).Unix()) {
		return badAssertion("The claim 'exp' is too far ahead for an assertion that may be used once.")
	}
	sum := sha256.Sum256([]byte(x.tenant.ID + "\x00" + app.AppID + "\x00" + c.Issuer + "\x00" + c.ID))
	if !x.assertions.Add(string(sum[:]), struct{}{}) {
		return assertionReplayed()
	}
	return nil
}

// checkCertificate checks an assertion that the app made itself.
func (x *exchange) checkCertificate(app *directory.App, signed *jose.JSONWebSignature, c jws.Received) error {
	if !strings.EqualFold(c.Subject, app.AppID) {
		return assertionOfOther(app.AppID)
	}
	header := signed.Signatures[0].Protected
	names := keyNames(header)
	if len(names) == 0 {
		return badAssertion("The header names no key: expected kid, x5t or x5t#S256.")
	}
	cert := findCertificate(app, names)
	if cert == nil {
		return unknownCertificate(names[0], app.AppID)
	}
	if _, err := signed.Verify(cert.PublicKey); err != nil {
		return badAssertionSignature(app.AppID)
	}
	if x.now.After(cert.NotAfter) || x.now.Before(cert.NotBefore) {
		return expiredCertificate(thumbprint(cert))
	}
	for _, aud := range c.Audience {
		if x.isAssertionAudience(aud) {
			return nil
		}
	}
	return assertionAudience(x.endpoint("/oauth2/v2.0/token"))
}

// keyNames are the ways in which an assertion's header names its certificate.
func keyNames(h jose.Header) []string {
	var names []string
	for _, name := range []jose.HeaderKey{"x5t#S256", "x5t"} {
		if s, _ := h.ExtraHeaders[name].(string); s != "" {
			names = append(names, s)
		}
	}
	if h.KeyID != "" {
		names = append(names, h.KeyID)
	}
	return names
}

// findCertificate finds the app's certificate that every name means. Thumbprints
// are SHA-1 or SHA-256, in hex or in base64 of either alphabet, padded or not:
// MSAL Go pads, MSAL Node does not, the portal shows hex.
func findCertificate(app *directory.App, names []string) *x509.Certificate {
	for _, k := range app.KeyCredentials {
		cert, err := k.Parse()
		if err != nil {
			continue
		}
		s1, s256 := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw)
		if !slices.ContainsFunc(names, func(name string) bool { return !isThumbprint(name, s1[:]) && !isThumbprint(name, s256[:]) }) {
			return cert
		}
	}
	return nil
}

func isThumbprint(name string, sum []byte) bool {
	if strings.EqualFold(name, hex.EncodeToString(sum)) {
		return true
	}
	name = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(name, "="))
	return name == base64.RawURLEncoding.EncodeToString(sum)
}

func thumbprint(cert *x509.Certificate) string {
	sum := sha1.Sum(cert.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// isAssertionAudience accepts the token endpoint and the issuer, on any host
// and in any form of the tenant's name. The host does not count, as the tenant
// has several and a proxy may add one; an assertion is worth nothing elsewhere.
func (x *exchange) isAssertionAudience(aud string) bool {
	u, err := url.Parse(aud)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.User != nil {
		return false
	}
	if !x.knownHost(u.Host) && !strings.EqualFold(u.Host, "login.microsoftonline.com") {
		return false
	}
	name, rest, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	t := x.store.Tenant(name)
	if t == nil || t.ID != x.tenant.ID {
		return false
	}
	switch rest {
	case "", "v2.0", "oauth2/v2.0/token", "oauth2/token":
		return true
	}
	return false
}

// checkFederated checks another issuer's token against the app's credentials.
// Which part does not fit decides the error, as with the real service.
func checkFederated(app *directory.App, signed *jose.JSONWebSignature, c jws.Received) error {
	failure := noFederatedIssuer(c.Issuer)
	for _, f := range app.FederatedIdentityCredentials {
		if f.Issuer != c.Issuer {
			continue
		}
		if f.Subject != c.Subject {
			failure = noFederatedSubject(c.Subject)
			continue
		}
		if !slices.ContainsFunc(c.Audience, f.Accepts) {
			return noFederatedAudience(strings.Join(c.Audience, " "))
		}
		return checkFederatedSignature(app, f, signed)
	}
	return failure
}

func checkFederatedSignature(app *directory.App, f directory.FederatedCredential, signed *jose.JSONWebSignature) error {
	if f.JWKS == "" { // made through Graph, which does not give the issuer's keys
		return badAssertionSignature(app.AppID)
	}
	set, err := f.Keys()
	if err != nil {
		return err
	}
	keys := set.Keys
	if kid := signed.Signatures[0].Header.KeyID; kid != "" {
		keys = set.Key(kid)
	}
	for _, k := range keys {
		if _, err := signed.Verify(k); err == nil {
			return nil
		}
	}
	if len(keys) == 0 {
		return unknownCertificate(signed.Signatures[0].Header.KeyID, app.AppID)
	}
	return badAssertionSignature(app.AppID)
}

func unixText(seconds float64) string {
	if !(seconds > 0 && seconds < 1e11) {
		return "unknown"
	}
	return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
}
