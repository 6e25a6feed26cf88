package emulator

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// userinfoPath is the endpoint that discovery names when it is to be the
// emulator's own. The real one is at Microsoft Graph, under the same path.
const userinfoPath = "/oidc/userinfo"

// userinfo is the area of the UserInfo endpoint (OpenID Connect Core section 5.3).
type userinfo struct{ *Server }

// Mount adds the area's routes: as Graph has it, and below the tenant.
func (u userinfo) Mount(mux *http.ServeMux) {
	h := open(only(u.serve, http.MethodGet, http.MethodPost), "GET, POST")
	u.api(mux, userinfoPath, h)
	u.api(mux, "/{tenant}/openid/userinfo", h)
}

// bearerFailure is a failure of a bearer token (RFC 6750 section 3.1).
type bearerFailure struct {
	status      int
	code        string // "" when no token was sent: then no error is told
	description string
}

func (b *bearerFailure) Error() string { return b.code + ": " + b.description }

func invalidToken(why string) error {
	return &bearerFailure{http.StatusUnauthorized, "invalid_token", why}
}

func (u userinfo) serve(x *exchange) error {
	claims, err := u.answer(x)
	b := new(bearerFailure)
	if errors.As(err, &b) {
		u.refuse(x, b)
		return nil
	}
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, claims)
}

// refuse sends the challenge, with a body in the form of Microsoft Graph's.
func (u userinfo) refuse(x *exchange, b *bearerFailure) {
	challenge, code := `Bearer realm="userinfo"`, "InvalidAuthenticationToken"
	if b.code != "" {
		challenge += `, error="` + b.code + `", error_description="` + b.description + `"`
	}
	if b.status == http.StatusForbidden {
		code = "AccessDenied"
	}
	x.w.Header().Set("WWW-Authenticate", challenge)
	_ = x.sendJSON(b.status, map[string]any{"error": map[string]string{"code": code, "message": b.description}}) // strings always encode
}

// answer checks the token and returns the user's claims.
func (u userinfo) answer(x *exchange) (jws.Payload, error) {
	raw, err := bearerToken(x)
	if err != nil {
		return nil, err
	}
	c, err := x.openGraphToken(raw)
	if err != nil {
		return nil, err
	}
	scopes := scopeSet{}
	for s := range strings.FieldsSeq(c.Scopes) {
		scopes.openid = scopes.openid || s == "openid"
		scopes.profile = scopes.profile || s == "profile"
		scopes.email = scopes.email || s == "email"
	}
	if !scopes.openid {
		return nil, &bearerFailure{http.StatusForbidden, "insufficient_scope", "the token lacks the scope openid"}
	}
	return u.about(x, c, scopes)
}

// openGraphToken verifies an access token for Microsoft Graph. Where the path names no tenant, the token does.
func (x *exchange) openGraphToken(raw string) (jws.Received, error) {
	_, c, err := jws.Read(raw, jose.RS256)
	if err != nil {
		return c, invalidToken("expected a signed access token")
	}
	if x.tenant == nil { // the signature is checked next
		if x.tenant = x.store.Tenant(c.Tenant); x.tenant == nil {
			return c, invalidToken("the token is of another issuer")
		}
	}
	switch c, err = x.openOwn(raw); {
	case errors.Is(err, jws.ErrUntimely):
		return c, invalidToken("the token has expired or is not valid yet")
	case errors.Is(err, jws.ErrUnknownKey), errors.Is(err, jws.ErrSignature), errors.Is(err, jws.ErrNotJWT):
		return c, invalidToken(err.Error())
	case err != nil:
		return c, err
	case c.Audience.First() != graphAppID:
		return c, invalidToken("the token is for another audience than Microsoft Graph")
	}
	return c, nil
}

// about are the claims that the scopes ask for. sub is the ID token's, as a
// client has to check (OpenID Connect Core section 5.3.2).
func (u userinfo) about(x *exchange, c jws.Received, scopes scopeSet) (jws.Payload, error) {
	user := u.store.User(x.tenant.ID, c.Object)
	if user == nil || user.Disabled {
		return nil, invalidToken("the user does not exist or is disabled")
	}
	var out jws.Payload
	out.Set("sub", x.pairwise(x.tenant.ID, c.AppID, user.ID))
	if scopes.profile {
		out.Set("name", displayName(user))
		out.Set("family_name", user.Attribute("surname"))
		out.Set("given_name", user.Attribute("givenName"))
		out.Set("picture", "https://graph.microsoft.com/v1.0/me/photo/$value")
	}
	if scopes.email {
		out.Set("email", user.Email)
	}
	return out, nil
}

// bearerToken reads the token from the header or from a form (RFC 6750 sections
// 2.1 and 2.2), never from the query, where it would be logged.
func bearerToken(x *exchange) (string, error) {
	token := ""
	if h := x.r.Header.Get("Authorization"); h != "" {
		scheme, rest, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", &bearerFailure{status: http.StatusUnauthorized, description: "expected a bearer token"}
		}
		token = strings.TrimSpace(rest)
	}
	if x.r.Method == http.MethodPost && x.r.ContentLength != 0 {
		if v, err := x.form(); err == nil && v.Get("access_token") != "" {
			if token != "" {
				return "", &bearerFailure{http.StatusBadRequest, "invalid_request", "the token was sent twice"}
			}
			token = v.Get("access_token")
		}
	}
	x.secrets.Add(token)
	if token == "" {
		return "", &bearerFailure{status: http.StatusUnauthorized, description: "no token was sent"}
	}
	return token, nil
}
