package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// endGrace is how long the program may take to end after the first signal. The emulator's end is bounded by less.
const endGrace = 10 * time.Second

// Signals are those that ask the program to end: SIGINT (Ctrl-C), SIGTERM (on Windows a closed window, a log-off, a
// shutdown) and SIGHUP. See CatchSignals.
type Signals struct {
	exit   func(code int)
	grace  time.Duration
	cancel context.CancelCauseFunc
	asked  []os.Signal
	got    chan os.Signal
	settle chan chan struct{}
	first  *stoppedError // of watch
}

// CatchSignals returns a context that ends with the first of these signals, with the exit code in its cause. The second
// one ends the process at once, through exit and with the same code; so does the time when the end takes too long, since
// what is blocked in the system (a file that does not open, a pipe that nobody reads) knows of no context. SIGHUP stays
// ignored where it was when the program began (nohup). It is for the whole life of the process.
func CatchSignals(parent context.Context, exit func(code int)) (context.Context, *Signals) {
	return catchSignals(parent, exit, endGrace)
}

func catchSignals(parent context.Context, exit func(code int), grace time.Duration) (context.Context, *Signals) {
	s := &Signals{exit: exit, grace: grace, asked: []os.Signal{os.Interrupt, syscall.SIGTERM}, got: make(chan os.Signal, 8), settle: make(chan chan struct{})}
	if !signal.Ignored(syscall.SIGHUP) {
		s.asked = append(s.asked, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancelCause(parent)
	s.cancel = cancel
	signal.Notify(s.got, s.asked...)
	go s.watch()
	return ctx, s
}

func (s *Signals) watch() {
	for {
		select {
		case sig := <-s.got:
			s.take(sig)
		case settled := <-s.settle:
			for len(s.got) > 0 {
				s.take(<-s.got)
			}
			close(settled)
		}
	}
}

func (s *Signals) take(sig os.Signal) {
	if s.first != nil {
		s.exit(s.first.code())
		return
	}
	s.first = &stoppedError{sig}
	s.cancel(s.first)
	time.AfterFunc(s.grace, func() { s.exit(s.first.code()) })
}

// lend leaves the signals to somebody else, who has asked for them already, until giveBack: they neither end the context
// nor the process then. What came before has ended the context when lend returns. nil lends nothing.
func (s *Signals) lend() (giveBack func()) {
	if s == nil {
		return func() {}
	}
	signal.Stop(s.got)
	settled := make(chan struct{})
	s.settle <- settled
	<-settled
	return func() { signal.Notify(s.got, s.asked...) }
}

// stoppedError is the end by a signal: the cause of a context of CatchSignals.
type stoppedError struct{ signal os.Signal }

func (e *stoppedError) Error() string {
	switch e.signal {
	case syscall.SIGTERM:
		return "ended by SIGTERM"
	case syscall.SIGHUP:
		return "ended by SIGHUP"
	}
	return "interrupted"
}

// Is makes it the end of a context like any other.
func (e *stoppedError) Is(target error) bool { return target == context.Canceled }

// code is a shell's exit code for a program that the signal ended.
func (e *stoppedError) code() int {
	switch e.signal {
	case syscall.SIGTERM:
		return exitTerminated
	case syscall.SIGHUP:
		return exitHungUp
	}
	return exitInterrupted
}

// endError is an end that failed: also after a signal it is what happened.
type endError struct{ err error }

func (e *endError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *endError) Unwrap() error { return e.err }
