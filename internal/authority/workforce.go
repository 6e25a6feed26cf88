package authority

import "strings"

// clouds are where people sign in to Microsoft Graph, by its host (Microsoft, "Microsoft Graph and Microsoft Entra ID
// endpoints in national clouds").
func clouds() []struct{ graph, login string } {
	return []struct{ graph, login string }{
		{"graph.microsoft.com", "login.microsoftonline.com"},
		{"graph.microsoft.us", "login.microsoftonline.us"},
		{"dod-graph.microsoft.us", "login.microsoftonline.us"},
		{"microsoftgraph.chinacloudapi.cn", "login.partner.microsoftonline.cn"},
	}
}

// Administrators is where administrators of a tenant sign in to Microsoft Graph at a host of Microsoft's: always at the tenant
// by its id, since a guest would land at home in any other place. It returns false for another host, or for no tenant id.
func Administrators(graphHost, tenantID string) (Authority, bool) {
	for _, c := range clouds() {
		if c.graph == graphHost && isGUID(tenantID) {
			return Authority{Base: "https://" + c.login, Tenant: strings.ToLower(tenantID)}, true
		}
	}
	return Authority{}, false
}

// workforce reports an authority that Administrators returns. Parse makes none: customers do not sign in there.
func (a Authority) workforce() bool {
	for _, c := range clouds() {
		if a.Base == "https://"+c.login {
			return isGUID(a.Tenant)
		}
	}
	return false
}

// reparse is Parse for what String of any Authority has returned.
func reparse(s string) (Authority, error) {
	if i := strings.LastIndexByte(s, '/'); i > 0 {
		if a := (Authority{Base: s[:i], Tenant: s[i+1:]}); a.workforce() && a.Tenant == strings.ToLower(a.Tenant) {
			return a, nil
		}
	}
	return Parse(s)
}
