package tokencache

import (
	"context"
	"encoding/json"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
)

// Blob is MSAL's cache in memory: MSAL reads it from here and writes it here, and nothing reaches the token store
// until the caller has verified the ID token and saves the session.
type Blob struct {
	data json.RawMessage
}

// NewBlob returns a cache with what an earlier session kept; nil for a first sign-in.
func NewBlob(data json.RawMessage) *Blob { return &Blob{data: data} }

// Replace implements cache.ExportReplace. The partition key is ignored: one blob belongs to one profile,
// and MSAL's public client writes and reads under different keys.
func (b *Blob) Replace(_ context.Context, m cache.Unmarshaler, _ cache.ReplaceHints) error {
	if len(b.data) == 0 {
		return nil
	}
	return m.Unmarshal(b.data)
}

// Export implements cache.ExportReplace.
func (b *Blob) Export(_ context.Context, m cache.Marshaler, _ cache.ExportHints) error {
	data, err := m.Marshal()
	if err != nil {
		return err
	}
	b.data, err = strip(data)
	return err
}

// Data returns the cache to keep.
func (b *Blob) Data() json.RawMessage { return b.data }

// strip takes out the access and ID tokens, which a Session keeps by itself. Everything else is left as it is,
// fields of later MSAL versions too.
func strip(data []byte) (json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	delete(all, "AccessToken")
	delete(all, "IdToken")
	return json.Marshal(all)
}

// HasRefreshToken reports whether the kept cache holds a refresh token.
func HasRefreshToken(blob json.RawMessage) bool {
	var c struct {
		RefreshToken map[string]json.RawMessage
	}
	return json.Unmarshal(blob, &c) == nil && len(c.RefreshToken) > 0
}
