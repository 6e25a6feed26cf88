package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

// forwarded is what oauth2-proxy tells the app behind it of who is there.
type forwarded struct{ User, Email, Name, AccessToken string }

// testOAuth2Proxy puts oauth2-proxy before an app that knows nothing of sign-in. Under the issuer of a live tenant it has to
// be told every endpoint, since it insists on finding the issuer where it looks.
func testOAuth2Proxy(issuer string) func(*testing.T, string) {
	return func(t *testing.T, _ string) {
		e := startEmulator(t, "--issuer", issuer)
		home := oauth2Proxy(t, e)
		v := e.visitor()
		var pages []string
		v.OnPage = func(name string) { pages = append(pages, name) }

		first := whoIs(t, e, v, home+"/private")
		if first.Email != ada || first.Name != ada || first.User == "" {
			t.Errorf("forwarded: %+v", first)
		}
		checkUserToken(t, first.AccessToken)
		pages = nil
		again := first
		for deadline := time.Now().Add(30 * time.Second); again.AccessToken == first.AccessToken; time.Sleep(100 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("--cookie-refresh=1s brought no other token within 30 s")
			}
			again = whoIs(t, e, v, home+"/private")
		}
		if again.User != first.User || len(pages) > 0 {
			t.Errorf("by refresh: %s, by the pages %v", again.User, pages)
		}

		// Both sessions are over after a sign-out: the tenant asks for the address again.
		e.walk(v, home+"/oauth2/sign_out?rd="+url.QueryEscape(e.Authority+"/oauth2/v2.0/logout?post_logout_redirect_uri="+url.QueryEscape(home)))
		if !slices.Contains(pages, "sign-in") {
			t.Errorf("after the sign-out came the pages %v", pages)
		}

		if issuer == "origin" { // the proxy as an API: a token of an app that signed in elsewhere
			wantBehind(t, home, e.userTokens(ordersRead).AccessToken, http.StatusOK)
			wantBehind(t, home, e.appToken(webApp), http.StatusOK)
			for _, kind := range []string{"wrong_key", "alg_none", "wrong_audience", "wrong_issuer", "expired"} {
				wantBehind(t, home, e.spoilt(kind), http.StatusForbidden)
			}
		}
	}
}

// oauth2Proxy starts it on a free port before an app that answers with what it was told.
func oauth2Proxy(t *testing.T, e *liveEmulator) (home string) {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		_ = json.NewEncoder(w).Encode(forwarded{h.Get("X-Forwarded-User"), h.Get("X-Forwarded-Email"), h.Get("X-Forwarded-Preferred-Username"), h.Get("X-Forwarded-Access-Token")})
	}))
	t.Cleanup(app.Close)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	_ = free.Close()
	_, port, _ := net.SplitHostPort(at)
	home = "http://localhost:" + port
	// The profile URL is Microsoft Graph's, which takes no token for the API.
	args := []string{
		"--provider=oidc", "--oidc-issuer-url=" + e.Issuer, "--provider-ca-file=" + e.CAFile, "--client-id=" + webApp,
		"--redirect-url=" + home + "/oauth2/callback", "--scope=openid profile email offline_access " + ordersRead, "--code-challenge-method=S256",
		"--http-address=" + at, "--upstream=" + app.URL, "--email-domain=*", "--cookie-secure=false", "--cookie-refresh=1s",
		"--pass-access-token=true", "--skip-provider-button=true", "--skip-claims-from-profile-url=true", "--whitelist-domain=" + strings.TrimPrefix(e.URL, "https://"),
	}
	if e.Issuer == e.Authority+"/v2.0" {
		args = append(args, "--skip-jwt-bearer-tokens=true", "--bearer-token-login-fallback=false", "--extra-jwt-issuers="+e.Issuer+"="+ordersAPI)
	} else {
		args = append(args, "--skip-oidc-discovery=true", "--login-url="+e.Authority+"/oauth2/v2.0/authorize",
			"--redeem-url="+e.Authority+"/oauth2/v2.0/token", "--oidc-jwks-url="+e.Authority+"/discovery/v2.0/keys")
	}
	ctx, cancel := context.WithTimeout(context.Background(), serveLimit)
	var log output
	cmd := exec.CommandContext(ctx, foreign(t, "oauth2-proxy"), args...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &log, &log, 2*time.Second
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+e.CAFile, "OAUTH2_PROXY_CLIENT_SECRET="+webAppSecret, "OAUTH2_PROXY_COOKIE_SECRET=0123456789abcdef0123456789abcdef")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("oauth2-proxy said\n%s", log.String())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if status, _ := get(t, home+"/ping"); status == http.StatusOK {
			return home
		}
		if time.Now().After(deadline) {
			t.Fatalf("oauth2-proxy is not ready after 30 s\n%s", log.String())
		}
	}
}

// whoIs visits the app behind the proxy.
func whoIs(t *testing.T, e *liveEmulator, v *visitor.Visitor, address string) (who forwarded) {
	t.Helper()
	page := e.walk(v, address)
	if err := json.Unmarshal([]byte(page.Text), &who); err != nil {
		t.Fatalf("%v: %+v", err, page)
	}
	return who
}

// wantBehind asks the app behind the proxy with a token.
func wantBehind(t *testing.T, home, token string, status int) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, home+"/private", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != status {
		t.Errorf("%s, want %d", fmt.Sprint(resp.Status), status)
	}
}
