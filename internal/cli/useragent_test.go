package cli

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestUserAgent: every request that leaves the program names it and its version, whoever makes it: discovery, keys, MSAL, the
// device and native flows, the API and where it redirects to, with and without --debug.
func TestUserAgent(t *testing.T) {
	want := "ciam/test (" + runtime.GOOS + "; " + runtime.GOARCH + ")"
	m := newNativeMachine(t)
	var mu sync.Mutex
	asked := map[string]bool{}
	m.answer = func(req *http.Request) *http.Response {
		mu.Lock()
		defer mu.Unlock()
		path := req.URL.Path[strings.Index(req.URL.Path[1:], "/")+1:]
		asked[path+" "+req.Form.Get("grant_type")] = true
		if got := req.Header.Values("User-Agent"); len(got) != 1 || got[0] != want {
			t.Errorf("%s %s: User-Agent %q, want %q", req.Method, req.URL.Path, got, want)
		}
		switch {
		case strings.HasSuffix(path, "/devicecode"):
			return page(200, "application/json", `{"device_code":"d","user_code":"ABCD","verification_uri":"https://x.example","expires_in":60,"interval":1}`)(req)
		case strings.HasPrefix(path, "/orders"):
			answer := page(200, "application/json", "{}")(req)
			if path == "/orders/moved" {
				answer.StatusCode, answer.Header = http.StatusTemporaryRedirect, http.Header{"Location": {"https://api.example/v1/orders"}}
			}
			return answer
		}
		return nil
	}
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"profile add other --tenant fabrikam --client-id " + appC,
		"login", "token --force-refresh --debug", "logout --local", nativeAda + " --password-stdin", "api https://api.example/v1/orders", "api https://api.example/v1/orders/moved -d x",
		"token --client-credentials --scope api://x/.default --client-secret-file " + file,
		"login --device-code --timeout 2s",
	} {
		m.stdin = "Correct-Horse-9\n"
		m.newBrowser()
		m.run(strings.Fields(args)...)
		if n := m.requests.Load(); n == 0 && args != "logout --local" {
			t.Errorf("%s: no request", args)
		}
	}
	for _, path := range []string{"/v2.0/.well-known/openid-configuration ", "/discovery/v2.0/keys ", "/oauth2/v2.0/token ", "/oauth2/v2.0/devicecode ", "/oauth2/v2.0/initiate ", "/orders ", "/orders/moved "} {
		if !asked[path] {
			t.Errorf("nothing asked for %s: %v", path, asked)
		}
	}
	m.answer = func(req *http.Request) *http.Response {
		if got := req.UserAgent(); got != "mine/1" {
			t.Errorf("-H User-Agent: sent %q", got)
		}
		return page(200, "application/json", "{}")(req)
	}
	m.must("api", "https://api.example/orders", "-H", "User-Agent: mine/1")
}

// TestUserAgent_proxy: a proxy is told too, by the request for a tunnel.
func TestUserAgent_proxy(t *testing.T) {
	r := &run{Env: &Env{Version: "v1.2.3"}}
	told := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		told <- req.Method + " " + req.UserAgent()
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	transport, err := r.systemTransport(namedFile{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: proxy.Listener.Addr().String()})
	transport.TLSClientConfig = &tls.Config{}
	if _, err := (&http.Client{Transport: transport}).Get("https://contoso.ciamlogin.com/"); err == nil {
		t.Fatal("the proxy let it through")
	}
	if got := <-told; got != "CONNECT "+r.userAgent() || !strings.HasPrefix(r.userAgent(), "ciam/v1.2.3 (") {
		t.Errorf("the proxy was told %q", got)
	}
}

// TestUserAgent_version: whatever the version is, the header is one that servers can read.
func TestUserAgent_version(t *testing.T) {
	for version, want := range map[string]string{"v1.2.3": "ciam/v1.2.3", "(devel)": "ciam/devel", "": "ciam/unknown", "v0.0.0-20261127032548-3fbc574abcde+dirty": "ciam/v0.0.0-20261127032548-3fbc574abcde+dirty", "1 2\r\nX: y": "ciam/12Xy"} {
		if got, _, _ := strings.Cut((&run{Env: &Env{Version: version}}).userAgent(), " "); got != want {
			t.Errorf("%q: %q, want %q", version, got, want)
		}
	}
}
