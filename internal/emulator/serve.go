package emulator

import "net/http"

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
		http.Error(w, "This host name is not one of the emulated tenant's. Its own names and localhost are; --host adds others.", http.StatusMisdirectedRequest)
		return
	}
	s.dispatch(w, r)
}
