package auth

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// Administration is the way of one administrator, or of one app, to access tokens for Microsoft Graph. What it holds is in
// memory, and nowhere else (docs/adr/0020). It may be used concurrently.
type Administration struct {
	// Service has HTTP, Authorities, Now, Rand and Warn. Its store, locks and index are not used.
	Service *Service
	// App is the app through which an administrator signs in, or the one that acts for itself: where that is done, the tenant's
	// ID, the client ID, and the credential of AsApp.
	App App
	// Resource is Microsoft Graph as its permissions are asked for: https://graph.microsoft.com.
	Resource string

	mu      sync.Mutex
	session *tokencache.Session // with the refresh token, nil where nobody has signed in
	person  *idtoken.Token
	current tokencache.AccessToken
	wanted  []string // permissions of current
	claims  string   // a challenge for the next sign-in
}

// administrationMargin is how long a token that is given is valid at least, where it can be renewed.
const administrationMargin = 5 * time.Minute

// SignIn signs an administrator in through the browser, for permissions such as Application.Read.All. Errors: those of Login,
// but for those of the token store.
func (a *Administration) SignIn(ctx context.Context, permissions []string, req LoginRequest) error {
	app, md, err := a.begin(ctx, permissions)
	if err != nil {
		return err
	}
	req.claims = a.claims
	_, err = a.Service.throughBrowser(ctx, app, md, Credential{}, req, func(result *LoginResult) error {
		a.take(permissions, result)
		return nil
	})
	return err
}

// SignInByDevice signs an administrator in who types a code into a page on any device. Errors: those of DeviceLogin, but for
// those of the token store.
func (a *Administration) SignInByDevice(ctx context.Context, permissions []string, req DeviceRequest) error {
	app, md, err := a.begin(ctx, permissions)
	if err != nil {
		return err
	}
	result, err := a.Service.byDevice(ctx, app, md, Credential{}, req, func(named string) string { return administratorsPage(app.Authority, named) })
	if err == nil {
		a.take(permissions, result)
	}
	return err
}

// administratorsPage is where administrators type a code: the page that the service names, which is Microsoft's. A tenant on
// this machine names that too, and has one of its own.
func administratorsPage(a authority.Authority, named string) string {
	if a.Loopback() {
		return devicePage(a, named)
	}
	u, err := url.Parse(named)
	if err == nil && u.Scheme == "https" && u.User == nil && u.Port() == "" && (u.Hostname() == "microsoft.com" || strings.HasSuffix(u.Hostname(), ".microsoft.com") || u.Scheme+"://"+u.Host == a.Base) {
		return named
	}
	return "https://microsoft.com/devicelogin"
}

func (a *Administration) begin(ctx context.Context, permissions []string) (App, authority.Metadata, error) {
	app := a.App
	app.Scopes, app.Credential = a.scopes(permissions), Credential{}
	md, err := a.Service.Authorities.Metadata(ctx, app.Authority, app.TenantID)
	return app, md, err
}

func (a *Administration) scopes(permissions []string) []string {
	var scopes []string
	for _, p := range permissions {
		scopes = append(scopes, a.Resource+"/"+p)
	}
	return scopes
}

func (a *Administration) take(permissions []string, result *LoginResult) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.session, a.person, a.current, a.claims = &result.Session, result.IDToken, result.AccessToken, ""
	a.wanted = slices.Clone(permissions)
}

// Renew gets an access token with the permissions without the administrator: one request. It returns a *LoginRequiredError
// when nobody has signed in, or only a sign-in can give it: where somebody has to consent first, or the tenant wants to see the
// administrator. Other errors: those of Token, but for those of the token store.
func (a *Administration) Renew(ctx context.Context, permissions []string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.renew(ctx, permissions)
}

func (a *Administration) renew(ctx context.Context, permissions []string) error {
	if a.session == nil || !tokencache.HasRefreshToken(a.session.MSAL) {
		return &LoginRequiredError{Reason: "there is no session with Microsoft Graph"}
	}
	app, md, err := a.begin(ctx, permissions)
	if err != nil {
		return err
	}
	want := idtoken.Expectation{Issuer: md.Issuer, TenantID: md.TenantID, ClientID: app.ClientID, Subject: a.person.Subject}
	x, err := a.Service.newExchange(app, Credential{}, md, tokencache.NewBlob(a.session.MSAL), want, "refreshing")
	if err != nil {
		return err
	}
	result, err := x.refresh(ctx, a.session.HomeAccountID, app.Scopes)
	at, err := x.outcome(err, app.Scopes, a.Service.Now())
	if err != nil {
		var refused *RefusedError
		if errors.As(err, &refused) {
			a.claims = refused.Claims
		}
		return needsPerson(err)
	}
	a.current, a.wanted = at, slices.Clone(permissions)
	if x.wire.token != nil { // otherwise the old refresh token stays in use
		a.person, a.session.MSAL, a.session.HomeAccountID = x.wire.token, x.blob.Data(), result.Account.HomeAccountID
	}
	return nil
}

// AsApp gets a token of the app itself, with whatever the tenant granted it. Errors: ErrNoCredential, *RefusedError,
// *AnswerError, and those of authority.
func (a *Administration) AsApp(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asApp(ctx)
}

func (a *Administration) asApp(ctx context.Context) error {
	if !a.App.Credential.Confidential() {
		return ErrNoCredential
	}
	md, err := a.Service.Authorities.Metadata(ctx, a.App.Authority, a.App.TenantID)
	if err != nil {
		return err
	}
	scopes := []string{a.Resource + "/.default"}
	x, err := a.Service.newExchange(a.App, a.App.Credential, md, tokencache.NewBlob(nil), idtoken.Expectation{}, "the client credentials")
	if err != nil {
		return err
	}
	_, err = x.forApp(ctx, scopes)
	at, err := x.outcome(err, scopes, a.Service.Now())
	if err != nil {
		return err
	}
	a.Service.noteSkew(x.wire.skew)
	a.current = at
	return nil
}

// Token returns the newest access token, renewed when it is about to expire. A failure to renew withholds none that is valid.
func (a *Administration) Token(ctx context.Context) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	left := a.current.ExpiresAt.Sub(a.Service.Now())
	if left >= administrationMargin {
		return a.current.Secret, nil
	}
	var err error
	switch {
	case a.App.Credential.Confidential():
		err = a.asApp(ctx)
	default:
		err = a.renew(ctx, a.wanted)
	}
	if err != nil && left <= 0 {
		return "", err
	}
	return a.current.Secret, nil
}

// Valid reports whether there is an access token that is valid for a while.
func (a *Administration) Valid() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current.ExpiresAt.Sub(a.Service.Now()) >= administrationMargin
}

// Granted are the permissions that the tenant said the newest token has, without the name of Graph; nil where it did not say.
func (a *Administration) Granted() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for _, s := range a.current.Scopes {
		names = append(names, s[strings.LastIndexByte(s, '/')+1:])
	}
	return names
}

// About is what the newest token says of itself: for words only.
func (a *Administration) About() (GraphToken, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return ReadGraphToken(a.current.Secret)
}

// Person is who signed in, verified; nil when nobody has, or the app acts for itself.
func (a *Administration) Person() *idtoken.Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.person
}
