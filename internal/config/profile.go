package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ciam-cli/ciam/internal/files"
)

// Profile is one app in one tenant, by name. Empty fields are not set.
type Profile struct {
	// Name is how the user calls it: 1 to 64 of A-Z a-z 0-9 . _ -
	Name string
	// Authority is the tenant in any form that `--tenant` takes.
	Authority string
	// TenantID is the tenant's GUID, pinned once it was learnt from a validated issuer.
	TenantID string
	// ClientID is the application (client) ID, a GUID.
	ClientID string
	// RedirectURI is a registered http://localhost URI; empty chooses by the kind of app.
	RedirectURI string
	// Scopes are asked for at login beside the OpenID Connect ones.
	Scopes []string
	// TokenStore is keychain, file or memory; empty means keychain.
	TokenStore string
	// ClientSecretFile names a file that holds the client secret.
	ClientSecretFile string
	// ClientCertificate names a PEM or PFX file, ClientAssertionFile a file with a federated assertion.
	ClientCertificate, ClientAssertionFile string
	// CAFile names a PEM file with authorities to trust for this tenant beside the system's.
	CAFile string
	// Secret is the client secret from the environment, a file or the token store; never written to the file.
	Secret Secret
}

// Default redirect and post-logout addresses (design: a web app registers the first as in Microsoft's tutorial,
// a public client registers http://localhost, which matches any port but only the path "/").
const (
	DefaultWebRedirectURI    = "http://localhost:3000/auth/redirect"
	DefaultPublicRedirectURI = "http://localhost:3000"
	PostLogoutRedirectURI    = "http://localhost:3000"
)

// TokenStores lists the kinds of store a profile can name.
func TokenStores() []string { return []string{"keychain", "file", "memory"} }

// CheckTokenStore returns *Error unless kind is a token store or empty. where names the origin of the value.
func CheckTokenStore(kind, where string) error {
	for _, known := range TokenStores() {
		if kind == known || kind == "" {
			return nil
		}
	}
	return &Error{Where: where, Problem: fmt.Sprintf("%q is no token store", kind), Want: strings.Join(TokenStores(), ", ")}
}

// ParseRedirectURI checks a redirect URI: http on localhost, with or without a port and a path.
// 127.0.0.1 is refused because Entra matches it as another URI than localhost.
func ParseRedirectURI(raw, where string) (*url.URL, error) {
	bad := func(problem string) (*url.URL, error) {
		return nil, &Error{Where: where, Problem: problem, Want: "http://localhost, http://localhost:3000 or http://localhost:3000/auth/redirect, as registered for the app"}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return bad(fmt.Sprintf("%q is not a URL", raw))
	case u.Scheme != "http":
		return bad(fmt.Sprintf("%q does not begin with http://", raw))
	case u.Hostname() != "localhost":
		return bad(fmt.Sprintf("%q is not on localhost", raw))
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return bad(fmt.Sprintf("%q has a query, a fragment or a user name", raw))
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return bad(fmt.Sprintf("%q has no valid port", raw))
		}
	}
	return u, nil
}

// Redirect returns the redirect URI to use: the profile's own, or the default for a confidential or public app.
func (p Profile) Redirect(confidential bool) (*url.URL, error) {
	raw := p.RedirectURI
	if raw == "" && confidential {
		raw = DefaultWebRedirectURI
	} else if raw == "" {
		raw = DefaultPublicRedirectURI
	}
	return ParseRedirectURI(raw, "redirect_uri")
}

// Overrides are values that win over a profile's, in the order flag, then environment.
type Overrides struct {
	Tenant, ClientID, RedirectURI, TokenStore, ClientSecretFile string
	Scopes                                                      []string
	// Files reads the files that are named; nil reads them without a word.
	Files *files.Reader
}

// Apply lays the environment and then flags over the profile and checks what came out.
// A profile that changes tenant loses its pinned tenant id: the pin belongs to the tenant it was learnt from.
func (p Profile) Apply(env Environment, flags Overrides) (Profile, error) {
	tenant := first(flags.Tenant, env.Authority, env.Tenant)
	if tenant != "" && tenant != p.Authority {
		p.Authority, p.TenantID = tenant, ""
	}
	p.ClientID = first(flags.ClientID, env.ClientID, p.ClientID)
	p.RedirectURI = first(flags.RedirectURI, env.RedirectURI, p.RedirectURI)
	p.TokenStore = first(flags.TokenStore, env.TokenStore, p.TokenStore, "keychain")
	if len(flags.Scopes) > 0 {
		p.Scopes = flags.Scopes
	} else if len(env.Scopes) > 0 {
		p.Scopes = env.Scopes
	}
	if err := CheckTokenStore(p.TokenStore, "token store"); err != nil {
		return p, err
	}
	if p.RedirectURI != "" {
		if _, err := ParseRedirectURI(p.RedirectURI, "redirect URI"); err != nil {
			return p, err
		}
	}
	return p.withSecret(env, flags)
}

// withSecret finds the client secret outside the token store: flag's file, environment, profile's file.
func (p Profile) withSecret(env Environment, flags Overrides) (Profile, error) {
	var err error
	switch {
	case flags.ClientSecretFile != "":
		p.Secret, err = ReadSecretFile(flags.Files, flags.ClientSecretFile)
	case env.ClientSecret != "":
		p.Secret = env.ClientSecret
	case p.ClientSecretFile != "":
		p.Secret, err = ReadSecretFile(flags.Files, filepath.Clean(p.ClientSecretFile))
	}
	return p, err
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// Error is a setting that cannot be used.
type Error struct {
	// Where names the file, variable or setting.
	Where string
	// Problem says what is wrong with it, and Want what is expected.
	Problem, Want string
	// IO is true when the system, not the content, was the trouble: unreadable, unwritable.
	IO bool
	// Err is the cause; nil where Problem says it all.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s; expected %s", e.Where, e.Problem, e.Want)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// FileError is err about the file that the setting where names, as *Error. A file of the wrong kind is the setting's fault;
// what the system would not do (IO) may not be.
func FileError(where string, err error, want string) *Error {
	var kind *files.Error
	if errors.As(err, &kind) {
		return &Error{Where: where, Problem: kind.Problem(), Want: want, Err: err}
	}
	problem := err
	var path *fs.PathError
	var link *os.LinkError
	switch { // these name the path again, or a temporary file
	case errors.As(err, &path):
		problem = path.Err
	case errors.As(err, &link):
		problem = link.Err
	}
	return &Error{Where: where, Problem: problem.Error(), Want: want, IO: true, Err: err}
}
