package term

import (
	"context"
	"os"

	"golang.org/x/term"
)

// raw has the console hand over every key as it is until restore. A read that waits cannot be taken back here.
func (s *Streams) raw(context.Context, func()) (restore func(), read func([]byte) (int, error), err error) {
	err = s.hide(func(fd int) (func(), error) {
		before, err := term.MakeRaw(fd)
		if err != nil {
			return nil, err
		}
		s.bracket(true)
		return func() { s.bracket(false); _ = term.Restore(fd, before) }, nil
	})
	return s.show, os.Stdin.Read, err
}

// A console's keys mean no signals to others.

func sendInterrupt(int) {}
func sendSuspend(int)   {}
func sendQuit(int)      {}
