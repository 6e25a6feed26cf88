package emulator

import (
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// graphAppID is Microsoft Graph, the audience of access tokens for OIDC scopes only.
const graphAppID = directory.GraphAppID

// scopeSet is a client's scopes, understood.
type scopeSet struct {
	asked    []string // the client's own strings
	openid   bool
	profile  bool
	email    bool
	offline  bool
	audience string   // app id of the resource
	prefix   string   // the client's name for it, with a slash; "" for bare names
	own      []string // those of asked that are the resource's
	names    []string // scp of the access token
}

// parseScopes understands an app's scope parameter. One resource only may be
// named when single is set (the token endpoint); authorize may ask for several.
func parseScopes(t *directory.Tenant, app *directory.App, scope string, single bool) (scopeSet, error) {
	set := scopeSet{}
	var oidc []string
	for s := range strings.FieldsSeq(scope) {
		if slices.Contains(set.asked, s) {
			continue
		}
		set.asked = append(set.asked, s)
		if set.isOIDC(s) {
			if s != "offline_access" {
				oidc = append(oidc, s)
			}
			continue
		}
		audience, names, err := resourceScope(t, app, s)
		if err != nil {
			return set, err
		}
		if set.audience != "" && set.audience != audience {
			if single {
				return set, mixedScopes(scope)
			}
			continue
		}
		if set.audience == "" {
			set.audience, set.prefix = audience, s[:strings.LastIndexByte(s, '/')+1]
		}
		set.own, set.names = append(set.own, s), append(set.names, names...)
	}
	if len(set.asked) == 0 {
		return set, emptyScope()
	}
	if set.audience == "" || set.audience == graphAppID {
		set.audience = graphAppID
		set.names, set.own = append(slices.Clone(oidc), set.names...), append(oidc, set.own...)
	}
	return set, nil
}

// isOIDC notes a scope of OpenID Connect itself.
func (s *scopeSet) isOIDC(name string) bool {
	switch name {
	case "openid":
		s.openid = true
	case "profile":
		s.profile = true
	case "email":
		s.email = true
	case "offline_access":
		s.offline = true
	default:
		return false
	}
	return true
}

// granted is the scope member of the answer: what the access token is good for,
// in the client's own strings where it asked for it. OpenID Connect's own scopes
// are Microsoft Graph's, and offline_access is in none.
func (s scopeSet) granted() string {
	out := slices.Clone(s.own)
	for _, name := range s.names {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o[strings.LastIndexByte(o, '/')+1:], name) }) {
			out = append(out, s.prefix+name)
		}
	}
	return strings.Join(out, " ")
}

// resourceScope finds the resource and the scope names behind one string, such
// as api://<id>/Forecast.Read, <resource>/.default or User.Read of Graph, whose
// names may stand bare.
func resourceScope(t *directory.Tenant, app *directory.App, s string) (audience string, names []string, err error) {
	i := strings.LastIndexByte(s, '/')
	resource, name := s[:max(i, 0)], s[i+1:]
	if i < 0 || strings.EqualFold(resource, "https://graph.microsoft.com") || strings.EqualFold(resource, graphAppID) {
		switch {
		case name == "":
			return "", nil, badScope(s)
		case name == ".default" && i > 0:
			return graphAppID, []string{"User.Read"}, nil
		case name == "openid", name == "profile", name == "email", name == "offline_access":
			return graphAppID, nil, nil
		}
		if p := directory.FindPermission(name); p != nil && strings.EqualFold(p.Name, name) {
			return graphAppID, []string{p.Name}, nil
		}
		return "", nil, noSuchScope(app.Name(), name, graphAppID)
	}
	for _, a := range t.APIs {
		if !strings.EqualFold(a.IdentifierURI, resource) && !strings.EqualFold(a.AppID, resource) {
			continue
		}
		if name == ".default" {
			return a.AppID, a.Scopes, nil
		}
		for _, known := range a.Scopes {
			if strings.EqualFold(known, name) {
				return a.AppID, []string{known}, nil
			}
		}
		if name == "" {
			return "", nil, badScope(s)
		}
		return "", nil, noSuchScope(app.Name(), name, a.AppID)
	}
	if resource == "" || name == "" {
		return "", nil, badScope(s)
	}
	return "", nil, unknownResource(resource, t.Name())
}
