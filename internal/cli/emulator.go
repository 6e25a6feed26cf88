package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/host"
	"github.com/ciam-cli/ciam/internal/files"
)

// emulatorOptions are the flags of `ciam emulator` and `ciam emulator run`.
type emulatorOptions struct {
	http, allowRemote          bool
	port                       int
	listen, seed, data, issuer string
	app, readyFile             string
	hosts                      []string
	tokenFile                  string
	portGiven, stoppable       bool
	address                    netip.Addr
}

func newEmulatorCmd(r *run) *cobra.Command {
	var o emulatorOptions
	cmd := &cobra.Command{
		Use:   "emulator",
		Short: "Run an external tenant on this machine for other programs",
		Long: `Run an external tenant on this machine, for the apps you develop and for their tests: MSAL
and any other OpenID Connect client sign in to it as to a tenant in the cloud.

It serves https with a certificate authority of its own, which is installed nowhere: clients
are told to trust its file. One-time codes are not mailed, they are in the outbox. What is
needed to point a client at it is printed on stderr. When it answers, the authority is
printed on stdout, or with -o json everything as one line of JSON. Ctrl-C or
SIGTERM ends it, with exit code 0.

Without --seed it is the tenant Contoso with a public and a web app and no users; without
--data it is gone when it ends. The seed and everything else:
https://github.com/ciam-cli/ciam/blob/main/docs/emulator.md`,
		Example: `  ciam emulator
  ciam emulator --seed tenant.yaml --data ./tenant
  ciam emulator --port 0 --ready-file ready.json
  ciam emulator run -- npm test`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.portGiven = cmd.Flags().Changed("port")
			return runEmulator(cmd.Context(), r, o)
		},
	}
	o.add(cmd, host.DefaultPort)
	cmd.AddCommand(newEmulatorRunCmd(r), newEmulatorTokenCmd(r), newEmulatorHealthCmd(r), newEmulatorEnvCmd(r), newEmulatorStopCmd(r), newEmulatorExportCmd(r), newEmulatorCACmd(r))
	return cmd
}

func (o *emulatorOptions) add(cmd *cobra.Command, port int) {
	flags := cmd.Flags()
	flags.BoolVar(&o.http, "http", false, "plain http; MSAL wants https")
	flags.IntVar(&o.port, "port", port, "listen on this `PORT`, 0 for any that is free")
	flags.StringVar(&o.listen, "listen", "", "listen on this IP `ADDRESS` beside localhost; others' need --allow-remote")
	flags.BoolVar(&o.allowRemote, "allow-remote", false, "let other machines reach the address of --listen")
	flags.StringArrayVar(&o.hosts, "host", nil, "answer by this `NAME` or address too, such as a container's (repeatable)")
	flags.StringVar(&o.tokenFile, "control-token-file", "", "let other machines use the control area that send the token in this `FILE`")
	flags.StringVar(&o.seed, "seed", "", "begin with the tenants of this `FILE`, - for stdin; or empty, a tenant with nothing in it but an administrator, admin@contoso.onmicrosoft.com with the password Emulator-only-9")
	flags.StringVar(&o.data, "data", "", "keep users and keys in this `FOLDER` between runs")
	flags.StringVar(&o.issuer, "issuer", "guid", "the issuer in tokens: `guid`, as a live tenant's, or origin, the address asked")
	flags.StringVar(&o.app, "app", "", "the app, by name or client `ID`, whose client ID is told (default the first)")
	flags.StringVar(&o.readyFile, "ready-file", "", "write what -o json prints to this `FILE` once it answers")
}

func (o *emulatorOptions) check() (emulator.IssuerMode, error) {
	bad := func(format string, args ...any) error {
		return &usageError{message: fmt.Sprintf(format, args...), hint: "see `ciam emulator --help`"}
	}
	if o.port < 0 || o.port > 65535 {
		return 0, bad("--port %d is no port", o.port)
	}
	if o.allowRemote && o.listen == "" {
		return 0, bad("--allow-remote wants an address with --listen")
	}
	if o.listen != "" {
		address, err := netip.ParseAddr(o.listen)
		if err != nil {
			return 0, bad("--listen %q is no IP address such as 0.0.0.0 or 192.0.2.10", o.listen)
		}
		o.address = address
	}
	for i, given := range o.hosts {
		name, ok := host.Name(given)
		if !ok {
			return 0, bad("--host %q is no host name or IP address, such as emulator or 192.0.2.10", given)
		}
		o.hosts[i] = name
	}
	switch o.issuer {
	case "guid":
		return emulator.IssuerGUID, nil
	case "origin":
		return emulator.IssuerOrigin, nil
	}
	return 0, bad("--issuer %q is neither guid nor origin", o.issuer)
}

// emulatorDir holds the certificate authority of the user's emulators; "" for a user without a home folder.
func (r *run) emulatorDir() string { return under(r.dirs.State, "emulator") }

// authorityDir is the folder for the certificate authority of one emulator: the user's, or, where that cannot be written
// to, one that goes with the emulator.
func (r *run) authorityDir() (dir string, drop func(), err error) {
	dir = r.emulatorDir()
	if dir != "" {
		err := os.MkdirAll(dir, 0o700)
		if err == nil {
			err = files.Probe(dir)
		}
		if err == nil {
			return dir, func() {}, nil
		}
		r.log.Debug("emulator", "certificate authority", dir, "error", err.Error())
	}
	if dir, drop, err = host.Scratch(); err != nil {
		return "", nil, err
	}
	r.warn("the folder of the emulator's certificate authority cannot be written to: this emulator has one of its own, which goes with it")
	return dir, drop, nil
}

// startEmulator starts what the flags say and writes no result yet.
func (r *run) startEmulator(o emulatorOptions) (*host.Host, ready, error) {
	issuer, err := o.check()
	if err != nil {
		return nil, ready{}, err
	}
	options := host.Options{
		DataDir: o.data, Issuer: issuer, Listen: o.address, Remote: o.allowRemote, Hosts: o.hosts, Stoppable: o.stoppable,
		Port: o.port, OrFree: !o.portGiven, Now: r.Now, Warn: r.warn,
	}
	token, err := r.controlToken(o.tokenFile)
	if err != nil {
		return nil, ready{}, err
	}
	options.ControlToken = token.Reveal()
	if o.seed != "" {
		if options.Seed, err = r.readSeed(o.seed); err != nil {
			return nil, ready{}, err
		}
		if _, err := os.Stat(filepath.Join(o.data, "tenant.yaml")); err == nil && o.data != "" {
			r.warn(o.data + " holds a tenant already: --seed is not looked at")
		}
	}
	mode, err := clearReady(o.readyFile)
	if err != nil {
		return nil, ready{}, err
	}
	drop := func() {}
	if !o.http {
		if options.CADir, drop, err = r.authorityDir(); err != nil {
			return nil, ready{}, err
		}
	}
	h, err := host.Start(options)
	if err != nil {
		drop()
		return nil, ready{}, emulatorFailure(err)
	}
	h.OnStop(drop)
	about, err := describeEmulator(h, o)
	if err == nil {
		err = r.writeReady(o.readyFile, about, mode)
	}
	if err != nil {
		return nil, ready{}, errors.Join(err, h.Stop())
	}
	if port, asAsked := h.Port(); !asAsked {
		r.warn(fmt.Sprintf("port %d is taken: the emulator listens on %d", o.port, port))
	}
	if o.allowRemote {
		r.warn(fmt.Sprintf("whoever reaches %s can use this tenant and its accounts", o.address))
		if token == "" {
			r.info("the control area answers to this machine only; `--control-token-file` lets others use it")
		}
	}
	return h, about, nil
}

// emptySeed is the value of --seed for a tenant with nothing in it; a file of that name is ./empty.
const emptySeed = "empty"

func (r *run) readSeed(path string) (*emulator.Seed, error) {
	if path == emptySeed {
		return emulator.EmptySeed(), nil
	}
	name, read := path, r.files.Read
	o := files.Options{Limit: host.MaxSeed, Pipes: true}
	if path == "-" {
		name, read = "stdin", func(path string, o files.Options) ([]byte, error) { return r.readInput(path, "a seed", o) }
	}
	data, err := read(path, o)
	var kind *files.Error
	var file *fs.PathError
	switch {
	case errors.As(err, &kind):
		return nil, fileError("--seed", path, err)
	case errors.As(err, &file):
		return nil, &usageError{message: fmt.Sprintf("--seed %s: %v", path, file.Err), hint: "`ciam emulator export` prints a seed to begin with"}
	case err != nil:
		return nil, err
	}
	seed, err := host.ParseSeed(name, data)
	return seed, emulatorFailure(err)
}

// stopEmulator takes back the ready file and stops the emulator. The error is an *endError.
func stopEmulator(h *host.Host, o emulatorOptions, about ready) error {
	takeBackReady(o.readyFile, about)
	if err := h.Stop(); err != nil {
		return &endError{fmt.Errorf("the emulator's end: %w", err)}
	}
	return nil
}

func runEmulator(ctx context.Context, r *run, o emulatorOptions) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	o.stoppable = true
	h, about, err := r.startEmulator(o)
	if err != nil {
		return err
	}
	defer r.announce(about)() // after its end: whoever waits for that finds port and folder free
	r.explainEmulator(h, about)
	if err := r.printReady(format, about); err != nil {
		return errors.Join(err, stopEmulator(h, o, about))
	}
	select {
	case <-ctx.Done():
		takeBackReady(o.readyFile, about) // first: to write to a terminal that is gone may be the end
		r.info("stopping")
	case <-h.Asked():
		r.info("stopping, as the control area was asked to")
	case err = <-h.Failed():
		err = fmt.Errorf("the emulator ceased to answer: %w", err)
	}
	if err := errors.Join(err, stopEmulator(h, o, about)); err != nil {
		return err
	}
	// Ctrl-C and SIGTERM are how it is to be ended; a terminal that goes is not.
	if stop, ok := find[*stoppedError](context.Cause(ctx)); ok && stop.code() == exitHungUp {
		return stop
	}
	return nil
}

// emulatorFailure gives the errors of package host their exit codes and hints.
func emulatorFailure(err error) error {
	var (
		seed   *host.SeedError
		locked *host.LockedError
		port   *host.PortError
		remote *host.RemoteError
	)
	switch {
	case errors.As(err, &seed):
		hint := seed.Allowed
		if hint == "" {
			hint = "every key is described at https://github.com/ciam-cli/ciam/blob/main/docs/emulator.md; `ciam emulator export` prints a seed to begin with"
		}
		return &commandError{exit: exitUsage, code: "seed", message: seed.Error(), hint: hint}
	case errors.As(err, &locked):
		return &commandError{exit: exitOther, code: "data_locked", message: locked.Error(), hint: "end it, or name another folder with `--data`"}
	case errors.As(err, &port):
		return &commandError{exit: exitOther, code: "port_taken", message: port.Error(), hint: "free the port, choose another with `--port`, or leave `--port` out to let ciam choose"}
	case errors.As(err, &remote):
		return &usageError{message: remote.Error(), hint: "add `--allow-remote` if other machines may use the tenant and its accounts"}
	}
	return err
}
