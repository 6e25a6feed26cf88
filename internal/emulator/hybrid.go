package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// frontTokens says what an authorization answer carries besides, or in place of,
// a code (OAuth 2.0 Multiple Response Type Encoding Practices). The zero value
// is a code alone.
type frontTokens struct{ idToken, accessToken, noCode bool }

// readResponseType reads response_type, and response_mode as far as the type
// decides it. Tokens in the answer have to be enabled for the app.
func (q *authRequest) readResponseType(app *directory.App, v url.Values) error {
	asked := v.Get("response_type")
	parts := strings.Fields(asked)
	slices.Sort(parts)
	set := frontTokens{
		idToken: slices.Contains(parts, "id_token"), accessToken: slices.Contains(parts, "token"), noCode: !slices.Contains(parts, "code"),
	}
	front := set.idToken || set.accessToken
	if front && q.mode == "query" {
		q.mode = "fragment" // also for what is wrong with the request
	}
	allowed := directory.ImplicitGrantSettings{}
	if app != nil {
		allowed = app.Web.ImplicitGrantSettings
	}
	switch strings.Join(parts, " ") {
	case "":
		return missingParameter("response_type")
	case "code":
	case "id_token", "code id_token", "id_token token", "code id_token token":
		if !allowed.EnableIDTokenIssuance {
			return unsupportedResponseType("id_token")
		}
		if set.accessToken && !allowed.EnableAccessTokenIssuance {
			return unsupportedResponseType("token")
		}
	default:
		return unsupportedResponseType(asked)
	}
	if front && v.Get("response_mode") == "query" {
		return unsupportedResponseMode("query")
	}
	q.front = set
	return nil
}

// checkFront checks what tokens in the answer need: a nonce (OpenID Connect Core
// section 3.2.2.1) and the scope openid.
func (q *authRequest) checkFront() error {
	switch {
	case !q.front.idToken:
		return nil
	case q.nonce == "":
		return missingNonce()
	case !slices.Contains(strings.Fields(q.scope), "openid"):
		return missingOpenID()
	}
	return nil
}

// frontAnswer signs the tokens that an answer carries and returns its parameters.
func (x *exchange) frontAnswer(q *authRequest, s *session, code string) ([]web.Row, error) {
	app, user := x.tenant.App(q.appID), x.store.User(x.tenant.ID, s.userID)
	if app == nil || user == nil {
		return nil, userGone()
	}
	scopes, err := parseScopes(x.tenant, app, q.scope, q.front.accessToken)
	if err != nil {
		return nil, err
	}
	if err := scopes.consent(x.tenant, app); err != nil {
		return nil, consentMissing(app.AppID, app.Name())
	}
	who := subject{app: app, user: user, scopes: scopes, nonce: q.nonce, sid: s.sid, authTime: s.authTime, platform: q.platform}
	var out []web.Row
	accessToken := ""
	if q.front.accessToken {
		life := lifetime(x.accessLife(), app.Lifetimes.AccessToken, x.tenant.Lifetimes.AccessToken)
		if accessToken, err = x.sign(x.accessClaims(who, x.now.Add(life))); err != nil {
			return nil, err
		}
		out = append(out, web.Row{Name: "access_token", Value: accessToken}, web.Row{Name: "token_type", Value: "Bearer"},
			web.Row{Name: "expires_in", Value: strconv.FormatInt(int64(life/time.Second), 10)}, web.Row{Name: "scope", Value: scopes.granted()})
	}
	c := x.idClaims(who, x.now.Add(lifetime(time.Hour, app.Lifetimes.IDToken, x.tenant.Lifetimes.IDToken)))
	c.Set("c_hash", halfHash(code))
	c.Set("at_hash", halfHash(accessToken))
	idToken, err := x.sign(c)
	if err != nil {
		return nil, err
	}
	x.secrets.Add(accessToken, idToken)
	return append(out, web.Row{Name: "id_token", Value: idToken}), nil
}

// halfHash is c_hash and at_hash for RS256: the left half of the SHA-256 (OpenID
// Connect Core section 3.3.2.11); "" for "".
func halfHash(s string) string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
