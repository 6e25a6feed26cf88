package wire

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Cause says why there is no answer that can be used, for those who advise. The words are stable.
type Cause string

// Causes. CauseOther is a failure that is none of the others.
const (
	CauseOther            Cause = ""
	CauseOffline          Cause = "no_route"            // this machine has no way there
	CauseDNS              Cause = "dns"                 // the name was not found or could not be looked up
	CauseRefused          Cause = "refused"             // nothing listens
	CauseTimeout          Cause = "timeout"             // no connection or no complete answer in time
	CauseDropped          Cause = "dropped"             // closed without an answer
	CauseDamaged          Cause = "damaged"             // an answer that broke off or is not what it has to be
	CauseWebPage          Cause = "web_page"            // a web page in place of an answer
	CauseTLS              Cause = "tls"                 // no TLS handshake came about
	CauseUntrustedCA      Cause = "untrusted_ca"        // a certificate of an authority that is not trusted
	CauseExpired          Cause = "expired_certificate" // a certificate that is not valid at this machine's time
	CauseWrongName        Cause = "wrong_name"          // a certificate for other names
	CauseProxyAuth        Cause = "proxy_auth"          // the proxy wants to know who asks
	CauseProxyRefused     Cause = "proxy_refused"       // the proxy does not let through
	CauseProxyDropped     Cause = "proxy_dropped"       // the proxy closed the connection
	CauseProxyUnreachable Cause = "proxy_unreachable"   // the proxy itself cannot be reached
	CauseRedirect         Cause = "redirect"            // a redirect that is not followed
	CauseStatus           Cause = "status"              // an answer with a status of failure
)

// UnreachableError says that the tenant could not be asked: no connection, a time-out, a status of failure, or an answer
// that is not the document it has to be.
type UnreachableError struct {
	URL      string    // what was asked for, without a query
	Status   int       // HTTP status, the proxy's where Proxy is set; 0 when there was no answer
	Cause    Cause     // for those who advise
	Proxy    string    // the proxy's host and port when the trouble is the proxy's, else ""
	Reason   string    // in plain words
	CachedAt time.Time // when a copy that is now too old to use was fetched; zero when there is none
	Err      error     // what happened, or nil

	broke bool // the connection broke, rather than carried something that is wrong
}

// Error implements error.
func (e *UnreachableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.URL, e.Reason)
	if e.Status != 0 && e.Status != http.StatusOK {
		fmt.Fprintf(&b, " (HTTP status %d)", e.Status)
	}
	if !e.CachedAt.IsZero() {
		fmt.Fprintf(&b, "; the copy of %s is older than 24 hours and is not used", e.CachedAt.UTC().Format(time.RFC3339))
	}
	return b.String()
}

// Unwrap returns what happened.
func (e *UnreachableError) Unwrap() error { return e.Err }

// ProxyError is a proxy's own answer to CONNECT that is not 200.
type ProxyError struct {
	// Proxy is its host and port, without a user name and password.
	Proxy  string
	Status int
}

// Error implements error.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy %s answered %d to CONNECT", e.Proxy, e.Status)
}

// KeepProxyAnswer is for http.Transport's OnProxyConnectResponse: without it the transport keeps no more of a proxy's
// refusal than a phrase of the proxy's choice.
func KeepProxyAnswer(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: answer.StatusCode}
}

type redirectError struct{ to string }

// Error implements error.
func (e *redirectError) Error() string {
	if e.to == "" {
		return "redirects in a circle"
	}
	return "redirects to " + strconv.Quote(shorten(e.to)) + ", which is another place and not followed"
}

// shorten bounds text from outside for a message.
func shorten(s string) string {
	const limit = 120
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
