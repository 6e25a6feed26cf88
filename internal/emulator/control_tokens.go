package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// idTokenAsAccess is the fault of tokens that is not in the claims or the
// signature: an ID token where the access token belongs.
const idTokenAsAccess = "id_token_as_access"

// tokenOrder is the body of POST tokens: what a whole sign-in, or client
// credentials, would have ended with.
type tokenOrder struct {
	Tenant     string                     `json:"tenant"`
	User       string                     `json:"user"`        // id or address; "" is the app itself
	CreateUser bool                       `json:"create_user"` // when there is none of that address
	Attributes map[string]string          `json:"attributes"`  // of a user who is made
	App        string                     `json:"app"`         // client id or name; "" is the tenant's first
	Tokens     []string                   `json:"tokens"`      // access, id, refresh; access alone when left out
	Scopes     []string                   `json:"scopes"`
	Roles      []string                   `json:"roles"`
	Claims     map[string]json.RawMessage `json:"claims"` // of any JSON type; null takes one away
	Lifetime   float64                    `json:"lifetime_seconds"`
	IssuedAt   json.RawMessage            `json:"issued_at"` // epoch seconds or RFC 3339
	Bad        string                     `json:"bad"`
}

// tokenReply is the answer; empty members were not asked for.
type tokenReply struct {
	TenantID     string    `json:"tenant_id"`
	ClientID     string    `json:"client_id"`
	User         *userView `json:"user,omitempty"` // nobody's for the app's own
	Created      bool      `json:"user_created,omitempty"`
	TokenType    string    `json:"token_type"`
	AccessToken  string    `json:"access_token,omitempty"`
	IDToken      string    `json:"id_token,omitempty"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	Scope        string    `json:"scope,omitempty"`
	ExpiresIn    int64     `json:"expires_in"` // of the first token asked for, from now on
	ExpiresOn    int64     `json:"expires_on"` // epoch seconds
	ExpiresAt    time.Time `json:"expires_at"`
	Bad          string    `json:"bad,omitempty"`
}

// tokenFaultNamed is a way to spoil a token in its one spelling: hyphens do as
// well as underscores. It reports false for none.
func tokenFaultNamed(name string) (string, bool) {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	if name == "not_yet" {
		name = "not_yet_valid"
	}
	return name, name == "" || name == idTokenAsAccess || slices.Contains(TokenFaults(), name)
}

// makeTokens answers POST tokens.
func (c control) makeTokens(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	var in tokenOrder
	if err := x.body(&in); err != nil {
		return nil, err
	}
	out, err := c.tokens(x, &in)
	if err != nil {
		return nil, err
	}
	return created{out}, nil
}

// tokens makes what an order says. It sets x.tenant and x.now.
func (c control) tokens(x *exchange, in *tokenOrder) (*tokenReply, error) {
	how, known := tokenFaultNamed(in.Bad)
	if !known {
		return nil, badField("bad", "expected one of %s, got %q", strings.Join(append(TokenFaults(), idTokenAsAccess), ", "), clip(in.Bad))
	}
	kinds, err := tokenKinds(in.Tokens)
	if err != nil {
		return nil, err
	}
	if in.Lifetime < 0 || in.Lifetime > maxClockOffset.Seconds() {
		return nil, badField("lifetime_seconds", "expected 1 to %d", int(maxClockOffset.Seconds()))
	}
	issued, err := orderedTime(in.IssuedAt, x.now)
	if err != nil {
		return nil, err
	}
	t, err := c.oneTenant(in.Tenant)
	if err != nil {
		return nil, err
	}
	x.tenant = t
	app, err := appNamed(t, in.App)
	if err != nil {
		return nil, err
	}
	person, made, err := c.person(x, &personOrder{in.User, in.CreateUser, in.Attributes})
	if err != nil {
		return nil, err
	}
	if person == nil && (kinds.id || kinds.refresh || how == idTokenAsAccess) {
		return nil, badField("user", "required: an app of its own has no ID token and no refresh token")
	}
	now := x.now
	x.now = issued
	out := &tokenReply{TenantID: t.ID, ClientID: app.AppID, Created: made, TokenType: "Bearer", Bad: how}
	if person == nil {
		err = x.orderForApp(in, app, how, out)
	} else {
		view := viewUser(t, person)
		out.User = &view
		err = x.orderForUser(in, kinds, app, person, how, out)
	}
	if err != nil {
		return nil, err
	}
	out.ExpiresIn = out.ExpiresOn - now.Unix()
	out.ExpiresAt = time.Unix(out.ExpiresOn, 0).UTC()
	c.secrets.Add(out.AccessToken, out.IDToken, out.RefreshToken)
	return out, nil
}

// tokenSet says which tokens are ordered.
type tokenSet struct{ access, id, refresh bool }

func tokenKinds(names []string) (tokenSet, error) {
	var set tokenSet
	for _, name := range names {
		switch name {
		case "access":
			set.access = true
		case "id":
			set.id = true
		case "refresh":
			set.refresh = true
		default:
			return set, badField("tokens", "expected access, id and refresh, got %q", clip(name))
		}
	}
	if len(names) == 0 {
		set.access = true
	}
	return set, nil
}

// orderedTime reads a time as epoch seconds or as RFC 3339; def when there is none.
func orderedTime(raw json.RawMessage, def time.Time) (time.Time, error) {
	var (
		text    string
		seconds float64
	)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return def, nil
	case json.Unmarshal(raw, &seconds) == nil && seconds >= 0 && seconds < 1e11:
		return time.Unix(int64(seconds), 0), nil
	case json.Unmarshal(raw, &text) == nil:
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return t, nil
		}
	}
	return def, badField("issued_at", "expected epoch seconds or a time such as 2026-01-02T03:04:05Z, got %s", clip(string(raw)))
}

// appNamed finds an app by client id or name; the first one for "".
func appNamed(t *directory.Tenant, name string) (*directory.App, error) {
	var known []string
	for i := range t.Apps {
		a := &t.Apps[i]
		if name == "" || strings.EqualFold(name, a.AppID) || name == a.DisplayName {
			return a, nil
		}
		known = append(known, a.Name())
	}
	if a := t.App(name); a != nil { // Microsoft's own
		return a, nil
	}
	e := refuse(http.StatusNotFound, "not_found", "the tenant has no app %q; there are: %s", clip(name), orNone(known))
	e.Field = "app"
	return nil, e
}
