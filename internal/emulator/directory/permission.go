package directory

import (
	"slices"
	"strings"
	"sync"
)

// GraphAppID is Microsoft Graph as a resource.
const GraphAppID = "00000003-0000-0000-c000-000000000000"

// GraphCommandLineTools is the app that Microsoft's command line tools for Graph sign administrators in with.
const GraphCommandLineTools = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// graphName is how a scope of Graph names it.
const graphName = "https://graph.microsoft.com"

// Permission is one of Microsoft Graph's that the emulator knows: delegated and application permission have one name.
type Permission struct {
	Name    string
	ScopeID string // of the delegated permission; "" when the emulator has not seen it
	RoleID  string // of the application permission, likewise
	// Roles are the directory roles whose members may use the delegated one, beside Global Administrator; empty
	// means that no role is needed.
	Roles []string
}

// Administrative reports whether the permission is about the tenant, not about the person who signs in.
func (p *Permission) Administrative() bool { return len(p.Roles) > 0 }

// Permissions are those of Microsoft Graph that the emulator knows; they must not be changed. Ids that nobody published
// where they could be read are made of the names.
func Permissions() []Permission { return permissions() }

var permissions = sync.OnceValue(func() []Permission {
	apps := []string{"Application Administrator", "Cloud Application Administrator"}
	developers := append([]string{"Application Developer"}, apps...)
	flows := []string{"External ID User Flow Administrator"}
	attributes := []string{"External ID User Flow Attribute Administrator", "External ID User Flow Administrator"}
	providers := []string{"External Identity Provider Administrator", "External ID User Flow Administrator"}
	anyone := roleNames()
	list := []Permission{
		{Name: "openid", ScopeID: "37f7f235-527c-4136-accd-4a02d197296e"},
		{Name: "offline_access", ScopeID: "7427e0e9-2fba-42fe-b0c0-848c9e6a8182"},
		{Name: "profile", ScopeID: "14dad69e-099b-42c9-810b-d002981feec1"},
		{Name: "email", ScopeID: "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0"},
		{Name: "User.Read", ScopeID: "e1fe6dd8-ba31-4d61-89e7-88639da4683d"},
		{Name: "Organization.Read.All", Roles: anyone},
		{Name: "Organization.ReadWrite.All", RoleID: "292d869f-3427-49a8-9dab-8c70152b74e9", Roles: anyone},
		{Name: "Application.Read.All", Roles: anyone},
		{Name: "Application.ReadWrite.All", RoleID: "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", Roles: developers},
		{Name: "DelegatedPermissionGrant.Read.All", Roles: anyone},
		{Name: "DelegatedPermissionGrant.ReadWrite.All", RoleID: "8e8e4742-1d95-4f68-9d56-6ee75648c72a", Roles: apps},
		{Name: "AppRoleAssignment.ReadWrite.All", Roles: append([]string{"Privileged Role Administrator"}, apps...)},
		{Name: "EventListener.Read.All", Roles: anyone},
		{Name: "EventListener.ReadWrite.All", RoleID: "0edf5e9e-4ce8-468a-8432-d08631d18c43", Roles: flows},
		{Name: "IdentityUserFlow.Read.All", Roles: anyone},
		{Name: "IdentityUserFlow.ReadWrite.All", Roles: attributes},
		{Name: "IdentityProvider.Read.All", Roles: anyone},
		{Name: "IdentityProvider.ReadWrite.All", Roles: providers},
	}
	for i := range list {
		p := &list[i]
		if p.ScopeID == "" {
			p.ScopeID = nameGUID("scope", p.Name)
		}
		if p.RoleID == "" && p.Administrative() {
			p.RoleID = nameGUID("role", p.Name)
		}
	}
	return list
})

// FindPermission finds a permission of Microsoft Graph by its name or an id, in any case; nil when the emulator knows none.
func FindPermission(nameOrID string) *Permission {
	all := Permissions()
	i := slices.IndexFunc(all, func(p Permission) bool {
		return sameID(p.Name, nameOrID) || nameOrID != "" && (sameID(p.ScopeID, nameOrID) || sameID(p.RoleID, nameOrID))
	})
	if i < 0 {
		return nil
	}
	return &all[i]
}

// IsFirstParty reports Microsoft's own app, which is granted what it asks for.
func (a *App) IsFirstParty() bool { return a.AppID == GraphCommandLineTools }

// administrative reports whether a scope name is an administrative permission of Graph.
func administrative(name string) bool {
	p := FindPermission(name)
	return p != nil && p.Administrative()
}

// Role is a directory role, by the name that the admin center shows and the id of its template, which is in wids.
type Role struct{ Name, TemplateID string }

// GlobalAdministrator may do everything.
const GlobalAdministrator = "Global Administrator"

// Roles are the directory roles that the emulator knows.
func Roles() []Role {
	return []Role{
		{GlobalAdministrator, "62e90394-69f5-4237-9190-012177145e10"},
		{"Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814"},
		{"Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"},
		{"Cloud Application Administrator", "158c047a-c907-4556-b7ef-446551a6b5f7"},
		{"Application Developer", "cf1c38e5-3621-4004-a7cb-879624dced7c"},
		{"External ID User Flow Administrator", "6e591065-9bad-43ed-90f3-e9424366d2f0"},
		{"External ID User Flow Attribute Administrator", "0f971eea-41eb-4569-a71e-57bb8a3eff1e"},
		{"External Identity Provider Administrator", "be2f45a1-457d-42af-a067-6ec1fa63bc45"},
		{"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"},
	}
}

func roleNames() []string {
	var names []string
	for _, r := range Roles() {
		names = append(names, r.Name)
	}
	return names
}

// RoleTemplates are the ids of the user's directory roles, as in the claim wids.
func (u *User) RoleTemplates() []string {
	var ids []string
	for _, r := range Roles() {
		if slices.Contains(u.Roles, r.Name) {
			ids = append(ids, r.TemplateID)
		}
	}
	return ids
}

// Uses reports whether the user's roles allow what a permission is for.
func (u *User) Uses(p *Permission) bool {
	return !p.Administrative() || slices.ContainsFunc(u.Roles, func(r string) bool { return r == GlobalAdministrator || slices.Contains(p.Roles, r) })
}

// validateRoles checks the directory roles of users.
func (u *User) validateRoles(at string) error {
	for _, r := range u.Roles {
		if !slices.Contains(roleNames(), r) {
			return bad(at+".roles", "expected directory roles (%s), got %q", strings.Join(roleNames(), ", "), r)
		}
	}
	return nil
}

// hasAdministrators reports whether anybody has a directory role.
func (t *Tenant) hasAdministrators() bool {
	return slices.ContainsFunc(t.Users, func(u User) bool { return len(u.Roles) > 0 })
}

// commandLineTools is the app of that name, which a tenant knows without a registration of its own.
func commandLineTools() *App {
	return &App{
		AppID: GraphCommandLineTools, DisplayName: "Microsoft Graph Command Line Tools", IsFallbackPublicClient: true,
		PublicClient: Platform{RedirectURIs: []string{"http://localhost"}},
	}
}
