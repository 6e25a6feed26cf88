package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/wire"
)

const (
	// slowDown is what slow_down adds to the interval (RFC 8628 section 3.5).
	slowDown = 5 * time.Second
	// maxDeviceInterval bounds the wait between two polls, whatever made it grow: who has signed in waits for the next one.
	maxDeviceInterval = 2 * time.Minute
)

// poll asks for the tokens until the person has decided or ctx ends. A network or a tenant in trouble ends nothing: it is
// asked again at twice the interval each time, as the section demands, and at the old one once it answers.
func (s *Service) poll(ctx context.Context, md *authority.Metadata, form url.Values, interval time.Duration) (*answer, error) {
	wait := min(interval, maxDeviceInterval)
	var trouble error // what the last poll failed with
	for {
		if err := wire.Pause(ctx, wait); err != nil {
			return nil, unfinished(err, trouble)
		}
		a, asked, err := s.pollOnce(ctx, md, form)
		var refused *RefusedError
		switch {
		case err == nil:
			return a, nil
		case ctx.Err() != nil:
			return nil, unfinished(context.Cause(ctx), trouble)
		case errors.As(err, &refused) && refused.Code == "authorization_pending":
			trouble, wait = nil, interval
		case errors.As(err, &refused) && refused.Code == "slow_down":
			interval += slowDown
			trouble, wait = nil, interval
		case Passing(err):
			if trouble == nil {
				s.warn(err.Error() + "; it is tried again until the code expires")
			}
			trouble, wait = err, max(2*wait, asked)
		default:
			return nil, err
		}
		wait = min(wait, maxDeviceInterval)
	}
}

// pollOnce asks once; asked is how long the tenant wants to be left alone.
func (s *Service) pollOnce(ctx context.Context, md *authority.Metadata, form url.Values) (a *answer, asked time.Duration, err error) {
	reply, err := s.ask(ctx, md, tokenEndpointOf, form, duringDevice, wire.Options{Tries: 1})
	if err != nil {
		return nil, 0, err
	}
	a = &answer{skew: reply.Skew}
	return a, reply.RetryAfter, receive(reply, duringDevice, a)
}

// unfinished is the end of a wait for the person: the time-out, or the trouble that kept the answer from us until then.
func unfinished(end, trouble error) error {
	var timeout *TimeoutError
	if trouble != nil && errors.As(end, &timeout) {
		return fmt.Errorf("%s, and the tenant could not be asked at the end: %w", timeout, trouble)
	}
	return end
}
