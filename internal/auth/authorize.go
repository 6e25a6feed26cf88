package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
)

// Prompts lists the values of the prompt parameter that External ID knows; create opens sign-up.
func Prompts() []string { return []string{"login", "select_account", "create", "consent", "none"} }

// attempt is what one sign-in must see again: in the callback, in the token request, in the ID token.
type attempt struct {
	state    string // RFC 6749 section 10.12
	nonce    string // OpenID Connect Core section 3.1.2.1
	verifier string // RFC 7636 section 4.1: 43 characters out of 32 random bytes
}

func newAttempt(random io.Reader) (attempt, error) {
	var values [3]string
	for i := range values {
		b := make([]byte, 32)
		if _, err := io.ReadFull(random, b); err != nil {
			return attempt{}, fmt.Errorf("read random bytes: %w", err)
		}
		values[i] = base64.RawURLEncoding.EncodeToString(b)
	}
	return attempt{state: values[0], nonce: values[1], verifier: values[2]}, nil
}

// challenge is the S256 code challenge of RFC 7636 section 4.2.
func (a attempt) challenge() string {
	sum := sha256.Sum256([]byte(a.verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorizeURL builds the authorization request (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1, and
// Microsoft's "Microsoft identity platform and OAuth 2.0 authorization code flow").
func authorizeURL(md authority.Metadata, app App, req LoginRequest, a attempt, redirectURI string) (string, error) {
	u, err := url.Parse(md.AuthorizationEndpoint)
	if err != nil {
		return "", fmt.Errorf("authorization endpoint: %w", err)
	}
	q := u.Query()
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("client_id", app.ClientID)
	set("response_type", "code")
	set("redirect_uri", redirectURI)
	set("scope", strings.Join(authorizeScopes(app.Scopes), " "))
	set("response_mode", req.ResponseMode)
	set("state", a.state)
	set("nonce", a.nonce)
	set("code_challenge", a.challenge())
	set("code_challenge_method", "S256")
	set("client_info", "1") // MSAL builds the account's key from client_info
	set("prompt", req.Prompt)
	set("login_hint", req.LoginHint)
	set("domain_hint", req.DomainHint)
	set("ui_locales", req.UILocales)
	set("claims", req.claims)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// authorizeScopes puts the OpenID Connect scopes that every sign-in asks for before the app's own, each once.
func authorizeScopes(scopes []string) []string {
	all := []string{"openid", "profile", "offline_access"}
	for _, s := range scopes {
		if !slices.ContainsFunc(all, func(have string) bool { return strings.EqualFold(have, s) }) {
			all = append(all, s)
		}
	}
	return all
}
