//go:build linux

package keychain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	keyring "github.com/zalando/go-keyring"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// verbs runs every operation on a store and returns its errors.
func verbs(s Store) map[string]error {
	ctx := context.Background()
	_, getErr := s.Get(ctx, "ada")
	return map[string]error{"Get": getErr, "Set": s.Set(ctx, "ada", []byte("x")), "Delete": s.Delete(ctx, "ada"), "Probe": s.Probe(ctx)}
}

func expectState(t *testing.T, s Store, want State) {
	t.Helper()
	for verb, err := range verbs(s) {
		if state(err) != want {
			t.Errorf("%s: got %v, expected the state %s", verb, err, want)
		}
	}
}

// TestOS_noBus checks that no bus is ever started, which go-keyring would do with dbus-launch.
func TestOS_noBus(t *testing.T) {
	dir := t.TempDir()
	trace := filepath.Join(dir, "started")
	script := "#!/bin/sh\ntouch '" + trace + "'\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	addresses := []string{"unix:path=" + filepath.Join(dir, "nowhere"), "nonsense"}
	found, err := filepath.Glob(fmt.Sprintf("/run/user/%d/*bus*", os.Getuid()))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 { // else godbus finds the bus of the person who runs the tests
		addresses = append(addresses, "autolaunch:", "")
	}
	for _, address := range addresses {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		expectState(t, OS(Options{}), NoBus)
		for verb, do := range map[string]func(*vault) error{
			"Set":    func(v *vault) error { return v.Set(context.Background(), "ada", nil) },
			"Delete": func(v *vault) error { return v.Delete(context.Background(), "ada") },
		} {
			v := OS(Options{}).(*vault)
			v.remember("ada", oneOrNone) // as after a Get: the first thing they do is then to write
			if err := do(v); state(err) != NoBus {
				t.Errorf("%s after Get: got %v, expected no_bus", verb, err)
			}
		}
	}
	if _, err := os.Stat(trace); err == nil {
		t.Error("dbus-launch was run")
	}
}

// TestOS_badBus talks to buses that do not answer, refuse, hang up, or talk nonsense.
func TestOS_badBus(t *testing.T) {
	for name, c := range map[string]struct {
		says string
		hang bool
		want State
	}{
		"silent":     {hang: true, want: Hanging},
		"refusing":   {says: "REJECTED DBUS_COOKIE_SHA1\r\n", hang: true, want: Denied},
		"hanging up": {want: NoBus},
		"nonsense":   {says: "HTTP/1.1 400 Bad Request\r\n\r\n", hang: true, want: NoBus},
		"accepting, then silent": {says: "REJECTED EXTERNAL\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n",
			hang: true, want: Hanging},
		"accepting, then nonsense": {says: "REJECTED EXTERNAL\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n" +
			strings.Repeat("\xff", 4096), want: NoBus},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "ciam-bus-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			l, err := net.Listen("unix", filepath.Join(dir, "bus"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					conn.Write([]byte(c.says))
					if !c.hang {
						conn.Close()
					}
				}
			}()
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(dir, "bus"))
			o := Options{}
			o.limits = timeLimits{probe: 300 * time.Millisecond, call: 300 * time.Millisecond}
			start := time.Now()
			expectState(t, OS(o), c.want)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// TestOS_states goes through what can be wrong with the Secret Service, and back.
func TestOS_states(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderBus(t, func(t *testing.T) {
		ctx := context.Background()
		expectState(t, OS(Options{}), NoProvider)

		p := keychaintest.StartProvider(t)
		expectState(t, OS(Options{}), NoCollection)
		p.Kill()

		p = keychaintest.StartUnlocked(t, keychaintest.Password)
		kept := []byte(`{"refresh":"` + strings.Repeat("r", 3000) + `"}`)
		testSecretTool(t, kept)
		if err := OS(Options{}).Set(ctx, "ada", kept); err != nil {
			t.Fatal(err)
		}

		p.Lock(t)
		expectState(t, OS(Options{}), Locked)
		testPrompt(t)
		p.Kill()
		p = keychaintest.StartProvider(t) // after a new start the daemon knows the items only by hashes
		expectState(t, OS(Options{}), Locked)
		p.Kill()

		p = keychaintest.StartUnlocked(t, keychaintest.Password)
		if got, err := OS(Options{}).Get(ctx, "ada"); err != nil || !bytes.Equal(got, kept) {
			t.Fatalf("unlocked again: %d bytes, %v", len(got), err)
		}
		testStopped(t, p)
		p.Kill()
		expectState(t, OS(Options{}), NoProvider)
	})
}

// testSecretTool lets another program see the item appear and vanish.
func testSecretTool(t *testing.T, data []byte) {
	ctx := context.Background()
	s := OS(Options{})
	if v, ok := keychaintest.Lookup(t, "ada"); ok {
		t.Errorf("before Set secret-tool finds %d bytes", len(v))
	}
	if err := s.Set(ctx, "ada", data); err != nil {
		t.Fatal(err)
	}
	if v, ok := keychaintest.Lookup(t, "ada"); !ok || !strings.HasSuffix(v, ":"+string(data)) || !strings.HasPrefix(v, "ciam1:text:") {
		t.Errorf("after Set secret-tool finds %d bytes, %v", len(v), ok)
	}
	if v, err := keyring.Get(Service, "ada"); err != nil || !strings.HasSuffix(v, string(data)) {
		t.Errorf("after Set go-keyring finds %d bytes, %v", len(v), err)
	}
	if err := s.Delete(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if v, ok := keychaintest.Lookup(t, "ada"); ok {
		t.Errorf("after Delete secret-tool finds %d bytes", len(v))
	}
}

// testPrompt has a person at the terminal but no desktop: gnome-keyring ends its prompt at once.
func testPrompt(t *testing.T) {
	start := time.Now()
	for verb, err := range verbs(OS(Options{Interactive: true})) {
		if state(err) != Locked || !strings.Contains(err.Error(), "prompt") {
			t.Errorf("%s, interactive: got %v, expected locked and a word about the prompt", verb, err)
		}
	}
	for verb, err := range verbs(OS(Options{})) {
		if state(err) != Locked || strings.Contains(err.Error(), "prompt") {
			t.Errorf("%s, not interactive: got %v, expected locked and no prompt", verb, err)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}

// testStopped freezes the provider: before a call, and right before the one that writes, which cannot be called back.
func testStopped(t *testing.T, p *keychaintest.Provider) {
	ctx := context.Background()
	s := OS(Options{}).(*vault)
	late := atLastCall(t, s, "late")
	p.Stop(t)
	type result struct {
		verb string
		took time.Duration
		err  error
	}
	results := make(chan result)
	for verb, do := range map[string]func() error{
		"Get":    func() error { _, err := s.Get(ctx, "ada"); return err },
		"Set":    func() error { return s.Set(ctx, "ada", nil) },
		"Delete": func() error { return s.Delete(ctx, "ada") },
		"Probe":  func() error { return s.Probe(ctx) },
		"write":  func() error { return late("ciam1:written late") },
	} {
		go func() {
			start := time.Now()
			err := do()
			results <- result{verb, time.Since(start), err}
		}()
	}
	for range 5 {
		r := <-results
		if state(r.err) != Hanging || r.took > 4*time.Second {
			t.Errorf("%s, stopped provider: after %s got %v, expected hanging within 4 s", r.verb, r.took, r.err)
		}
	}
	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := s.Settle(soon); state(err) != Hanging {
		t.Errorf("Settle while the write hangs: got %v, expected hanging", err)
	}
	p.Continue(t)
	settled, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := s.Settle(settled); err != nil {
		t.Errorf("Settle after the provider went on: %v", err)
	}
	if v, err := s.items.get(ctx, "late"); err != nil || v != "ciam1:written late" {
		t.Errorf("the write that was given up on: %q, %v", v, err)
	}
	if err := s.items.remove(ctx, "late"); err != nil {
		t.Error(err)
	}
	stopped, cancel := context.WithCancel(ctx)
	p.Stop(t)
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := s.Get(stopped, "ada"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get that is interrupted: got %v", err)
	}
	p.Continue(t)
	if got, err := s.Get(ctx, "ada"); err != nil || len(got) == 0 {
		t.Errorf("Get after the provider went on: %d bytes, %v, expected what was there: no change was sent", len(got), err)
	}
}

// atLastCall goes as far as a write goes before its last call, which is left to the caller.
func atLastCall(t *testing.T, v *vault, item string) (write func(value string) error) {
	t.Helper()
	it := v.items.(*osItems)
	s, err := dialSecretService(context.Background(), it.o, it.o.limits.call)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.openSession()(); err != nil {
		t.Fatal(err)
	}
	return func(value string) error {
		defer s.close()
		return s.fail(s.store(&it.calls, ssLogin, item, value))
	}
}

// TestOS_noPassword keeps items in a keyring without a password, which gnome-keyring writes as plain text with rules of its
// own, and lets the daemon load it again. Locked there does not mean that anybody is asked.
func TestOS_noPassword(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderBus(t, func(t *testing.T) {
		ctx := context.Background()
		payloads := map[string]string{
			"lines": "a\n[section]\nsecret=x\n", "escapes": `{"a":"\"\\n\u0026"}`, "spaces": " a ", "json": `{"a":"ü"}`, "empty": "",
			"random": string(noise(3, 3000)), "tab": "\ta",
		}
		p := keychaintest.StartWithoutPassword(t)
		for name, data := range payloads {
			if err := OS(Options{}).Set(ctx, name, []byte(data)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		p.Lock(t)
		for range 2 {
			for name, data := range payloads {
				if got, err := OS(Options{}).Get(ctx, name); err != nil || string(got) != data {
					t.Errorf("%s: got %d bytes, %v", name, len(got), err)
				}
			}
			if err := OS(Options{}).Probe(ctx); err != nil {
				t.Error(err)
			}
			p.Kill()
			p = keychaintest.StartProvider(t)
		}
		if err := OS(Options{}).Set(ctx, "json", []byte("changed")); err != nil {
			t.Error(err)
		}
	})
}
