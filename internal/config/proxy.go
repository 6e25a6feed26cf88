package config

import "strings"

// ProxyVariable names the environment variable from which Go takes the proxy for https or http, "" for none
// (golang.org/x/net/http/httpproxy). Its value can hold a password.
func ProxyVariable(getenv func(string) string, scheme string) string {
	for _, name := range []string{strings.ToUpper(scheme) + "_PROXY", scheme + "_proxy"} {
		if getenv(name) != "" {
			return name
		}
	}
	return ""
}
