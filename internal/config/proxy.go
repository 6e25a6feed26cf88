package config

import (
	"net/url"
	"strings"
)

// ProxyVariable names the environment variable from which Go takes the proxy for https or http, "" for none
// (golang.org/x/net/http/httpproxy), and says whether what it holds is an address: Go passes over one that is not, or
// takes a part of it. The value itself can hold a password.
func ProxyVariable(getenv func(string) string, scheme string) (name string, usable bool) {
	for _, name := range []string{strings.ToUpper(scheme) + "_PROXY", scheme + "_proxy"} {
		if value := getenv(name); value != "" {
			return name, isProxy(value)
		}
	}
	return "", true
}

// isProxy reports scheme://host[:port] or host[:port]. A password with a character that a URL cannot hold makes it neither.
func isProxy(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "socks5", "socks5h":
		return true
	}
	return false
}
