// Package wire makes requests of a tenant and says what came of them. It bounds time and size, asks again where that
// may help, follows no redirect away from the origin asked, notes the tenant's clock, and names the cause when there is
// no answer. What an answer means is for others to say.
package wire

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

const (
	maxAnswer      = 1 << 20 // real ones take at most 40 KB
	maxRedirects   = 3
	defaultTimeout = 30 * time.Second
)

// Options are how a Sender asks. The zero value is for a request that must not be repeated once it may have arrived.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Timeout bounds one request with its answer; 0 means 30 seconds.
	Timeout time.Duration
	// Tries is how often a request is made at most; 0 means 3.
	Tries int
	// Repeatable says that a request which may have been carried out can be made again. A GET always can.
	Repeatable bool
	// AtMostOnce says that nothing must be carried out twice: a request is made again only when it certainly was not, which of
	// the statuses of failure is what throttling says.
	AtMostOnce bool
	// SameOrigin follows up to three redirects that stay on the origin asked; without it none is followed.
	SameOrigin bool
	// Pause waits between two tries, and ends early with ctx; nil means Pause.
	Pause func(ctx context.Context, d time.Duration) error
}

// Sender makes requests. Make one with New. It is safe for concurrent use.
type Sender struct {
	client  http.Client
	options Options
}

// New returns a Sender on a copy of client, nil being http.DefaultClient. The copy's CheckRedirect is the Sender's own:
// a form with a code or a secret goes nowhere but where it was sent to, whatever the client would do.
func New(client *http.Client, o Options) *Sender {
	s := &Sender{options: o}
	if client != nil {
		s.client = *client
	}
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if o.SameOrigin {
		s.client.CheckRedirect = sameOrigin
	}
	if s.options.Now == nil {
		s.options.Now = time.Now
	}
	if s.options.Pause == nil {
		s.options.Pause = Pause
	}
	s.options.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	s.options.Tries = cmp.Or(o.Tries, maxTries)
	return s
}

// sameOrigin lets a redirect stay on the origin: trust in the answer rests on the host asked.
func sameOrigin(req *http.Request, via []*http.Request) error {
	if req.URL.Scheme != via[0].URL.Scheme || req.URL.Host != via[0].URL.Host {
		return &redirectError{to: req.URL.Scheme + "://" + req.URL.Host}
	}
	if len(via) > maxRedirects {
		return &redirectError{}
	}
	return nil
}

// Reply is an answer, whatever its status.
type Reply struct {
	Status int
	Body   []byte
	// Location is where a redirect leads that was not followed, as it came; "" for none.
	Location string
	// RetryAfter is how long the server wants to be left alone; negative when it does not say.
	RetryAfter time.Duration
	// Skew is the server's clock less ours by its Date header, in whole seconds; 0 when they agree as far as can be told.
	Skew time.Duration
}

// Get asks for a document.
func (s *Sender) Get(ctx context.Context, target string) (Reply, error) {
	return s.request(ctx, http.MethodGet, target, nil)
}

// Post sends a form.
func (s *Sender) Post(ctx context.Context, target string, form url.Values) (Reply, error) {
	return s.request(ctx, http.MethodPost, target, form)
}

func (s *Sender) request(ctx context.Context, method, target string, form url.Values) (Reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return Reply{}, &UnreachableError{URL: target, Reason: "is not a URL that can be asked for", Err: err}
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json")
	return s.Do(req)
}

// Do sends a request, again where that may help, and returns the last answer. Errors: *UnreachableError, and the cause
// of the context's end as it is.
func (s *Sender) Do(req *http.Request) (Reply, error) {
	for try := 1; ; try++ {
		reply, err := s.once(req)
		if parent := context.Cause(req.Context()); err != nil && parent != nil {
			return Reply{}, parent
		}
		if !s.again(req, reply, err) {
			return reply, err
		}
		wait := backoff(try, reply.RetryAfter)
		if try >= s.options.Tries || wait > maxBackoff || tooLate(req.Context(), wait) {
			return reply, err
		}
		if err := s.options.Pause(req.Context(), wait); err != nil {
			return Reply{}, err
		}
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return reply, err
			}
		}
	}
}

// once sends a request once.
func (s *Sender) once(req *http.Request) (Reply, error) {
	ctx, cancel := context.WithTimeout(req.Context(), s.options.Timeout)
	defer cancel()
	p := &progress{target: req.URL, timeout: s.options.Timeout}
	sent := s.options.Now()
	resp, err := s.client.Do(req.WithContext(httptrace.WithClientTrace(ctx, p.trace())))
	if err != nil {
		return Reply{RetryAfter: -1}, p.unanswered(err)
	}
	defer resp.Body.Close()
	reply := Reply{Status: resp.StatusCode, Location: resp.Header.Get("Location")}
	reply.Skew = Skew(resp.Header.Get("Date"), sent, s.options.Now())
	reply.RetryAfter = retryAfter(resp.Header, s.options.Now())
	reply.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return Reply{RetryAfter: -1}, p.brokenOff(resp.StatusCode, err)
	case len(reply.Body) > maxAnswer:
		return Reply{RetryAfter: -1}, &UnreachableError{URL: p.url(), Status: resp.StatusCode, Cause: CauseDamaged, Reason: "the answer is over 1 MB"}
	}
	return reply, nil
}

// Skew is the server's clock less ours, by a Date header of an answer to a request sent and got at these times. A Date header has whole seconds and was written at some time between sent and
// got, so it tells nothing closer than that; within it, the two clocks agree.
func Skew(header string, sent, got time.Time) time.Duration {
	date, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	least, most := date.Sub(got), date.Add(time.Second).Sub(sent)
	if least <= 0 && most >= 0 {
		return 0
	}
	return least.Truncate(time.Second)
}

// asUnreachable finds the error of a request that got no answer.
func asUnreachable(err error) *UnreachableError {
	var e *UnreachableError
	errors.As(err, &e)
	return e
}
