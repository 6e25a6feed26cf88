package keychain

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// subject is a kind of store under the contract. open gives a new Store on the same items, as another process would have.
type subject struct {
	open   func(t testing.TB) Store
	inline int // bytes of a head item; 0 for a store without items
	left   func() int
	slow   bool // an item costs milliseconds: a shorter choice of the big ones
}

func TestMemory(t *testing.T) {
	for name, limits := range map[string]Limits{"unlimited": Unlimited, "windows limits": WindowsLimits, "macos limits": MacLimits} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &Map{}
			inline, _ := (&memoryItems{limits: limits}).sizes("ada")
			testContract(t, subject{
				open:   func(testing.TB) Store { return NewMemory(MemoryOptions{Map: m, Limits: limits}) },
				inline: inline,
				left:   m.Len,
			})
		})
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := writeKey(t, dir)
	store := filepath.Join(dir, "store")
	testContract(t, subject{
		open: func(t testing.TB) Store { return openFile(t, FileOptions{Dir: store, KeyFile: key}) },
		left: func() int { entries, _ := os.ReadDir(store); return len(entries) },
	})
}

func TestUnsealed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	testContract(t, subject{
		open: func(testing.TB) Store { return Unsealed(dir, "demo-file") },
		left: func() int { entries, _ := os.ReadDir(dir); return len(entries) },
	})
	s := Unsealed(dir, "demo-file")
	if err := s.Set(t.Context(), "ada", []byte("x")); err != nil || s.Kind() != "demo-file" {
		t.Fatal(s.Kind(), err)
	}
	entries, _ := os.ReadDir(dir)
	if info, err := entries[0].Info(); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestOS(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		inline, _ := newOSItems(Options{}).sizes("ada")
		testContract(t, subject{open: func(testing.TB) Store { return OS(Options{}) }, inline: inline})
	})
}

// TestOS_chunked runs the real keychain with the item size of Windows, so that payloads are cut.
func TestOS_chunked(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		testContract(t, subject{open: func(testing.TB) Store { return smallOS(Service) }, inline: 2560, slow: true})
	})
}

// smallItems is the operating system's keychain with the item size of Windows.
type smallItems struct{ *osItems }

func (smallItems) sizes(string) (inline, chunk int) { return windowsSizes() }

func smallOS(service string) *vault {
	o := Options{Service: service}
	o.limits = o.limits.orDefault()
	return newVault("keychain", smallItems{newOSItems(o)}, nil)
}

func testContract(t *testing.T, s subject) {
	ctx := context.Background()
	t.Run("nothing is there", func(t *testing.T) {
		if _, err := s.open(t).Get(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get: got %v, expected ErrNotFound", err)
		}
		if err := s.open(t).Delete(ctx, "nobody"); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if err := s.open(t).Probe(ctx); err != nil {
			t.Errorf("Probe: %v", err)
		}
		if err := s.open(t).Settle(ctx); err != nil {
			t.Errorf("Settle: %v", err)
		}
	})
	t.Run("payloads", func(t *testing.T) { testPayloads(t, s) })
	t.Run("big, small, big", func(t *testing.T) { testOverwrite(t, s) })
	t.Run("two names", func(t *testing.T) { testTwoNames(t, s) })
	t.Run("refused", func(t *testing.T) { testRefused(t, s) })
	t.Run("25 writers and 25 readers", func(t *testing.T) { testTorn(t, s) })
	t.Run("nothing is left", func(t *testing.T) {
		for _, name := range []string{"ada", "ada.b", "grace", "torn"} {
			if err := s.open(t).Delete(ctx, name); err != nil {
				t.Error(err)
			}
		}
		if s.left != nil && s.left() != 0 {
			t.Errorf("%d items or files are left after the names were deleted", s.left())
		}
	})
}

func testPayloads(t *testing.T, s subject) {
	ctx := context.Background()
	overhead := len(head{enc: encText, slot: '-'}.String())
	sizes := []int{0, 1, 2, 8 << 10, 200 << 10}
	if s.inline > 0 {
		sizes = append(sizes, s.inline-overhead-1, s.inline-overhead, s.inline-overhead+1, s.inline-1, s.inline, s.inline+1)
	}
	payloads := map[string][]byte{
		"nil":               nil,
		"json":              []byte(`{"AccessToken":{"key":"välue"}}` + "\n"),
		"trailing newlines": []byte("a\r\n\n"),
		"leading spaces":    []byte("  a"),
		"emoji":             []byte(strings.Repeat("🔑 Zürich ", 500)),
		"backslashes":       []byte(`{"name":"\"Ada\"\u0026 \n"}`),
		"trailing space":    []byte("a "),
		"nul":               {0},
		"not utf-8":         {0xff, 0xfe, 'a', 0x80},
		"looks like a head": []byte(head{enc: encText, slot: 'a', chunks: 3}.String()),
	}
	for _, n := range sizes {
		payloads[fmt.Sprintf("%d letters", n)] = bytes.Repeat([]byte("x"), n)
		payloads[fmt.Sprintf("%d random bytes", n)] = noise(uint64(n), n)
	}
	for name, want := range payloads {
		if s.slow && len(want) > 2600 && name != "204800 random bytes" {
			continue
		}
		if err := s.open(t).Set(ctx, "ada", want); err != nil {
			t.Errorf("%s: Set: %v", name, err)
			continue
		}
		got, err := s.open(t).Get(ctx, "ada")
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: Get: %d bytes, %v, expected the %d bytes stored", name, len(got), err, len(want))
		}
	}
}

func testOverwrite(t *testing.T, s subject) {
	ctx := context.Background()
	one := s.open(t)
	sizes := []int{30000, 10, 30000, 60000, 9000, 20000, 0, 100, 200}
	if s.slow {
		sizes = []int{9000, 10, 9000, 20000, 5000, 100}
	}
	for i, n := range sizes {
		want := noise(uint64(i), n)
		w := one // the same Store, which remembers the layout, and others, which do not
		if i%3 == 2 {
			w = s.open(t)
		}
		if err := w.Set(ctx, "ada", want); err != nil {
			t.Fatalf("Set %d bytes: %v", n, err)
		}
		for who, r := range map[string]Store{"same": one, "other": s.open(t)} {
			if got, err := r.Get(ctx, "ada"); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("Get by the %s store: %d bytes, %v, expected %d bytes", who, len(got), err, n)
			}
		}
	}
	if s.inline > 0 && s.left != nil && s.left() != 1 {
		t.Errorf("%d items are left, expected the one that the small payload needs", s.left())
	}
	for range 2 {
		if err := one.Delete(ctx, "ada"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.open(t).Get(ctx, "ada"); !errors.Is(err, ErrNotFound) {
			t.Fatalf("Get after Delete: %v", err)
		}
	}
	if s.left != nil && s.left() != 0 {
		t.Errorf("%d items are left after Delete", s.left())
	}
}

func testTwoNames(t *testing.T, s subject) {
	ctx := context.Background()
	names := []string{"ada", "ada.b", "grace"}
	for i, name := range names {
		if err := s.open(t).Set(ctx, name, noise(uint64(i), 7000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.open(t).Delete(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	for i, name := range names[1:] {
		if got, err := s.open(t).Get(ctx, name); err != nil || !bytes.Equal(got, noise(uint64(i+1), 7000)) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if _, err := s.open(t).Get(ctx, "ada"); !errors.Is(err, ErrNotFound) {
		t.Errorf("ada: %v", err)
	}
}

func testRefused(t *testing.T, s subject) {
	ctx := context.Background()
	for _, name := range []string{"", "a/b", "a b", "ä", "a:b", "@probe", "../a", strings.Repeat("a", 65)} {
		_, getErr := s.open(t).Get(ctx, name)
		for verb, err := range map[string]error{"Get": getErr, "Set": s.open(t).Set(ctx, name, nil), "Delete": s.open(t).Delete(ctx, name)} {
			if !errors.Is(err, ErrName) {
				t.Errorf("%s %q: got %v, expected ErrName", verb, name, err)
			}
		}
	}
	if err := s.open(t).Set(ctx, "grace", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	var u *UnavailableError
	if err := s.open(t).Set(ctx, "grace", make([]byte, MaxPayload+1)); !errors.As(err, &u) || u.State != TooBig {
		t.Errorf("Set of more than MaxPayload: got %v, expected the state too_big", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	_, getErr := s.open(t).Get(stopped, "grace")
	for verb, err := range map[string]error{"Get": getErr, "Set": s.open(t).Set(stopped, "grace", nil), "Delete": s.open(t).Delete(stopped, "grace")} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: got %v", verb, err)
		}
	}
	if got, err := s.open(t).Get(ctx, "grace"); err != nil || string(got) != "kept" {
		t.Errorf("after the refusals: %q, %v", got, err)
	}
}

// testTorn lets writers, which take turns as the file lock makes them, run against readers without a lock.
func testTorn(t *testing.T, s subject) {
	ctx := context.Background()
	writes := 2
	if testing.Short() || s.slow {
		writes = 1
	}
	var lock sync.Mutex
	var writers, readers sync.WaitGroup
	var reads atomic.Int64
	if err := s.open(t).Set(ctx, "torn", noise(1, 7000)); err != nil {
		t.Fatal(err)
	}
	for i := range 25 {
		writers.Go(func() {
			w := s.open(t)
			for j := range writes {
				lock.Lock()
				err := w.Set(ctx, "torn", noise(uint64(100*i+j), 4000+rand.IntN(6000)))
				lock.Unlock()
				if err != nil {
					t.Errorf("writer: %v", err)
				}
			}
		})
		readers.Go(func() {
			r := s.open(t)
			for range 6 {
				got, err := r.Get(ctx, "torn")
				if err != nil || !genuine(got) {
					t.Errorf("reader: %d bytes, %v", len(got), err)
					return
				}
				reads.Add(1)
				time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond) // or the readers starve the writers
			}
		})
	}
	writers.Wait()
	during := reads.Load()
	readers.Wait()
	t.Logf("%d of %d reads during %d writes", during, reads.Load(), 25*writes)
}

// noise returns n bytes that do not compress and that genuine recognises: the seed and what follows from it.
func noise(seed uint64, n int) []byte {
	b := make([]byte, 0, n+8)
	b = binary.BigEndian.AppendUint64(b, seed)
	for r := rand.NewPCG(seed, 1); len(b) < n; {
		b = binary.BigEndian.AppendUint64(b, r.Uint64())
	}
	return b[:n]
}

func genuine(b []byte) bool {
	return len(b) >= 8 && bytes.Equal(b, noise(binary.BigEndian.Uint64(b), len(b)))
}

func writeKey(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "key")
	if err := files.Replace(path, noise(7, 32), files.ReplaceOptions{Private: true}); err != nil {
		t.Fatal(err)
	}
	return path
}

func openFile(t testing.TB, o FileOptions) Store {
	t.Helper()
	s, err := File(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
