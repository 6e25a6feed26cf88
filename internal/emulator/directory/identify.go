package directory

import (
	"cmp"
	"crypto/sha1"
	"fmt"
	"slices"
	"strings"
)

// nameSpace is the namespace of ids that are made of names. It never changes: ids would.
var nameSpace = [16]byte{0x5c, 0x1b, 0x8e, 0x0f, 0x7d, 0x3a, 0x4e, 0x62, 0x9f, 0x24, 0xc1, 0x0a, 0x6b, 0xd7, 0x35, 0x90}

// nameGUID is the GUID of a thing that has no id of its own (RFC 9562 version 5), the same in every run. Letter case does
// not matter.
func nameGUID(names ...string) string {
	h := sha1.Sum(append(nameSpace[:], strings.ToLower(strings.Join(names, "\x00"))...))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// identify gives ids of their names to what a seed names without one, and puts ids in the place of names that refer to it.
// An app and an API of one name are one registration, as in a live tenant.
func (d *Document) identify() error {
	for i := range d.Tenants {
		t, at := &d.Tenants[i], fmt.Sprintf("tenants[%d]", i)
		switch {
		case t.ID != "":
		case t.Subdomain == "":
			return bad(at+".id", "expected a GUID, or subdomain to make one of")
		default:
			t.ID = nameGUID("tenant", t.Subdomain)
		}
		for _, fill := range []func(string) error{t.identifyApps, t.identifyAPIs, t.identifyUsers, t.resolveNames} {
			if err := fill(at); err != nil {
				return err
			}
		}
	}
	return nil
}

// named gives an id to the thing at a path; seen has those that got theirs by name.
func (t *Tenant) named(id *string, seen uniquely, at, key, idKey, kind, name string) error {
	switch {
	case *id != "":
		return nil
	case name == "":
		return bad(at+"."+idKey, "expected a GUID, or %s to make one of", key)
	}
	if first, ok := seen[strings.ToLower(name)]; ok {
		return bad(at+"."+key, "%q is the name of %s already; without another name it needs %s", name, first, idKey)
	}
	seen[strings.ToLower(name)] = at
	*id = nameGUID("tenant", t.Subdomain, kind, name)
	return nil
}

func (t *Tenant) identifyApps(at string) error {
	seen := uniquely{}
	for i := range t.Apps {
		a := &t.Apps[i]
		if err := t.named(&a.AppID, seen, fmt.Sprintf("%s.apps[%d]", at, i), "displayName", "appId", "app", cmp.Or(a.DisplayName, a.ShortName)); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tenant) identifyAPIs(at string) error {
	seen := uniquely{}
	for i := range t.APIs {
		a := &t.APIs[i]
		key, name := "displayName", cmp.Or(a.DisplayName, a.ShortName)
		if name == "" && a.IdentifierURI != "" {
			key, name = "identifierUri", a.IdentifierURI
		}
		if err := t.named(&a.AppID, seen, fmt.Sprintf("%s.apis[%d]", at, i), key, "appId", "app", name); err != nil {
			return err
		}
		if a.IdentifierURI == "" {
			a.IdentifierURI = "api://" + a.AppID // what a live tenant proposes
		}
	}
	return nil
}

func (t *Tenant) identifyUsers(at string) error {
	seen := uniquely{}
	for i := range t.Users {
		u := &t.Users[i]
		if err := t.named(&u.ID, seen, fmt.Sprintf("%s.users[%d]", at, i), "email", "id", "user", u.Email); err != nil {
			return err
		}
	}
	return nil
}

// resolveNames replaces names by ids where an app or an API is referred to.
func (t *Tenant) resolveNames(at string) error {
	apps, apis := names{what: "app"}, names{what: "API"}
	for _, a := range t.Apps {
		apps.add(a.ShortName, a.AppID)
		apps.add(a.DisplayName, a.AppID)
	}
	for _, a := range t.APIs {
		apis.add(a.ShortName, a.AppID)
		apis.add(a.DisplayName, a.AppID)
		apis.add(a.IdentifierURI, a.AppID)
	}
	for i := range t.UserFlows {
		for j := range t.UserFlows[i].Applications {
			if err := apps.resolve(&t.UserFlows[i].Applications[j], fmt.Sprintf("%s.userFlows[%d].applications[%d]", at, i, j)); err != nil {
				return err
			}
		}
	}
	for i := range t.Apps {
		for j, s := range t.Apps[i].GrantedScopes { // <name of an API>/<scope>
			at := fmt.Sprintf("%s.apps[%d].grantedScopes[%d]", at, i, j)
			if resource, scope, ok := strings.Cut(s, "/"); ok && isShortName(resource) {
				if err := apis.resolve(&resource, at); err != nil {
					return err
				}
				t.Apps[i].GrantedScopes[j] = resource + "/" + scope
			}
		}
		for j := range t.Apps[i].AppRoleAssignments {
			if err := apis.resolve(&t.Apps[i].AppRoleAssignments[j].Resource, fmt.Sprintf("%s.apps[%d].appRoleAssignments[%d].resource", at, i, j)); err != nil {
				return err
			}
		}
	}
	return nil
}

// names are the ids of things by their names, in lower case.
type names struct {
	what string
	ids  map[string][]string
}

func (n *names) add(name, id string) {
	if n.ids == nil {
		n.ids = map[string][]string{}
	}
	if name = strings.ToLower(name); name != "" && !slices.Contains(n.ids[name], id) {
		n.ids[name] = append(n.ids[name], id)
	}
}

// resolve replaces a name by its id; what is none stays, for Validate to judge.
func (n *names) resolve(ref *string, at string) error {
	found := n.ids[strings.ToLower(*ref)]
	switch {
	case IsGUID(*ref) || len(found) == 0:
		return nil
	case len(found) > 1:
		return bad(at, "%d %ss are called %q: name the appId", len(found), n.what, *ref)
	}
	*ref = found[0]
	return nil
}

// validateNames checks the short names of apps and of APIs.
func (t *Tenant) validateNames(at string) error {
	apps, apis := uniquely{}, uniquely{}
	check := func(seen uniquely, path, name string) error {
		switch {
		case name == "":
			return nil
		case !isShortName(name):
			return bad(path, "expected letters, digits, . _ and -, at most 64, such as web-shop, got %q", clipped(name))
		}
		return seen.add(path, name)
	}
	for i := range t.Apps {
		if err := check(apps, fmt.Sprintf("%s.apps[%d].name", at, i), t.Apps[i].ShortName); err != nil {
			return err
		}
	}
	for i := range t.APIs {
		if err := check(apis, fmt.Sprintf("%s.apis[%d].name", at, i), t.APIs[i].ShortName); err != nil {
			return err
		}
	}
	return nil
}

func isShortName(s string) bool {
	if len(s) > 64 || IsGUID(s) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && (i == 0 || c != '-' && c != '_' && c != '.') {
			return false
		}
	}
	return true
}
