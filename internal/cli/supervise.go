package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// supervise runs child to its end, passes signals on, and returns its exit code as *childExit; nil for 0.
// A child that was asked to end and does not is killed after grace (0: never), or at a second interrupt.
func (r *run) supervise(ctx context.Context, child *exec.Cmd, grace time.Duration) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, passedSignals()...)
	defer signal.Stop(signals)
	defer r.Signals.lend()()
	if ctx.Err() != nil {
		return context.Cause(ctx) // interrupted while the token was fetched
	}
	if err := child.Start(); err != nil {
		return startFailure(r.system(), child.Args[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	var (
		interrupts int
		asked      bool // to end
		tooLate    <-chan time.Time
	)
	for {
		select {
		case err := <-ended:
			return endOf(child, err)
		case sig := <-signals:
			own := sentByTerminal(sig)
			if !own {
				_ = child.Process.Signal(sig) // fails when it has just ended
			}
			if sig == syscall.SIGTERM || sig == syscall.SIGHUP || sig == os.Interrupt && !own {
				if !asked && grace > 0 {
					tooLate = time.After(grace)
				}
				asked = true
			}
			if sig == os.Interrupt && asked {
				if interrupts++; interrupts == 2 {
					r.kill(child, "at the second interrupt")
				}
			}
		case <-tooLate:
			r.kill(child, fmt.Sprintf("since it had not ended %s after it was asked to", grace))
		}
	}
}

func (r *run) kill(child *exec.Cmd, why string) {
	if child.Process.Kill() == nil {
		r.warn(fmt.Sprintf("%s was killed %s", child.Args[0], why))
	}
}

// endOf is how child ended, as a shell would tell it.
func endOf(child *exec.Cmd, err error) error {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("run %s: %w", child.Args[0], err)
	}
	if code := exitCode(child.ProcessState); code != 0 {
		return &childExit{code: code}
	}
	return nil
}
