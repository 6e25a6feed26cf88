//go:build unix

package browser

import "syscall"

// detached puts a browser into a session of its own: Ctrl-C and a closed terminal are meant for this program. A browser
// for the terminal then fails at once instead of fighting over it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
