package auth

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/wire"
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
	oauthError
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
		return s.byDevice(ctx, app, md, credential, req, func(named string) string { return devicePage(app.Authority, named) })
	})
}

// byDevice has a person sign in on another device. page is where the code is typed, of the page that the service names.
func (s *Service) byDevice(ctx context.Context, app App, md authority.Metadata, credential Credential, req DeviceRequest, page func(named string) string) (*LoginResult, error) {
	form := url.Values{"client_id": {app.ClientID}, "scope": {strings.Join(authorizeScopes(app.Scopes), " ")}, "client_info": {"1"}}
	if credential.Secret != "" {
		form.Set("client_secret", credential.Secret)
	}
	code, err := s.deviceCode(ctx, &md, form)
	if err != nil {
		return nil, err
	}
	lives := min(req.Timeout, time.Duration(code.ExpiresIn))
	limited, cancel := context.WithTimeoutCause(ctx, lives, &TimeoutError{Waited: lives})
	defer cancel()
	shown := DeviceCode{UserCode: code.UserCode, Page: page(code.VerificationURI), ServicePage: code.VerificationURI, ExpiresAt: s.Now().Add(time.Duration(code.ExpiresIn))}
	if err := req.OnCode(limited, shown); err != nil {
		return nil, err
	}
	form.Set("grant_type", deviceGrant)
	form.Set("device_code", code.DeviceCode)
	tokens, err := s.poll(limited, &md, form, time.Duration(code.Interval))
	if err != nil {
		return nil, err
	}
	return s.adopt(ctx, app, md, credential, tokens, duringDevice)
}

const duringDeviceCode, duringDevice = "the device code request", "the device code"

// deviceCode asks for a code.
func (s *Service) deviceCode(ctx context.Context, md *authority.Metadata, form url.Values) (deviceAnswer, error) {
	var a deviceAnswer
	reply, err := s.ask(ctx, md, deviceEndpoint, form, duringDeviceCode, wire.Options{Repeatable: true})
	if err != nil {
		return a, err
	}
	if err := receive(reply, duringDeviceCode, &a); err != nil {
		return a, err
	}
	bad := func(problem string) (deviceAnswer, error) {
		return a, &AnswerError{During: duringDeviceCode, Status: reply.Status, Cause: wire.CauseDamaged, Problem: problem}
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

func deviceEndpoint(md authority.Metadata) string {
	if md.DeviceAuthorizationEndpoint != "" {
		return md.DeviceAuthorizationEndpoint
	}
	return strings.TrimSuffix(md.TokenEndpoint, "/token") + "/devicecode" // where MSAL Node looks, too
}

func tokenEndpointOf(md authority.Metadata) string { return md.TokenEndpoint }

// devicePage is the page where customers can type the code: the one named, when it is on the tenant's own host.
func devicePage(a authority.Authority, named string) string {
	if u, err := url.Parse(named); err == nil && u.Host != "" && u.Scheme+"://"+u.Host == a.Base {
		return named
	}
	return a.Base + "/common/oauth2/deviceauth"
}
