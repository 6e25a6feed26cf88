package keychain

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPatience runs on a clock of its own. limit is 3 s and most is 20 s, as in truth.
func TestPatience(t *testing.T) {
	began := time.Time{}
	upTo := func(d time.Duration, then func(ctx context.Context) error) func(context.Context) error {
		return func(ctx context.Context) error {
			if time.Since(began) >= d {
				return then(ctx)
			}
			return nil
		}
	}
	silent := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	fails := func(context.Context) error { return errors.New("no such name") }
	slow := func(d time.Duration) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	for name, tc := range map[string]struct {
		ping func(ctx context.Context) error
		ends time.Duration
		says string
	}{
		"nothing to ask":                    {nil, 3 * time.Second, "waited 3s"},
		"stopped":                           {silent, 3 * time.Second, "waited 3s"},
		"gone":                              {fails, 3 * time.Second, "waited 3s"},
		"busy":                              {upTo(time.Hour, nil), 20 * time.Second, "waited 20s; it is busy"},
		"busy, and slow to say so":          {slow(2400 * time.Millisecond), 20 * time.Second, "waited 20s; it is busy"},
		"so busy that it might have hanged": {slow(2600 * time.Millisecond), 3 * time.Second, "waited 3s"},
		"busy, then stopped":                {upTo(7*time.Second, silent), 9500 * time.Millisecond, "waited 9.5s"},
		"busy, then gone":                   {upTo(7*time.Second, fails), 9500 * time.Millisecond, "waited 9.5s"},
		"busy, then stopped near the end":   {upTo(19*time.Second, silent), 20 * time.Second, "waited 20s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began = time.Now()
				err := patience{limit: 3 * time.Second, most: 20 * time.Second, ping: tc.ping}.keep(t.Context())
				if took := time.Since(began); took != tc.ends || state(err) != Hanging || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("after %s: %v; want %s and %q", took, err, tc.ends, tc.says)
				}
			})
		})
	}
	t.Run("the call returns", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			began = time.Now()
			err := patience{limit: 3 * time.Second, most: 20 * time.Second, ping: slow(time.Second)}.keep(ctx)
			if took := time.Since(began); took != 5*time.Second || err != nil {
				t.Errorf("after %s: %v", took, err)
			}
		})
	})
}
