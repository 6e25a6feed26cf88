package cli

import (
	"fmt"
	"os/exec"
	"syscall"
	"unsafe"
)

// jobLimits is JOBOBJECT_EXTENDED_LIMIT_INFORMATION (winnt.h).
type jobLimits struct {
	perProcessUserTime, perJobUserTime                         int64
	flags                                                      uint32
	minimumWorkingSet, maximumWorkingSet                       uintptr
	activeProcesses                                            uint32
	affinity                                                   uintptr
	priorityClass, schedulingClass                             uint32
	io                                                         [6]uint64
	processMemory, jobMemory, peakProcessMemory, peakJobMemory uintptr
}

const (
	extendedLimits = 9      // JobObjectExtendedLimitInformation
	killOnClose    = 0x2000 // JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	breakawayOK    = 0x800  // JOB_OBJECT_LIMIT_BREAKAWAY_OK: who asks to leave may, as without a job
)

// dieTogether puts this process into a job, and with it all that it starts from now on. The system closes the job of a
// process that is killed, and kills who is in it. After over, what the program has left running goes on.
func dieTogether(*exec.Cmd) (over func(), err error) {
	kernel := syscall.NewLazyDLL("kernel32.dll")
	create, set, assign := kernel.NewProc("CreateJobObjectW"), kernel.NewProc("SetInformationJobObject"), kernel.NewProc("AssignProcessToJobObject")
	for _, p := range []*syscall.LazyProc{create, set, assign} {
		if err := p.Find(); err != nil {
			return nil, err
		}
	}
	job, _, err := create.Call(0, 0)
	if job == 0 {
		return nil, fmt.Errorf("CreateJobObject: %w", err)
	}
	limit := func(flags uint32) error {
		limits := jobLimits{flags: flags}
		if ok, _, err := set.Call(job, extendedLimits, uintptr(unsafe.Pointer(&limits)), unsafe.Sizeof(limits)); ok == 0 {
			return fmt.Errorf("SetInformationJobObject: %w", err)
		}
		return nil
	}
	over = func() {
		if limit(0) == nil {
			_ = syscall.CloseHandle(syscall.Handle(job))
		}
	}
	self, _ := syscall.GetCurrentProcess() // never fails
	if err = limit(killOnClose | breakawayOK); err == nil {
		if ok, _, callErr := assign.Call(job, uintptr(self)); ok == 0 {
			err = fmt.Errorf("AssignProcessToJobObject: %w", callErr)
		}
	}
	if err != nil {
		_ = syscall.CloseHandle(syscall.Handle(job))
		return nil, err
	}
	return over, nil
}
