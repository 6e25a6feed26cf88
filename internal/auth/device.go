package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// DeviceCode is what the person needs to sign in on another device (RFC 8628 section 3.2).
type DeviceCode struct {
	// UserCode is typed at the page.
	UserCode string
	// Page is the tenant's own page. The service names Microsoft's page for its own employees, where customers end
	// in AADSTS500208.
	Page string
	// ServicePage is the page that the service named; the same as Page where the service got it right.
	ServicePage string
	// ExpiresAt is when the code stops working.
	ExpiresAt time.Time
}

// DeviceRequest is one sign-in with a device code.
type DeviceRequest struct {
	// Timeout ends the wait, however long the code lives.
	Timeout time.Duration
	// OnCode shows the code to the person. Its error ends the sign-in.
	OnCode func(ctx context.Context, code DeviceCode) error
}

// deviceGrant is the grant type of RFC 8628 section 3.4.
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// deviceAnswer is the device authorization response of RFC 8628 section 3.2.
type deviceAnswer struct {
	DeviceCode      string  `json:"device_code"`
	UserCode        string  `json:"user_code"`
	VerificationURI string  `json:"verification_uri"`
	ExpiresIn       seconds `json:"expires_in"`
	Interval        seconds `json:"interval"`
}

// DeviceLogin signs a person in who types a code into a page on any device. The polling is ours and keeps to the
// interval and to slow_down (RFC 8628 section 3.5), which MSAL Go does not; MSAL takes the tokens over afterwards.
//
// Errors: *RefusedError (declined, expired), *TimeoutError, *NotKeptError (with a whole result), and those of Login.
func (s *Service) DeviceLogin(ctx context.Context, app App, req DeviceRequest) (*LoginResult, error) {
	return s.headless(ctx, app, func(ctx context.Context, md authority.Metadata, credential Credential) (*LoginResult, error) {
		form := url.Values{"client_id": {app.ClientID}, "scope": {strings.Join(authorizeScopes(app.Scopes), " ")}, "client_info": {"1"}}
		if credential.Secret != "" {
			form.Set("client_secret", credential.Secret)
		}
		code, err := s.deviceCode(ctx, app, md, form)
		if err != nil {
			return nil, err
		}
		limited, cancel := context.WithTimeout(ctx, min(req.Timeout, time.Duration(code.ExpiresIn)))
		defer cancel()
		shown := DeviceCode{UserCode: code.UserCode, Page: devicePage(app.Authority, code.VerificationURI), ServicePage: code.VerificationURI, ExpiresAt: s.Now().Add(time.Duration(code.ExpiresIn))}
		if err := req.OnCode(limited, shown); err != nil {
			return nil, err
		}
		form.Set("grant_type", deviceGrant)
		form.Set("device_code", code.DeviceCode)
		body, err := s.poll(limited, md.TokenEndpoint, form, time.Duration(code.Interval))
		if err != nil {
			if ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
				err = &TimeoutError{Waited: min(req.Timeout, time.Duration(code.ExpiresIn)), RedirectURI: shown.Page}
			}
			return nil, err
		}
		return s.adopt(ctx, app, md, credential, body, "the device code")
	})
}

// deviceCode asks for a code.
func (s *Service) deviceCode(ctx context.Context, app App, md authority.Metadata, form url.Values) (deviceAnswer, error) {
	endpoint := md.DeviceAuthorizationEndpoint
	if endpoint == "" {
		endpoint = strings.TrimSuffix(md.TokenEndpoint, "/token") + "/devicecode" // where MSAL Node looks, too
	}
	var a deviceAnswer
	status, body, err := s.post(ctx, endpoint, form, "the device code request")
	if err != nil {
		return a, err
	}
	if refused := refusal(body, status, "the device code request"); refused != nil {
		return a, refused
	}
	bad := func(problem string) (deviceAnswer, error) {
		return a, &AnswerError{During: "the device code request", Status: status, Problem: problem}
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return bad("expected JSON, got " + kindOf(body))
	}
	switch {
	case a.DeviceCode == "" || a.UserCode == "" || a.ExpiresIn <= 0:
		return bad("expected device_code, user_code and expires_in")
	case len(a.UserCode) > 64:
		return bad("the user_code is too long to type")
	case a.Interval <= 0:
		a.Interval = seconds(5 * time.Second) // RFC 8628 section 3.2
	}
	return a, nil
}

// devicePage is the page where customers can type the code: the one named, when it is on the tenant's own host.
func devicePage(a authority.Authority, named string) string {
	if u, err := url.Parse(named); err == nil && u.Host != "" && u.Scheme+"://"+u.Host == a.Base {
		return named
	}
	return a.Base + "/common/oauth2/deviceauth"
}

// slowDown is what slow_down adds to the interval (RFC 8628 section 3.5).
const slowDown = 5 * time.Second

// poll asks for the tokens until the person has decided. A request that fails is tried again at twice the interval,
// as the section demands for time-outs.
func (s *Service) poll(ctx context.Context, endpoint string, form url.Values, interval time.Duration) ([]byte, error) {
	for {
		if err := pause(ctx, interval); err != nil {
			return nil, err
		}
		status, body, err := s.post(ctx, endpoint, form, "the device code")
		if err != nil {
			var unreachable *authority.UnreachableError
			if ctx.Err() != nil || !errors.As(err, &unreachable) {
				return nil, err
			}
			interval *= 2
			continue
		}
		refused := refusal(body, status, "the device code")
		if refused == nil {
			return body, nil
		}
		switch refused.Code {
		case "authorization_pending":
		case "slow_down":
			interval += slowDown
		default:
			return nil, refused
		}
	}
}

// headless is the frame of a sign-in without a listener: lock, probe, record, metadata, and the one write at the end.
func (s *Service) headless(ctx context.Context, app App, sign func(context.Context, authority.Metadata, Credential) (*LoginResult, error)) (*LoginResult, error) {
	sitting, err := s.beginSignIn(ctx, app)
	if err != nil {
		return nil, err
	}
	defer sitting.release()
	md, err := s.Authorities.Metadata(ctx, app.Authority, app.TenantID)
	if err != nil {
		return nil, err
	}
	credential, err := app.credential(md, sitting.home.record)
	if err != nil {
		return nil, err
	}
	result, err := sign(ctx, md, credential)
	if err != nil {
		return nil, err
	}
	return result, s.keep(ctx, app, sitting, &result.Session)
}

// adopt hands tokens that were obtained without MSAL to MSAL, as the answer to the redemption of a code, so that it
// keeps the refresh token. The ID token is verified like any other; there is no nonce without an authorize request.
func (s *Service) adopt(ctx context.Context, app App, md authority.Metadata, credential Credential, body []byte, during string) (*LoginResult, error) {
	want := idtoken.Expectation{Issuer: md.Issuer, TenantID: md.TenantID, ClientID: app.ClientID}
	x, err := s.newExchange(app, credential, md, tokencache.NewBlob(nil), want, during)
	if err != nil {
		return nil, err
	}
	x.wire.canned = body
	scopes := apiScopes(app.Scopes)
	result, err := x.client.redeem(ctx, "none", "http://localhost", strings.Repeat("0", 43), redemptionScopes(scopes, app.Scopes))
	at, err := x.outcome(result, err, scopes, s.Now())
	if err != nil {
		return nil, err
	}
	return s.signedIn(app, md, x, result.Account.HomeAccountID, at)
}

// signedIn makes the result of a finished exchange.
func (s *Service) signedIn(app App, md authority.Metadata, x *exchange, homeAccountID string, at tokencache.AccessToken) (*LoginResult, error) {
	if x.wire.token == nil {
		return nil, &AnswerError{During: x.wire.during, Problem: "expected an id_token, got none, although the scope openid was asked for"}
	}
	s.noteSkew(x.wire.skew)
	session := tokencache.Session{
		Authority: app.Authority.String(), TenantID: md.TenantID, ClientID: app.ClientID, Issuer: md.Issuer,
		HomeAccountID: homeAccountID, SignedInAt: s.Now().UTC(), IDToken: x.wire.token.Raw,
		Scopes: app.Scopes, MSAL: x.blob.Data(),
	}
	session.Put(at, s.Now())
	return &LoginResult{Session: session, IDToken: x.wire.token, AccessToken: at}, nil
}

// refusal reads an OAuth error from an answer; nil when it is none.
func refusal(body []byte, status int, during string) *RefusedError {
	var a answer
	if json.Unmarshal(body, &a) != nil || a.Error == "" {
		return nil
	}
	return newRefused(during, a.Error, a.Suberror, a.Description, status)
}

// post sends a form and returns the bounded answer, whatever its status.
func (s *Service) post(ctx context.Context, endpoint string, form url.Values, during string) (int, []byte, error) {
	t := &transport{http: s.HTTP, now: s.Now, during: during, timeout: s.timeout()}
	status, body, err := t.exchange(ctx, endpoint, form)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", during, err)
	}
	return status, body, nil
}
