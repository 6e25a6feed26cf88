package emulator

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// orderForUser makes a person's tokens.
func (x *exchange) orderForUser(in *tokenOrder, kinds tokenSet, app *directory.App, user *directory.User, how string, out *tokenReply) error {
	scopes, err := x.orderedScopes(in.Scopes, app, kinds)
	if err != nil {
		return err
	}
	s := subject{app: app, user: user, scopes: scopes, sid: x.guid(), authTime: x.now, platform: tokenPlatform(app)}
	s.secret = s.platform == platformWeb
	life := lifetime(x.accessLife(), seconds(in.Lifetime), app.Lifetimes.AccessToken, x.tenant.Lifetimes.AccessToken)
	idLife := lifetime(time.Hour, seconds(in.Lifetime), app.Lifetimes.IDToken, x.tenant.Lifetimes.IDToken)
	access, id := x.accessClaims(s, x.now.Add(life)), x.idClaims(s, x.now.Add(idLife))
	if len(in.Roles) > 0 {
		access.Set("roles", in.Roles)
		id.Set("roles", in.Roles)
	}
	if kinds.id {
		if out.IDToken, out.ExpiresOn, err = x.order(in, id, how); err != nil {
			return err
		}
	}
	if kinds.access {
		if how == idTokenAsAccess {
			access = id
		}
		if out.AccessToken, out.ExpiresOn, err = x.order(in, access, how); err != nil {
			return err
		}
	}
	if kinds.access || kinds.refresh {
		out.Scope = scopes.granted()
	}
	if kinds.refresh {
		out.RefreshToken, err = x.newRefreshToken(s, x.now)
		out.ExpiresOn = cmp.Or(out.ExpiresOn, x.now.Add(refreshLife).Unix())
	}
	return err
}

// orderForApp makes an access token of the app's own.
func (x *exchange) orderForApp(in *tokenOrder, app *directory.App, how string, out *tokenReply) error {
	scope := strings.Join(in.Scopes, " ")
	if scope == "" {
		if len(x.tenant.APIs) != 1 {
			return badField("scopes", "required, as RESOURCE/.default: the tenant has %d APIs", len(x.tenant.APIs))
		}
		scope = x.tenant.APIs[0].IdentifierURI + "/.default"
	}
	audience, err := appScope(x.tenant, app, scope)
	if err != nil {
		return scopeProblem(err)
	}
	life := lifetime(x.accessLife(), seconds(in.Lifetime), app.Lifetimes.AccessToken, x.tenant.Lifetimes.AccessToken)
	claims := x.appClaims(clientCredentials{app: app}, audience, x.now.Add(life))
	if len(in.Roles) > 0 {
		claims.Set("roles", in.Roles)
	}
	out.AccessToken, out.ExpiresOn, err = x.order(in, claims, how)
	return err
}

// order signs claims with the changes that were ordered, and tells the token's exp.
func (x *exchange) order(in *tokenOrder, claims jws.Payload, how string) (token string, expires int64, err error) {
	for _, name := range slices.Sorted(maps.Keys(in.Claims)) {
		value, text := in.Claims[name], ""
		switch {
		case string(value) == "null":
			claims.Drop(name)
		case json.Unmarshal(value, &text) == nil:
			claims.Put(name, text)
		default:
			claims.Put(name, value) // as it came: a number is not rounded
		}
	}
	ctx := x.r.Context()
	if how == "" || how == idTokenAsAccess {
		token, err = x.keyring.Sign(ctx, x.tenant.ID, claims)
		return token, expiryOf(claims), err
	}
	token, err = x.keyring.Spoil(ctx, x.tenant.ID, claims, how)
	return token, expiryOf(claims.Spoilt(how, x.Server.now())), err
}

// expiryOf is exp in epoch seconds; 0 when it is no number.
func expiryOf(claims jws.Payload) int64 {
	switch exp := claims.Get("exp").(type) {
	case int64:
		return exp
	case json.RawMessage:
		var f float64
		if json.Unmarshal(exp, &f) == nil && f > 0 && f < 1e11 {
			return int64(f)
		}
	}
	return 0
}

// orderedScopes understands the scopes of an order. Only those are in the token,
// whatever else was granted; a bare name may be a scope of the tenant's APIs.
// Left out, they are all of the only API, and OpenID Connect's for an ID token.
func (x *exchange) orderedScopes(asked []string, app *directory.App, kinds tokenSet) (scopeSet, error) {
	var names []string
	for _, s := range strings.Fields(strings.Join(asked, " ")) {
		names = append(names, x.scopeNamed(s))
	}
	if len(names) == 0 {
		if kinds.access && len(x.tenant.APIs) == 1 {
			names = append(names, x.tenant.APIs[0].IdentifierURI+"/.default")
		}
		names = append(names, "openid", "profile", "email")
	}
	if kinds.id && !slices.Contains(names, "openid") {
		names = append(names, "openid", "profile")
	}
	set, err := parseScopes(x.tenant, app, strings.Join(names, " "), true)
	if err != nil {
		return set, scopeProblem(err)
	}
	exact := slices.Clone(set.names)
	if err := set.consent(x.tenant, app); err != nil {
		return set, scopeProblem(err)
	}
	if !slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, "/.default") }) {
		set.names = exact
	}
	return set, nil
}

// scopeNamed is a scope's full name: a bare one of exactly one API gets its resource.
func (x *exchange) scopeNamed(s string) string {
	var found []string
	for _, a := range x.tenant.APIs {
		if slices.Contains(a.Scopes, s) {
			found = append(found, a.IdentifierURI+"/"+s)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return s
}

// scopeProblem puts a failure of the protocol into the area's form.
func scopeProblem(err error) error {
	if f := new(fault); errors.As(err, &f) {
		return badField("scopes", "%s", f.Error())
	}
	return err
}

// tokenPlatform is the platform whose refresh token an app gets.
func tokenPlatform(app *directory.App) platform {
	return clientCredentials{app: app}.likelyPlatform()
}

func seconds(s float64) directory.Duration {
	return directory.Duration(s * float64(time.Second))
}
