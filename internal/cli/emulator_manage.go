package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/emulator/host"
)

const (
	healthLimit = 30 * time.Second // of --wait without a value
	stopLimit   = 10 * time.Second
	managePause = 50 * time.Millisecond // between two looks
)

func newEmulatorHealthCmd(r *run) *cobra.Command {
	var o emulatorPlace
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask whether an emulator answers",
		Long: `Ask whether an emulator answers, and print its address; exit code 5 when none does. With
--wait it may take that long, for scripts and for the health check of a container.

` + placeHelp,
		Example: `  ciam emulator health
  ciam emulator health --wait --url https://emulator:8765
  ciam emulator health --wait=60s --ready-file ready.json
  ciam emulator health -o json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && cmd.Flags().Changed("wait") {
				return &usageError{message: fmt.Sprintf("unexpected argument %q", args[0]), hint: "the time goes with an equals sign, as in `ciam emulator health --wait=60s`"}
			}
			return noArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runEmulatorHealth(cmd.Context(), r, o, wait) },
	}
	o.add(cmd)
	cmd.Flags().DurationVar(&wait, "wait", 0, "wait until it answers, for at most this `TIME`")
	cmd.Flags().Lookup("wait").NoOptDefVal = healthLimit.String()
	return cmd
}

func runEmulatorHealth(ctx context.Context, r *run, o emulatorPlace, wait time.Duration) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	if wait < 0 {
		return &usageError{message: "--wait takes a time such as 30s", hint: "see `ciam emulator health --help`"}
	}
	health, err := r.awaitHealth(ctx, o, wait)
	if err != nil {
		return err
	}
	if format == "json" {
		return r.printJSON(health)
	}
	return r.printLine(health.URL)
}

// awaitHealth asks until the emulator answers or limit is over, once at least.
func (r *run) awaitHealth(ctx context.Context, o emulatorPlace, limit time.Duration) (emulatorHealth, error) {
	began, told := time.Now(), false
	for {
		c, err := r.emulatorClient(o) // again each time: it may be about to say where it is
		var health emulatorHealth
		if err == nil {
			if health, err = c.health(ctx); err == nil {
				return health, nil
			}
		}
		late := r.maybeLate(o, err)
		if late && !told && limit > 0 {
			r.info("waiting for the emulator, at most %s", limit)
			told = true
		}
		if !late || time.Since(began) >= limit {
			return health, err
		}
		if err := pause(ctx); err != nil {
			return health, err
		}
	}
}

// maybeLate reports whether an emulator that was not found may answer yet. Whatever else is on the usual port is none while one
// that is starting has not said where it is.
func (r *run) maybeLate(o emulatorPlace, err error) bool {
	if _, missing := find[*notFoundError](err); missing {
		return true
	}
	if _, wrong := find[*usageError](err); wrong {
		return false
	}
	late, unanswered := find[*unansweredError](err)
	_, foreign := find[*commandError](err)
	guessed := o.url == "" && o.readyFile == "" && r.env.EmulatorURL == "" && len(r.announced()) == 0
	return unanswered && late.may() || guessed && foreign
}

// pause is between two looks at what another process does.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(managePause):
		return nil
	}
}

func newEmulatorStopCmd(r *run) *cobra.Command {
	var o emulatorPlace
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "End a running emulator",
		Long: `End a running emulator as Ctrl-C does, and wait until it is gone: its port is free then, and
so is its data folder. An emulator of ` + "`ciam emulator run`" + ` ends with its program instead.

` + placeHelp,
		Example: "  ciam emulator stop\n  ciam emulator stop --ready-file ready.json",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runEmulatorStop(cmd.Context(), r, o, limit) },
	}
	o.add(cmd)
	cmd.Flags().DurationVar(&limit, "timeout", stopLimit, "how long to wait for its end")
	return cmd
}

func runEmulatorStop(ctx context.Context, r *run, o emulatorPlace, limit time.Duration) error {
	if _, err := r.format("text"); err != nil {
		return err
	}
	c, err := r.emulatorClient(o)
	if err != nil {
		return err
	}
	announced := r.announcedAs(c.Running)
	if err := c.call(ctx, http.MethodPost, "/stop", nil); err != nil {
		return err
	}
	for began := time.Now(); ; {
		_, err := c.health(ctx)
		_, silent := find[*unansweredError](err)
		if silent && (announced == nil || !host.StillAnnounced(r.runningDir(), *announced)) {
			r.info("the emulator at %s has ended", c.URL)
			return nil
		}
		if time.Since(began) >= limit {
			return &commandError{exit: exitOther, code: "timeout", message: fmt.Sprintf("the emulator at %s has not ended within %s", c.URL, limit), hint: "`--timeout` waits longer"}
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// announcedAs is an emulator of this machine as it has announced itself, by its port; nil when it has not.
func (r *run) announcedAs(e host.Running) *host.Running {
	port := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			return ""
		}
		return u.Port()
	}
	for _, a := range r.announced() {
		if a == e || port(a.URL) == port(e.URL) && host.IsLoopback(e.URL) {
			return &a
		}
	}
	return nil
}
