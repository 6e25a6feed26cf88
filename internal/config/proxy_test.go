package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestProxies is which variable speaks for which address, in the order that curl and Go have in common.
func TestProxies(t *testing.T) {
	const secret = "hunter2"
	for _, c := range []struct {
		vars  string // NAME=value, separated by blanks
		url   string
		proxy string // "" for none, "!NAME" for a variable that is refused
	}{
		{"", "https://contoso.ciamlogin.com", ""},
		{"ALL_PROXY=socks5://p:1080", "https://contoso.ciamlogin.com", "socks5://p:1080"},
		{"all_proxy=socks5h://p:1080", "https://contoso.ciamlogin.com", "socks5h://p:1080"},
		{"ALL_PROXY=http://p:3128", "http://api.example/x", "http://p:3128"},
		{"ALL_PROXY=p:3128", "https://contoso.ciamlogin.com", "http://p:3128"},
		{"ALL_PROXY=https://p", "https://contoso.ciamlogin.com", "https://p"},
		{"ALL_PROXY=SOCKS5://p:1", "https://contoso.ciamlogin.com", "socks5://p:1"},
		{"ALL_PROXY=http://all HTTPS_PROXY=http://own", "https://contoso.ciamlogin.com", "http://own"},
		{"ALL_PROXY=http://all https_proxy=http://own", "https://contoso.ciamlogin.com", "http://own"},
		{"ALL_PROXY=http://all HTTPS_PROXY=http://own", "http://api.example", "http://all"},
		{"ALL_PROXY=http://all HTTP_PROXY=http://own", "https://contoso.ciamlogin.com", "http://all"},
		{"ALL_PROXY=http://upper all_proxy=http://lower", "https://contoso.ciamlogin.com", "http://upper"},
		{"ALL_PROXY=http://p NO_PROXY=ciamlogin.com", "https://contoso.ciamlogin.com", ""},
		{"ALL_PROXY=http://p no_proxy=.ciamlogin.com", "https://contoso.ciamlogin.com", ""},
		{"ALL_PROXY=http://p NO_PROXY=contoso.ciamlogin.com:8443", "https://contoso.ciamlogin.com", "http://p"},
		{"ALL_PROXY=http://p NO_PROXY=10.0.0.0/8", "https://10.1.2.3", ""},
		{"ALL_PROXY=http://p NO_PROXY=*", "https://contoso.ciamlogin.com", ""},
		{"ALL_PROXY=http://p", "http://localhost:3000/", ""},
		{"ALL_PROXY=http://p", "http://LOCALHOST.:3000/", "http://p"}, // the listener is never called so
		{"ALL_PROXY=http://p", "http://127.0.0.1:3080/x", ""},
		{"ALL_PROXY=http://p", "http://127.9.9.9/x", ""},
		{"ALL_PROXY=http://p", "https://[::1]:8443/x", ""},
		{"HTTP_PROXY=http://p REQUEST_METHOD=GET ALL_PROXY=http://all", "https://contoso.ciamlogin.com", "http://all"},
		{"ALL_PROXY=http://all REQUEST_METHOD=GET", "http://api.example", "http://all"},
		{"ALL_PROXY=socks4://u:" + secret + "@p", "https://contoso.ciamlogin.com", "!ALL_PROXY"},
		{"ALL_PROXY=ftp://p", "https://contoso.ciamlogin.com", "!ALL_PROXY"},
		{"ALL_PROXY=http://u:" + secret + "@", "https://contoso.ciamlogin.com", "!ALL_PROXY"},
		{"HTTPS_PROXY=http://u:" + secret + "%zz@p", "https://contoso.ciamlogin.com", "!HTTPS_PROXY"},
		{"HTTPS_PROXY=u:" + secret + "@p:x", "https://contoso.ciamlogin.com", "!HTTPS_PROXY"},
		{"HTTPS_PROXY=://", "https://contoso.ciamlogin.com", "!HTTPS_PROXY"},
		{"HTTPS_PROXY=u:" + secret + "@p:3128", "https://contoso.ciamlogin.com", "http://u:" + secret + "@p:3128"},
	} {
		vars := map[string]string{}
		for pair := range strings.FieldsSeq(c.vars) {
			name, value, _ := strings.Cut(pair, "=")
			vars[name] = value
		}
		p := readProxies(func(name string) string { return vars[name] })
		if said := fmt.Sprintf("%v %+v %#v %+v %q", p, p, p, Environment{Proxies: p}, &p); strings.Contains(said, secret) {
			t.Errorf("%s: printed as %s", c.vars, said)
		}
		target, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		find, err := p.For()
		var wrong *Error
		if errors.As(err, &wrong) {
			got = "!" + wrong.Where
			if strings.Contains(wrong.Error(), secret) {
				t.Errorf("%s: %v", c.vars, wrong)
			}
		} else if proxy, err := find(target); err != nil {
			t.Errorf("%s: %v", c.vars, err)
		} else if proxy != nil {
			got = proxy.String()
		}
		if got != c.proxy {
			t.Errorf("%s, %s: %q, want %q", c.vars, c.url, got, c.proxy)
		}
	}
}
