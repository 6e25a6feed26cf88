package cli

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestSignals hands signals over as the system would; cmd/ciam's TestStop has real ones.
func TestSignals(t *testing.T) {
	for _, c := range []struct {
		signal os.Signal
		code   int
		words  string
	}{
		{os.Interrupt, 130, "interrupted"}, {syscall.SIGTERM, 143, "ended by SIGTERM"}, {syscall.SIGHUP, 129, "ended by SIGHUP"},
	} {
		exits := make(chan int, 2)
		ctx, s := catchSignals(t.Context(), func(code int) { exits <- code }, 300*time.Millisecond)
		s.got <- c.signal
		<-ctx.Done()
		cause := context.Cause(ctx)
		if stop, ok := find[*stoppedError](cause); !ok || stop.code() != c.code || cause.Error() != c.words || !errors.Is(cause, context.Canceled) {
			t.Errorf("%s: %v", c.signal, cause)
		}
		s.got <- os.Interrupt
		if code := <-exits; code != c.code {
			t.Errorf("%s and another one: exit %d, want %d", c.signal, code, c.code)
		}
		if code := <-exits; code != c.code { // the time is over
			t.Errorf("%s, and nothing ends: exit %d, want %d", c.signal, code, c.code)
		}
	}
}

// TestSignals_lend: what came before has ended the context when the signals are somebody else's, or a child would be started
// that nobody tells to end.
func TestSignals_lend(t *testing.T) {
	for range 40 {
		ctx, s := catchSignals(t.Context(), func(int) {}, time.Hour)
		cancel := s.cancel
		s.cancel = func(cause error) { time.Sleep(5 * time.Millisecond); cancel(cause) }
		s.got <- syscall.SIGTERM
		giveBack := s.lend()
		if ctx.Err() == nil {
			t.Fatal("a signal that came before is not known")
		}
		giveBack()
		s.lend()
	}
	var none *Signals
	none.lend()()
}
