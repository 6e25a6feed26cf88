package graph

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

const (
	// DefaultRoot is Microsoft Graph of the public cloud.
	DefaultRoot = "https://graph.microsoft.com/v1.0"

	version = "/v1.0"
)

// RootError is an address that is no root of Microsoft Graph. An administrator's token is sent to the root, so only
// Microsoft's own hosts, and this machine, are one.
type RootError struct {
	Got     string // without a user name, password and query
	Problem string // what was expected
}

func (e *RootError) Error() string { return fmt.Sprintf("%q: %s", e.Got, e.Problem) }

// Root checks the address of Microsoft Graph and returns it in the form that New takes; "" means DefaultRoot. It is one of
// Microsoft's Graph hosts, by https and with or without /v1.0, or any http or https address of this machine. Other names of
// loopback than localhost are refused: only a literal never leaves the machine. The error is a *RootError.
func Root(address string) (string, error) {
	if address == "" {
		return DefaultRoot, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return "", &RootError{Got: bare(address), Problem: "expected " + DefaultRoot + ", another of Microsoft's Graph hosts, or an address of this machine"}
	}
	host, path := strings.ToLower(u.Hostname()), strings.TrimRight(u.Path, "/")
	bad := func(problem string) (string, error) {
		return "", &RootError{Got: u.Scheme + "://" + u.Host + u.Path, Problem: problem}
	}
	switch {
	case u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "", u.Opaque != "":
		return bad("expected no user name, query or fragment")
	case u.RawPath != "" || strings.Contains(path, ".."):
		return bad("expected a path of plain segments")
	case loopback(host):
		return u.Scheme + "://" + u.Host + path, nil
	case !microsoft(host):
		return bad("expected one of Microsoft's Graph hosts (" + strings.Join(Hosts(), ", ") + ") or an address of this machine (localhost, 127.0.0.1, [::1])")
	case u.Scheme != "https":
		return bad("expected https")
	case u.Port() != "" && u.Port() != "443":
		return bad("expected no port")
	case path != "" && path != version:
		return bad("expected no path but " + version)
	}
	return "https://" + host + version, nil
}

// Hosts are Microsoft's (national clouds page of Microsoft Graph).
func Hosts() []string {
	return []string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}
}

func microsoft(host string) bool {
	for _, h := range Hosts() {
		if host == h {
			return true
		}
	}
	return false
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// bare cuts from a text what could be a secret in an address, and bounds it.
func bare(s string) string {
	s, _, _ = strings.Cut(s, "?")
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	return shorten(s)
}
