package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/doctor"
	"github.com/ciam-cli/ciam/internal/wire"
)

// visitLimit bounds the requests of one check with all their tries.
const visitLimit = 20 * time.Second

// checkProxy makes the request that a sign-in would begin with, and tells of its proxy. What else became of it is told by
// the checks after it: one request, so that nothing is looked at in another way than it is used.
func (d *diagnosis) checkProxy(ctx context.Context) doctor.Result {
	proxy, from, err := d.whichProxy()
	if err != nil { // its text would quote the address, which can hold a password
		return failed(from+" is not the address of a proxy", "set "+from+" to http://HOST:PORT, then `ciam doctor proxy`")
	}
	d.proxy = proxy
	d.visit(ctx)
	if d.blames("proxy") {
		return failed(d.reached.Reason, proxyNext(d.reached, from))
	}
	switch {
	case proxy != nil && from != "":
		return doctor.Found("%s, as %s says", proxy.Host, from)
	case proxy != nil:
		return doctor.Found("%s", proxy.Host)
	case from != "":
		return doctor.Found("none for this host, though %s names one", from)
	}
	return doctor.Found("none")
}

// whichProxy is the proxy for the tenant's host, nil for none, and the variable that could name one.
func (d *diagnosis) whichProxy() (proxy *url.URL, from string, err error) {
	target, err := url.Parse(d.app.Authority.Base)
	if err != nil {
		return nil, "", err
	}
	from = d.r.env.Proxies.Variable(target.Scheme)
	transport, ok := d.transport.(*http.Transport)
	if !ok || transport.Proxy == nil {
		return nil, from, nil
	}
	proxy, err = transport.Proxy(&http.Request{Method: http.MethodGet, URL: target, Header: http.Header{}})
	return proxy, from, err
}

// visit asks the tenant for its metadata, whatever is cached, and notes how far that got.
func (d *diagnosis) visit(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, visitLimit)
	defer cancel()
	d.clock = &doctor.Clock{Next: d.transport, Now: d.r.Now}
	client := d.r.clientOn(d.clock)
	d.service = &auth.Service{HTTP: client, Authorities: &authority.Resolver{HTTP: client, Now: d.r.Now, Timeout: 8 * time.Second}, Now: d.r.Now, Rand: d.r.Rand}
	d.md, d.trouble = d.service.Authorities.Metadata(d.trace.With(ctx), d.app.Authority, "")
	if !errors.As(d.trouble, &d.reached) && errors.Is(d.trouble, context.DeadlineExceeded) {
		d.reached = &wire.UnreachableError{Cause: wire.CauseTimeout, Reason: "no answer within " + visitLimit.String()}
	}
}

// blames reports whether the request's trouble is the concern of a check.
func (d *diagnosis) blames(check string) bool {
	return d.trouble != nil && d.to() == check
}

// to is the check that the request's trouble belongs to: by its cause, or else by how far the connection got.
func (d *diagnosis) to() string {
	var foreign *authority.UntrustedMetadataError
	if errors.As(d.trouble, &foreign) {
		return "issuer"
	}
	if d.reached == nil {
		return "tenant"
	}
	switch d.reached.Cause {
	case wire.CauseProxyAuth, wire.CauseProxyRefused, wire.CauseProxyDropped, wire.CauseProxyUnreachable:
		return "proxy"
	case wire.CauseDNS:
		return "dns"
	case wire.CauseRefused, wire.CauseOffline:
		return "tcp"
	case wire.CauseTLS, wire.CauseUntrustedCA, wire.CauseExpired, wire.CauseWrongName:
		return "tls"
	case wire.CauseTimeout, wire.CauseOther:
		return d.stage()
	}
	return "tenant"
}

// stage is the check that is concerned by how far the connection got.
func (d *diagnosis) stage() string {
	var dialling *net.OpError
	_, sockets := d.transport.(*http.Transport)
	switch {
	case d.trace.Open || !sockets && !errors.As(d.reached, &dialling):
		return "tenant"
	case d.trace.Shaking:
		return "tls"
	case d.proxy != nil:
		return "proxy"
	}
	return "tcp"
}

// network is the result of a check of the connection: failed, not for here, or what seen says.
func (d *diagnosis) network(check string, seen func() doctor.Result) doctor.Result {
	switch {
	case d.blames(check):
		return failed(d.reached.Reason, d.networkNext())
	case !d.trace.Seen():
		return doctor.Note("no connection was needed: the tenant is in this program")
	}
	return seen()
}

func (d *diagnosis) checkDNS(context.Context) doctor.Result {
	return d.network("dns", func() doctor.Result {
		host := d.host()
		switch {
		case d.proxy != nil:
			return doctor.Note("the proxy looks the name up")
		case net.ParseIP(host) != nil:
			return doctor.Note("%s is an address", host)
		case d.trace.Addresses == nil:
			return doctor.Found("%s", host)
		}
		return doctor.Found("%s is %s", host, strings.Join(d.trace.Addresses[:min(2, len(d.trace.Addresses))], ", "))
	})
}

func (d *diagnosis) checkTCP(context.Context) doctor.Result {
	return d.network("tcp", func() doctor.Result {
		if d.proxy != nil {
			return doctor.Found("through the proxy")
		}
		return doctor.Found("connected to %s", d.trace.Remote)
	})
}

// endsSoon is how long before its end a certificate is worth a word.
const endsSoon = 14 * 24 * time.Hour

func (d *diagnosis) checkTLS(context.Context) doctor.Result {
	return d.network("tls", func() doctor.Result {
		state := d.trace.TLS
		if state == nil || len(state.PeerCertificates) == 0 {
			return doctor.Note("plain http, which only an authority on this machine may use")
		}
		leaf := state.PeerCertificates[0]
		found := fmt.Sprintf("%s, signed by %s, until %s", d.host(), signer(leaf), leaf.NotAfter.UTC().Format(time.DateOnly))
		if d.private(state.PeerCertificates) {
			found += "; trusted by CIAM_CA_FILE only"
		}
		if left := leaf.NotAfter.Sub(d.r.Now()); left < endsSoon {
			return warned(fmt.Sprintf("%s, which is in %d days", found, int(left.Hours()/24)), "whoever runs "+d.host()+" has to renew it; `ciam doctor tls` shows whether that was done")
		}
		return doctor.Found("%s", found)
	})
}

// signer names who issued a certificate.
func signer(c *x509.Certificate) string {
	for _, name := range slices.Concat(c.Issuer.Organization, []string{c.Issuer.CommonName}) {
		if name != "" {
			return name
		}
	}
	return "nobody by name"
}

// private reports a certificate that this system would not trust without a file of further authorities.
func (d *diagnosis) private(chain []*x509.Certificate) bool {
	if d.r.caFile(d.choice.settings).path == "" {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Intermediates: between, CurrentTime: d.r.Now()})
	return err != nil
}

func (d *diagnosis) host() string {
	u, err := url.Parse(d.app.Authority.Base)
	if err != nil {
		return d.app.Authority.Base
	}
	return u.Hostname()
}

// A sign-in tolerates clocks that are less than five minutes apart (idtoken); from half a minute on it is worth a look.
const (
	clockTolerated = 5 * time.Minute
	clockNoted     = 30 * time.Second
)

func (d *diagnosis) checkClock(context.Context) doctor.Result {
	if d.clock.Date == "" {
		return doctor.Note("no answer carried a date")
	}
	skew := wire.Skew(d.clock.Date, d.clock.Sent, d.clock.Got)
	way := "slow"
	if skew < 0 {
		way = "fast"
	}
	found := fmt.Sprintf("%s %s by the tenant's", skew.Abs().Round(time.Second), way)
	switch {
	case skew.Abs() >= clockTolerated:
		return failed(found+"; a sign-in tolerates 5 minutes", d.r.system().clockNext())
	case skew.Abs() >= clockNoted:
		return warned(found+"; a sign-in tolerates 5 minutes", d.r.system().clockNext())
	case skew == 0:
		return doctor.Found("as the tenant's")
	}
	return doctor.Found("%s", found)
}

func (s system) clockNext() string {
	switch s.goos {
	case "darwin":
		return "set it: `sudo sntp -sS time.apple.com`"
	case "windows":
		return "set it, as an administrator: `w32tm /resync`"
	}
	return "have it set: `sudo timedatectl set-ntp true`"
}

func (d *diagnosis) checkTenant(context.Context) doctor.Result {
	var unknown *authority.UnknownTenantError
	switch {
	case errors.As(d.trouble, &unknown):
		return failed(unknown.Error(), d.tenantNext())
	case d.blames("tenant") && d.reached != nil:
		reason := d.reached.Reason
		if d.reached.Status != 0 && d.reached.Status != http.StatusOK {
			reason = fmt.Sprintf("%s (HTTP status %d)", reason, d.reached.Status)
		}
		return failed(d.app.Authority.DiscoveryURL()+": "+reason, d.networkNext())
	case d.blames("tenant"):
		return failed(d.trouble.Error(), d.tenantNext())
	}
	return doctor.Found("%s answers in %d ms", d.host(), d.clock.Took.Milliseconds())
}

// tenantNext is where the tenant's name is written down, here and there.
func (d *diagnosis) tenantNext() string {
	where := "Entra admin center > Tenant overview has the tenant's ID and its name, the part before .onmicrosoft.com"
	if !d.choice.known {
		return where
	}
	return where + "; `ciam profile show" + d.flag() + "` has what is used here"
}

func (d *diagnosis) checkIssuer(context.Context) doctor.Result {
	if d.trouble != nil {
		return failed(d.trouble.Error(), d.tenantNext())
	}
	pinned := d.app.TenantID
	if pinned == "" {
		return doctor.Found("%s; the next `ciam login` pins the tenant", d.md.Issuer)
	}
	if !strings.EqualFold(pinned, d.md.TenantID) {
		return failed(fmt.Sprintf("expected the tenant %s, which is pinned; got %s, of %s", pinned, d.md.TenantID, d.md.Issuer), d.tenantNext())
	}
	return doctor.Found("%s, as pinned", d.md.Issuer)
}

func (d *diagnosis) checkKeys(ctx context.Context) doctor.Result {
	ids, err := d.service.Authorities.Keys(d.md).IDs(ctx)
	var unreachable *wire.UnreachableError
	switch {
	case errors.As(err, &unreachable):
		return failed(unreachable.Error(), d.r.system().networkNext(unreachable, d.host()))
	case err != nil:
		return failed(err.Error(), "something else may answer in the tenant's place: `ciam doctor tls`")
	case len(ids) == 1:
		return doctor.Found("1 key, %s", ids[0])
	}
	return doctor.Found("%d keys", len(ids))
}

func (d *diagnosis) networkNext() string { return d.r.system().networkNext(d.reached, d.host()) }

// networkNext is what to do about a tenant that cannot be reached.
func (s system) networkNext(e *wire.UnreachableError, host string) string {
	switch e.Cause {
	case wire.CauseDNS:
		return "check the tenant's name and the network: `nslookup " + host + "`"
	case wire.CauseUntrustedCA:
		return "where a proxy inspects TLS, set CIAM_CA_FILE to a PEM file with its authority's certificate, then `ciam doctor tls`"
	case wire.CauseExpired:
		return "check this machine's clock: " + s.clockNext() + "; if it is right, whoever runs " + host + " has to renew the certificate"
	case wire.CauseWrongName, wire.CauseTLS:
		return "something else answers in the tenant's place: `curl -v https://" + host + "/` shows what"
	case wire.CauseWebPage:
		return "a sign-in page of your network, or a proxy's: open any page in a browser, then `ciam doctor tenant`"
	case wire.CauseStatus, wire.CauseDamaged, wire.CauseDropped:
		if e.Status == http.StatusNotFound {
			return "Entra admin center > Tenant overview has the tenant's ID and its name; `ciam profile show` has what is used here"
		}
		return "try again in a minute: `ciam doctor tenant`; if it stays, see `curl -v https://" + host + "/`"
	}
	return "check the network: `curl -v https://" + host + "/` shows where it ends; if a proxy leads out of it, set HTTPS_PROXY"
}

// proxyNext is what to do about a proxy; from is the variable that names it.
func proxyNext(e *wire.UnreachableError, from string) string {
	if from == "" {
		from = "HTTPS_PROXY"
	}
	switch e.Cause {
	case wire.CauseProxyAuth:
		return from + " takes a name and password as http://USER:PASSWORD@" + e.Proxy + "; then `ciam doctor proxy`"
	case wire.CauseProxyRefused:
		return "its administrator can let " + tenantHosts + " through; NO_PROXY names hosts that need no proxy; then `ciam doctor proxy`"
	}
	return "check " + from + "; NO_PROXY names hosts that need no proxy; then `ciam doctor proxy`"
}
