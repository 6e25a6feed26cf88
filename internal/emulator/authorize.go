package emulator

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// authorize is the area of the authorization endpoint (RFC 6749 section 3.1,
// OpenID Connect Core section 3.1.2).
type authorize struct {
	*Server
	start startFlow
}

// startFlow sends a browser to the first page for a request; the session is the
// one it has, nil without one.
type startFlow func(x *exchange, q *authRequest, s *session) error

// Mount adds the area's routes.
func (a authorize) Mount(mux *http.ServeMux) {
	a.page(mux, "/{tenant}/oauth2/v2.0/authorize", only(a.begin, http.MethodGet, http.MethodPost))
}

// authRequest is an authorization request that was found good.
type authRequest struct {
	tenantID, appID string
	redirectURI     string
	platform        platform
	mode            string // query, fragment, form_post
	state           string
	hasState        bool
	nonce           string
	scope           string
	challenge       string // PKCE; "" when none was sent
	challengeMethod string // S256 or plain
	prompt          string // "", login, create, none, select_account
	loginHint       string
	locales         string
	clientInfo      bool
	front           frontTokens // what the answer carries besides, or in place of, a code
	to              destination // who asked, and gets the answer
}

// begin answers silently when a session allows it and otherwise starts a user
// flow. A request whose app or redirect URI is wrong gets a page; every other
// failure goes to the redirect URI.
func (a authorize) begin(x *exchange) error {
	v, err := x.form()
	if err != nil {
		return err
	}
	req, err := readClient(x, v)
	if err != nil {
		return err
	}
	err = req.read(x, v)
	if p := planned(x.r.Context()); err == nil && p != nil && p.answers() {
		err = p.failure(x.usual())
	}
	if err != nil {
		f := new(fault)
		if !errors.As(err, &f) {
			return err
		}
		return x.deliver(req.refusal(x, f))
	}
	s := x.sessionFor(req.loginHint)
	if req.prompt == "select_account" {
		s = x.session()
	}
	several, app := req.severalSessions(x), x.tenant.App(req.appID)
	if s != nil && req.allowsSilent(s) && !several && req.consented(x.tenant) {
		return x.deliver(req.to.reached(x, req, s))
	}
	if req.prompt == "none" {
		switch {
		case s == nil:
			return x.deliver(req.refusal(x, loginRequired()))
		case several:
			return x.deliver(req.refusal(x, accountUnclear()))
		}
		return x.deliver(req.refusal(x, consentMissing(app.AppID, app.Name())))
	}
	return a.start(x, req, s)
}

// readClient reads what decides where an answer may go. Its errors must never
// be sent to the redirect URI.
func readClient(x *exchange, v url.Values) (*authRequest, error) {
	id := v.Get("client_id")
	if id == "" {
		return nil, missingParameter("client_id")
	}
	app := x.tenant.App(id)
	if app == nil {
		return nil, unknownApp(id, x.tenant.Name())
	}
	uri := v.Get("redirect_uri")
	if uri == "" {
		return nil, missingRedirect()
	}
	p, ok := findRedirect(app, uri)
	if !ok {
		return nil, unknownRedirect(uri, app.AppID)
	}
	return &authRequest{
		tenantID: x.tenant.ID, appID: app.AppID, redirectURI: uri, platform: p, mode: "query",
		state: v.Get("state"), hasState: v.Has("state"), to: toApp{},
	}, nil
}

// read reads everything else. The response mode comes first, as it decides how
// an error is sent.
func (q *authRequest) read(x *exchange, v url.Values) error {
	switch m := v.Get("response_mode"); m {
	case "":
	case "query", "fragment", "form_post":
		q.mode = m
	default:
		return unsupportedResponseMode(m)
	}
	if err := q.readResponseType(x.tenant.App(q.appID), v); err != nil {
		return err
	}
	q.scope = v.Get("scope")
	if strings.TrimSpace(q.scope) == "" {
		return missingParameter("scope")
	}
	if _, err := parseScopes(x.tenant, x.tenant.App(q.appID), q.scope, false); err != nil {
		return err
	}
	if err := q.readChallenge(v); err != nil {
		return err
	}
	q.nonce, q.loginHint, q.locales = v.Get("nonce"), v.Get("login_hint"), v.Get("ui_locales")
	q.clientInfo = v.Get("client_info") == "1"
	if err := q.checkFront(); err != nil {
		return err
	}
	switch p := v.Get("prompt"); p {
	case "", "login", "create", "none", "select_account":
		q.prompt = p
	case "consent": // consent is the administrator's, so there is nothing to ask
	default:
		return unsupportedPrompt(p)
	}
	return nil
}

// readChallenge reads PKCE (RFC 7636 section 4.3; a missing method means plain).
func (q *authRequest) readChallenge(v url.Values) error {
	q.challenge, q.challengeMethod = v.Get("code_challenge"), v.Get("code_challenge_method")
	if q.challenge == "" {
		if q.challengeMethod != "" {
			return badChallenge()
		}
		if q.platform == platformSPA && !q.front.noCode {
			return challengeRequired()
		}
		return nil
	}
	if q.challengeMethod == "" {
		q.challengeMethod = "plain"
	}
	switch q.challengeMethod {
	case "S256":
		if len(q.challenge) != 43 || !isVerifier(q.challenge) {
			return badChallenge()
		}
	case "plain":
		if !isVerifier(q.challenge) {
			return badChallenge()
		}
	default:
		return badChallengeMethod(q.challengeMethod)
	}
	return nil
}

// isVerifier checks length and alphabet of a code verifier (RFC 7636 section 4.1).
func isVerifier(s string) bool {
	if len(s) < 43 || len(s) > 128 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '.', c == '_', c == '~':
		default:
			return false
		}
	}
	return true
}

// allowsSilent reports whether a session answers the request without a page.
func (q *authRequest) allowsSilent(s *session) bool {
	switch q.prompt {
	case "login", "create", "select_account":
		return false
	}
	return q.loginHint == "" || s.matchesHint(q.loginHint)
}

// userFlowOf finds the app and its user flow again; the flow is nil when the
// app is linked to none.
func (q *authRequest) userFlowOf(t *directory.Tenant) (*directory.App, *directory.UserFlow) {
	return t.App(q.appID), t.Flow(q.appID)
}

func (q *authRequest) allowsSignUp(t *directory.Tenant) bool {
	_, f := q.userFlowOf(t)
	return f != nil && f.SignUpAllowed()
}
