package host

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func openCA(t *testing.T, dir string, now time.Time, domains ...string) *CA {
	t.Helper()
	ca, err := OpenCA(dir, domains, now)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// verify checks a certificate for name as a client that trusts the published authority does.
func verify(t *testing.T, dir string, leaf *x509.Certificate, name string, now time.Time) error {
	t.Helper()
	data, err := os.ReadFile(CAFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		t.Fatal("no certificate in the CA file")
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: now})
	return err
}

func TestOpenCA(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "emulator")
	now := time.Now()
	first := openCA(t, dir, now)
	for _, name := range []string{dir, filepath.Join(dir, keyFile), filepath.Join(dir, certFile)} {
		if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	if data, _ := os.ReadFile(first.File()); strings.Contains(string(data), "PRIVATE") || !bytes.Equal(data, first.PEM()) {
		t.Error("the published file is not the certificate alone")
	}
	if again := openCA(t, dir, now.Add(300*24*time.Hour)); !again.cert.Equal(first.cert) {
		t.Error("another certificate after 300 days")
	}
	later := now.Add(306 * 24 * time.Hour)
	leaf, err := first.issue(nil, later)
	if err != nil {
		t.Fatal(err)
	}
	renewed := openCA(t, dir, later)
	if renewed.cert.Equal(first.cert) || !renewed.key.Equal(first.key) || renewed.cert.NotAfter.Before(later.Add(360*24*time.Hour)) {
		t.Error("not renewed two months before its end, with its key")
	}
	if err := verify(t, dir, leaf.Leaf, "localhost", later); err != nil {
		t.Errorf("what was signed before the renewal: %v", err)
	}
	if fromTheFuture := openCA(t, dir, now.Add(-48*time.Hour)); fromTheFuture.cert.Equal(renewed.cert) {
		t.Error("a certificate that has not begun was kept")
	}
	// A certificate file that went missing or was changed is put back.
	if err := os.WriteFile(first.File(), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if back := openCA(t, dir, now); verify(t, dir, leaf.Leaf, "localhost", later) != nil || !back.key.Equal(first.key) {
		t.Error("the certificate was not put back")
	}
}

func TestOpenCA_replaces(t *testing.T) {
	now := time.Now()
	for _, tc := range []struct {
		name  string
		spoil func(t *testing.T, file string)
	}{
		{"a key that others can read", func(t *testing.T, file string) {
			if runtime.GOOS == "windows" {
				t.Skip("file modes say nothing here")
			}
			if err := os.Chmod(file, 0o640); err != nil {
				t.Fatal(err)
			}
		}},
		{"an empty file", func(t *testing.T, file string) { write(t, file, nil) }},
		{"half a file", func(t *testing.T, file string) { data, _ := os.ReadFile(file); write(t, file, data[:len(data)/2]) }},
		{"certificate of another key", func(t *testing.T, file string) {
			other := openCA(t, t.TempDir(), now)
			data, _ := os.ReadFile(file)
			key, _ := pem.Decode(data)
			write(t, file, append(pem.EncodeToMemory(key), other.PEM()...))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			first := openCA(t, dir, now)
			tc.spoil(t, filepath.Join(dir, keyFile))
			second := openCA(t, dir, now)
			if second.key.Equal(first.key) {
				t.Error("what was there is still in use")
			}
			leaf, err := second.issue(nil, now)
			if err != nil {
				t.Fatal(err)
			}
			if err := verify(t, dir, leaf.Leaf, "localhost", now); err != nil {
				t.Error(err)
			}
		})
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenCA_domains(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	plain := openCA(t, dir, now)
	old, err := plain.issue([]string{"tenant.ciamlogin.com"}, now)
	if err != nil {
		t.Fatal(err)
	}
	custom := openCA(t, dir, now, "Login.Contoso.com")
	leaf, err := custom.issue([]string{"login.contoso.com"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(t, dir, leaf.Leaf, "login.contoso.com", now); err != nil {
		t.Errorf("custom domain: %v", err)
	}
	if err := verify(t, dir, old.Leaf, "tenant.ciamlogin.com", now); err != nil {
		t.Errorf("a server that was running: %v", err)
	}
	if again := openCA(t, dir, now); !again.cert.Equal(custom.cert) {
		t.Error("an emulator without the domain took it away from one that has it")
	}
}

// TestCA_constrained checks that the authority cannot vouch for others, whatever it signs.
func TestCA_constrained(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	ca := openCA(t, dir, now)
	for _, name := range []string{"evil.example", "ciamlogin.com.evil.example", "notciamlogin.com", "login.microsoftonline.com"} {
		leaf, err := ca.issue([]string{name}, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(t, dir, leaf.Leaf, name, now); err == nil {
			t.Errorf("it can vouch for %s", name)
		}
	}
	for _, ip := range []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")} {
		for _, permitted := range ca.cert.PermittedIPRanges {
			if permitted.Contains(ip) {
				t.Errorf("it can vouch for %s", ip)
			}
		}
	}
}

func TestOpenCA_together(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	all := make([]*CA, 8)
	for i := range all {
		wg.Go(func() { all[i], _ = OpenCA(dir, nil, time.Now()) })
	}
	wg.Wait()
	for _, ca := range all {
		if ca == nil || !ca.key.Equal(all[0].key) {
			t.Fatal("several authorities were made at once")
		}
	}
}

func TestLeaves_renewed(t *testing.T) {
	now := time.Now()
	l := &leaves{ca: openCA(t, t.TempDir(), now), names: func() []string { return nil }, now: func() time.Time { return now }}
	first, err := l.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(3 * 24 * time.Hour)
	if same, _ := l.get(nil); same != first {
		t.Error("another certificate after three days")
	}
	now = now.Add(24 * time.Hour)
	second, err := l.get(nil)
	if err != nil || second == first || second.Leaf.NotAfter.Before(now.Add(6*24*time.Hour)) {
		t.Errorf("not renewed in time: %v", err)
	}
}

func TestBundle(t *testing.T) {
	dir := t.TempDir()
	ca, other := openCA(t, filepath.Join(dir, "a"), time.Now()), openCA(t, filepath.Join(dir, "b"), time.Now())
	path := filepath.Join(dir, "bundle.pem")
	if err := Bundle(path, bytes.TrimSpace(other.PEM()), ca.File()); err != nil { // without a line break at its end
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found int
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		found++
	}
	if found != 2 {
		t.Errorf("%d certificates in the bundle", found)
	}
}
