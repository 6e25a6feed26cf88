// Command ciam signs people in to a Microsoft Entra External ID external tenant from a terminal.
package main

import (
	"context"
	"crypto/rand"
	"log"
	"os"
	"runtime/debug"
	"time"

	"github.com/ciam-cli/ciam/internal/cli"
	"github.com/ciam-cli/ciam/internal/term"
)

func main() { os.Exit(run()) }

// run is main with an exit code: what it defers is done before the process ends.
func run() int {
	if cli.Completing(os.Args[1:]) {
		term.MuteStderr() // the libraries' too
	}
	streams := term.System(os.Getenv)
	defer streams.Restore()    // after a panic too
	log.SetOutput(streams.Err) // of libraries, which tell of what a server sent
	ctx, signals := cli.CatchSignals(context.Background(), func(code int) {
		streams.Restore()
		os.Exit(code)
	})
	env := &cli.Env{
		Streams: streams,
		Signals: signals,
		Getenv:  os.Getenv,
		Now:     time.Now,
		Rand:    rand.Reader,
	}
	info, _ := debug.ReadBuildInfo()
	describeBuild(env, info)
	return cli.Run(ctx, env, os.Args[1:])
}
