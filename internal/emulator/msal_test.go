package emulator

import (
	"crypto/x509"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const msalAuthority = "https://localhost:4321/" + tid

// msalClientKey has a certificate of today: MSAL Go uses the machine's clock and takes no other.
var msalClientKey = sync.OnceValues(func() (directory.Key, error) { return directory.GenerateKey(time.Now()) })

// newMSALFixture is newProtocolFixture as MSAL Go needs it: the issuer where the
// authority is, and the clock and a certificate of the day that MSAL has.
func newMSALFixture(t *testing.T) (*fixture, *http.Client) {
	t.Helper()
	f := newProtocolFixture(t, func(d *directory.Tenant) {
		daemon := &d.Apps[len(d.Apps)-1]
		daemon.KeyCredentials = append(daemon.KeyCredentials, directory.KeyCredential{Certificate: mustKey(t, msalClientKey).Certificate})
	})
	f.Server.issuer = IssuerOrigin
	f.SetClockOffset(time.Since(f.clock.Now()))
	return f, &http.Client{Transport: f.Transport()}
}

func TestMSAL_deviceCode(t *testing.T) {
	f, client := newMSALFixture(t)
	app, err := public.New(publicApp, public.WithAuthority(msalAuthority), public.WithInstanceDiscovery(false), public.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	code, err := app.AcquireTokenByDeviceCode(t.Context(), []string{"openid"})
	if err != nil {
		t.Fatal(err)
	}
	type outcome struct {
		public.AuthResult
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		r, err := code.AuthenticationResult(t.Context())
		done <- outcome{r, err}
	}()
	v := f.visitor(t)
	v.toConfirm(code.Result.UserCode)
	v.submit("continue")
	v.want("device-done")
	select {
	case r := <-done:
		if r.err != nil {
			t.Fatal(r.err)
		}
		if r.AccessToken == "" || r.IDToken.PreferredUsername != testEmail || !strings.HasSuffix(r.Account.HomeAccountID, "."+tid) {
			t.Errorf("%+v", r.Account)
		}
		if _, err := app.AcquireTokenSilent(t.Context(), []string{"openid"}, public.WithSilentAccount(r.Account)); err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("MSAL still waits")
	}
}

func TestMSAL_clientCredentials(t *testing.T) {
	f, client := newMSALFixture(t)
	key := mustKey(t, msalClientKey)
	priv, cert, err := key.Parse()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := confidential.NewCredFromSecret(daemonCode)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := confidential.NewCredFromCert([]*x509.Certificate{cert}, priv)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		cred confidential.Credential
		how  string
	}{"secret": {secret, "1"}, "certificate": {certificate, "2"}} {
		t.Run(name, func(t *testing.T) {
			app, err := confidential.New(msalAuthority, daemonApp, tc.cred, confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(client))
			if err != nil {
				t.Fatal(err)
			}
			r, err := app.AcquireTokenByCredential(t.Context(), []string{"api://" + forecast + "/.default"})
			if err != nil {
				t.Fatal(err)
			}
			_, c := decode(t, r.AccessToken)
			if c["aud"] != forecast || c["azpacr"] != tc.how || c["idtyp"] != "app" {
				t.Errorf("%v", c)
			}
			cached, err := app.AcquireTokenByCredential(t.Context(), []string{"api://" + forecast + "/.default"})
			if err != nil || cached.AccessToken != r.AccessToken {
				t.Errorf("not from MSAL's cache: %v", err)
			}
		})
	}
	t.Run("on behalf of", func(t *testing.T) {
		scope := "openid profile api://" + daemonApp + "/Access"
		user := f.redeem(t, f.visitor(t).signIn("scope", scope).Get("code"), "scope", scope)
		app, err := confidential.New(msalAuthority, daemonApp, certificate, confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(client))
		if err != nil {
			t.Fatal(err)
		}
		r, err := app.AcquireTokenOnBehalfOf(t.Context(), user.AccessToken, []string{"api://" + forecast + "/Forecast.Read"})
		if err != nil {
			t.Fatal(err)
		}
		if _, c := decode(t, r.AccessToken); c["scp"] != "Forecast.Read Forecast.Write" || c["azp"] != daemonApp {
			t.Errorf("%v", c)
		}
	})
	t.Run("wrong secret", func(t *testing.T) {
		wrong, err := confidential.NewCredFromSecret(directory.DefaultClientSecret)
		if err != nil {
			t.Fatal(err)
		}
		app, err := confidential.New(msalAuthority, daemonApp, wrong, confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(client))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := app.AcquireTokenByCredential(t.Context(), []string{"api://" + forecast + "/.default"}); err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
			t.Errorf("%v", err)
		}
	})
}
