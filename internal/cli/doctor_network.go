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
	target, err := url.Parse(d.app.Authority.Base)
	if err != nil {
		return failed(err.Error(), d.tenantNext())
	}
	from := d.r.env.Proxies.Variable(target.Scheme)
	carrier, err := d.r.transport(d.choice.settings)
	if err != nil { // which does not quote it: it can hold a password
		return failed(d.r.describe(err).message, "write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with % codes for what is no letter or digit; then `ciam doctor proxy`")
	}
	d.transport = carrier
	transport, ok := carrier.(*http.Transport)
	if ok && transport.Proxy != nil {
		if d.proxy, err = transport.Proxy(&http.Request{Method: http.MethodGet, URL: target, Header: http.Header{}}); err != nil {
			return failed(from+" names no proxy that can be asked", "set "+from+" to http://HOST:PORT, then `ciam doctor proxy`")
		}
	}
	d.visit(ctx)
	switch {
	case d.blames("proxy"):
		return failed(d.reached.Reason, proxyNext(d.reached, from))
	case d.proxy != nil && from != "":
		return doctor.Found("%s, as %s says", d.proxy.Host, from)
	case d.proxy != nil:
		return doctor.Found("%s", d.proxy.Host)
	case from != "" && ok:
		return doctor.Found("none for this host, though %s names one", from)
	}
	return doctor.Found("none")
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
	switch {
	case d.trace.Open || !d.sockets() && !errors.As(d.reached, &dialling):
		return "tenant"
	case d.trace.Shaking:
		return "tls"
	case d.proxy != nil:
		return "proxy"
	}
	return "tcp"
}

// sockets reports whether the requests leave this program.
func (d *diagnosis) sockets() bool {
	_, ok := d.transport.(*http.Transport)
	return ok
}

// network is the result of a check of the connection: failed, not for here, or what seen says.
func (d *diagnosis) network(check string, seen func() doctor.Result) doctor.Result {
	switch {
	case d.blames(check):
		return failed(d.reached.Reason, d.networkNext())
	case !d.sockets():
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
		switch {
		case strings.HasPrefix(d.app.Authority.Base, "http:"):
			return doctor.Note("plain http, which only an authority on this machine may use")
		case state == nil || len(state.PeerCertificates) == 0: // over a connection that was there before
			return doctor.Found("%s is trusted", d.host())
		}
		leaf := state.PeerCertificates[0]
		found := fmt.Sprintf("%s, signed by %s, until %s", d.host(), signer(leaf), leaf.NotAfter.UTC().Format(time.DateOnly))
		if by := d.r.caFile(d.choice.settings).by; by != "" && d.private(state.PeerCertificates) {
			found += "; trusted by " + by + " only"
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
