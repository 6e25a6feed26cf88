package emulator

import (
	"net/http"
	"net/url"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// token is the area of the token endpoint (RFC 6749 section 3.2). What it does
// for each grant_type is in its table: see grantType.
type token struct {
	*Server
	grants []grantType
}

// Mount adds the area's routes.
func (t token) Mount(mux *http.ServeMux) {
	t.api(mux, "/{tenant}/oauth2/v2.0/token", t.serve)
}

// serve answers the endpoint, and the preflight of a single-page app.
func (t token) serve(x *exchange) error {
	t.allowOrigin(x)
	if x.preflight("POST") {
		return nil
	}
	return only(t.post, http.MethodPost)(x)
}

// allowOrigin lets the origins of the tenant's single-page redirect URIs read
// the answer (Fetch standard, CORS protocol).
func (t token) allowOrigin(x *exchange) {
	origin := x.r.Header.Get("Origin")
	x.w.Header().Add("Vary", "Origin")
	if origin == "" {
		return
	}
	for _, a := range x.tenant.Apps {
		for _, r := range a.SPA.RedirectURIs {
			if sameOrigin(r, origin) {
				x.w.Header().Set("Access-Control-Allow-Origin", origin)
				return
			}
		}
	}
}

func sameOrigin(redirectURI, origin string) bool {
	u, err := url.Parse(redirectURI)
	o, errO := url.Parse(origin)
	if err != nil || errO != nil || u.Scheme != o.Scheme || u.Hostname() != o.Hostname() {
		return false
	}
	return u.Port() == o.Port() || u.Hostname() == "localhost"
}

func (t token) post(x *exchange) error {
	if len(x.r.Header.Get("Authorization")) > 8<<10 {
		return malformedRequest()
	}
	v, err := x.form()
	if err != nil {
		return err
	}
	if id := v.Get("client-request-id"); x.r.Header.Get("client-request-id") == "" && directory.IsGUID(id) {
		x.correlation = id
	}
	c, err := readClientCredentials(x, v)
	if err != nil {
		return err
	}
	g, err := t.grant(v)
	if err != nil {
		return err
	}
	p, err := g.open(x, c, v)
	if err != nil {
		return err
	}
	return x.redeem(c, v, p)
}

// grant finds the row of a request.
func (t token) grant(v url.Values) (*grantType, error) {
	name := v.Get("grant_type")
	if name == "" {
		return nil, missingParameter("grant_type")
	}
	for i := range t.grants {
		if g := &t.grants[i]; g.name == name && (g.takes == nil || g.takes(v)) {
			return g, nil
		}
	}
	return nil, unsupportedGrant(name)
}

// tokenResponse is the endpoint's answer (RFC 6749 section 5.1, with Microsoft's members).
type tokenResponse struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// issue signs and sends the tokens for a subject. first is when the user signed
// in for this chain of refresh tokens.
func (x *exchange) issue(s subject, wantInfo bool, first time.Time) error {
	life := lifetime(x.accessLife(), s.app.Lifetimes.AccessToken, x.tenant.Lifetimes.AccessToken)
	idLife := lifetime(time.Hour, s.app.Lifetimes.IDToken, x.tenant.Lifetimes.IDToken)
	out := tokenResponse{TokenType: "Bearer", Scope: s.scopes.granted(), ExpiresIn: int64(life / time.Second), ExtExpiresIn: int64(life / time.Second)}
	var err error
	if out.AccessToken, err = x.sign(x.accessClaims(s, x.now.Add(life))); err != nil {
		return err
	}
	if s.scopes.openid {
		if out.IDToken, err = x.sign(x.idClaims(s, x.now.Add(idLife))); err != nil {
			return err
		}
	}
	if s.scopes.offline {
		if out.RefreshToken, err = x.newRefreshToken(s, first); err != nil {
			return err
		}
	}
	if wantInfo {
		out.ClientInfo = clientInfo(s.user.ID, x.tenant.ID)
	}
	x.secrets.Add(out.AccessToken, out.IDToken, out.RefreshToken)
	return x.sendJSON(http.StatusOK, out)
}
