package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/appconfig"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// run is one run of the program: the environment, what the global flags say, and what was loaded on the way.
type run struct {
	*Env
	global globalOptions
	env    config.Environment
	dirs   config.Dirs
	log    *slog.Logger
	file   *config.File // loaded on first use
	demo   *embedded    // the embedded tenant, opened on first use
	// filledIn says that `ciam demo` fills in the pages itself.
	filledIn bool
	// neverAsk says that nobody is to be asked anything, by flag or variable; global.noInput also when nobody can be.
	neverAsk bool
	// waiting is for a browser.
	waiting *waiting
	// passing says that tenant, tokens and folders end with this run, as those of `ciam demo` do: nothing is advised that needs them.
	passing bool
	// resolvers by what their requests go through.
	resolvers map[string]*authority.Resolver
	// passphrase of the sealed store, once it was typed.
	passphrase []byte
	// files reads what the user names; it ends with the run's context.
	files *files.Reader
	// offline says that this run makes no request to the tenant.
	offline bool
	// httpsOnce is for the warning of a browser that insists on https.
	httpsOnce *sync.Once
	// helpFailed is what became of printing help, which cobra does not ask.
	helpFailed error
}

// globalOptions are the flags that every command takes.
type globalOptions struct {
	profile, account, output, jq, config, tokenStore, caFile string
	noInput, noColor, quiet, debug                           bool
}

func (o *globalOptions) add(cmd *cobra.Command) {
	flags := cmd.PersistentFlags()
	flags.StringVarP(&o.profile, "profile", "p", "", "use the profile called `NAME`")
	flags.StringVar(&o.account, "account", "", "use the session of this `PERSON`: email, sign-in name, name or object ID")
	flags.StringVarP(&o.output, "output", "o", "", "`FORMAT` of the result: text or json")
	flags.StringVar(&o.jq, "jq", "", "filter the JSON result with a jq `EXPRESSION`")
	flags.StringVar(&o.config, "config", "", "use this configuration `FILE`")
	flags.StringVar(&o.tokenStore, "token-store", "", "keep tokens in `KIND`: keychain, file or memory")
	flags.StringVar(&o.caFile, "ca-file", "", "trust the certificate authorities in this PEM `FILE` too")
	flags.BoolVar(&o.noInput, "no-input", false, "never ask anything")
	flags.BoolVar(&o.noColor, "no-color", false, "no colours")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "only results, warnings and errors")
	flags.BoolVar(&o.debug, "debug", false, "tell each step on stderr; tokens, codes and secrets are left out")
}

// Run runs the program with args, the words after its name, and returns the exit code.
// It returns in time for a cancelled ctx.
func Run(ctx context.Context, env *Env, args []string) int {
	return runTree(ctx, env, args, newRootCmd)
}

// runTree is Run with a tree of commands.
func runTree(ctx context.Context, env *Env, args []string, tree func(*run) *cobra.Command) int {
	own, out := *env, &results{}
	streams := env.Streams.Watch(out.failed)
	own.Streams = streams
	r := &run{Env: &own, httpsOnce: &sync.Once{}}
	r.files = r.newReader(ctx)
	root := tree(r)
	if Completing(args) {
		r.addCompletions(root)
	}
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	if r.demo != nil {
		r.demo.closer()
	}
	if err == nil {
		err = r.helpFailed
	}
	if err == nil {
		err = out.lost
	}
	if err == nil {
		return exitOK
	}
	if child, ok := find[*childExit](err); ok {
		return child.code // an interruption was the child's to answer
	}
	if errors.Is(err, errNotAsExpected) {
		return exitUnexpected // the result says so
	}
	if lost, ok := find[*lostError](err); ok && brokenPipe(lost.err) {
		return exitOther
	}
	if _, ended := find[*endError](err); ctx.Err() != nil && !ended {
		err = context.Cause(ctx) // whatever the interruption broke, the interruption is what happened
	}
	return r.report(err)
}

// prepare reads the environment and the global flags, before any command's run function.
func (r *run) prepare() error {
	var err error
	if r.env, err = config.ReadEnvironment(r.Getenv); err != nil {
		return err
	}
	r.dirs = config.SystemDirs(r.Getenv, r.UserHome)
	if err := config.CheckTokenStore(r.global.tokenStore, "--token-store"); err != nil {
		return err
	}
	r.neverAsk = r.global.noInput || r.env.NoInput
	r.global.noInput = r.neverAsk || !r.Streams.InTTY
	if r.global.noColor {
		r.Streams.ColorOut, r.Streams.ColorErr = false, false
	}
	level := slog.LevelWarn
	if r.global.debug {
		level = slog.LevelDebug
	}
	r.log = slog.New(slog.NewTextHandler(r.Streams.Err, &slog.HandlerOptions{Level: level}))
	return nil
}

// formatsOf are the output formats of a command, the default first.
func formatsOf(cmd *cobra.Command) []string {
	switch cmd.CommandPath() {
	case "ciam token":
		return tokenFormats()
	case "ciam profile export":
		return append(appconfig.Formats(), "json")
	case "ciam demo", "ciam completion", "ciam help", "ciam emulator export", "ciam emulator ca", "ciam tenant pull":
		return []string{"text"}
	}
	return []string{"text", "json"}
}

// checkFormat refuses an --output that the command cannot print.
func (r *run) checkFormat(cmd *cobra.Command) error {
	if known := formatsOf(cmd); r.global.output != "" && !slices.Contains(known, r.global.output) {
		return &usageError{message: fmt.Sprintf("%q is no output format of %s", r.global.output, cmd.CommandPath()), hint: "choose one of " + strings.Join(known, ", ")}
	}
	return nil
}

// format checks --output against what the command can print and returns the choice; --jq implies json.
func (r *run) format(known ...string) (string, error) {
	switch {
	case r.global.jq != "" && (r.global.output == "" || r.global.output == "json"):
		return "json", nil
	case r.global.jq != "":
		return "", &usageError{message: fmt.Sprintf("--jq filters JSON, not the format %q", r.global.output), hint: "leave `--output` out"}
	case r.global.output == "":
		return known[0], nil
	case !slices.Contains(known, r.global.output):
		return "", &usageError{message: fmt.Sprintf("%q is no output format here", r.global.output), hint: "choose one of " + strings.Join(known, ", ")}
	}
	return r.global.output, nil
}

// info tells the person something on stderr, unless --quiet.
func (r *run) info(format string, args ...any) {
	if !r.global.quiet {
		r.Streams.Say(format, args...)
	}
}

// warn tells the person on stderr what they should know although the command goes on.
func (r *run) warn(message string) {
	r.Streams.Say("%s %s", r.Streams.Yellow("warning:"), message)
}

// report prints err for a person, or as JSON with `-o json`, and returns the exit code.
func (r *run) report(err error) int {
	f := r.describe(err)
	if r.global.output == "json" || r.global.jq != "" {
		r.reportJSON(f)
		return f.exit
	}
	r.Streams.Say("%s %s", r.Streams.Red("ciam:"), term.Clip(f.message, maxMessage))
	for _, line := range f.details {
		r.Streams.Say("  %s", term.Clip(line, maxMessage))
	}
	if f.hint != "" {
		r.Streams.Say("%s %s", r.Streams.Bold("hint:"), f.hint)
	}
	if f.correlationID != "" || f.traceID != "" {
		r.Streams.Say("%s correlation id %s, trace id %s", r.Streams.Faint("for support:"), f.correlationID, f.traceID)
	}
	return f.exit
}

// errorJSON is the error object of the contract.
type errorJSON struct {
	Error struct {
		Code          string `json:"code"`
		Message       string `json:"message"`
		Hint          string `json:"hint"`
		AADSTS        *int   `json:"aadsts"`
		CorrelationID string `json:"correlation_id"`
		TraceID       string `json:"trace_id"`
	} `json:"error"`
}

func (r *run) reportJSON(f failure) {
	if line, err := render.Line(f.json()); err == nil {
		r.Streams.Say("%s", bytes.TrimSpace(line))
	}
}

// json is the error object of the contract.
func (f failure) json() errorJSON {
	var out errorJSON
	e := &out.Error
	e.Code, e.Message, e.Hint, e.CorrelationID, e.TraceID = f.code, f.message, f.hint, f.correlationID, f.traceID
	if f.aadsts != 0 {
		e.AADSTS = &f.aadsts
	}
	return out
}

// configFile returns the configuration, reading it once.
func (r *run) configFile() (*config.File, error) {
	if r.file != nil {
		return r.file, nil
	}
	file, err := config.Load(r.configPath())
	if err != nil {
		return nil, err
	}
	for _, w := range file.Warnings() {
		r.warn(w)
	}
	r.file = file
	return file, nil
}

// configPath is where the configuration is; "" for a user without a home folder.
func (r *run) configPath() string {
	return cmp.Or(r.global.config, r.env.Config, under(r.dirs.Config, "config.yaml"))
}

// editConfig changes the configuration under a lock, after reading it again. Where no lock can be had, an edit is still
// better than none: it is another ciam at the same moment that it could lose.
func (r *run) editConfig(ctx context.Context, change func(*config.File) error) (*config.File, error) {
	lock := func() (func(), error) {
		sum := sha256.Sum256([]byte(r.configPath()))
		release, err := r.locks().Acquire(ctx, "config-"+hex.EncodeToString(sum[:4]), "editing")
		var unusable *tokencache.LockError
		if errors.As(err, &unusable) && unusable.Waited == 0 {
			r.log.Debug("config", "not locked", err)
			return func() {}, nil
		}
		return release, err
	}
	file, err := config.Edit(r.configPath(), lock, change)
	if err == nil {
		r.file = file
	}
	return file, err
}
