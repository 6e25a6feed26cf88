//go:build linux

package keychain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	dbus "github.com/godbus/dbus/v5"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// TestOS_slowService has a service whose every turn takes longer than the limit, while it answers pings: every operation
// succeeds. What takes longer than a busy service is waited for ends then.
func TestOS_slowService(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderBus(t, func(t *testing.T) {
		ctx := context.Background()
		k := startKWallet(t)
		open := func(busy time.Duration) *vault {
			o := Options{Service: Service}
			o.limits = timeLimits{call: 300 * time.Millisecond, probe: 300 * time.Millisecond, busy: busy}
			return OS(o).(*vault)
		}
		verbs := map[string]func(*vault) error{
			"Get":   func(v *vault) error { _, err := v.Get(ctx, "ada"); return err },
			"Set":   func(v *vault) error { return v.items.set(ctx, "ada", "ciam1:kept") },
			"Probe": func(v *vault) error { return v.Probe(ctx) },
			"whole": func(v *vault) error { return v.Set(ctx, "ada", []byte("kept")) },
		}
		if err := OS(Options{}).Set(ctx, "ada", []byte("kept")); err != nil {
			t.Fatal(err)
		}
		for name, do := range verbs {
			k.set(func() { k.slow = 400 * time.Millisecond })
			began := time.Now()
			if err := do(open(time.Minute)); err != nil || time.Since(began) < 400*time.Millisecond {
				t.Errorf("%s, a slow service: %v after %s", name, err, time.Since(began))
			}
			k.set(func() { k.slow = 3 * time.Second })
			began = time.Now()
			err := do(open(time.Second))
			if took := time.Since(began); state(err) != Hanging || !strings.Contains(err.Error(), "busy") || took < time.Second || took > 3*time.Second {
				t.Errorf("%s, a service that is too slow: %v after %s", name, err, took)
			}
			stopped, cancel := context.WithCancel(ctx)
			time.AfterFunc(300*time.Millisecond, cancel)
			began = time.Now()
			if _, err := open(time.Minute).Get(stopped, "ada"); !errors.Is(err, context.Canceled) || time.Since(began) > 2*time.Second {
				t.Errorf("interrupted: %v after %s", err, time.Since(began))
			}
			cancel()
		}
	})
}

// TestOS_busy has so many other programs writing to gnome-keyring, which encrypts its whole file for each write, that a turn
// takes several times the limit: readers and writers get what they came for.
func TestOS_busy(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		const limit = 300 * time.Millisecond
		ctx := context.Background()
		o := Options{Service: Service}
		o.limits = timeLimits{call: limit, probe: limit, busy: time.Minute}
		if err := OS(o).Set(ctx, "ada", []byte("kept")); err != nil {
			t.Fatal(err)
		}
		for n := 16; ; n *= 2 {
			stop := besiege(t, n)
			var slowest time.Duration
			for name, do := range map[string]func(Store) error{
				"Get":   func(s Store) error { _, err := s.Get(ctx, "ada"); return err },
				"Set":   func(s Store) error { return s.Set(ctx, "ada", []byte("kept")) },
				"Probe": func(s Store) error { return s.Probe(ctx) },
			} {
				began := time.Now()
				if err := do(OS(o)); err != nil {
					t.Errorf("%s beside %d writers: %v", name, n, err)
				}
				slowest = max(slowest, time.Since(began))
			}
			stop()
			t.Logf("beside %d writers the slowest operation took %s", n, slowest)
			if slowest > 2*limit || t.Failed() {
				return
			}
			if n > 1000 {
				t.Fatal("the keyring could not be made busy")
			}
		}
	})
}

// besiege has n programs, which are connections here, write to the keyring without a pause until stop is called.
func besiege(t *testing.T, n int) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var all, begun sync.WaitGroup
	begun.Add(n)
	for i := range n {
		o := Options{Service: "siege"}
		o.limits = timeLimits{}.orDefault()
		all.Go(func() {
			s, err := dialSecretService(ctx, o, time.Minute)
			if err != nil {
				t.Error(err)
				begun.Done()
				return
			}
			defer s.close()
			var output dbus.Variant
			if err := s.call(ssPath, ssService+".OpenSession", "plain", dbus.MakeVariant("")).Store(&output, &s.session); err != nil {
				t.Error(err)
			}
			properties := map[string]dbus.Variant{ssItem + ".Label": dbus.MakeVariant("siege"), ssItem + ".Attributes": dbus.MakeVariant(s.attributes(fmt.Sprint(i)))}
			secret := kwSecret{s.session, []byte{}, bytes.Repeat([]byte("a"), 4000), "text/plain"}
			for begun.Done(); ctx.Err() == nil; {
				s.call(ssLogin, ssCollection+".CreateItem", properties, secret, true)
			}
		})
	}
	begun.Wait()
	return func() { cancel(); all.Wait() }
}

// TestOS_stoppedWhileBusy: the daemon answers pings for a while and is stopped then. Nobody waits for longer than the limit
// from there on.
func TestOS_stoppedWhileBusy(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderSecretService(t, func(t *testing.T, p *keychaintest.Provider) {
		const limit = time.Second
		o := Options{}
		o.limits = timeLimits{call: limit, probe: limit, busy: time.Minute}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if err := OS(o).Set(ctx, "ada", []byte("kept")); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 20)
		for i := range cap(ended) {
			go func() {
				for {
					s := OS(o)
					_, err := s.Get(ctx, "ada")
					if i%2 == 0 && err == nil {
						err = s.Set(ctx, "ada", []byte("kept"))
					}
					if err != nil {
						ended <- err
						return
					}
				}
			}()
		}
		time.Sleep(500 * time.Millisecond)
		p.Stop(t)
		defer p.Continue(t)
		stopped := time.Now()
		for range cap(ended) {
			select {
			case err := <-ended:
				if state(err) != Hanging {
					t.Errorf("got %v, expected hanging", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("somebody still waits")
			}
		}
		if took := time.Since(stopped); took < limit/2 || took > 2*limit+time.Second {
			t.Errorf("the last one waited for %s, the limit is %s", took, limit)
		}
	})
}
