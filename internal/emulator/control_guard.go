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

// guard lets only programs on this machine through, those that send the control
// token, and no web page.
//
// Without the token the connection must come from loopback, and not through a
// proxy that passes on somebody else's request. The host asked must be a loopback
// name to change anything; reading also works by the tenants' own names, as their
// pages link to the outbox. A web page elsewhere can reach loopback through its
// user's browser, and a browser that knows the token sends it along: what changes
// something is never what a browser sends without asking first (Fetch standard,
// CORS preflight), which is why it has to be JSON, and the preflight is never
// granted.
func (x *exchange) guard() error {
	r := x.r
	token := x.access.presented(r)
	if token == tokenWrong {
		return refuse(http.StatusForbidden, "wrong_token", "this is not the control token that the emulator was started with")
	}
	if token == tokenAbsent && !fromLoopback(r) {
		return refuse(http.StatusForbidden, "not_local", "the control area answers to programs on this machine only, %s", x.access.elsewhere())
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if token == tokenAbsent && !isLoopbackHost(r.Host) {
		return refuse(http.StatusForbidden, "not_local", "the control area is at localhost, 127.0.0.1 or ::1, not at %s, %s", clip(r.Host), x.access.elsewhere())
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

// elsewhere is how the control area is used from another machine, or by another name.
func (a *access) elsewhere() string {
	if a.token == nil {
		return "unless the emulator is started with a control token (--control-token-file)"
	}
	return "or to those that send the control token as Authorization: Bearer TOKEN"
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
