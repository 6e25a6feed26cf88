package emulator

import (
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
)

// guard lets only programs on this machine through, and no web page.
//
// The connection must come from loopback, and not through a proxy that passes on
// somebody else's request. The host asked must be a loopback name to change
// anything; reading also works by the tenants' own names, as their pages link to
// the outbox. A web page elsewhere can reach loopback through its user's browser:
// what changes something is never what a browser sends without asking first
// (Fetch standard, CORS preflight), which is why it has to be JSON, and the
// preflight is never granted.
func (x *exchange) guard() error {
	r := x.r
	if !fromLoopback(r) {
		return refuse(http.StatusForbidden, "not_local", "the control area answers to programs on this machine only")
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if !isLoopbackHost(r.Host) {
		return refuse(http.StatusForbidden, "not_local", "the control area is at localhost, 127.0.0.1 or ::1, not at %s", clip(r.Host))
	}
	if origin := r.Header.Get("Origin"); origin != "" && !strings.EqualFold(origin, x.origin()) {
		return refuse(http.StatusForbidden, "cross_origin", "web pages may not use the control area")
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if ct, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || ct != "application/json" {
			return refuse(http.StatusUnsupportedMediaType, "json_required", "expected the header Content-Type: application/json")
		}
	}
	return nil
}

// fromLoopback reports whether the request was made on this machine.
func fromLoopback(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"} {
		if len(r.Header.Values(name)) > 0 {
			return false
		}
	}
	return true
}

// isLoopbackHost reports whether a Host header names this machine.
func isLoopbackHost(hostport string) bool {
	u, err := url.Parse("//" + hostport)
	if err != nil || u.User != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// jsonKind says in JSON's words what a Go kind is read from.
func jsonKind(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "an array"
	}
	return "an object"
}

// jsonFields are the names of a struct's fields in JSON; v is a pointer to it.
func jsonFields(v any) []string {
	var names []string
	for f := range reflect.TypeOf(v).Elem().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
