package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
)

// execOptions are the flags of `ciam exec`.
type execOptions struct {
	app               appOptions
	minTTL, killAfter time.Duration
	envVar            string
	refreshEndpoint   bool
}

// The exit codes of a shell for a program that does not start (POSIX.1-2017, Shell Command Language, section 2.8.2).
const (
	exitNotExecutable = 126
	exitNoProgram     = 127
)

func newExecCmd(r *run) *cobra.Command {
	var o execOptions
	on := r.system()
	cmd := &cobra.Command{
		Use:   "exec [flags] -- PROGRAM [ARG...]",
		Short: "Run a program with an access token in its environment",
		Long: `Run a program with an access token in the environment variable CIAM_ACCESS_TOKEN, and
the time at which it expires in CIAM_TOKEN_EXPIRES_AT (RFC 3339, UTC).

stdin, stdout and stderr are the program's own, signals are passed on to it, and its exit
code is that of ciam: 128+n when signal n ended it, 127 when there is no such program, 126
when it cannot be run. The token is on no command line, and ciam's own secrets
(CIAM_CLIENT_SECRET, CIAM_CLIENT_CERTIFICATE_PASSWORD, CIAM_STORE_KEY_FILE) are not
passed on.

A program that runs longer than a token lives asks for a new one: with --refresh-endpoint,
GET of the address in CIAM_TOKEN_URL with the header Authorization, "Bearer" and the value of
CIAM_TOKEN_URL_SECRET, answers what ` + "`ciam token -o json`" + ` prints, for as long as the program
runs.

A program that has been asked to end (SIGTERM, SIGHUP, or SIGINT that is not the
terminal's Ctrl-C) and has not after --kill-after, or at a second SIGINT, is killed.`,
		Example: `  ciam exec -- ` + on.inFolder("import-orders") + ` --all
  ciam exec --env-var TOKEN -- npm start
  ciam exec --refresh-endpoint -- ` + on.inFolder("worker"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{message: "no program to run", hint: "name it after `--`, as in `" + "ciam exec -- " + on.inFolder("import-orders") + "`"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runExec(cmd.Context(), r, o, args) },
	}
	o.app.add(cmd)
	o.app.addScopes(cmd)
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the program's name is the program's
	flags.DurationVar(&o.minTTL, "min-ttl", 0, "begin with a token that is valid for `DURATION` at least (default 5m)")
	flags.StringVar(&o.envVar, "env-var", "CIAM_ACCESS_TOKEN", "`NAME` of the variable that holds the token")
	flags.BoolVar(&o.refreshEndpoint, "refresh-endpoint", false, "let the program ask for a new token at the address in CIAM_TOKEN_URL")
	flags.DurationVar(&o.killAfter, "kill-after", 10*time.Second, "kill the program when it has not ended `DURATION` after it was asked to; 0 never does")
	return cmd
}

func (o *execOptions) check(r *run) error {
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	if err := checkVariableName(o.envVar); err != nil {
		return err
	}
	if err := checkMinTTL(o.minTTL); err != nil {
		return err
	}
	bad := func(format string, args ...any) error {
		return &usageError{message: fmt.Sprintf(format, args...), hint: "see `ciam exec --help`"}
	}
	switch strings.ToUpper(o.envVar) {
	case "", "PATH", "CIAM_TOKEN_EXPIRES_AT", "CIAM_TOKEN_URL", "CIAM_TOKEN_URL_SECRET":
		return bad("--env-var %q has a meaning of its own", o.envVar)
	}
	switch {
	case r.global.jq != "":
		return bad("--jq has nothing to filter: stdout is the program's own")
	case o.killAfter < 0:
		return bad("--kill-after %s is negative", o.killAfter)
	}
	return nil
}

func runExec(ctx context.Context, r *run, o execOptions, args []string) error {
	if err := o.check(r); err != nil {
		return err
	}
	child, err := program(context.WithoutCancel(ctx), args) // signals are the child's to answer
	if err != nil {
		return err
	}
	if child.Err != nil {
		return startFailure(r.system(), args[0], child.Err) // before a token is fetched for nothing
	}
	source, err := r.tokenSource(ctx, o.app, auth.TokenRequest{MinTTL: o.minTTL})
	if err != nil {
		return err
	}
	token, err := source.accessToken(ctx)
	if err != nil {
		return err
	}
	set := []string{o.envVar + "=" + token.secret, "CIAM_TOKEN_EXPIRES_AT=" + token.expiresAt.UTC().Format(time.RFC3339)}
	if o.refreshEndpoint {
		endpoint, err := r.serveTokens(ctx, source)
		if err != nil {
			return err
		}
		defer endpoint.close()
		set = append(set, "CIAM_TOKEN_URL="+endpoint.url, "CIAM_TOKEN_URL_SECRET="+endpoint.secret)
	}
	child.Env = config.ChildEnvironment(set...)
	child.Stdin, child.Stdout, child.Stderr = r.Streams.In, r.Streams.ChildOut(), r.Streams.ChildErr()
	child.WaitDelay = 2 * time.Second // only for streams that are no files: a grandchild may keep a pipe open
	return r.supervise(ctx, child, o.killAfter)
}

// childExit is the end of the program that `ciam exec` ran: its exit code is that of ciam, and nothing is said.
type childExit struct{ code int }

func (e *childExit) Error() string { return fmt.Sprintf("the program ended with exit code %d", e.code) }

// startFailure says why a program did not start, with a shell's exit code for it.
func startFailure(s system, name string, err error) error {
	cause := err
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		cause = lookup.Err
	}
	f := &commandError{exit: exitNotExecutable, code: "not_executable", message: fmt.Sprintf("%s cannot be run: %v", name, reason(cause))}
	switch {
	case errors.Is(err, exec.ErrDot):
		f.exit, f.code = exitNoProgram, "program_not_found"
		f.message, f.hint = fmt.Sprintf("%s is in this folder only, which is not searched", name), "name it with its folder, as in `"+s.inFolder(name)+"`"
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		f.exit, f.code = exitNoProgram, "program_not_found"
		f.message, f.hint = fmt.Sprintf("there is no program %s", name), "check its name, and PATH; a script also needs the interpreter that its first line names"
	case isNoFormat(err):
		f.message = fmt.Sprintf("%s cannot be run: exec format error", name) // Windows has a sentence with %1 in it
		f.hint = "it is neither a program for this system nor a script with a #! line"
	default:
		f.hint = "check that it is a program and that you may run it"
	}
	return f
}
