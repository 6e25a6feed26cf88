package keychain

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// Limits is the platform whose item sizes a memory store imitates.
type Limits int

// The limits of a memory store.
const (
	Unlimited     Limits = iota // as Secret Service: payloads up to 48 KB are inline
	WindowsLimits               // 2,560 bytes in one item
	MacLimits                   // 4,096 bytes in the whole command that stores an item, base64 included
)

// Map is where memory stores keep their items. The zero value is empty and ready to use. Stores that share a Map see one
// keychain, as processes do. It must not be copied.
type Map struct {
	mu    sync.RWMutex
	items map[string]string
}

// Len returns the number of items, chunks included.
func (m *Map) Len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.items)
}

// Item returns the raw content of an item, for tests and diagnosis.
func (m *Map) Item(item string) (string, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok := m.items[item]
	return v, ok
}

// Names returns the names of the items, chunks included, in alphabetical order.
func (m *Map) Names() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Sorted(maps.Keys(m.items))
}

// SetItem stores raw content without the codec and without limits, for tests of corrupt items.
func (m *Map) SetItem(item, value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.items == nil {
		m.items = map[string]string{}
	}
	m.items[item] = value
}

// MemoryOptions configures NewMemory. The zero value gives a store of its own without limits.
type MemoryOptions struct {
	Map     *Map     // nil: a new one
	Limits  Limits   // zero: Unlimited
	Observe func(Op) // as in Options
	Kind    string   // what Store.Kind says, for a store that stands for another; "" is "memory"
}

// Memory returns an empty store that is gone with the process.
func Memory() Store { return NewMemory(MemoryOptions{}) }

// NewMemory returns a store that is gone with the process, with the codec and the size limits of a real one.
func NewMemory(o MemoryOptions) Store {
	if o.Map == nil {
		o.Map = &Map{}
	}
	return newVault(cmp.Or(o.Kind, "memory"), &memoryItems{o.Map, o.Limits}, o.Observe)
}

type memoryItems struct {
	m      *Map
	limits Limits
}

func (it *memoryItems) get(ctx context.Context, item string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	v, ok := it.m.Item(item)
	if !ok {
		return "", ErrNotFound
	}
	return v, nil
}

// set refuses what the imitated system refuses: more than 2,560 bytes for CredWrite, too long a line for `security -i`.
func (it *memoryItems) set(ctx context.Context, item, value string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tooBig := false
	switch it.limits {
	case WindowsLimits:
		tooBig = len(value) > 2560
	case MacLimits:
		tooBig = len(securityLine(Service, item, value)) > maxSecurityLine
	}
	if tooBig {
		return unavailable(TooBig, errors.New("the item is larger than the limit"))
	}
	it.m.SetItem(item, value)
	return nil
}

func (it *memoryItems) remove(ctx context.Context, item string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	it.m.mu.Lock()
	defer it.m.mu.Unlock()
	if _, ok := it.m.items[item]; !ok {
		return ErrNotFound
	}
	delete(it.m.items, item)
	return nil
}

func (it *memoryItems) sizes(item string) (inline, chunk int) {
	switch it.limits {
	case WindowsLimits:
		return windowsSizes()
	case MacLimits:
		return macSizes(Service, item)
	}
	return secretServiceSizes()
}

func (it *memoryItems) ready(ctx context.Context, _ bool) error { return ctx.Err() }
func (it *memoryItems) settle(context.Context) error            { return nil }
