package auth

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Retries of one request: three tries, at most ten seconds between two. A server that wants more time is not waited
// for, since somebody or some script is waiting for us.
const (
	maxTries     = 3
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 10 * time.Second
)

// passing reports an answer that another try may better: throttling (RFC 6585 section 4) and trouble of the server's own.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// backoff is how long to wait after the given try, 1 for the first; false when it is not worth it.
func backoff(try int, retryAfter string, now time.Time) (time.Duration, bool) {
	wait := firstBackoff << (try - 1)
	if n, err := strconv.Atoi(retryAfter); err == nil && n >= 0 { // RFC 9110 section 10.2.3: seconds or a date
		wait = time.Duration(n) * time.Second
	} else if date, err := http.ParseTime(retryAfter); err == nil {
		wait = date.Sub(now)
	}
	return max(wait, 0), try < maxTries && wait <= maxBackoff
}

// pause waits, and ends early with ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
