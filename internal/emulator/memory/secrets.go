package memory

import (
	"slices"
	"sync"
)

// Secrets remembers secrets for a test of redaction; it does nothing unless On.
type Secrets struct {
	On   bool
	mu   sync.Mutex
	seen []string
}

// Add remembers secrets; "" is none.
func (r *Secrets) Add(secrets ...string) {
	if !r.On {
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

// List returns what was remembered, each once.
func (r *Secrets) List() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}
