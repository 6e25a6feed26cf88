package emulator

import (
	"slices"
	"sync"
	"time"
)

// Limits of what is kept in memory. The oldest goes when one is reached.
const (
	maxFlows    = 5_000
	maxCodes    = 10_000
	maxSessions = 10_000

	flowLife    = time.Hour
	codeLife    = 10 * time.Minute // as the real service
	codeMemory  = time.Hour        // how long a dead code is still told apart from garbage
	sessionLife = 24 * time.Hour   // the real session cookie is not persistent, 24 h
)

// shelf keeps values by an unguessable id, for a fixed time and up to a number.
type shelf[T any] struct {
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

func newShelf[T any](max int, life time.Duration, now func() time.Time) *shelf[T] {
	return &shelf[T]{max: max, life: life, now: now, items: map[string]shelved[T]{}}
}

func (s *shelf[T]) put(id string, v T) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(id, v, now)
}

// add puts a value unless one of that id is there, and reports whether it did.
func (s *shelf[T]) add(id string, v T) bool {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if it, ok := s.items[id]; ok && now.Before(it.until) {
		return false
	}
	s.store(id, v, now)
	return true
}

// store is put for a caller that holds the lock.
func (s *shelf[T]) store(id string, v T, now time.Time) {
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

func (s *shelf[T]) get(id string) (v T, ok bool) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	it, ok := s.items[id]
	if !ok || !now.Before(it.until) {
		return v, false
	}
	return it.value, true
}

func (s *shelf[T]) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, id)
}
