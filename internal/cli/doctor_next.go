package cli

import (
	"net/http"

	"github.com/ciam-cli/ciam/internal/wire"
)

func (d *diagnosis) networkNext() string { return d.r.system().networkNext(d.reached, d.host()) }

// networkNext is what to do about a tenant that cannot be reached.
func (s system) networkNext(e *wire.UnreachableError, host string) string {
	switch e.Cause {
	case wire.CauseDNS:
		return "check the tenant's name and the network: `nslookup " + host + "`"
	case wire.CauseUntrustedCA:
		return "where a proxy inspects TLS, get its authority's certificate as a PEM file: `ciam doctor tls --ca-file FILE` shows whether it is the right one"
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

func (s system) clockNext() string {
	switch s.goos {
	case "darwin":
		return "set it: `sudo sntp -sS time.apple.com`"
	case "windows":
		return "set it, as an administrator: `w32tm /resync`"
	}
	return "have it set: `sudo timedatectl set-ntp true`"
}
