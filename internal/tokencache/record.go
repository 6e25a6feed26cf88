package tokencache

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// version is the layout of a Record. A reader refuses a higher one rather than lose what it does not know.
const version = 1

// Record is everything that the token store keeps for one profile, as one item.
type Record struct {
	Version int `json:"v"`
	// ClientSecret is the app's secret when the user gave it to `profile add`; the session can go and it stays.
	ClientSecret string `json:"client_secret,omitempty"`
	// Session is nil when nobody is signed in.
	Session *Session `json:"session,omitempty"`
	// App holds tokens of the app itself (client credentials): no person, no ID token, no refresh token.
	App *Session `json:"app,omitempty"`
}

// Session is one signed-in person in one app. It is only stored once its ID token was verified.
type Session struct {
	Authority     string    `json:"authority"`       // as used at login, for display and sign-out
	TenantID      string    `json:"tenant_id"`       // GUID
	ClientID      string    `json:"client_id"`       // GUID
	Issuer        string    `json:"issuer"`          // validated
	HomeAccountID string    `json:"home_account_id"` // MSAL's key of the account: <oid>.<tid>
	SignedInAt    time.Time `json:"signed_in_at"`
	// IDToken is the raw, verified ID token of the last sign-in or refresh.
	IDToken string `json:"id_token"`
	// Scopes are those asked for at login beside openid, profile and offline_access: what `token` asks for when no
	// scope is named.
	Scopes       []string      `json:"scopes,omitempty"`
	AccessTokens []AccessToken `json:"access_tokens,omitempty"`
	// Claims is a claims challenge that the tenant gave with its refusal to renew; the next sign-in sends it.
	Claims string `json:"claims,omitempty"`
	// MSAL is MSAL's cache without access and ID tokens: the refresh token and the account. Opaque.
	MSAL json.RawMessage `json:"msal,omitempty"`
}

// AccessToken is one access token and what it was asked for.
type AccessToken struct {
	// Requested are the API scopes asked for, as [ScopeKey] orders them; empty for none.
	Requested string    `json:"requested"`
	Scopes    []string  `json:"scopes"` // granted
	Secret    string    `json:"secret"`
	Type      string    `json:"type"` // "Bearer"
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
	// RefreshAt is when the tenant wants a new one to be fetched (refresh_in); zero when it did not say.
	RefreshAt time.Time `json:"refresh_at,omitzero"`
}

// LogValue keeps the token out of logs.
func (a AccessToken) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("scopes", a.Scopes), slog.Time("expires_at", a.ExpiresAt))
}

// LogValue keeps tokens out of logs.
func (s Session) LogValue() slog.Value {
	return slog.GroupValue(slog.String("tenant_id", s.TenantID), slog.String("client_id", s.ClientID))
}

// LogValue keeps the secret and tokens out of logs.
func (r Record) LogValue() slog.Value {
	return slog.GroupValue(slog.Bool("signed_in", r.Session != nil))
}

// ScopeKey orders a scope set so that the same set gives the same key; scopes compare without case, as Entra does.
func ScopeKey(scopes []string) string {
	key := make([]string, len(scopes))
	for i, s := range scopes {
		key[i] = strings.ToLower(s)
	}
	slices.Sort(key)
	return strings.Join(slices.Compact(key), " ")
}

// Find returns the access token that was asked for with exactly these scopes, whether or not it is still valid.
func (s *Session) Find(scopes []string) (AccessToken, bool) {
	key := ScopeKey(scopes)
	for _, t := range s.AccessTokens {
		if t.Requested == key {
			return t, true
		}
	}
	return AccessToken{}, false
}

// Put keeps t in place of an earlier token for the same scopes, and drops tokens that have expired by now.
func (s *Session) Put(t AccessToken, now time.Time) {
	s.AccessTokens = slices.DeleteFunc(s.AccessTokens, func(old AccessToken) bool {
		return old.Requested == t.Requested || !old.ExpiresAt.After(now)
	})
	s.AccessTokens = append(s.AccessTokens, t)
}

// FormatError is a stored record that cannot be used.
type FormatError struct {
	Profile string
	// Newer is true when a later version of ciam wrote it: nothing is wrong with it.
	Newer   bool
	Problem string
}

// Error implements error.
func (e *FormatError) Error() string {
	return fmt.Sprintf("what the token store holds for profile %q %s", e.Profile, e.Problem)
}

// Items is the part of a token store that a record needs; keychain.Store is one.
type Items interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Set(ctx context.Context, name string, data []byte) error
	Delete(ctx context.Context, name string) error
}

// Load reads and checks the record of profile: one read of the store. It returns the store's own error,
// or *FormatError for content that is not a record.
func Load(ctx context.Context, items Items, profile string) (Record, error) {
	data, err := items.Get(ctx, profile)
	if err != nil {
		return Record{}, err
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		// The decoder's message can quote the content: not shown.
		return Record{}, &FormatError{Profile: profile, Problem: "is not a session of ciam (not the JSON it writes)"}
	}
	switch {
	case r.Version > version:
		return Record{}, &FormatError{Profile: profile, Newer: true, Problem: fmt.Sprintf("was written by a newer ciam (layout %d, this one knows up to %d)", r.Version, version)}
	case r.Version < 1:
		return Record{}, &FormatError{Profile: profile, Problem: "has no version"}
	}
	if s := r.Session; s != nil && (s.TenantID == "" || s.ClientID == "" || s.Issuer == "" || s.IDToken == "" || s.HomeAccountID == "") {
		return Record{}, &FormatError{Profile: profile, Problem: "is incomplete"}
	}
	return r, nil
}

// Save writes the record of profile: one write of the store. An empty record is deleted.
func Save(ctx context.Context, items Items, profile string, r Record) error {
	if r.Session == nil && r.App == nil && r.ClientSecret == "" {
		return items.Delete(ctx, profile)
	}
	r.Version = version
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return items.Set(ctx, profile, data)
}
