package cli

import (
	"context"
	"io"
)

// stdinUntil reads stdin, or what takes its place, until ctx ends. The read that was begun then is left behind, and with
// it what it may still get: a terminal's cannot be taken back.
type stdinUntil struct {
	ctx  context.Context
	in   io.Reader
	got  chan readPart
	rest readPart
}

type readPart struct {
	data []byte
	err  error
}

// Close implements io.Closer; stdin stays open.
func (s *stdinUntil) Close() error { return nil }

// Read implements io.Reader.
func (s *stdinUntil) Read(p []byte) (int, error) {
	if len(s.rest.data) == 0 && s.rest.err == nil {
		if s.got == nil {
			s.got = make(chan readPart, 1)
		}
		go func() {
			buf := make([]byte, 32<<10)
			n, err := s.in.Read(buf)
			s.got <- readPart{buf[:n], err}
		}()
		select {
		case s.rest = <-s.got:
		case <-s.ctx.Done():
			s.rest.err = context.Cause(s.ctx)
		}
	}
	n := copy(p, s.rest.data)
	s.rest.data = s.rest.data[n:]
	if len(s.rest.data) > 0 {
		return n, nil
	}
	return n, s.rest.err
}
