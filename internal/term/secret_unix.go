//go:build unix

package term

import (
	"syscall"
	memory "unsafe" // a function here has the name
)

// hideTyping turns the terminal's echo off, and lines, Ctrl-C and line breaks on, as golang.org/x/term.ReadPassword does.
// That function takes Ctrl-D, the end of the input, for nothing and reads on.
func hideTyping(fd int) (show func(), err error) {
	var before syscall.Termios
	if err := termios(fd, readTermios, &before); err != nil {
		return nil, err
	}
	quiet := before
	quiet.Lflag &^= syscall.ECHO
	quiet.Lflag |= syscall.ICANON | syscall.ISIG
	quiet.Iflag |= syscall.ICRNL
	if err := termios(fd, writeTermios, &quiet); err != nil {
		return nil, err
	}
	return func() { _ = termios(fd, writeTermios, &before) }, nil
}

func termios(fd int, request uintptr, value *syscall.Termios) error {
	for {
		switch _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(memory.Pointer(value))); errno {
		case 0:
			return nil
		case syscall.EINTR: // as a process that was stopped and goes on gets it
		default:
			return errno
		}
	}
}

// readHidden reads a line while the terminal hides it.
func (s *Streams) readHidden() (string, error) { return s.readAnswer() }
