package tokencache

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Earlier is what the ID token of a person said before its claims changed: an item of its own beside the session, which
// nobody reads but who asks for the difference.
type Earlier struct {
	Version int `json:"v"`
	// Claims is the payload of the ID token, verified when it was received.
	Claims json.RawMessage `json:"claims"`
	// ChangedAt is when the claims were found to be others.
	ChangedAt time.Time `json:"changed_at"`
}

// earlierVersion is the layout of Earlier.
const earlierVersion = 1

// EarlierItem names the item with what was earlier said of a person, as SlotItem names that of a session: it stays the same
// whoever is active in the profile.
func EarlierItem(profile, tenantID, clientID, oid string) string {
	return hashedItem("earlier", profile, strings.ToLower(tenantID), strings.ToLower(clientID), strings.ToLower(oid))
}

// LoadEarlier reads an item: one read of the store. Errors: the store's own, and *FormatError.
func LoadEarlier(ctx context.Context, items Items, item, profile string) (Earlier, error) {
	var e Earlier
	data, err := items.Get(ctx, item)
	switch {
	case err != nil:
		return e, err
	case json.Unmarshal(data, &e) != nil || e.Version < 1 || len(e.Claims) == 0:
		return e, &FormatError{Profile: profile, Problem: "is not earlier claims as ciam keeps them"}
	case e.Version > earlierVersion:
		return e, &FormatError{Profile: profile, Newer: true, Problem: fmt.Sprintf("was written by a newer ciam (layout %d, this one knows up to %d)", e.Version, earlierVersion)}
	}
	return e, nil
}

// SaveEarlier writes an item: one write of the store.
func SaveEarlier(ctx context.Context, items Items, item string, e Earlier) error {
	e.Version = earlierVersion
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return items.Set(ctx, item, data)
}
