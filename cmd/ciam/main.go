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

// version is set by the release build; otherwise the module's own version is told.
var version string

// run is main with an exit code: what it defers is done before the process ends.
func run() int {
	streams := term.System(os.Getenv)
	defer streams.Restore()    // after a panic too
	log.SetOutput(streams.Err) // of libraries, which tell of what a server sent
	ctx, signals := cli.CatchSignals(context.Background(), func(code int) {
		streams.Restore()
		os.Exit(code)
	})
	return cli.Run(ctx, &cli.Env{
		Streams: streams,
		Signals: signals,
		Getenv:  os.Getenv,
		Version: buildVersion(),
		Now:     time.Now,
		Rand:    rand.Reader,
	}, os.Args[1:])
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
