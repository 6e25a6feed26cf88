package config

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// proxySchemes are the kinds of proxy that net/http speaks to. With both forms of SOCKS 5 the proxy looks the name up.
const proxySchemes = "http://HOST:PORT, https://…, socks5://… or socks5h://…"

// Proxies are the proxies that the environment names. Its fields are as they are there: they can hold a password.
type Proxies struct {
	vars map[string]Secret
	// cgi says that this is a CGI program, in which HTTP_PROXY is what a client sends as the header Proxy.
	cgi bool
}

// String says which variables are set, not to what.
func (p Proxies) String() string {
	return strings.Join(slices.Sorted(maps.Keys(p.vars)), " ")
}

// GoString implements fmt.GoStringer for %#v.
func (p Proxies) GoString() string { return p.String() }

// readProxies reads the variables, upper case before lower, as Go does; and as curl does, ALL_PROXY is for what has no variable
// of its own.
func readProxies(getenv func(string) string) Proxies {
	p := Proxies{vars: map[string]Secret{}}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
		for _, spelling := range []string{name, strings.ToLower(name)} {
			if value := getenv(spelling); value != "" {
				p.vars[name] = Secret(value)
				break
			}
		}
	}
	if getenv("REQUEST_METHOD") != "" && p.vars["HTTP_PROXY"] != "" {
		p.cgi = true
	}
	return p
}

// For returns which proxy to ask for an address, nil for none: never one for localhost and loopback addresses, nor for what
// NO_PROXY names. It returns *Error for a variable that names no proxy; the error does not quote it.
func (p Proxies) For() (func(*url.URL) (*url.URL, error), error) {
	c := httpproxy.Config{NoProxy: p.vars["NO_PROXY"].Reveal(), CGI: p.cgi}
	for name, use := range map[string]*string{"HTTP_PROXY": &c.HTTPProxy, "HTTPS_PROXY": &c.HTTPSProxy} {
		if p.vars[name] == "" {
			name = "ALL_PROXY"
		}
		address, ok := proxyAddress(p.vars[name].Reveal())
		if !ok {
			return nil, &Error{Where: name, Problem: "it names no proxy that can be asked", Want: proxySchemes}
		}
		*use = address
	}
	return c.ProxyFunc(), nil
}

// proxyAddress completes an address that has no scheme, which is then http.
func proxyAddress(value string) (string, bool) {
	if value == "" {
		return "", true
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "socks5", "socks5h":
		return value, true
	}
	return "", false
}

// Variable names the variable that speaks for addresses of a scheme, "" for none. Whether it does for one host, NO_PROXY decides.
func (p Proxies) Variable(scheme string) string {
	for _, name := range []string{strings.ToUpper(scheme) + "_PROXY", "ALL_PROXY"} {
		if p.vars[name] != "" {
			return name
		}
	}
	return ""
}
