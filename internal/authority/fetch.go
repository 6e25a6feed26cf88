package authority

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody        = 1 << 20
	maxRedirects   = 3
	maxDescription = 512
)

// get fetches a document of the tenant. The context's own end is returned as it is; every other failure as
// *UnreachableError or *UnknownTenantError.
func (r *Resolver) get(parent context.Context, a Authority, target string) ([]byte, error) {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, &UnreachableError{URL: target, Reason: "is not a URL that can be asked for", Err: err}
	}
	req.Header.Set("Accept", "application/json")
	resp, err := r.client().Do(req)
	if err != nil {
		return nil, unreachable(parent, target, timeout, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, unreachable(parent, target, timeout, err)
	case len(body) > maxBody:
		return nil, &UnreachableError{URL: target, Status: resp.StatusCode, Reason: "answered with more than 1 MiB, which no tenant does"}
	case resp.StatusCode == http.StatusOK:
		return body, nil
	}
	return nil, refusal(a, target, resp.StatusCode, body)
}

// client is the caller's, except that a redirect may not leave the origin: trust in the answer rests on the host asked.
func (r *Resolver) client() *http.Client {
	c := http.Client{}
	if r.HTTP != nil {
		c = *r.HTTP
	}
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if req.URL.Scheme != via[0].URL.Scheme || req.URL.Host != via[0].URL.Host {
			return &redirectError{to: req.URL.Scheme + "://" + req.URL.Host}
		}
		if len(via) > maxRedirects {
			return &redirectError{}
		}
		return nil
	}
	return &c
}

type redirectError struct{ to string }

func (e *redirectError) Error() string {
	if e.to == "" {
		return "redirects in a circle"
	}
	return "redirects to " + strconv.Quote(shorten(e.to)) + ", which is another place and not followed"
}

// unreachable puts a transport error into plain words.
func unreachable(parent context.Context, target string, timeout time.Duration, err error) error {
	if parent.Err() != nil {
		return fmt.Errorf("ask %s: %w", target, context.Cause(parent))
	}
	e := &UnreachableError{URL: target, Err: err}
	var (
		redirect    *redirectError
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		network     net.Error
		inURL       *url.Error
	)
	switch {
	case errors.As(err, &redirect):
		e.Reason = redirect.Error()
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout():
		e.Reason = "no complete answer within " + timeout.String()
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Reason = "there is no host named " + strconv.Quote(shorten(dns.Name)) + "; is the tenant's name right, and is there a network?"
	case errors.As(err, &certificate):
		e.Reason = "its certificate is not trusted (" + certificate.Err.Error() + "); behind a proxy that inspects TLS, its CA file must be given"
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		e.Reason = "the connection was closed before the answer was complete"
	case errors.As(err, &inURL):
		e.Reason = inURL.Err.Error() // without the method and URL that url.Error repeats
	default:
		e.Reason = err.Error()
	}
	return e
}

// refusal reads an answer whose status is not 200. Entra says 400 or 404 with an error object when it knows no such tenant.
func refusal(a Authority, target string, status int, body []byte) error {
	e := &UnreachableError{URL: target, Status: status}
	members, reason := decodeObject(body)
	var code, description string
	json.Unmarshal(members["error"], &code) // absent or another type: stays ""
	json.Unmarshal(members["error_description"], &description)
	description = firstLine(description)
	switch {
	case (status == http.StatusBadRequest || status == http.StatusNotFound) && code != "":
		return &UnknownTenantError{Tenant: a.Tenant, AADSTS: aadsts(members["error_codes"], description), Description: description}
	case status == http.StatusNotFound:
		e.Reason = "there is nothing at this address; is this the sign-in host of an external tenant?"
	case status == http.StatusTooManyRequests:
		e.Reason = "the tenant is asked too often; wait and try again"
	case status >= 500:
		e.Reason = "the service has a fault or is overloaded; try again later"
	case status >= 300 && status < 400:
		e.Reason = "redirects without saying where"
	case code != "":
		e.Reason = "refused: " + strconv.Quote(shorten(code)) + " " + description
	case reason != "":
		e.Reason = reason
	default:
		e.Reason = "refused"
	}
	return e
}

// firstLine cuts the trace ids off an error_description, and bounds it.
func firstLine(s string) string {
	for _, end := range [...]string{"\r", "\n", " Trace ID:"} {
		s, _, _ = strings.Cut(s, end)
	}
	if len(s) > maxDescription {
		s = strings.ToValidUTF8(s[:maxDescription], "")
	}
	return strings.TrimSpace(s)
}

// aadsts takes the number from error_codes, else from the text "AADSTS<number>: …".
func aadsts(errorCodes json.RawMessage, description string) int {
	var codes []int
	if json.Unmarshal(errorCodes, &codes) == nil && len(codes) > 0 {
		return codes[0]
	}
	_, rest, _ := strings.Cut(description, "AADSTS")
	end := 0
	for end < len(rest) && end < 9 && '0' <= rest[end] && rest[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(rest[:end]) // no digits: 0
	return n
}

// noteStale adds to a failure that there would be a copy, were it not too old.
func noteStale(err error, fetchedAt time.Time) {
	var e *UnreachableError
	if errors.As(err, &e) {
		e.CachedAt = fetchedAt
	}
}
