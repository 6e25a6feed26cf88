package cli

import (
	"context"
	"path/filepath"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/keychain"
)

// store opens the token store of a kind. There is no fallback from one kind to another.
func (r *run) store(kind string) (keychain.Store, error) {
	if r.OpenStore != nil {
		return r.OpenStore(kind)
	}
	switch kind {
	case "memory":
		return keychain.Memory(), nil
	case demoStore:
		if err := config.Missing(r.dirs.State, "the folder of the demo tenant"); err != nil {
			return nil, err
		}
		return keychain.Unsealed(filepath.Join(r.dirs.State, "demo"), demoStore), nil
	case "file":
		if err := config.Missing(r.dirs.State, "the folder of the sealed files"); err != nil {
			return nil, err
		}
		o := keychain.FileOptions{Dir: filepath.Join(r.dirs.State, "tokens"), KeyFile: r.env.StoreKeyFile, Files: r.files}
		if o.KeyFile == "" {
			o.Passphrase = r.askPassphrase // not before it is needed: what is only deleted needs no key
		}
		return keychain.File(o)
	}
	return keychain.OS(keychain.Options{Interactive: !r.global.noInput}), nil
}

// askPassphrase asks once per run: a command may open the store several times.
func (r *run) askPassphrase(ctx context.Context) ([]byte, error) {
	if r.global.noInput {
		return nil, &noKeyError{usageError{message: "the token store \"file\" needs a key to seal the tokens with, and nobody is there to type a passphrase",
			hint: "make a file that only you can read with `" + r.system().makeKeyFile() + "`, and set it with `" + r.system().setKeyFile() + "`"}}
	}
	if r.passphrase == nil {
		answer, err := r.Streams.AskSecret(ctx, "passphrase of the sealed token store: ")
		if err != nil {
			return nil, err
		}
		r.passphrase = []byte(answer)
	}
	return r.passphrase, nil
}

// noKeyError is a sealed store without a key: a mistake in the command line, and a store that cannot be read.
type noKeyError struct{ usage usageError }

func (e *noKeyError) Error() string { return e.usage.message }

// Unwrap returns what it is for the exit code, and what it is for whoever can do without reading.
func (e *noKeyError) Unwrap() []error {
	return []error{&e.usage, &keychain.UnavailableError{State: keychain.NoKey, Message: e.usage.message}}
}
