package memory

import (
	"sync"
	"time"
)

// Memory holds everything that is forgotten at once, so that nothing that is
// added later can be left out of a reset.
type Memory struct {
	now func() time.Time

	mu     sync.Mutex
	forget []func()
}

// New returns an empty memory whose contents age by a clock.
func New(now func() time.Time) *Memory { return &Memory{now: now} }

// OnForget has f called by Forget.
func (m *Memory) OnForget(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget = append(m.forget, f)
}

// Forget empties all that was made on the memory.
func (m *Memory) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.forget {
		f()
	}
}
