package cli

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/host"
)

func newEmulatorExportCmd(r *run) *cobra.Command {
	var data string
	var withKeys bool
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the tenants of a data folder as a seed",
		Long: `Print the tenants of a data folder as a seed (YAML), which an emulator may be serving at the
same time; without --data the default tenant's, to begin a seed of your own with.

Passwords are there as bcrypt hashes and client secrets as SHA-256 digests: both go on
working. The tenants' keys are left out, so a tenant made from the seed has new ones: tokens
issued so far are not valid there, and the claim sub of each user differs, while oid stays.
--with-keys keeps them. Who has such a file can sign the tenant's tokens.`,
		Example: "  ciam emulator export > tenant.yaml\n  ciam emulator export --data ./tenant --with-keys > backup.yaml",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return runEmulatorExport(r, data, withKeys) },
	}
	cmd.Flags().StringVar(&data, "data", "", "the data `FOLDER` of the emulator")
	cmd.Flags().BoolVar(&withKeys, "with-keys", false, "with the private keys that sign and seal tokens")
	return cmd
}

func runEmulatorExport(r *run, data string, withKeys bool) error {
	if _, err := r.format("text"); err != nil {
		return err
	}
	doc := emulator.DefaultSeed()
	if data != "" {
		var err error
		if doc, err = host.ReadState(data); errors.Is(err, fs.ErrNotExist) {
			return &notFoundError{message: "no emulator has kept a tenant in " + data, hint: "name the folder that was given to `ciam emulator --data FOLDER`"}
		} else if err != nil {
			return emulatorFailure(err)
		}
	}
	out, err := host.Export(doc, withKeys)
	if err == nil {
		err = r.printData(out)
	}
	return err
}

func newEmulatorCACmd(r *run) *cobra.Command {
	var pem bool
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Print the path of the emulator's certificate authority",
		Long: `Print the path of the certificate, PEM, that a client has to trust to reach an emulator of
yours by https. It is made when there is none yet. It vouches for localhost, ciamlogin.com
and your tenants' custom domains only. Installing it is not needed, and not advised.`,
		Example: "  ciam emulator ca --pem > ca.pem\n  curl --cacert ca.pem https://localhost:8765/_emulator/health",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return runEmulatorCA(r, pem) },
	}
	cmd.Flags().BoolVar(&pem, "pem", false, "print the certificate itself")
	return cmd
}

func runEmulatorCA(r *run, pem bool) error {
	if _, err := r.format("text"); err != nil {
		return err
	}
	if err := config.Missing(r.emulatorDir(), "the folder of the emulator's certificate authority"); err != nil {
		return err
	}
	ca, err := host.OpenCA(r.emulatorDir(), nil, r.Now())
	if err != nil {
		return err
	}
	if !pem {
		return r.printLine(ca.File())
	}
	return r.printData(ca.PEM())
}
