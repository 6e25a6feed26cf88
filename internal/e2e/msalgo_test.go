package e2e

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

// newMSALGo is MSAL Go's public client with the settings it needs here: origin issuers, no instance discovery.
func newMSALGo(t *testing.T) (*liveEmulator, public.Client) {
	t.Helper()
	e := startEmulator(t, "--issuer", "origin")
	client, err := public.New(desktopApp, public.WithAuthority(e.Authority), public.WithInstanceDiscovery(false), public.WithHTTPClient(e.client))
	if err != nil {
		t.Fatal(err)
	}
	return e, client
}

// TestMSALGo_Interactive signs a new customer up in Chromium, then gets tokens from the cache and by refresh.
func TestMSALGo_Interactive(t *testing.T) {
	e, client := newMSALGo(t)
	c := e.chromium()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	addresses := make(chan string, 1)
	type answer struct {
		public.AuthResult
		error
	}
	answers := make(chan answer, 1)
	go func() {
		got, err := client.AcquireTokenInteractive(ctx, []string{ordersRead}, public.WithRedirectURI("http://localhost"),
			public.WithOpenURL(func(address string) error { addresses <- address; return nil }))
		answers <- answer{got, err}
	}()
	select {
	case address := <-addresses:
		c.open(address)
	case got := <-answers:
		t.Fatalf("no browser was opened: %v", got.error)
	}
	c.page("sign-in")
	c.click("create-account")
	fillSignUp(t, c, e.code)
	first := <-answers
	if first.error != nil {
		t.Fatal(first.error)
	}
	if a := first.Account; a.PreferredUsername != email || first.IDToken.Name != "Grace Example" || first.IDToken.Issuer != e.Issuer {
		t.Errorf("signed in: %+v, %+v", a, first.IDToken)
	}
	checkUserToken(t, first.AccessToken)
	silent := func(options ...public.AcquireSilentOption) public.AuthResult {
		t.Helper()
		got, err := client.AcquireTokenSilent(ctx, []string{ordersRead}, append(options, public.WithSilentAccount(first.Account))...)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if cached := silent(); cached.Metadata.TokenSource != public.TokenSourceCache || cached.AccessToken != first.AccessToken {
		t.Errorf("from the cache: source %v", cached.Metadata.TokenSource)
	}
	// A request with claims is not answered from the cache.
	renewed := silent(public.WithClaims(`{"access_token":{"nbf":{"essential":true}}}`))
	if renewed.Metadata.TokenSource != public.TokenSourceIdentityProvider || renewed.AccessToken == first.AccessToken || renewed.IDToken.Oid != first.IDToken.Oid {
		t.Errorf("by refresh: source %v, oid %q after %q", renewed.Metadata.TokenSource, renewed.IDToken.Oid, first.IDToken.Oid)
	}
}

// TestMSALGo_DeviceCode types the code into the tenant's own page in Chromium.
func TestMSALGo_DeviceCode(t *testing.T) {
	e, client := newMSALGo(t)
	c := e.chromium()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	device, err := client.AcquireTokenByDeviceCode(ctx, []string{ordersRead})
	if err != nil {
		t.Fatal(err)
	}
	c.open(device.Result.VerificationURL)
	c.page("device-code")
	c.fill("userCode", device.Result.UserCode)
	c.click("next")
	c.page("sign-in")
	c.fill("email", "ada@example.com")
	c.click("next")
	c.page("password")
	c.fill("password", password)
	c.click("next")
	c.page("device-confirm")
	c.click("continue")
	c.page("device-done")
	got, err := device.AuthenticationResult(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got.IDToken.Oid != adaOID || got.Account.PreferredUsername != "ada@example.com" {
		t.Errorf("signed in: %+v", got.IDToken)
	}
	checkUserToken(t, got.AccessToken)
}

// TestMSALGo_ClientCredentials proves the app with its secret and with a certificate.
func TestMSALGo_ClientCredentials(t *testing.T) {
	pair := newCertificate(t)
	e := startEmulator(t, "--issuer", "origin", "--seed", pair.seed)
	secret, err := confidential.NewCredFromSecret(webAppSecret)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := confidential.NewCredFromCert([]*x509.Certificate{pair.certificate}, pair.key)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name       string
		credential confidential.Credential
		azpacr     string
	}{{"secret", secret, "1"}, {"certificate", certificate, "2"}} {
		t.Run(tc.name, func(t *testing.T) {
			client, err := confidential.New(e.Authority, webApp, tc.credential, confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(e.client))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			first, err := client.AcquireTokenByCredential(ctx, []string{ordersAll})
			if err != nil {
				t.Fatal(err)
			}
			checkAppToken(t, first.AccessToken)
			if got := accessClaimsOf(t, first.AccessToken).Azpacr; got != tc.azpacr {
				t.Errorf("azpacr %q, not %q", got, tc.azpacr)
			}
			cached, err := client.AcquireTokenByCredential(ctx, []string{ordersAll})
			if err != nil || cached.Metadata.TokenSource != confidential.TokenSourceCache || cached.AccessToken != first.AccessToken {
				t.Errorf("from the cache: %v, %v", cached.Metadata.TokenSource, err)
			}
		})
	}
}

// TestMSALGo_LiveName has the authority that an app has in production: https://<tenant>.ciamlogin.com/<tenant>, with the
// issuer of live tenants. Only where that name leads is set, as a hosts file would.
func TestMSALGo_LiveName(t *testing.T) {
	e := startEmulator(t)
	at, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := e.client.Transport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ".ciamlogin.com:443") {
			address = at.Host
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	live := *e
	live.client = &http.Client{Timeout: 30 * time.Second, Transport: transport}
	t.Cleanup(transport.CloseIdleConnections)

	authority := "https://" + e.TenantID + ".ciamlogin.com/" + e.TenantID
	credential, err := confidential.NewCredFromSecret(webAppSecret)
	if err != nil {
		t.Fatal(err)
	}
	client, err := confidential.New(authority, webApp, credential, confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(live.client))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	codes := callback(t)
	address, err := client.AuthCodeURL(ctx, webApp, codes.redirect, []string{ordersRead})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(address, authority+"/oauth2/v2.0/authorize") {
		t.Errorf("authorize is at %s", address)
	}
	page := live.visit(address)
	var code string
	select {
	case code = <-codes.code:
	default:
		t.Fatalf("no code came; the visit ended at %+v", page)
	}
	got, err := client.AcquireTokenByAuthCode(ctx, code, codes.redirect, []string{ordersRead})
	if err != nil {
		t.Fatal(err)
	}
	if got.IDToken.Oid != adaOID || got.IDToken.Issuer != authority+"/v2.0" {
		t.Errorf("%+v", got.IDToken)
	}
	checkUserToken(t, got.AccessToken)
}

// callback is a web app's redirect address that hands over the code it gets.
func callback(t *testing.T) (c struct {
	redirect string
	code     chan string
}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c.redirect, c.code = "http://localhost:"+port+"/auth/redirect", make(chan string, 1)
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.code <- r.FormValue("code")
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return c
}
