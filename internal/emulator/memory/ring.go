package memory

import "sync"

// Ring keeps the newest entries up to a number.
type Ring[T any] struct {
	max  int
	mu   sync.Mutex
	ring []T
	next int // where the next one goes once the ring is full
}

// NewRing makes a ring on a memory.
func NewRing[T any](m *Memory, max int) *Ring[T] {
	r := &Ring[T]{max: max}
	m.OnForget(r.Clear)
	return r
}

// Add keeps an entry; the oldest one goes when the ring is full.
func (r *Ring[T]) Add(v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < r.max {
		r.ring = append(r.ring, v)
		return
	}
	r.ring[r.next] = v
	r.next = (r.next + 1) % r.max
}

// List returns a copy of the entries, oldest first.
func (r *Ring[T]) List() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]T, 0, len(r.ring))
	return append(append(out, r.ring[r.next:]...), r.ring[:r.next]...)
}

// Clear empties the ring.
func (r *Ring[T]) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring, r.next = nil, 0
}
