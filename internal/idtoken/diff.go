package idtoken

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/ciam-cli/ciam/internal/strictjson"
)

// Change is a claim that is not the same in two tokens.
type Change struct {
	Name          string
	Before, After json.RawMessage // nil where a token does not have the claim
}

// Diff is what became of the claims of a token.
type Diff struct {
	Changes []Change // in the order of the later token, then what it lost
	Same    []string // claims that are the same
	Always  []string // claims that are others in every token, and are
}

// changing are the claims that tell one token, one session or one sign-in from the next, and nothing about the person.
var changing = [...]string{"aio", "at_hash", "auth_time", "c_hash", "exp", "iat", "jti", "nbf", "nonce", "rh", "sid", "uti"}

// Compare compares the payloads of two tokens. Values are compared as JSON, whatever its blanks and the order of members. The
// error is that of a payload that is no JSON object, or one of two readings.
func Compare(before, after []byte) (Diff, error) {
	old, err := strictjson.Parse(before)
	if err != nil {
		return Diff{}, err
	}
	now, err := strictjson.Parse(after)
	if err != nil {
		return Diff{}, err
	}
	var d Diff
	note := func(name string, before, after json.RawMessage) {
		switch {
		case before != nil && after != nil && sameJSON(before, after):
			d.Same = append(d.Same, name)
		case slices.Contains(changing[:], name):
			d.Always = append(d.Always, name)
		default:
			d.Changes = append(d.Changes, Change{name, before, after})
		}
	}
	for _, m := range now.Members() {
		note(m.Name, old.Get(m.Name), m.Value)
	}
	for _, m := range old.Members() {
		if now.Get(m.Name) == nil {
			note(m.Name, m.Value, nil)
		}
	}
	return d, nil
}

// sameJSON compares two values; numbers as they are written, since a claim is not calculated with.
func sameJSON(a, b json.RawMessage) bool { return bytes.Equal(canonical(a), canonical(b)) }

// canonical is a value with sorted members and without blanks.
func canonical(raw json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw
	}
	data, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return data
}

// Kind is what became of the claim: added, removed or changed.
func (c Change) Kind() string {
	switch {
	case c.Before == nil:
		return "added"
	case c.After == nil:
		return "removed"
	}
	return "changed"
}
