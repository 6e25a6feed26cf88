package emulator

import (
	"slices"
	"sync"
)

// recorder remembers secrets for the redaction test; it does nothing unless on.
type recorder struct {
	on   bool
	mu   sync.Mutex
	seen []string
}

func (r *recorder) add(secrets ...string) {
	if !r.on {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if s != "" && !slices.Contains(r.seen, s) {
			r.seen = append(r.seen, s)
		}
	}
}

func (r *recorder) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}
