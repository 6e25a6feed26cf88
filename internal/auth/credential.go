package auth

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"log/slog"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

// Credential proves who a confidential client is. The zero value is a public client, which proves nothing.
// It prints without its secrets.
type Credential struct {
	// Secret is a client secret.
	Secret string
	// Certificates are a certificate with its chain, and Key its RSA private key (private_key_jwt, OpenID Connect
	// Core section 9).
	Certificates []*x509.Certificate
	Key          crypto.PrivateKey
	// Assertion returns a signed token of another identity provider that the app trusts (workload identity
	// federation, RFC 7523). It is called for each token request.
	Assertion func(ctx context.Context) (string, error)
	// Owner is the app in a tenant that the credential is kept for; nil when it was given for this very request.
	Owner *Owner
}

// Confidential reports whether there is a credential.
func (c Credential) Confidential() bool {
	return c.Secret != "" || c.Key != nil || c.Assertion != nil
}

// Kind names the credential for messages: "secret", "certificate", "assertion" or "none".
func (c Credential) Kind() string {
	switch {
	case c.Secret != "":
		return "secret"
	case c.Key != nil:
		return "certificate"
	case c.Assertion != nil:
		return "assertion"
	}
	return "none"
}

// String implements fmt.Stringer without telling secrets.
func (c Credential) String() string { return "credential: " + c.Kind() }

// GoString implements fmt.GoStringer for %#v.
func (c Credential) GoString() string { return c.String() }

// LogValue implements slog.LogValuer.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.Kind()) }

// msal is the credential as MSAL takes it. MSAL does not pass on the error of an assertion; failed is told of it.
func (c Credential) msal(failed func(error)) (confidential.Credential, error) {
	switch {
	case c.Secret != "":
		return confidential.NewCredFromSecret(c.Secret)
	case c.Key != nil:
		return confidential.NewCredFromCert(c.Certificates, c.Key)
	case c.Assertion != nil:
		return confidential.NewCredFromAssertionCallback(func(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) {
			assertion, err := c.Assertion(ctx)
			if err != nil {
				failed(err)
			}
			return assertion, err
		}), nil
	}
	return confidential.Credential{}, errors.New("no credential")
}

// ErrNoCredential is a client credentials request without a credential.
var ErrNoCredential = errors.New("the client credentials grant needs a client secret, a certificate or an assertion")
