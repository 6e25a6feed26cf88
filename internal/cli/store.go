package cli

import (
	"context"
	"path/filepath"

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
	case "file":
		o := keychain.FileOptions{Dir: filepath.Join(r.dirs.State, "tokens"), KeyFile: r.env.StoreKeyFile}
		if o.KeyFile == "" && !r.global.noInput {
			o.Passphrase = r.askPassphrase
		} else if o.KeyFile == "" {
			return nil, &usageError{message: "the token store \"file\" needs a key to seal the tokens with, and nobody is there to type a passphrase",
				hint: "set CIAM_STORE_KEY_FILE to a file only you can read, for example one made with `head -c 32 /dev/urandom > ~/.ciam.key; chmod 600 ~/.ciam.key`"}
		}
		return keychain.File(o)
	}
	return keychain.OS(keychain.Options{Interactive: !r.global.noInput}), nil
}

// askPassphrase asks once per run: a command may open the store several times.
func (r *run) askPassphrase(ctx context.Context) ([]byte, error) {
	if r.passphrase == nil {
		answer, err := r.Streams.AskSecret(ctx, "passphrase of the sealed token store: ")
		if err != nil {
			return nil, err
		}
		r.passphrase = []byte(answer)
	}
	return r.passphrase, nil
}
