package emulator

import (
	"net"
	"net/http"
	"strings"
)

// ServeHTTP answers a request. Requests for a host that is not the tenant's are
// refused with 421 before anything else looks at them, so that a web page on
// another name cannot reach a tenant on loopback (DNS rebinding).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if !s.knownHost(r.Host) {
		http.Error(w, "This host name is not one of the emulated tenant's.", http.StatusMisdirectedRequest)
		return
	}
	s.dispatch(w, r)
}

// knownHost accepts loopback, any name of ciamlogin.com, and the tenants' own
// domains, whatever the port.
func (s *Server) knownHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "localhost" || strings.HasSuffix(host, ".ciamlogin.com") {
		return true
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	for _, t := range s.store.View().Tenants {
		for _, d := range t.CustomDomains {
			if strings.EqualFold(d, host) {
				return true
			}
		}
	}
	return false
}
