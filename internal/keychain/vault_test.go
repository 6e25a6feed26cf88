package keychain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// recorder notes operations as "read ada", "write ada/a.0"…
type recorder struct {
	mu  sync.Mutex
	ops []string
}

func (r *recorder) observe(o Op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, string(o.Kind)+" "+o.Item)
}

func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	ops := r.ops
	r.ops = nil
	return ops
}

// TestVault_costs counts what the keychain is asked to do.
func TestVault_costs(t *testing.T) {
	ctx := context.Background()
	small, big := []byte(`{"a":"b"}`), noise(1, 7000)
	var m Map
	var r recorder
	open := func() Store { return NewMemory(MemoryOptions{Map: &m, Limits: WindowsLimits, Observe: r.observe}) }
	get := func(s Store) error { _, err := s.Get(ctx, "ada"); return err }
	set := func(s Store, data []byte) error { return s.Set(ctx, "ada", data) }
	s := open()
	for i, step := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"first get", func() error {
			if err := get(s); !errors.Is(err, ErrNotFound) {
				return fmt.Errorf("got %v", err)
			}
			return nil
		}, []string{"read ada"}},
		{"set after get", func() error { return set(s, small) }, []string{"write ada"}},
		{"set again", func() error { return set(s, small) }, []string{"write ada"}},
		{"get", func() error { return get(open()) }, []string{"read ada"}},
		{"set by a store that knows nothing", func() error { return set(open(), small) }, []string{"read ada", "write ada"}},
		{"set chunked", func() error { return set(s, big) },
			[]string{"read ada", "write ada/a.0", "write ada/a.1", "write ada/a.2", "write ada/a.3", "write ada", "read ada/a.4"}},
		{"get chunked", func() error { return get(s) },
			[]string{"read ada", "read ada/a.0", "read ada/a.1", "read ada/a.2", "read ada/a.3"}},
		{"set chunked again", func() error { return set(s, big[:3000]) },
			[]string{"read ada", "write ada/b.0", "write ada/b.1", "write ada", "read ada/b.2"}},
		{"set inline over chunks", func() error { return set(s, small) }, []string{"read ada", "write ada",
			"read ada/a.0", "read ada/a.1", "read ada/a.2", "read ada/a.3", "read ada/a.4",
			"delete ada/a.3", "delete ada/a.2", "delete ada/a.1", "delete ada/a.0",
			"read ada/b.2", "delete ada/b.1", "delete ada/b.0"}},
		{"set inline", func() error { return set(s, small) }, []string{"write ada"}},
		{"delete", func() error { return s.Delete(ctx, "ada") }, []string{"delete ada", "read ada/a.0", "read ada/b.0", "read ada"}},
		{"delete by a store that knows nothing", func() error { return open().Delete(ctx, "ada") },
			[]string{"read ada", "delete ada", "read ada/a.0", "read ada/b.0", "read ada"}},
		{"probe", func() error { return s.Probe(ctx) }, nil},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := r.take(); !slices.Equal(got, step.want) {
			t.Errorf("step %d, %s:\n got      %q\n expected %q", i, step.name, got, step.want)
		}
	}
	if m.Len() != 0 {
		t.Errorf("%d items are left", m.Len())
	}
}

// failing is a memory of items that stops working at one operation, as a crash would, and then works again.
type failing struct {
	*memoryItems
	left int // operations that still succeed
}

var errCrash = errors.New("crash")

func (f *failing) step() error {
	if f.left--; f.left < 0 {
		return errCrash
	}
	return nil
}

func (f *failing) set(ctx context.Context, item, value string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.memoryItems.set(ctx, item, value)
}

func (f *failing) remove(ctx context.Context, item string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.memoryItems.remove(ctx, item)
}

// TestVault_crash stops writes and deletes after each of their steps. The payload is then the old one, the new one or, for a
// delete, gone; the next write works; and the next delete leaves nothing behind.
func TestVault_crash(t *testing.T) {
	ctx := context.Background()
	states := [][]byte{nil, []byte("small"), noise(1, 4000), noise(2, 15000), noise(3, 9000), []byte("small again")}
	for _, first := range states {
		for _, second := range states {
			for after := range 30 {
				m := &Map{}
				memory := NewMemory(MemoryOptions{Map: m, Limits: WindowsLimits})
				if first != nil {
					if err := memory.Set(ctx, "ada", first); err != nil {
						t.Fatal(err)
					}
				}
				broken := newVault("memory", &failing{&memoryItems{m, WindowsLimits}, after}, nil)
				var err error
				if second == nil {
					err = broken.Delete(ctx, "ada")
				} else {
					err = broken.Set(ctx, "ada", second)
				}
				what := fmt.Sprintf("%d to %d bytes, crash after %d steps", len(first), len(second), after)
				got, getErr := NewMemory(MemoryOptions{Map: m, Limits: WindowsLimits}).Get(ctx, "ada")
				old := bytes.Equal(got, first) && (getErr == nil) == (first != nil)
				now := bytes.Equal(got, second) && (getErr == nil) == (second != nil)
				if getErr != nil && !errors.Is(getErr, ErrNotFound) || !old && !now || err == nil && !now {
					t.Fatalf("%s: Get gives %d bytes, %v", what, len(got), getErr)
				}
				again := NewMemory(MemoryOptions{Map: m, Limits: WindowsLimits})
				if after%2 == 0 {
					if err := again.Set(ctx, "ada", noise(4, 5000)); err != nil {
						t.Fatalf("%s: Set: %v", what, err)
					}
				}
				if err := again.Delete(ctx, "ada"); err != nil || m.Len() != 0 {
					t.Fatalf("%s: Delete: %v, %d items are left", what, err, m.Len())
				}
				if err == nil && !errors.Is(err, errCrash) {
					break
				}
			}
		}
	}
}

func TestVault_corrupt(t *testing.T) {
	ctx := context.Background()
	big := noise(1, 7000)
	for name, c := range map[string]struct {
		spoil  func(m *Map)
		reason string
	}{
		"another program's item": {func(m *Map) { m.SetItem("ada", "secret-of-another-program") }, "version"},
		"empty item":             {func(m *Map) { m.SetItem("ada", "") }, "version"},
		"one letter changed": {func(m *Map) {
			v, _ := m.Item("ada/a.1")
			m.SetItem("ada/a.1", strings.Replace(v, v[100:104], "AAAA", 1))
		}, ""},
		"chunk cut off":  {func(m *Map) { v, _ := m.Item("ada/a.2"); m.SetItem("ada/a.2", v[:50]) }, ""},
		"chunk missing":  {func(m *Map) { (&memoryItems{m: m}).remove(ctx, "ada/a.2") }, "chunk 3 of 4 is missing"},
		"chunk enormous": {func(m *Map) { m.SetItem("ada/a.0", strings.Repeat("A", 3*MaxPayload)) }, "larger than"},
		"wrong checksum": {func(m *Map) {
			h, _, _ := layout([]byte("one"), 2560, 2400)
			h.body = "two"
			m.SetItem("ada", h.String())
		}, "checksum does not match"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &Map{}
			s := NewMemory(MemoryOptions{Map: m, Limits: WindowsLimits})
			if err := s.Set(ctx, "ada", big); err != nil {
				t.Fatal(err)
			}
			c.spoil(m)
			data, err := s.Get(ctx, "ada")
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) || corrupt.Name != "ada" || corrupt.Kind != "memory" || !strings.Contains(corrupt.Reason, c.reason) {
				t.Fatalf("got %d bytes, %v, expected *CorruptError about %q", len(data), err, c.reason)
			}
			for _, part := range []string{"ada", corrupt.Reason} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the message %q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "secret-of-another-program") {
				t.Errorf("the message holds the item: %q", err)
			}
			// Either step mends it.
			if err := s.Set(ctx, "ada", []byte("new")); err != nil {
				t.Error(err)
			}
			if got, err := s.Get(ctx, "ada"); err != nil || string(got) != "new" {
				t.Errorf("after Set: %q, %v", got, err)
			}
			if err := s.Delete(ctx, "ada"); err != nil || m.Len() != 0 {
				t.Errorf("after Delete: %v, %d items are left", err, m.Len())
			}
		})
	}
}

// TestVault_bounded checks that a reader does not go on collecting chunks beyond what a payload may have.
func TestVault_bounded(t *testing.T) {
	ctx := context.Background()
	m := &Map{}
	if err := NewMemory(MemoryOptions{Map: m, Limits: WindowsLimits}).Set(ctx, "ada", noise(1, 7000)); err != nil {
		t.Fatal(err)
	}
	m.SetItem("ada/a.0", strings.Repeat("A", 3*MaxPayload))
	var r recorder
	var corrupt *CorruptError
	if _, err := NewMemory(MemoryOptions{Map: m, Observe: r.observe}).Get(ctx, "ada"); !errors.As(err, &corrupt) {
		t.Errorf("got %v, expected *CorruptError", err)
	}
	if ops := r.take(); slices.Contains(ops, "read ada/a.1") {
		t.Errorf("went on reading after 3 MiB: %q", ops)
	}
}

func TestVault_newer(t *testing.T) {
	ctx := context.Background()
	m := &Map{}
	m.SetItem("ada", "ciam7:something else entirely")
	m.SetItem("ada/a.0", "x")
	s := NewMemory(MemoryOptions{Map: m})
	_, err := s.Get(ctx, "ada")
	var newer *NewerError
	if !errors.As(err, &newer) || newer.Version != 7 || newer.Supported != 1 || newer.Name != "ada" {
		t.Fatalf("got %v, expected *NewerError with version 7", err)
	}
	var corrupt *CorruptError
	if errors.As(err, &corrupt) {
		t.Error("a newer item is reported as corrupt")
	}
	if err := s.Set(ctx, "ada", []byte("mine")); err != nil {
		t.Fatal(err)
	}
	if m.Len() != 1 {
		t.Errorf("%d items are left, expected 1", m.Len())
	}
}

// TestVault_torn makes the reader meet a write in progress: the head it has read is overtaken before it reads the chunks.
func TestVault_torn(t *testing.T) {
	ctx := context.Background()
	m := &Map{}
	writer := NewMemory(MemoryOptions{Map: m, Limits: WindowsLimits})
	if err := writer.Set(ctx, "ada", noise(0, 7000)); err != nil {
		t.Fatal(err)
	}
	for overtaken := range attempts + 1 {
		left := overtaken
		reader := NewMemory(MemoryOptions{Map: m, Limits: WindowsLimits, Observe: func(o Op) {
			if o.Kind == Read && strings.HasSuffix(o.Item, ".1") && left > 0 {
				left--
				for i := range 2 { // twice: into both slots
					if err := writer.Set(ctx, "ada", noise(uint64(10*left+i), 7000)); err != nil {
						t.Error(err)
					}
				}
			}
		}})
		got, err := reader.Get(ctx, "ada")
		if overtaken < attempts && (err != nil || !genuine(got)) {
			t.Errorf("overtaken %d times: %d bytes, %v", overtaken, len(got), err)
		}
		var corrupt *CorruptError
		if overtaken == attempts && !errors.As(err, &corrupt) {
			t.Errorf("overtaken every time: got %v, expected *CorruptError", err)
		}
	}
}

func TestMemory_limits(t *testing.T) {
	ctx := context.Background()
	// Largest value for the account "ada": 2,560 bytes on Windows; on macOS a line of 4,096 bytes with the value in base64.
	for limits, most := range map[Limits]int{Unlimited: 8 << 20, WindowsLimits: 2560, MacLimits: 3024} {
		it := &memoryItems{&Map{}, limits}
		if err := it.set(ctx, "ada", strings.Repeat("x", most)); err != nil {
			t.Errorf("limits %d, %d bytes: %v", limits, most, err)
		}
		if limits == Unlimited {
			continue
		}
		var u *UnavailableError
		if err := it.set(ctx, "ada", strings.Repeat("x", most+1)); !errors.As(err, &u) || u.State != TooBig {
			t.Errorf("limits %d, %d bytes: got %v, expected too_big", limits, most+1, err)
		}
		if inline, chunk := it.sizes("ada"); inline > most || chunk > most {
			t.Errorf("limits %d: the codec would use %d and %d bytes", limits, inline, chunk)
		}
	}
}
