package emulator

import "net/http"

// open lets web pages of every origin read an answer that holds no secret of
// the browser's: no cookie is looked at (Fetch standard, CORS protocol).
func open(h handler, methods string) handler {
	return func(x *exchange) error {
		x.w.Header().Set("Access-Control-Allow-Origin", "*")
		if x.preflight(methods) {
			return nil
		}
		return h(x)
	}
}

// preflight answers a CORS preflight and reports whether the request was one.
// Which origin may go on is in Access-Control-Allow-Origin already, or is not.
func (x *exchange) preflight(methods string) bool {
	if x.r.Method != http.MethodOptions || x.r.Header.Get("Origin") == "" {
		return false
	}
	h := x.w.Header()
	h.Set("Access-Control-Allow-Methods", methods+", OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, client-request-id, return-client-request-id, "+
		"x-client-SKU, x-client-VER, x-client-OS, x-client-CPU, x-ms-lib-capability, X-AnchorMailbox")
	h.Set("Access-Control-Max-Age", "600")
	x.w.WriteHeader(http.StatusNoContent)
	return true
}
