package cli

import (
	"context"

	"github.com/ciam-cli/ciam/internal/keychain"
)

// demoStore is where the demo's tokens are kept for want of a keychain: in plain files beside the tenant that they are for,
// which anybody who could read them could sign in to anyway. It is no value of --token-store, and of no other profile.
const demoStore = "demo-file"

// demoKeeps is the kind of store for the demo's tokens where neither this run nor a session names one: the profile's, else the
// keychain, if it answers without a prompt.
func (r *run) demoKeeps(ctx context.Context) string {
	if file, err := r.configFile(); err == nil {
		if kept, _ := file.Profile(demoProfile); kept.TokenStore != "" {
			return kept.TokenStore
		}
	}
	var ring keychain.Store = keychain.OS(keychain.Options{})
	if r.OpenStore != nil {
		var err error
		if ring, err = r.OpenStore("keychain"); err != nil {
			return demoStore
		}
	}
	if err := ring.Probe(ctx); err != nil && ctx.Err() == nil {
		r.log.Debug("demo", "kept in", demoStore, "keychain", err.Error())
		return demoStore
	}
	return "keychain"
}
