package memory

import (
	"slices"
	"sync"
	"time"
)

// Shelf keeps values by an unguessable id, for a fixed time and up to a number.
type Shelf[T any] struct {
	mu    sync.Mutex
	max   int
	life  time.Duration
	now   func() time.Time
	items map[string]shelved[T]
	order []string // ids by age; may hold ids that are gone
}

type shelved[T any] struct {
	value T
	until time.Time
}

// NewShelf makes a shelf on a memory for up to max values, each for life. The
// oldest goes when there are too many.
func NewShelf[T any](m *Memory, max int, life time.Duration) *Shelf[T] {
	s := &Shelf[T]{max: max, life: life, now: m.now, items: map[string]shelved[T]{}}
	m.OnForget(func() { s.DropIf(func(T) bool { return true }) })
	return s
}

// Put keeps a value, in place of one of that id.
func (s *Shelf[T]) Put(id string, v T) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(id, v, now)
}

// Add puts a value unless one of that id is there, and reports whether it did.
func (s *Shelf[T]) Add(id string, v T) bool {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if it, ok := s.items[id]; ok && now.Before(it.until) {
		return false
	}
	s.store(id, v, now)
	return true
}

// store is Put for a caller that holds the lock.
func (s *Shelf[T]) store(id string, v T, now time.Time) {
	for len(s.order) > 0 {
		it, ok := s.items[s.order[0]]
		if ok && len(s.items) < s.max && now.Before(it.until) {
			break
		}
		delete(s.items, s.order[0])
		s.order = s.order[1:]
	}
	if len(s.order) >= 2*s.max { // many were dropped before their time
		s.order = slices.DeleteFunc(s.order, func(id string) bool { _, ok := s.items[id]; return !ok })
	}
	s.items[id] = shelved[T]{value: v, until: now.Add(s.life)}
	s.order = append(s.order, id)
}

// Get returns the value of an id that is kept and alive.
func (s *Shelf[T]) Get(id string) (v T, ok bool) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	it, ok := s.items[id]
	if !ok || !now.Before(it.until) {
		return v, false
	}
	return it.value, true
}

// Drop forgets a value.
func (s *Shelf[T]) Drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, id)
}

// Values returns what is kept and alive, in no order.
func (s *Shelf[T]) Values() []T {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []T
	for _, it := range s.items {
		if now.Before(it.until) {
			out = append(out, it.value)
		}
	}
	return out
}

// DropIf drops what f says and returns how many that were.
func (s *Shelf[T]) DropIf(f func(T) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for id, it := range s.items {
		if f(it.value) {
			delete(s.items, id)
			n++
		}
	}
	return n
}
