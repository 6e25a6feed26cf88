package term

import "syscall"

// showsColor makes a console act on SGR sequences and reports whether it does: the classic console host shows them as
// garbage unless it is asked (Microsoft: Console Virtual Terminal Sequences, Windows 10 1511 and later).
func showsColor(fd uintptr) bool {
	const enableVirtualTerminalProcessing = 0x4
	var mode uint32
	if syscall.GetConsoleMode(syscall.Handle(fd), &mode) != nil {
		return false
	}
	if mode&enableVirtualTerminalProcessing != 0 {
		return true
	}
	set := syscall.NewLazyDLL("kernel32.dll").NewProc("SetConsoleMode")
	if set.Find() != nil {
		return false
	}
	ok, _, _ := set.Call(fd, uintptr(mode|enableVirtualTerminalProcessing))
	return ok != 0
}
