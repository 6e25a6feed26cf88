package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/host"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// The readers of certificate authorities and locks.

// readAuthority opens the certificate authority: while it is good, nothing of it is replaced; near its end the key stays.
func readAuthority(t *testing.T, c *corpus, name string) {
	dir := copyPrivate(t, filepath.Dir(c.path(name)))
	file := filepath.Join(dir, path.Base(name))
	before := c.read(t, name)
	for _, domains := range [][]string{nil, {"login.contoso.example", "login.fabrikam.com"}} {
		ca, err := host.OpenCA(dir, domains, c.MadeAt.Add(24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, before) || !bytes.Contains(before, ca.PEM()) {
			t.Errorf("with the domains %q it is not as it was: %v", domains, err)
		}
	}
	if _, err := host.OpenCA(dir, nil, c.MadeAt.AddDate(0, 11, 0)); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(file)
	if err != nil || bytes.Equal(after, before) {
		t.Errorf("it was not renewed before its end: %v", err)
	}
	sameAuthority(t, before, after)
}

// sameAuthority wants two files to be of one key and name: what the key has signed stays good.
func sameAuthority(t *testing.T, before, after []byte) {
	t.Helper()
	was, is := certificates(t, before), certificates(t, after)
	if len(was) != 1 || len(is) != 1 || !bytes.Equal(was[0].RawSubjectPublicKeyInfo, is[0].RawSubjectPublicKeyInfo) || !bytes.Equal(was[0].RawSubject, is[0].RawSubject) {
		t.Error("it is another authority")
	}
	key, _, _ := bytes.Cut(before, []byte("-----BEGIN CERTIFICATE"))
	if !bytes.HasPrefix(after, key) {
		t.Error("the key is another")
	}
}

// readBundle adds the authority to the file that a variable named before, which gives the bundle that was written.
func readBundle(t *testing.T, c *corpus, name string) {
	if len(certificates(t, c.read(t, name))) == 0 {
		t.Fatal("no certificate")
	}
	ca, err := host.OpenCA(copyPrivate(t, c.path("emulator/state/ciam/emulator")), nil, c.MadeAt)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "bundle.pem")
	if err := host.Bundle(file, c.read(t, "bundle/before.pem"), ca.File()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, c.read(t, "bundle/bundle.pem")) {
		t.Errorf("the bundle is now\n%s\n%v", got, err)
	}
}

func readPID(t *testing.T, c *corpus, name string) {
	if n, err := strconv.Atoi(strings.TrimSpace(string(c.read(t, name)))); err != nil || n == 0 {
		t.Errorf("%d: %v", n, err)
	}
}

// readLock holds the lock that an earlier ciam has left, as such a one would: today's waits for it or says who has it,
// and goes on as soon as it is free.
func readLock(t *testing.T, c *corpus, name string) {
	dir := copyPrivate(t, filepath.Dir(c.path(name)))
	base := path.Base(name)
	lock := flock.New(filepath.Join(dir, base))
	if ok, err := lock.TryLock(); err != nil || !ok {
		t.Fatalf("%v %v", ok, err)
	}
	defer lock.Unlock()
	profile, purpose, ofProfile := strings.Cut(strings.TrimSuffix(base, ".lock"), ".")
	switch {
	case base == "emulator.lock":
		var locked *host.LockedError
		_, err := host.Start(host.Options{DataDir: dir, Now: c.clock})
		pid, _ := strconv.Atoi(strings.TrimSpace(string(c.read(t, path.Dir(name)+"/emulator.pid"))))
		if !errors.As(err, &locked) || locked.PID != pid {
			t.Errorf("%v, expected that process %d has it", err, pid)
		}
	case base == "authority.lock":
		waitsFor(t, lock, func() error { _, err := host.OpenCA(dir, nil, c.MadeAt); return err })
	case base == "tenant.yaml.lock":
		state, err := directory.Open(context.Background(), filepath.Join(dir, "tenant.yaml"), directory.Default())
		if err != nil {
			t.Fatal(err)
		}
		waitsFor(t, lock, func() error {
			return state.Update(context.Background(), func(*directory.Document) error { return nil })
		})
	case ofProfile:
		purpose = strings.ReplaceAll(purpose, "-", " ")
		pid, err := strconv.Atoi(strings.TrimSpace(string(c.read(t, name))))
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS == "windows" {
			pid = 0 // it is within the bytes that are locked, which nobody else can read there
		}
		var locked *tokencache.LockError
		_, err = tokencache.Lock{Dir: dir, Limit: 20 * time.Millisecond}.Acquire(context.Background(), profile, purpose)
		if !errors.As(err, &locked) || locked.PID != pid {
			t.Fatalf("%v, expected that process %d has it", err, pid)
		}
		waitsFor(t, lock, func() error {
			release, err := tokencache.Lock{Dir: dir, Limit: 10 * time.Second}.Acquire(context.Background(), profile, purpose)
			if err == nil {
				release()
			}
			return err
		})
	default:
		t.Errorf("nothing takes the lock %s", base)
	}
}

// waitsFor wants work not to end before lock is free, and then to succeed.
func waitsFor(t *testing.T, lock *flock.Flock, work func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		t.Errorf("it did not wait for %s: %v", filepath.Base(lock.Path()), err)
		return
	case <-time.After(30 * time.Millisecond):
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
