package authority

import (
	"net/url"
	"strings"
)

// validate applies the rule of the package comment to metadata that was just received or read from disk, and returns the
// tenant id. tid is the tenant id that must be found, or "" to learn it from the issuer.
func validate(a Authority, tid string, md *Metadata) (string, error) {
	tid, err := issuerTenant(a, tid, md.Issuer)
	if err != nil {
		return "", err
	}
	for _, e := range [...]struct {
		field, value string
		required     bool
	}{
		{"authorization_endpoint", md.AuthorizationEndpoint, true},
		{"token_endpoint", md.TokenEndpoint, true},
		{"jwks_uri", md.JWKSURI, true},
		{"end_session_endpoint", md.EndSessionEndpoint, false},
		{"device_authorization_endpoint", md.DeviceAuthorizationEndpoint, false},
	} {
		if e.value == "" && !e.required {
			continue
		}
		if err := checkEndpoint(a, tid, e.field, e.value); err != nil {
			return "", err
		}
	}
	return tid, nil
}

// issuerTenant returns the tenant id of an acceptable issuer. Issuers are compared byte by byte.
func issuerTenant(a Authority, tid, issuer string) (string, error) {
	want := tid
	if want == "" {
		want = "<tenant id>"
		path := strings.TrimSuffix(issuer, "/v2.0")
		tid = path[strings.LastIndexByte(path, '/')+1:]
	}
	if isGUID(tid) && tid == strings.ToLower(tid) {
		if issuer == guidIssuer(tid) || (a.Loopback() || a.workforce()) && issuer == originIssuer(a, tid) {
			return tid, nil
		}
	}
	expected := guidIssuer(want)
	if a.Loopback() || a.workforce() {
		expected += " or " + originIssuer(a, want)
	}
	return "", untrusted("issuer", expected, issuer)
}

// Issuer is the issuer of the tokens of a tenant with this id, whatever host they were asked at. A tenant on this machine may
// use another: ask its metadata.
func Issuer(tid string) string { return guidIssuer(tid) }

func guidIssuer(tid string) string { return guidHost(tid) + "/" + tid + "/v2.0" }

func guidHost(tid string) string { return "https://" + tid + ciamSuffix }

func originIssuer(a Authority, tid string) string { return a.Base + "/" + tid + "/v2.0" }

// checkEndpoint requires a URL on the authority's own origin, which is https except on loopback, or, for an authority
// of a tenant's customers elsewhere, on the tenant's guid host. Its path and query are of few characters: the URL goes to a browser's launcher and
// to a terminal, and what follows it is appended.
func checkEndpoint(a Authority, tid, field, value string) error {
	expected := "a URL on " + a.Base
	alone := a.Loopback() || a.workforce()
	if !alone {
		expected += " or " + guidHost(tid)
	}
	if len(value) > maxForm {
		return untrusted(field, expected, value)
	}
	u, err := url.Parse(value)
	if err != nil || u.Opaque != "" || u.User != nil || u.Fragment != "" {
		return untrusted(field, expected, value)
	}
	if !plain(value[strings.IndexByte(value, ':')+1:]) {
		return untrusted(field, expected+" whose path has letters, digits and -._~/ only, and a query &= as well", value)
	}
	base, ok := origin(u)
	if ok && (base == a.Base || !alone && base == guidHost(tid)) {
		return nil
	}
	return untrusted(field, expected, value)
}

// plain reports that what follows a URL's scheme has nothing but a host with a port, a path without steps back, and at most
// one query, all in characters that need no escape and mean nothing to a shell, a launcher or a terminal.
func plain(s string) bool {
	s, found := strings.CutPrefix(s, "//")
	if !found {
		return false
	}
	rest, query, _ := strings.Cut(s, "?")
	host, path, _ := strings.Cut(rest, "/")
	for step := range strings.SplitSeq(path, "/") {
		if step == "." || step == ".." {
			return false
		}
	}
	return only(host, ":[]") && only(path, "/_~") && only(query, "/_~&=")
}

// only reports that s has letters and digits of ASCII, hyphens, full stops and the characters of others only.
func only(s, others string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || strings.IndexByte(others, c) >= 0) {
			return false
		}
	}
	return true
}
