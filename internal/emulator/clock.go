package emulator

import (
	"sync/atomic"
	"time"
)

// movableClock is the tenant's clock: a base clock and an offset.
type movableClock struct {
	base   func() time.Time
	offset atomic.Int64 // nanoseconds
}

func (c *movableClock) now() time.Time { return c.base().Add(time.Duration(c.offset.Load())) }

// SetClockOffset moves the tenant's clock to d from Options.Now, ahead or, when
// d is negative, behind; 0 sets it right. Tokens, codes, sessions and lockouts
// age by it. Clients and APIs keep their own clocks.
func (s *Server) SetClockOffset(d time.Duration) { s.clock.offset.Store(int64(d)) }

// ClockOffset is how far the tenant's clock is from Options.Now.
func (s *Server) ClockOffset() time.Duration { return time.Duration(s.clock.offset.Load()) }
