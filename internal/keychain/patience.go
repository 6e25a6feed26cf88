package keychain

import (
	"context"
	"fmt"
	"time"
)

// patience is how long a call into the keychain is waited for: until limit has passed since the last sign of life, which is
// the beginning or the answer to a ping, and for most in all. Who answers pings is busy, not stopped: with hundreds of callers
// a turn takes longer than any limit that is right for a keychain that hangs.
type patience struct {
	limit, most time.Duration
	ping        func(ctx context.Context) error // nil: nothing can be asked, limit it is
}

// pingsPerLimit is how often a ping is sent: early enough for an answer that has to queue, too.
const pingsPerLimit = 6

// keep returns nil when ctx ends, and before that *UnavailableError Hanging when the time is over.
func (p patience) keep(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	deadline := time.NewTimer(p.limit)
	defer deadline.Stop()
	var due <-chan time.Time
	if p.ping != nil {
		due = time.After(p.limit / pingsPerLimit)
	}
	began := time.Now()
	answers := make(chan error, 1)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-due:
			go func() { answers <- p.ping(ctx) }()
		case err := <-answers:
			due = time.After(p.limit / pingsPerLimit)
			if err == nil {
				deadline.Reset(min(p.limit, time.Until(began.Add(p.most))))
			}
		case <-deadline.C:
			return p.over(time.Since(began))
		}
	}
}

func (p patience) over(waited time.Duration) error {
	if p.ping != nil && waited >= p.most {
		return unavailable(Hanging, fmt.Errorf("waited %s; it is busy, since it answers a ping", p.most))
	}
	return unavailable(Hanging, fmt.Errorf("waited %s", max(p.limit, waited.Round(p.limit/pingsPerLimit))))
}
