package tenant

import (
	"crypto/sha1"
	"fmt"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/graph"
)

// scopes are those that there are and stay, and new ones.
func (d *appDiff) scopes(values []string) []graph.PermissionScope {
	list := []graph.PermissionScope{}
	for _, v := range values {
		s := graph.PermissionScope{ID: guid(d.registration.name, "scope", v), Value: v, Type: "Admin", AdminConsentDisplayName: v, AdminConsentDescription: "Use " + d.name() + " as " + v}
		if api := d.found.API; api != nil {
			if i := slices.IndexFunc(api.OAuth2PermissionScopes, func(s graph.PermissionScope) bool { return s.Value == v }); i >= 0 {
				s = api.OAuth2PermissionScopes[i]
			}
		}
		s.IsEnabled = true
		list = append(list, s)
	}
	return list
}

func (d *appDiff) roles(values []string) []graph.AppRole {
	list := []graph.AppRole{}
	for _, v := range values {
		r := graph.AppRole{ID: guid(d.registration.name, "role", v), Value: v, DisplayName: v, Description: "Use " + d.name() + " as " + v, AllowedMemberTypes: []string{"User", "Application"}}
		if i := slices.IndexFunc(d.found.AppRoles, func(r graph.AppRole) bool { return r.Value == v }); i >= 0 {
			r = d.found.AppRoles[i]
		}
		r.IsEnabled = true
		list = append(list, r)
	}
	return list
}

func (d *appDiff) name() string {
	name, _ := d.registration.displayName(d.wanted)
	return name
}

// withoutScopes are all scopes, those that are not wanted disabled; nil when there are none such.
func withoutScopes(found []graph.PermissionScope, wanted []string) (list []graph.PermissionScope) {
	unwanted := func(s graph.PermissionScope) bool { return !slices.Contains(wanted, s.Value) }
	if !slices.ContainsFunc(found, unwanted) {
		return nil
	}
	for _, s := range found {
		s.IsEnabled = s.IsEnabled && !unwanted(s)
		list = append(list, s)
	}
	return list
}

func withoutRoles(found []graph.AppRole, wanted []string) (list []graph.AppRole) {
	unwanted := func(r graph.AppRole) bool { return !slices.Contains(wanted, r.Value) }
	if !slices.ContainsFunc(found, unwanted) {
		return nil
	}
	for _, r := range found {
		r.IsEnabled = r.IsEnabled && !unwanted(r)
		list = append(list, r)
	}
	return list
}

// guid is the id of something new that has a name, the same in every run (RFC 9562 version 5 of a namespace of ours).
func guid(names ...string) string {
	h := sha1.Sum([]byte("ciam tenant\x00" + strings.ToLower(strings.Join(names, "\x00"))))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
