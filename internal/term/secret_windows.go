package term

import (
	"io"

	"golang.org/x/term"
)

// hideTyping remembers how the console was: readHidden changes it, and a read that is given up does not change it back.
func hideTyping(fd int) (show func(), err error) {
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(fd, before) }, nil
}

// readHidden reads a line while the console hides it. Ctrl-Z ends the input.
func (s *Streams) readHidden() (string, error) {
	secret, err := term.ReadPassword(s.fd)
	if err == io.EOF && len(secret) == 0 {
		err = ErrNoAnswer
	}
	return string(secret), err
}
