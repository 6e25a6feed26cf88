package cli

import (
	"os/exec"
	"runtime"
	"syscall"
)

// dieTogether has child killed when this process is killed (prctl(2), PR_SET_PDEATHSIG). The kernel means the thread
// that started it, so the goroutine that starts it keeps its thread until over.
func dieTogether(child *exec.Cmd) (over func(), err error) {
	runtime.LockOSThread()
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return runtime.UnlockOSThread, nil
}
