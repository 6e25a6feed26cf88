package emulator

import (
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// graphAppID is Microsoft Graph, the audience of access tokens for OIDC scopes only.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// scopeSet is a client's scopes, understood.
type scopeSet struct {
	asked    []string // the client's own strings
	openid   bool
	profile  bool
	email    bool
	offline  bool
	audience string   // app id of the resource
	names    []string // scp of the access token
}

// parseScopes understands a scope parameter. One resource only may be named
// when single is set (the token endpoint); authorize may ask for several.
func parseScopes(t *directory.Tenant, scope string, single bool) (scopeSet, error) {
	set := scopeSet{}
	for s := range strings.FieldsSeq(scope) {
		if slices.Contains(set.asked, s) {
			continue
		}
		set.asked = append(set.asked, s)
		switch s {
		case "openid":
			set.openid = true
		case "profile":
			set.profile = true
		case "email":
			set.email = true
		case "offline_access":
			set.offline = true
		default:
			audience, names, err := resourceScope(t, s)
			if err != nil {
				return set, err
			}
			if set.audience != "" && set.audience != audience {
				if single {
					return set, mixedScopes(scope)
				}
				continue
			}
			set.audience = audience
			set.names = append(set.names, names...)
		}
	}
	if len(set.asked) == 0 {
		return set, emptyScope()
	}
	if set.audience == "" || set.audience == graphAppID {
		set.audience = graphAppID
		set.names = append(set.oidcNames(), set.names...)
	}
	return set, nil
}

// oidcNames are the OIDC scopes that appear in the scp of a Graph token.
func (s scopeSet) oidcNames() []string {
	var out []string
	for _, n := range s.asked {
		if n == "openid" || n == "profile" || n == "email" {
			out = append(out, n)
		}
	}
	return out
}

// granted is the scope member of the answer: the client's own strings without
// offline_access, as the service sends it.
func (s scopeSet) granted() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(s.asked), func(n string) bool { return n == "offline_access" }), " ")
}

// resourceScope finds the resource and the scope names behind one string, such
// as api://<id>/Forecast.Read, <resource>/.default or User.Read of Graph.
func resourceScope(t *directory.Tenant, s string) (audience string, names []string, err error) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		if strings.EqualFold(s, "User.Read") {
			return graphAppID, []string{"User.Read"}, nil
		}
		return "", nil, badScope(s)
	}
	resource, name := s[:i], s[i+1:]
	if strings.EqualFold(resource, "https://graph.microsoft.com") {
		if name == ".default" || strings.EqualFold(name, "User.Read") {
			return graphAppID, []string{"User.Read"}, nil
		}
		if name == "openid" || name == "profile" || name == "email" || name == "offline_access" {
			return graphAppID, nil, nil
		}
		return "", nil, badScope(s)
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
		return "", nil, badScope(s)
	}
	if resource == "" || name == "" {
		return "", nil, badScope(s)
	}
	return "", nil, unknownResource(resource, t.Name())
}
