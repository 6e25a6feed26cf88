package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// BenchmarkLogin measures the end of a sign-in, which a person waits for: from the moment the browser sends the answer to
// the listener until the process has ended, by the kind of token store, and how much of it is the tenant's own time. The
// tenant is on this machine; discovery and keys are cached, as they are after the first sign-in.
//
//	go test -run '^$' -bench Login -benchtime 100x ./internal/e2e
func BenchmarkLogin(b *testing.B) {
	keychaintest.RunUnderSecretService(b, func(b *testing.B, _ *keychaintest.Provider) {
		tn := startTenant(b)
		ciam := build(b, "cmd/ciam")
		ends := map[string]*endings{}
		var subjects []timed
		for _, kind := range []string{"keychain", "file"} {
			e := &endings{program: signedInAs(b, tn, ciam, kind).program, tenant: tn}
			e.env = append(e.env, personVariable+"=") // the browser hands the address over
			ends[kind] = e
			subjects = append(subjects, timed{name: kind, before: func() { e.must("logout", "--local") }, run: e.signIn})
		}
		inTurn(b, subjects...)
		for kind, e := range ends {
			b.ReportMetric(middle(e.took, milliseconds), kind+"-ms")
			b.ReportMetric(middle(e.tenants, milliseconds), kind+"-tenant-ms")
		}
	})
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// endings are the ends of sign-ins of one program.
type endings struct {
	*program
	tenant *tenant
	// took is from the answer to the end of the process, and tenants how much of it the tenant took for its own answers.
	took, tenants []time.Duration
}

// signIn signs somebody new in. Its proof is that one token request was made after the answer, and nothing else.
func (e *endings) signIn() func() error {
	login := e.start("login", "--no-input")
	address := login.opened()
	answered := &answering{then: func() (time.Time, int32, time.Duration) {
		return time.Now(), e.tenant.requests.Load(), time.Duration(e.tenant.spent.Load())
	}}
	if u, err := url.Parse(address); err == nil {
		answered.to = u.Query().Get("redirect_uri")
	}
	v := visitor.New(answered)
	v.Email, v.Password, v.SignUp = fmt.Sprintf("end%d@example.com", time.Now().UnixNano()), password, true
	v.Code = func(_ context.Context, email string) (string, error) { return readCode(address, email) }
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	_, err := v.Visit(ctx, address)
	res := login.wait()
	ended := time.Now()
	return func() error {
		if err != nil || res.code != 0 || answered.at.IsZero() {
			return errors.Join(err, fmt.Errorf("exit %d: %s", res.code, res.stderr))
		}
		if n := e.tenant.requests.Load() - answered.requests; n != 1 {
			return fmt.Errorf("%d requests to the tenant after the answer, not 1", n)
		}
		e.took = append(e.took, ended.Sub(answered.at))
		e.tenants = append(e.tenants, time.Duration(e.tenant.spent.Load())-answered.spent)
		return nil
	}
}

// answering notes the moment when the answer is sent to the listener.
type answering struct {
	to       string
	then     func() (time.Time, int32, time.Duration)
	at       time.Time
	requests int32
	spent    time.Duration
}

// RoundTrip implements http.RoundTripper.
func (a *answering) RoundTrip(req *http.Request) (*http.Response, error) {
	if a.at.IsZero() && req.Method == http.MethodPost && strings.HasPrefix(req.URL.String(), a.to) {
		a.at, a.requests, a.spent = a.then()
	}
	return http.DefaultTransport.RoundTrip(req)
}
