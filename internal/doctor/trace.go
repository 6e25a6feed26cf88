package doctor

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Trace is what was seen of the first connection that a request made. A transport that is not Go's own reports nothing.
// Read it once the request has ended.
type Trace struct {
	mu sync.Mutex
	// Addresses are what the name was found to mean; nil where nothing was looked up.
	Addresses []string
	// Remote is whom the connection was made to; "" for none.
	Remote string
	// TLS is the handshake, nil for none or one that failed.
	TLS *tls.ConnectionState
	// Shaking says that a handshake was begun, and Open that the connection could carry a request.
	Shaking, Open bool
}

// With returns ctx with a trace of the requests made with it.
func (t *Trace) With(ctx context.Context) context.Context {
	note := func(what func()) {
		t.mu.Lock()
		defer t.mu.Unlock()
		what()
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone: func(i httptrace.DNSDoneInfo) {
			note(func() {
				for _, a := range i.Addrs {
					t.Addresses = append(t.Addresses, a.String())
				}
			})
		},
		ConnectDone: func(_, address string, err error) {
			if err == nil {
				note(func() { t.Remote = address })
			}
		},
		TLSHandshakeStart: func() { note(func() { t.Shaking = true }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				note(func() { t.TLS = &state })
			}
		},
		GotConn: func(httptrace.GotConnInfo) { note(func() { t.Open = true }) },
	})
}

// Clock notes the Date header of the first answer that has one, as http.RoundTripper.
type Clock struct {
	Next http.RoundTripper
	Now  func() time.Time

	mu sync.Mutex
	// Date is the header as it came, Sent and Got when the request went and the answer came; Date is "" for none yet.
	Date      string
	Sent, Got time.Time
	// Took is how long the first answer took.
	Took time.Duration
}

// RoundTrip implements http.RoundTripper.
func (c *Clock) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, began := c.Now(), time.Now()
	resp, err := c.Next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Took == 0 {
		c.Took = time.Since(began)
	}
	if date := resp.Header.Get("Date"); c.Date == "" && date != "" {
		c.Date, c.Sent, c.Got = date, sent, c.Now()
	}
	return resp, err
}
