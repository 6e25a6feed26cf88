package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
	"github.com/ciam-cli/ciam/internal/wire"
)

// Sight is how the authorize endpoint answers a request: what can be seen of an app registration from outside.
type Sight struct {
	// Refused is what the tenant says no to; nil where it begins a sign-in.
	Refused *RefusedError
	// Returned says that the refusal was sent to the redirect URI, which only a registered one is.
	Returned bool
}

const duringSight = "the authorize request"

// See asks the authorize endpoint as a browser would that is about to show the sign-in page, and goes no further: nobody is
// named, no page is opened, no cookie is kept. One request.
//
// Errors: those of wire, and *AnswerError for an answer that is neither a page nor a redirect.
func (s *Service) See(ctx context.Context, app App, md authority.Metadata, redirectURI string) (Sight, error) {
	a, err := newAttempt(s.Rand)
	if err != nil {
		return Sight{}, err
	}
	address, err := authorizeURL(md, app, LoginRequest{ResponseMode: "query"}, a, redirectURI)
	if err != nil {
		return Sight{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return Sight{}, err
	}
	req.Header.Set("Accept", "text/html")
	reply, err := wire.New(s.HTTP, s.asked(wire.Options{})).Do(req)
	if err != nil {
		return Sight{}, err
	}
	return readSight(reply, redirectURI)
}

func readSight(reply wire.Reply, redirectURI string) (Sight, error) {
	if to, err := url.Parse(reply.Location); err == nil && reply.Status/100 == 3 && reply.Location != "" {
		values := to.Query()
		if fragment, err := url.ParseQuery(to.Fragment); err == nil && !values.Has("error") {
			values = fragment
		}
		if values.Has("error") && leadsTo(to, redirectURI) {
			refused := newRefused(duringSight, clip(values.Get("error"), 64), clip(values.Get("error_subcode"), 64), values.Get("error_description"), 0)
			return Sight{Refused: refused, Returned: true}, nil
		}
		return Sight{}, nil
	}
	if details := errorOnPage(string(reply.Body)); details.Code != 0 {
		return Sight{Refused: &RefusedError{During: duringSight, Code: "invalid_request", Details: details, Status: reply.Status}}, nil
	}
	if reply.Status != http.StatusOK {
		return Sight{}, &AnswerError{During: duringSight, Status: reply.Status, Cause: wire.CauseStatus, Problem: "expected a page or a redirect"}
	}
	return Sight{}, nil
}

// leadsTo reports whether a redirect goes to the redirect URI. The service adds a slash to one without a path.
func leadsTo(to *url.URL, redirectURI string) bool {
	want, err := url.Parse(redirectURI)
	return err == nil && to.Scheme == want.Scheme && to.Host == want.Host && strings.Trim(to.Path, "/") == strings.Trim(want.Path, "/")
}

// errorOnPage finds what an error page says: "AADSTS50011: The redirect URI …". The page is somebody else's, so nothing but
// the number and the sentence after it is taken.
func errorOnPage(page string) aadsts.Details {
	for rest := page; ; {
		_, after, ok := strings.Cut(rest, "AADSTS")
		if !ok {
			return aadsts.Details{}
		}
		line, _, _ := strings.Cut(clip(after, 600), "<")
		line, _, _ = strings.Cut(line, `"`)
		if details := aadsts.Parse("AADSTS" + line); details.Code != 0 {
			return details
		}
		rest = after
	}
}

// ForeignRedirect is a redirect URI that no app has registered: a tenant that does not refuse it tells nothing by accepting
// another one.
func (s *Service) ForeignRedirect() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(s.Rand, b); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	return fmt.Sprintf("http://localhost:3000/not-registered-%x", b), nil
}

// once is for requests that are made one time whatever comes of them, since each is an entry in the tenant's logs.
func (s *Service) once() wire.Options { return s.asked(wire.Options{Tries: 1}) }

// Proof is the credential that requests of app to the tenant of md prove themselves with: given, or kept in the token store,
// which is read once where none was given. Errors: *ForeignCredentialError, and the store's.
func (s *Service) Proof(ctx context.Context, app App, md authority.Metadata) (Credential, error) {
	var record tokencache.Record
	if !app.Credential.Confidential() && app.slot().Home != "" { // without a profile nothing is kept
		home, err := s.homeRecord(ctx, app)
		if err != nil {
			return Credential{}, err
		}
		record = home.record
	}
	return app.credential(md, record)
}

// TryCredential asks for a token of the app itself and throws it away: one token request, which the tenant logs.
// Errors: *RefusedError, *AnswerError, and those of wire.
func (s *Service) TryCredential(ctx context.Context, app App, md authority.Metadata, credential Credential) error {
	x, err := s.newExchange(app, credential, md, tokencache.NewBlob(nil), idtoken.Expectation{}, "the credential")
	if err != nil {
		return err
	}
	x.wire.options = s.once()
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	_, err = x.client.forApp(ctx, []string{"https://graph.microsoft.com/.default"})
	_, err = x.outcome(err, nil, s.Now())
	return err
}

// TryDeviceCode asks for a device code that nobody will use: one request, which the tenant logs. Errors: those of TryCredential.
func (s *Service) TryDeviceCode(ctx context.Context, app App, md authority.Metadata, credential Credential) error {
	form := url.Values{"client_id": {app.ClientID}, "scope": {strings.Join(authorizeScopes(nil), " ")}}
	if credential.Secret != "" {
		form.Set("client_secret", credential.Secret)
	}
	reply, err := wire.New(s.HTTP, s.once()).Post(ctx, deviceEndpoint(md), form)
	if err != nil {
		return failed(duringDeviceCode, err)
	}
	var a deviceAnswer
	return receive(reply, duringDeviceCode, &a)
}

// TryNative begins a native sign-in of an account that does not exist: one request, which the tenant logs. It returns nil
// where the tenant looked for the account. Errors: those of TryCredential.
func (s *Service) TryNative(ctx context.Context, app App) error {
	const during = "the native sign-in"
	form := url.Values{"client_id": {app.ClientID}, "challenge_type": {"oob password redirect"},
		"username": {"ciam-doctor-" + strings.ToLower(rand.Text()[:10]) + "@example.com"}}
	reply, err := wire.New(s.HTTP, s.once()).Post(ctx, app.Authority.String()+"/oauth2/v2.0/initiate", form)
	if err != nil {
		return failed(during, err)
	}
	var a nativeAnswer
	err = receive(reply, during, &a)
	if refused, ok := err.(*RefusedError); ok && refused.Code == "user_not_found" {
		return nil
	}
	return err
}
