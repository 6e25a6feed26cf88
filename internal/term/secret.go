package term

import "sync"

// hidden is a terminal that does not show what is typed. It is kept apart from Streams, which may be copied.
type hidden struct {
	mu   sync.Mutex
	show func() // nil while the terminal shows it
	over bool
}

// hide makes the terminal hide what is typed until Restore; hide is the system's way to do that.
func (s *Streams) hide(hide func(fd int) (show func(), err error)) error {
	s.hidden.mu.Lock()
	defer s.hidden.mu.Unlock()
	if s.hidden.over {
		return ErrNoAnswer
	}
	show, err := hide(s.fd)
	if err == nil {
		s.hidden.show = show
	}
	return err
}

// show has the terminal show again what is typed.
func (s *Streams) show() {
	s.hidden.mu.Lock()
	defer s.hidden.mu.Unlock()
	if s.hidden.show != nil {
		s.hidden.show()
		s.hidden.show = nil
	}
}

// Restore has the terminal show again what is typed, for good: it is the last that a process does with it, from whichever
// goroutine.
func (s *Streams) Restore() {
	s.show()
	s.hidden.mu.Lock()
	defer s.hidden.mu.Unlock()
	s.hidden.over = true
}
