package wire

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// A request is tried three times, at most ten seconds between two. A server that wants more time is not waited for,
// since somebody or some script is waiting for us.
const (
	maxTries     = 3
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 10 * time.Second
	maxAskedFor  = 24 * time.Hour // longer ones are cut: nobody waits for them
)

// Passing reports a status that another try may better: throttling (RFC 6585 section 4) and trouble of the server's own.
func Passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// again reports whether another try may better the outcome of a request and can do no harm.
func (s *Sender) again(req *http.Request, reply Reply, err error) bool {
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return false
	}
	if err == nil {
		return Passing(reply.Status) && (!s.options.AtMostOnce || reply.Status == http.StatusTooManyRequests)
	}
	e := asUnreachable(err)
	if e == nil {
		return false
	}
	switch e.Cause {
	case CauseRefused, CauseOffline, CauseProxyDropped, CauseProxyUnreachable:
		return true // nothing has arrived
	case CauseDropped, CauseDamaged, CauseTLS:
		return e.broke && (e.Cause == CauseTLS || s.options.Repeatable || req.Method == http.MethodGet)
	}
	return false
}

// backoff is how long to wait after the given try, 1 for the first.
func backoff(try int, asked time.Duration) time.Duration {
	if asked >= 0 {
		return asked
	}
	return firstBackoff << (try - 1)
}

// tooLate reports whether ctx would end before or with the wait: the outcome so far says more than its end.
func tooLate(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= wait
}

// retryAfter reads the header of RFC 9110 section 10.2.3: seconds or a date, which is by the server's own clock.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
		return time.Duration(min(n, int64(maxAskedFor/time.Second))) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return -1
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), maxAskedFor)
}

// Pause waits, and ends early with the cause of ctx's end.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
