package cli

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/wire"
)

// TestSystemTransport_proxy: what a proxy answers is kept with its status.
func TestSystemTransport_proxy(t *testing.T) {
	for _, status := range []int{403, 407, 502} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(proxy.Close)
		transport, err := (&run{Env: &Env{}}).systemTransport(namedFile{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(transport.CloseIdleConnections)
		transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: proxy.Listener.Addr().String(), User: url.UserPassword("ada", "SECRET")})
		_, err = (&http.Client{Transport: transport}).Get("https://contoso.ciamlogin.com/")
		var e *wire.ProxyError
		if !errors.As(err, &e) || e.Status != status || e.Proxy != proxy.Listener.Addr().String() {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

// TestDescribe_unreachable: each cause has its own hint, and where it is the proxy's trouble the hint is about the proxy.
func TestDescribe_unreachable(t *testing.T) {
	hints := map[string]bool{}
	for _, cause := range []wire.Cause{wire.CauseOther, wire.CauseDNS, wire.CauseRefused, wire.CauseTimeout, wire.CauseWebPage, wire.CauseTLS, wire.CauseUntrustedCA,
		wire.CauseExpired, wire.CauseProxyAuth, wire.CauseProxyRefused, wire.CauseProxyUnreachable, wire.CauseStatus} {
		f := describe(&authority.UnreachableError{URL: "https://x", Cause: cause, Proxy: "p:3128", Reason: "r"})
		if f.exit != exitUnreachable || f.code != "unreachable" || f.hint == "" || hints[f.hint] {
			t.Errorf("%q: exit %d, %s, hint %q", cause, f.exit, f.code, f.hint)
		}
		hints[f.hint] = true
	}
	page := describe(&auth.AnswerError{During: "x", Status: 200, Cause: wire.CauseWebPage, Problem: "p"})
	other := describe(&auth.AnswerError{During: "x", Status: 200, Cause: wire.CauseDamaged, Problem: "p"})
	if page.exit != exitUnreachable || page.hint != unreachableHint(wire.CauseWebPage, "") || other.hint == page.hint {
		t.Errorf("a web page in place of tokens: exit %d, hint %q", page.exit, page.hint)
	}
}
