//go:build unix

package term

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// rawTyping has the terminal hand over every key as it is, as cfmakeraw(3) does but for its output. A read waits a tenth of a
// second at most, so that one can be taken back.
func rawTyping(fd int) (show func(), again func(), err error) {
	var before syscall.Termios
	if err := termios(fd, readTermios, &before); err != nil {
		return nil, nil, err
	}
	raw := before
	raw.Iflag &^= syscall.IGNBRK | syscall.BRKINT | syscall.PARMRK | syscall.ISTRIP | syscall.INLCR | syscall.IGNCR | syscall.ICRNL | syscall.IXON
	raw.Lflag &^= syscall.ECHO | syscall.ECHONL | syscall.ICANON | syscall.ISIG | syscall.IEXTEN
	raw.Cc[syscall.VMIN], raw.Cc[syscall.VTIME] = 0, 1
	if err := termios(fd, writeTermios, &raw); err != nil {
		return nil, nil, err
	}
	return func() { _ = termios(fd, writeTermios, &before) }, func() { _ = termios(fd, writeTermios, &raw) }, nil
}

// raw puts the terminal into raw mode until restore, which waits until nothing is read any more. Signals that stop the
// process or end it at once find the terminal as it was. redraw is called after the process has gone on.
func (s *Streams) raw(ctx context.Context, redraw func()) (restore func(), read func([]byte) (int, error), err error) {
	again := func() {}
	enter := func() error {
		return s.hide(func(fd int) (func(), error) {
			show, reenter, err := rawTyping(fd)
			if err != nil {
				return nil, err
			}
			s.bracket(true)
			again = reenter
			return func() { s.bracket(false); show() }, nil
		})
	}
	if err := enter(); err != nil {
		return nil, nil, err
	}
	signals := make(chan os.Signal, 4)
	caught := []os.Signal{syscall.SIGCONT, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGTSTP) {
		caught = append(caught, syscall.SIGTSTP)
	}
	signal.Notify(signals, caught...)
	ended, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case <-ended:
				return
			case sig := <-signals:
				if sig == syscall.SIGCONT {
					again()
					redraw()
					continue
				}
				s.Status("")
				s.show()
				letGo(sig.(syscall.Signal), signals)
				if enter() == nil {
					redraw()
				}
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(ended)
		<-over
		s.show()
	}, func(b []byte) (int, error) { return s.poll(ctx, b) }, nil
}

// letGo does what a signal does by itself: Go's runtime keeps its handler, which does nothing for SIGTSTP, after Reset.
func letGo(sig syscall.Signal, signals chan os.Signal) {
	if sig == syscall.SIGQUIT {
		signal.Reset(sig)
		_ = syscall.Kill(os.Getpid(), sig)
		return
	}
	if !inJob() {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	select {
	case <-signals: // SIGCONT
	case <-time.After(200 * time.Millisecond):
	}
}

// inJob reports whether a shell with job control is there that can have us go on. A stop by the terminal does nothing to the
// group of a session's leader (POSIX, "orphaned process group").
func inJob() bool {
	session, _, errno := syscall.Syscall(syscall.SYS_GETSID, 0, 0, 0)
	return errno == 0 && int(session) != syscall.Getpgrp()
}

// poll reads keys, or returns when ctx ends.
func (s *Streams) poll(ctx context.Context, b []byte) (int, error) {
	for atOnce := 0; ctx.Err() == nil; {
		began := time.Now()
		n, err := syscall.Read(s.fd, b)
		switch {
		case n > 0:
			return n, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN): // somebody has made it so
			time.Sleep(50 * time.Millisecond)
		case err != nil:
			return 0, err
		case time.Since(began) > 20*time.Millisecond:
			atOnce = 0
		default: // a terminal that is gone, or that somebody has put back into line mode, where Ctrl-D was typed
			if atOnce++; atOnce > 20 {
				return 0, io.EOF
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	return 0, ctx.Err()
}

// The keys of a terminal mean signals to all of its foreground group, this process included.

func sendInterrupt(fd int) { toGroup(fd, syscall.SIGINT) }
func sendSuspend(fd int)   { toGroup(fd, syscall.SIGTSTP) }
func sendQuit(fd int)      { toGroup(fd, syscall.SIGQUIT) }

func toGroup(fd int, sig syscall.Signal) {
	if fd >= 0 {
		_ = syscall.Kill(0, sig)
	}
}
