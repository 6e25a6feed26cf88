package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// story is `ciam-story FILE`: a program that ciam runs, written as a script. It has the environment that ciam gave it, a
// folder of its own, and prints nothing unless it fails.
func story() {
	t := &storyT{}
	testscript.RunT(t, testscript.Params{
		Files:               os.Args[1:],
		RequireExplicitExec: true,
		Cmds:                commands(),
		Setup: func(env *testscript.Env) error {
			for _, entry := range os.Environ() {
				// WORK is the folder, and what Windows keeps under names like "=C:" is not for others.
				if name, value, _ := strings.Cut(entry, "="); name != "" && !strings.EqualFold(name, "WORK") {
					env.Setenv(name, value)
				}
			}
			return nil
		},
	})
	if t.failed {
		os.Exit(1)
	}
}

// storyT is the testing.T of a story, in a process that is no test.
type storyT struct{ failed bool }

// Run runs the story; like that of testing.T, it ends with the goroutine.
func (t *storyT) Run(_ string, f func(testscript.T)) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f(t)
	}()
	<-ended
}

func (t *storyT) FailNow() {
	t.failed = true
	runtime.Goexit()
}

func (t *storyT) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	t.FailNow()
}

func (t *storyT) Log(args ...any) {
	if t.failed {
		fmt.Fprintln(os.Stderr, args...)
	}
}

func (t *storyT) Skip(args ...any) { t.Fatal(args...) } // nobody would see it
func (t *storyT) Parallel()        {}
func (t *storyT) Verbose() bool    { return false }
