package authority

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const (
	ciamSuffix  = ".ciamlogin.com"
	entraSuffix = ".onmicrosoft.com"
	maxForm     = 2048 // bytes of a tenant form or an endpoint; longer ones are refused
)

// Authority is where a tenant is asked: Base + "/" + Tenant. Make one with Parse; a Resolver refuses one that Parse would not
// have made. The zero value is not an authority.
type Authority struct {
	Base   string // scheme://host[:port], lower case, no default port, no trailing slash
	Tenant string // path segment, lower case: the tenant id or a domain name of the tenant
}

// Parse reads any form of a tenant (see the package comment), and what people paste instead: a metadata or endpoint URL of
// the tenant, a host name of ciamlogin.com without the scheme. Any error is a *FormError.
func Parse(s string) (Authority, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return Authority{}, formError(s, "is empty")
	case len(s) > maxForm:
		return Authority{}, formError(s, "is longer than "+strconv.Itoa(maxForm)+" bytes")
	case isPlaceholder(s):
		return Authority{}, &FormError{Input: shown(s), Placeholder: true,
			Problem: "is a placeholder from a sample; put the subdomain or the tenant id of your external tenant there"}
	}
	if e := misplaced(s); e != nil {
		return Authority{}, e
	}
	if strings.Contains(s, "://") {
		return parseURL(s, s)
	}
	return parseName(s)
}

// parseName reads the forms that are not URLs.
func parseName(s string) (Authority, error) {
	lower := strings.ToLower(s)
	host, _, hasPath := strings.Cut(lower, "/")
	label, isDomain := strings.CutSuffix(lower, entraSuffix)
	switch {
	case isGUID(lower):
		return Authority{Base: "https://" + lower + ciamSuffix, Tenant: lower}, nil
	case strings.HasSuffix(host, ciamSuffix):
		return parseURL("https://"+s, s)
	case hasPath || strings.Contains(lower, ":"):
		return Authority{}, formError(s, "looks like a URL without its beginning; write https:// before it (http:// for localhost)")
	case isDomain && isLabel(label), !isDomain && isLabel(lower):
		return Authority{Base: "https://" + label + ciamSuffix, Tenant: label + entraSuffix}, nil
	case strings.Contains(lower, "."):
		return Authority{}, formError(s, "is a domain name from which the sign-in host cannot be told; "+
			"give the subdomain (contoso), or the URL of the custom domain with the tenant id")
	}
	return Authority{}, formError(s, "is not a tenant name (letters, digits and hyphens), domain, id or URL")
}

// parseURL reads a URL form; given is what the person wrote, for the message.
func parseURL(raw, given string) (Authority, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return Authority{}, formError(given, "is not a valid URL")
	}
	base, ok := origin(u)
	host := strings.ToLower(u.Hostname())
	switch {
	case u.User != nil:
		return Authority{}, formError(given, "contains a user name or password; an authority has none")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return Authority{}, formError(given, "has a query or a fragment; an authority has none")
	case u.Scheme != "https" && u.Scheme != "http":
		return Authority{}, formError(given, "has the scheme "+strconv.Quote(shorten(u.Scheme))+"; expected https")
	case !ok:
		return Authority{}, formError(given, "has no valid host name or port")
	case u.Scheme == "http" && !isLoopback(host):
		return Authority{}, formError(given, "uses http; only an authority on this machine (localhost) may, others need https")
	}
	segment, problem := tenantSegment(u.EscapedPath())
	if problem != "" {
		return Authority{}, formError(given, problem)
	}
	return fromHost(base, host, segment, given)
}

// fromHost joins the host and the tenant segment of a URL ("" when the URL has none).
func fromHost(base, host, segment, given string) (Authority, error) {
	label, ciam := strings.CutSuffix(host, ciamSuffix)
	switch {
	case host == ciamSuffix[1:], ciam && !isLabel(label):
		return Authority{}, formError(given, "is not the sign-in host of one tenant; expected https://<subdomain>.ciamlogin.com")
	case !ciam && segment == "":
		return Authority{}, formError(given, "names no tenant; a custom domain needs the tenant id behind the host: "+base+"/<tenant id>")
	case !ciam:
		return Authority{Base: base, Tenant: segment}, nil
	case isGUID(label) && isGUID(segment) && label != segment:
		return Authority{}, formError(given, "names two different tenant ids, one in the host and one in the path")
	case segment == "" && isGUID(label):
		segment = label
	case segment == "":
		segment = label + entraSuffix
	case !isGUID(segment) && !strings.Contains(segment, "."):
		segment += entraSuffix // the service knows domain names and ids, not bare names
	}
	return Authority{Base: base, Tenant: segment}, nil
}

// tenantSegment takes the tenant out of a URL's path: /<tenant>, or /<tenant> followed by a path of the service.
func tenantSegment(path string) (segment, problem string) {
	path = strings.Trim(path, "/")
	segment, rest, _ := strings.Cut(path, "/")
	segment = strings.ToLower(segment)
	switch rest {
	case "", "v2.0", "v2.0/.well-known/openid-configuration", "discovery/v2.0/keys",
		"oauth2/v2.0/authorize", "oauth2/v2.0/token", "oauth2/v2.0/logout", "oauth2/v2.0/devicecode":
	default:
		return "", "has a path that is not <tenant> or <tenant>/v2.0"
	}
	switch {
	case segment == "common" || segment == "organizations" || segment == "consumers":
		return "", "names no tenant (" + segment + "); customers sign in to one tenant, so its id or domain must stand there"
	case segment == "" && rest == "":
		return "", ""
	case !isGUID(segment) && !isHostname(segment):
		return "", "has a tenant in its path that is neither a tenant id nor a domain name"
	}
	return segment, ""
}

// String returns Base + "/" + Tenant, without a trailing slash. Parse of it gives the same Authority.
func (a Authority) String() string { return a.Base + "/" + a.Tenant }

// TenantID returns the tenant id that the form carries, as a lower-case GUID, else "".
func (a Authority) TenantID() string {
	if isGUID(a.Tenant) {
		return strings.ToLower(a.Tenant)
	}
	if label, ok := strings.CutSuffix(a.host(), ciamSuffix); ok && isGUID(label) {
		return label
	}
	return ""
}

// Subdomain returns the tenant's name in <name>.ciamlogin.com when the form carries it, else "".
func (a Authority) Subdomain() string {
	if label, ok := strings.CutSuffix(a.host(), ciamSuffix); ok && !isGUID(label) {
		return label
	}
	label := strings.TrimSuffix(a.Tenant, entraSuffix)
	if isLabel(label) && !isGUID(label) {
		return label
	}
	return ""
}

// Loopback reports whether the authority is on this machine: localhost, 127.0.0.0/8 or ::1.
func (a Authority) Loopback() bool { return isLoopback(a.host()) }

// Vouches reports whether a secret that is for the tenant at a may be sent to the same tenant at b: to the host that a
// names, to Microsoft's own hosts for external tenants, and from one port of this machine to another. A tenant's ID alone
// proves nothing, since any host can claim it.
func (a Authority) Vouches(b Authority) bool {
	return a.Base == b.Base || a.Loopback() && b.Loopback() || strings.HasPrefix(b.Base, "https://") && strings.HasSuffix(b.host(), ciamSuffix)
}

// DiscoveryURL is where the tenant publishes its metadata (OpenID Connect Discovery 1.0, section 4).
func (a Authority) DiscoveryURL() string {
	return a.String() + "/v2.0/.well-known/openid-configuration"
}

func (a Authority) host() string {
	u, err := url.Parse(a.Base)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// origin returns scheme://host[:port] of u in canonical form, and false when it has no valid host or port.
func origin(u *url.URL) (string, bool) {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return "", false
		}
		host = ip.Unmap().String()
	} else if !isHostname(host) || len(u.Host) > 0 && u.Host[0] == '[' {
		return "", false
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", false
		}
		port = strconv.FormatUint(n, 10)
	}
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return u.Scheme + "://" + host, true
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port), true
}

// isLoopback leaves out other names of loopback (*.localhost, hosts-file entries): only these never leave the machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// isHostname reports whether s is one or more labels of letters, digits and hyphens (ASCII; an international name is
// written in its xn-- form).
func isHostname(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
	}
	return true
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}
