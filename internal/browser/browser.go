package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Errors of Open, wrapped with a reason.
var (
	// ErrNoBrowser says that there is no browser to try, or that none is wanted.
	ErrNoBrowser = errors.New("no browser to open")
	// ErrURL says that what was to be opened is no web address.
	ErrURL = errors.New("not an http or https URL with a host")
	// ErrCommand says that the configured command cannot be run as it is written.
	ErrCommand = errors.New("unusable browser command")
)

// LaunchError says that a launcher could not be started or failed at once. Its message holds no URL.
type LaunchError struct {
	Command string // the program, without arguments
	Err     error  // exec.ErrNotFound, an *exec.ExitError, ...
}

func (e *LaunchError) Error() string {
	var missing *exec.Error
	if errors.As(e.Err, &missing) {
		return fmt.Sprintf("browser command %q cannot be run: %v", e.Command, missing.Err)
	}
	return fmt.Sprintf("browser command %q did not work: %v", e.Command, e.Err)
}

// Unwrap returns Err.
func (e *LaunchError) Unwrap() error { return e.Err }

// grace is how long Open watches a launcher for an early failure.
const grace = 200 * time.Millisecond

// Opener opens URLs. The zero value is the system's default browser, on Linux and BSD without a display, so none.
type Opener struct {
	// Command is the browser as the person configured it: a program with arguments, quoted as for a shell, that is run
	// without one. %s in an argument stands for the URL, which else becomes the last argument. Several such commands are
	// tried in their order, with ':' between them, on Windows ';'. A program's path may hold spaces without quotes, where
	// there is such a program. "" is the system's default, "none" never opens anything.
	Command string
	// Chatter is told what a launcher has printed until Open returns, the address taken out; nil discards it.
	Chatter func(text string)
	// Display says whether there is a graphical session (X11 or Wayland). Not looked at on macOS and Windows.
	Display bool
	// WSL says whether this is Linux inside Windows, whose browser is then the person's.
	WSL bool
}

// Open opens an http or https URL. It returns when the launcher has succeeded, failed, or run for the grace, which
// counts as success. Errors: ErrNoBrowser, ErrURL, ErrCommand, *LaunchError, or ctx's cause.
func (o Opener) Open(ctx context.Context, url string) error { return o.open(ctx, url, grace) }

func (o Opener) open(ctx context.Context, url string, patience time.Duration) error {
	if err := checkURL(url); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	switch {
	case o.never():
		return fmt.Errorf("%w: the browser command is %q", ErrNoBrowser, "none")
	case o.Configured():
		return o.openConfigured(ctx, url, patience)
	}
	if o.WSL {
		for _, args := range windowsLaunchers(url) {
			if launch(ctx, args, o.chatter(url), patience) == nil {
				return nil
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	if err := o.systemDefault(); err != nil {
		return err
	}
	return openSystem(ctx, url, o.chatter(url), patience)
}

// openConfigured tries the person's commands, and tells why the first one failed when all have.
func (o Opener) openConfigured(ctx context.Context, url string, patience time.Duration) error {
	commands, first := o.commands(url)
	for _, args := range commands {
		err := launch(ctx, args, o.chatter(url), patience)
		if err == nil || ctx.Err() != nil {
			return err
		}
		first = cmp.Or(first, err)
	}
	return first
}

// commands are those of Command that can be meant, or why there is none.
func (o Opener) commands(url string) ([][]string, error) {
	return commandLines(o.Command, url, runtime.GOOS == "windows", installed)
}

// Configured reports whether the person named a browser, or none.
func (o Opener) Configured() bool { return strings.TrimSpace(o.Command) != "" }

// Usable says why none of the configured commands can be run, or nil when one can. It looks for programs in PATH and starts
// none.
func (o Opener) Usable() error {
	if o.never() || !o.Configured() {
		return fmt.Errorf("%w: the browser command is %q", ErrNoBrowser, strings.TrimSpace(o.Command))
	}
	commands, first := o.commands("")
	for _, args := range commands {
		if installed(args[0]) {
			return nil
		}
		_, err := exec.LookPath(args[0])
		first = cmp.Or(first, error(&LaunchError{Command: args[0], Err: err}))
	}
	return first
}

// System says why the system has no browser to open, whatever is configured, or nil when it has. It starts no program either.
func (o Opener) System() error {
	if o.WSL && (installed(wslview) || installed(powershell)) {
		return nil
	}
	return o.systemDefault()
}

// Available says whether there is a browser worth trying.
func (o Opener) Available() bool {
	if o.Configured() {
		return o.Usable() == nil
	}
	return o.System() == nil
}

func (o Opener) never() bool { return strings.EqualFold(strings.TrimSpace(o.Command), "none") }

// chatter is Chatter without the address that is opened.
func (o Opener) chatter(url string) func(string) {
	if o.Chatter == nil {
		return nil
	}
	return func(text string) { o.Chatter(redact(text, url)) }
}

// systemDefault says why there is no default browser to start, or nil when there is.
func (o Opener) systemDefault() error {
	programs := systemLaunchers(runtime.GOOS)
	if programs == nil {
		return nil
	}
	if runtime.GOOS != "darwin" && !o.Display && !o.WSL {
		return fmt.Errorf("%w: no graphical display (neither DISPLAY nor WAYLAND_DISPLAY is set)", ErrNoBrowser)
	}
	for _, program := range programs {
		if installed(program) {
			return nil
		}
	}
	return fmt.Errorf("%w: %s not found in PATH", ErrNoBrowser, strings.Join(programs, ", "))
}

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// checkURL keeps file:, javascript: and options in disguise away from launchers, which open anything they are given.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return ErrURL // the cause would quote the URL
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: got scheme %q", ErrURL, u.Scheme)
	}
	return nil
}
