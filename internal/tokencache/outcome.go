package tokencache

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/ciam-cli/ciam/internal/files"
)

// Outcome is what came of the last renewal under a lock. Processes that waited meanwhile take it over in place of asking
// the tenant once more. It holds nothing that the tenant said in words, and no secret.
type Outcome struct {
	// Generation counts the renewals. Whoever waited and finds it higher than before has waited for this one.
	Generation uint64 `json:"generation"`
	// OK is a renewal that succeeded, Passing one that another try may better; neither is a refusal.
	OK      bool `json:"ok,omitempty"`
	Passing bool `json:"passing,omitempty"`
	// Code is the OAuth error and Status the HTTP status, where there was one.
	Code   string `json:"code,omitempty"`
	Status int    `json:"status,omitempty"`
	// Scope is what was asked for, as ScopeKey has it, and Grant tells what it was asked with from another.
	Scope string `json:"scope,omitempty"`
	Grant string `json:"grant,omitempty"`
}

// Outcome returns what came of the last renewal; zero when there was none, or it cannot be told.
func (l Lock) Outcome(profile, purpose string) Outcome {
	var o Outcome
	if l.Dir == "" {
		return o
	}
	data, err := files.Read(context.Background(), l.outcomeFile(profile, purpose), files.Options{Limit: 4096})
	if err != nil || json.Unmarshal(data, &o) != nil {
		return Outcome{}
	}
	return o
}

// SetOutcome notes what came of a renewal. The lock is held. Failing to is no harm: the others ask themselves.
func (l Lock) SetOutcome(profile, purpose string, o Outcome) {
	if data, err := json.Marshal(o); err == nil && l.Dir != "" {
		_ = files.Replace(l.outcomeFile(profile, purpose), data, files.ReplaceOptions{Fixed: true, Cached: true, Alone: true})
	}
}

func (l Lock) outcomeFile(profile, purpose string) string {
	return strings.TrimSuffix(l.path(profile, purpose), ".lock") + ".outcome"
}

// Try takes the lock if nobody has it; ok is false when somebody does. Errors: *LockError.
func (l Lock) Try(profile, purpose string) (release func(), ok bool, err error) {
	if l.Dir == "" {
		return func() {}, true, nil
	}
	lock, err := l.open(profile, purpose)
	if err != nil {
		return nil, false, err
	}
	got, err := lock.TryLock()
	if err != nil || !got {
		if err != nil {
			err = &LockError{Purpose: purpose, Err: err}
		}
		return nil, false, err
	}
	writeHolder(lock.Path())
	return func() { _ = lock.Unlock() }, true, nil
}
