//go:build linux

package keychain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	dbus "github.com/godbus/dbus/v5"
	keyring "github.com/zalando/go-keyring"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// traffic is what one operation costs on the bus: new connections, and secrets that the keychain gives and takes.
type traffic struct{ connections, reads, writes int }

// benchmark times do, and fails b unless each operation costs want: all of them on the count of connections, and one more,
// which is watched and not timed, on what is read and written.
func (want traffic) benchmark(b *testing.B, do func() error) {
	b.Helper()
	must := func() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
	must() // the first may have to find out more than the others
	since := keychaintest.Connections(b)
	n := 0
	for b.Loop() {
		must()
		n++
	}
	connections := since()
	calls := keychaintest.Calls(b, must)
	if err := want.check(n, connections, calls); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(calls)), "calls/op")
}

// check compares with n operations that made so many connections, and one that made these calls.
func (want traffic) check(n, connections int, calls []keychaintest.Call) error {
	var problems []error
	if connections != n*want.connections {
		problems = append(problems, fmt.Errorf("%d operations made %d connections, not %d each", n, connections, want.connections))
	}
	if got := keychaintest.Reads(calls); got != want.reads {
		problems = append(problems, fmt.Errorf("an operation read %d secrets, not %d", got, want.reads))
	}
	if got := keychaintest.Writes(calls); got != want.writes {
		problems = append(problems, fmt.Errorf("an operation wrote %d secrets, not %d", got, want.writes))
	}
	return errors.Join(problems...)
}

// BenchmarkGet measures one read of 8 KB inside a process: by this package, on a connection of its own as in a new process; by
// go-keyring on the connection that it has already; and the whole process of secret-tool, which is not to be compared with
// these. BenchmarkCommands in internal/e2e compares whole processes.
func BenchmarkGet(b *testing.B) {
	keychaintest.RunUnderSecretService(b, func(b *testing.B, _ *keychaintest.Provider) {
		ctx := context.Background()
		data := bytes.Repeat([]byte("abcdefgh"), 1024)
		if err := OS(Options{}).Set(ctx, "ada", data); err != nil {
			b.Fatal(err)
		}
		item, _ := keychaintest.Lookup(b, "ada")
		other := errors.New("it is not the item that was read")
		b.Run("ciam", func(b *testing.B) {
			traffic{connections: 1, reads: 1}.benchmark(b, func() error {
				if got, err := OS(Options{}).Get(ctx, "ada"); err != nil || !bytes.Equal(got, data) {
					return errors.Join(other, err)
				}
				return nil
			})
		})
		b.Run("go-keyring, warm connection", func(b *testing.B) {
			traffic{reads: 1}.benchmark(b, func() error {
				if got, err := keyring.Get(Service, "ada"); err != nil || got != item {
					return errors.Join(other, err)
				}
				return nil
			})
		})
		b.Run("secret-tool process", func(b *testing.B) {
			traffic{connections: 1, reads: 1}.benchmark(b, func() error {
				if got, _ := keychaintest.Lookup(b, "ada"); got != item {
					return other
				}
				return nil
			})
		})
		b.Run("ciam probe", func(b *testing.B) {
			traffic{connections: 1}.benchmark(b, func() error { return OS(Options{}).Probe(ctx) })
		})
		b.Run("ciam set", func(b *testing.B) {
			s, n := OS(Options{}), 0
			traffic{connections: 1, writes: 1}.benchmark(b, func() error {
				n++
				copy(data, fmt.Sprintf("%08d", n))
				return s.Set(ctx, "ada", data)
			})
			if got, err := s.Get(ctx, "ada"); err != nil || !bytes.Equal(got, data) {
				b.Fatalf("the last write is not there: %v", err)
			}
		})
	})
}

// TestTraffic sees the check of the benchmarks fail: on another store, on other operations, on one that is done twice, and for
// each of its three counts alone.
func TestTraffic(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		ctx := context.Background()
		stores := map[string]Store{"keychain": OS(Options{}), "memory": Memory()}
		for _, s := range stores {
			if err := s.Set(ctx, "ada", []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		get := func(s Store) func() {
			return func() {
				if _, err := s.Get(ctx, "ada"); err != nil {
					t.Error(err)
				}
			}
		}
		item, _ := keychaintest.Lookup(t, "ada")
		if err := keyring.Set(Service, "other", item); err != nil { // go-keyring's connection is there from now on
			t.Fatal(err)
		}
		read, write := traffic{connections: 1, reads: 1}, traffic{connections: 1, writes: 1}
		for name, c := range map[string]struct {
			want traffic
			do   func()
			ok   bool
		}{
			"a read":                                {read, get(stores["keychain"]), true},
			"of another store":                      {read, get(stores["memory"]), false},
			"two":                                   {read, func() { get(stores["keychain"])(); get(stores["keychain"])() }, false},
			"a probe":                               {read, func() { _ = OS(Options{}).Probe(ctx) }, false},
			"an item not there":                     {read, func() { _, _ = OS(Options{}).Get(ctx, "nobody") }, false},
			"a write":                               {write, func() { _ = stores["keychain"].Set(ctx, "ada", []byte("y")) }, true},
			"a read as a write":                     {write, get(stores["keychain"]), false},
			"a read on a connection that was there": {read, func() { _, _ = keyring.Get(Service, "ada") }, false},
			"a read that also writes":               {read, func() { get(stores["keychain"])(); _ = keyring.Set(Service, "other", item) }, false},
			"a read that is refused": {traffic{reads: 1}, func() {
				if conn, err := dbus.SessionBus(); err != nil || conn.Object(ssName, ssLogin+"/nowhere").Call(ssItem+".GetSecret", 0, dbus.ObjectPath("/nowhere")).Err == nil {
					t.Errorf("it was not refused: %v", err)
				}
			}, false},
		} {
			since := keychaintest.Connections(t)
			c.do()
			connections := since()
			if err := c.want.check(1, connections, keychaintest.Calls(t, c.do)); (err == nil) != c.ok {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}
