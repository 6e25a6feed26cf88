//go:build !unix

package browser

import "syscall"

// detached changes nothing: browsers here are not bound to the terminal.
func detached() *syscall.SysProcAttr { return nil }
