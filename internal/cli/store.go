package cli

import (
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
		if r.env.StoreKeyFile == "" {
			return nil, &usageError{message: "the token store \"file\" needs a key to seal the tokens with",
				hint: "set CIAM_STORE_KEY_FILE to a file only you can read, for example one made with `head -c 32 /dev/urandom > ~/.ciam.key; chmod 600 ~/.ciam.key`"}
		}
		return keychain.File(keychain.FileOptions{Dir: filepath.Join(r.dirs.State, "tokens"), KeyFile: r.env.StoreKeyFile})
	}
	return keychain.OS(keychain.Options{Interactive: !r.global.noInput}), nil
}
