package directory

import (
	"net"
	"net/mail"
	"net/url"
	"strings"
)

// checkRedirectURI returns what is wrong with a redirect URI, "" when nothing:
// https, or http on loopback, or an app's own scheme; never one that runs script.
func checkRedirectURI(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme == "" || hasSpace(s) || len(s) > 256:
		return "expected an absolute URI of at most 256 characters"
	case strings.Contains(s, "#") || u.User != nil:
		return "expected a URI without fragment and without user name"
	}
	switch u.Scheme {
	case "https":
		if u.Hostname() == "" {
			return "expected a host"
		}
	case "http":
		if h := u.Hostname(); h != "localhost" && h != "127.0.0.1" {
			return "expected https, or http on localhost"
		}
	case "javascript", "data", "vbscript", "file", "blob", "about":
		return "expected https, http on localhost, or the app's own scheme"
	}
	return ""
}

// IsEmail reports whether s is one plain address: local part, @, a domain with
// a dot, no display name, at most 254 bytes (RFC 5321 section 4.5.3.1), printable ASCII.
func IsEmail(s string) bool {
	if len(s) > 254 || strings.ContainsAny(s, "\"<>()[],;:\\ \t\r\n") {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return isHostName(domain) && strings.Contains(domain, ".")
}

func isHostName(s string) bool {
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

// HostName is the canonical form of a name or an address that a server can be asked by: lower case, an address as
// net.IP writes it. Names of containers may have an underscore. ok is false for what is neither, such as one with a port.
func HostName(s string) (name string, ok bool) {
	if ip := net.ParseIP(strings.Trim(s, "[]")); ip != nil {
		return ip.String(), !ip.IsUnspecified() && !ip.IsMulticast()
	}
	name = strings.ToLower(strings.TrimSuffix(s, "."))
	numeric := strings.Trim(name[strings.LastIndexByte(name, '.')+1:], "0123456789") == "" // 10.0.0.300 is no name either
	return name, !numeric && isHostName(strings.ReplaceAll(name, "_", "x"))
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '-' {
			return false
		}
	}
	return true
}

func isAttributeName(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '_' {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func hasSpace(s string) bool { return strings.ContainsAny(s, " \t\r\n\v\f") }
