package config

import "testing"

func TestProxyVariable(t *testing.T) {
	for _, row := range []struct {
		env    map[string]string
		scheme string
		name   string
		usable bool
	}{
		{nil, "https", "", true},
		{map[string]string{"HTTP_PROXY": "http://p:1"}, "https", "", true},
		{map[string]string{"HTTP_PROXY": "http://p:1"}, "http", "HTTP_PROXY", true},
		{map[string]string{"HTTPS_PROXY": "http://p:1", "https_proxy": "x:\x00"}, "https", "HTTPS_PROXY", true},
		{map[string]string{"https_proxy": "p:1"}, "https", "https_proxy", true},
		{map[string]string{"https_proxy": "p"}, "https", "https_proxy", true},
		{map[string]string{"https_proxy": "socks5://u:p@p:1"}, "https", "https_proxy", true},
		{map[string]string{"https_proxy": "u:p@p:1"}, "https", "https_proxy", true},
		{map[string]string{"HTTPS_PROXY": "http://u:a%zz@p:1"}, "https", "HTTPS_PROXY", false},
		{map[string]string{"HTTPS_PROXY": "http://u:a b@p:1"}, "https", "HTTPS_PROXY", false},
		{map[string]string{"HTTPS_PROXY": "http://u:a#b@p:1"}, "https", "HTTPS_PROXY", false},
		{map[string]string{"HTTPS_PROXY": "http://p:port"}, "https", "HTTPS_PROXY", false},
		{map[string]string{"HTTPS_PROXY": "http://"}, "https", "HTTPS_PROXY", false},
		{map[string]string{"HTTPS_PROXY": "ftp://p:1"}, "https", "HTTPS_PROXY", false},
	} {
		name, usable := ProxyVariable(func(n string) string { return row.env[n] }, row.scheme)
		if name != row.name || usable != row.usable {
			t.Errorf("%v, %s: got %q, %v; want %q, %v", row.env, row.scheme, name, usable, row.name, row.usable)
		}
	}
}
