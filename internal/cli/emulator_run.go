package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator/host"
)

// emulatorProfile is the profile that `ciam` uses under `ciam emulator run`, so that sessions of real tenants are left alone.
const emulatorProfile = "emulator"

// emulatorGrace is how long a program may take to end when it was asked to.
const emulatorGrace = 10 * time.Second

func newEmulatorRunCmd(r *run) *cobra.Command {
	var o emulatorOptions
	cmd := &cobra.Command{
		Use:   "run [flags] -- PROGRAM [ARG...]",
		Short: "Run a program beside an emulator that ends with it",
		Long: `Start the emulator on a free port, run a program with the settings for it in the
environment, end the emulator, and pass on the program's exit code. Signals are passed on to
the program; stdin, stdout and stderr are its own.

The program's environment has, beside what is there already:

  CIAM_AUTHORITY       the tenant's address, https://localhost:PORT/TENANT-ID
  CIAM_TENANT_ID       the tenant's ID
  CIAM_CLIENT_ID       the app's client ID: the first app's, or that of --app
  CIAM_CLIENT_SECRET   its secret, when it is known in plain text: not with --data
  CIAM_PROFILE         emulator, so that ciam leaves the sessions of other tenants alone
  CIAM_EMULATOR_URL    https://localhost:PORT; the outbox is at /_emulator/outbox below it
  CIAM_GRAPH_URL       its Microsoft Graph, for commands that set a tenant up

and, unless --http is given:

  CIAM_CA_FILE         the emulator's CA, after the certificates of the file it named before
  NODE_EXTRA_CA_CERTS  likewise
  SSL_CERT_FILE        the system's certificates, or those of the file it named, and the CA
                       (not on Windows, where programs have the system's elsewhere)
  CURL_CA_BUNDLE       where it is set: the certificates of the file it named, and the CA
  REQUESTS_CA_BUNDLE   likewise`,
		Example: `  ciam emulator run -- npm test
  ciam emulator run --issuer origin -- go test ./...
  ciam emulator run --seed tenant.yaml --app web -- node server.js`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{message: "no program to run", hint: "name it after `--`, as in `ciam emulator run -- npm test`"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.portGiven = cmd.Flags().Changed("port")
			return runEmulatorRun(cmd.Context(), r, o, args)
		},
	}
	o.add(cmd, 0)
	cmd.Flags().SetInterspersed(false) // what follows the program's name is the program's
	return cmd
}

func runEmulatorRun(ctx context.Context, r *run, o emulatorOptions, args []string) (err error) {
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	if r.global.jq != "" {
		return &usageError{message: "--jq has nothing to filter: stdout is the program's own", hint: "see `ciam emulator run --help`"}
	}
	child, err := program(context.WithoutCancel(ctx), args) // signals are the child's to answer
	if err != nil {
		return err
	}
	if child.Err != nil {
		return startFailure(r.system(), args[0], child.Err)
	}
	h, about, err := r.startEmulator(o)
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := stopEmulator(h, o, about); err == nil {
			err = stopErr
		}
	}()
	folder, drop, err := host.Scratch()
	if err != nil {
		return err
	}
	defer drop()
	set, err := r.emulatorEnvironment(about.CAFile, about, folder)
	if err != nil {
		return err
	}
	if r.env.StoreKeyFile != "" { // the program may be ciam, with its sealed file store
		set = append(set, "CIAM_STORE_KEY_FILE="+r.env.StoreKeyFile)
	}
	child.Env = config.ChildEnvironment(set...)
	child.Stdin, child.Stdout, child.Stderr = r.Streams.In, r.Streams.ChildOut(), r.Streams.ChildErr()
	child.WaitDelay = 2 * time.Second // only for streams that are no files: a grandchild may keep a pipe open
	r.log.Debug("emulator", "authority", about.Authority, "client_id", about.ClientID)
	if over, err := dieTogether(child); err == nil {
		defer over()
	} else {
		r.log.Debug("emulator", "the program outlives a killed emulator", err.Error())
	}
	return r.supervise(ctx, child, emulatorGrace)
}

// emulatorEnvironment is what a program's environment gets. caFile is "" for plain http; folder takes files that live as long as
// the program.
func (r *run) emulatorEnvironment(caFile string, about ready, folder string) ([]string, error) {
	set := []string{
		"CIAM_AUTHORITY=" + about.Authority, "CIAM_TENANT_ID=" + about.TenantID, "CIAM_CLIENT_ID=" + about.ClientID,
		"CIAM_PROFILE=" + emulatorProfile, "CIAM_EMULATOR_URL=" + about.URL, "CIAM_GRAPH_URL=" + about.URL + "/graph/v1.0",
		"CIAM_CLIENT_CERTIFICATE=", "CIAM_CLIENT_ASSERTION_FILE=", "CIAM_GRAPH_TOKEN=", // those of a tenant in the cloud
	}
	if about.secret != "" {
		set = append(set, "CIAM_CLIENT_SECRET="+about.secret)
	}
	if caFile == "" {
		return set, nil
	}
	system := r.env.SSLCertFile
	if system == "" {
		system = host.SystemBundle()
	}
	for _, v := range []struct{ name, before string }{
		{"CIAM_CA_FILE", r.env.CAFile}, {"NODE_EXTRA_CA_CERTS", r.env.NodeExtraCACerts}, {"SSL_CERT_FILE", system},
		{"CURL_CA_BUNDLE", r.env.CurlCABundle}, {"REQUESTS_CA_BUNDLE", r.env.RequestsCABundle},
	} {
		file := caFile
		switch {
		case v.before == caFile:
		case v.before != "" && filepath.Dir(v.before) == folder:
			file = v.before // an earlier `ciam emulator env` has made it of what was there before
		case v.before != "":
			file = filepath.Join(folder, v.name+".pem")
			before, err := r.readCertificates(namedFile{v.before, v.name})
			if err != nil {
				return nil, err
			}
			if err := host.Bundle(file, before, caFile); err != nil {
				return nil, fmt.Errorf("certificates for %s: %w", v.name, err)
			}
		case v.name == "CURL_CA_BUNDLE", v.name == "REQUESTS_CA_BUNDLE", v.name == "SSL_CERT_FILE" && runtime.GOOS == "windows":
			continue // it would take away what the program trusts without it
		}
		set = append(set, v.name+"="+file)
	}
	return set, nil
}
