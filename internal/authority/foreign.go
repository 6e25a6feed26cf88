package authority

import (
	"net/url"
	"slices"
	"strings"
)

// place is somewhere that people take for an external tenant's sign-in.
type place struct {
	// hosts are host names; one that begins with a dot stands for every name that ends so.
	hosts []string
	// is continues "authority <input> …".
	is string
}

const external = "an external tenant signs in at https://<subdomain>.ciamlogin.com"

// foreignPlaces are looked through in order.
func foreignPlaces() []place {
	return []place{
		{[]string{".b2clogin.com", "b2clogin.com", ".b2clogin.cn"}, "is an Azure AD B2C tenant, which is another product; " + external},
		{[]string{"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net", "device.login.microsoftonline.com",
			"login.microsoftonline.us", "login.microsoftonline.de", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn", "login-us.microsoftonline.com"},
			"is the sign-in of employees (workforce tenants); customers are refused there with AADSTS500208, and its keys are others: " + external},
		{[]string{"login.live.com", "account.live.com", "account.microsoft.com"}, "is the sign-in of personal Microsoft accounts; " + external},
		{[]string{"entra.microsoft.com", "portal.azure.com", "aad.portal.azure.com", "admin.microsoft.com", "myapps.microsoft.com", "myaccount.microsoft.com", ".portal.azure.com"},
			"is where tenants are looked after, not where customers sign in; the tenant's overview page shows its primary domain and its ID"},
		{[]string{"graph.microsoft.com", "graph.windows.net", "management.azure.com"}, "is an API of Microsoft, not a tenant; " + external},
		{[]string{".auth0.com", ".okta.com", ".oktapreview.com", "accounts.google.com", ".amazoncognito.com", ".onelogin.com"},
			"is another vendor's sign-in; ciam is for external tenants of Microsoft Entra External ID"},
	}
}

// misplaced returns the error about an address that is not an external tenant's but looks like a sign-in, nil for any other; s
// may lack its scheme.
func misplaced(s string) *FormError {
	if local, domain, ok := strings.Cut(s, "@"); ok && local != "" && !strings.ContainsAny(s, "/: ") && strings.Contains(domain, ".") {
		return &FormError{Input: shown(s), Problem: "is an email address; the tenant is wanted, such as the domain of its administrators", Instead: tenantOf([]string{domain})}
	}
	raw := s
	if !strings.Contains(s, "://") {
		raw = "https://" + s
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil
	}
	host, segments := strings.ToLower(u.Hostname()), strings.Split(strings.Trim(strings.ToLower(u.Path), "/"), "/")
	for _, p := range foreignPlaces() {
		if slices.ContainsFunc(p.hosts, func(h string) bool { return h == host || h[0] == '.' && strings.HasSuffix(host, h) }) {
			return &FormError{Input: shown(s), Problem: p.is, Instead: tenantOf(segments)}
		}
	}
	policy := func(name string) bool { return name == "tfp" || strings.HasPrefix(name, "b2c_1") }
	switch {
	case slices.ContainsFunc(segments, policy) || policy(strings.ToLower(u.Query().Get("p"))):
		return &FormError{Input: shown(s), Problem: "names a policy of Azure AD B2C, which is another product; " + external + ", and its user flow is found by the app"}
	case strings.Contains(u.Path, "/realms/"):
		return &FormError{Input: shown(s), Problem: "is a realm of Keycloak; ciam is for external tenants of Microsoft Entra External ID"}
	case strings.HasSuffix(host, entraSuffix) && raw == s:
		return &FormError{Input: shown(s), Problem: "is the tenant's domain as a web address; " + external, Instead: tenantOf([]string{host})}
	}
	return nil
}

// tenantOf is the tenant that a part of a foreign address names, in a form that Parse takes; "" for none.
func tenantOf(parts []string) string {
	for _, part := range parts {
		part = strings.ToLower(part)
		label, ok := strings.CutSuffix(part, entraSuffix)
		if isGUID(part) && part != nilGUID && !isPlaceholder(part) || ok && isLabel(label) {
			return part
		}
	}
	return ""
}
