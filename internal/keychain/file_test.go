package keychain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/files"
)

func passphrase(s string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(s), nil }
}

func state(err error) State {
	var u *UnavailableError
	if errors.As(err, &u) {
		return u.State
	}
	return ""
}

func TestFile_passphrase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "store")
	asked := 0
	s := openFile(t, FileOptions{Dir: dir, Passphrase: func(context.Context) ([]byte, error) {
		asked++
		return []byte("correct horse"), nil
	}})
	for _, data := range []string{"one", "two"} {
		if err := s.Set(ctx, "ada", []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("the passphrase was asked for %d times, expected once", asked)
	}
	other := openFile(t, FileOptions{Dir: dir, Passphrase: passphrase("correct horse")})
	if got, err := other.Get(ctx, "ada"); err != nil || string(got) != "two" {
		t.Errorf("the right passphrase: %q, %v", got, err)
	}
	for name, o := range map[string]FileOptions{
		"another passphrase": {Dir: dir, Passphrase: passphrase("Correct horse")},
		"a key file":         {Dir: dir, KeyFile: writeKey(t, t.TempDir())},
	} {
		_, err := openFile(t, o).Get(ctx, "ada")
		if !errors.Is(err, ErrWrongKey) || state(err) != WrongKey {
			t.Errorf("%s: got %v, expected ErrWrongKey", name, err)
		}
		if name == "a key file" && !strings.Contains(fmt.Sprint(err), "sealed with a passphrase, got a key file") {
			t.Errorf("the error does not say what the file was sealed with: %v", err)
		}
		if strings.Contains(fmt.Sprint(err), "horse") {
			t.Errorf("the passphrase is in the error: %v", err)
		}
	}
	failure := errors.New("no terminal")
	broken := openFile(t, FileOptions{Dir: dir, Passphrase: func(context.Context) ([]byte, error) { return nil, failure }})
	if _, err := broken.Get(ctx, "ada"); !errors.Is(err, failure) {
		t.Errorf("got %v, expected the passphrase's own error", err)
	}
	if err := openFile(t, FileOptions{Dir: dir, Passphrase: passphrase("")}).Probe(ctx); state(err) != NoKey {
		t.Errorf("an empty passphrase: got %v", err)
	}
}

// TestParseSealed_bounds checks that a file cannot ask for a key derivation that takes minutes or all memory.
func TestParseSealed_bounds(t *testing.T) {
	good := newSealParams(fromPassphrase)
	for name, change := range map[string]func(*sealParams){
		"as written":      func(*sealParams) {},
		"no passes":       func(p *sealParams) { p.time = 0 },
		"passes":          func(p *sealParams) { p.time = 7 },
		"too many passes": func(p *sealParams) { p.time = 1 << 31 },
		"little memory":   func(p *sealParams) { p.memory = 8<<10 - 1 },
		"memory":          func(p *sealParams) { p.memory = 128<<10 + 1 },
		"all memory":      func(p *sealParams) { p.memory = 1<<32 - 1 },
		"no threads":      func(p *sealParams) { p.threads = 0 },
		"threads":         func(p *sealParams) { p.threads = 17 },
		"other kdf":       func(p *sealParams) { p.kdf = 3 },
	} {
		p := good
		change(&p)
		b, err := seal(p, noise(1, 32), "ada", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseSealed(b); (err == nil) != (p == good) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestFile_sealed(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	key := writeKey(t, dir)
	store := filepath.Join(dir, "deep", "store")
	s := openFile(t, FileOptions{Dir: store, KeyFile: key})
	secret := []byte("eyJ0eXAi-secret-token")
	path := filepath.Join(store, "ciam-ada.sealed")
	var before []byte
	for range 2 {
		if err := s.Set(ctx, "ada", secret); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, secret) || bytes.Contains(b, secret[:8]) {
			t.Error("the file holds the payload in plain text")
		}
		if before != nil && bytes.Equal(b[sealHeader:], before[sealHeader:]) {
			t.Error("two writes of one payload give one ciphertext")
		}
		before = b
	}
	if runtime.GOOS != "windows" {
		for p, want := range map[string]fs.FileMode{path: 0o600, store: 0o700} {
			if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v, expected %o", p, info.Mode(), err, want)
			}
		}
	}
	// Every bit counts, the name too.
	for i := range before {
		changed := bytes.Clone(before)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := openFile(t, FileOptions{Dir: store, KeyFile: key}).Get(ctx, "ada")
		var corrupt *CorruptError
		var newer *NewerError
		if err == nil || !errors.As(err, &corrupt) && !errors.As(err, &newer) && !errors.Is(err, ErrWrongKey) {
			t.Fatalf("byte %d changed: got %q, %v", i, got, err)
		}
		if errors.As(err, &newer) != (i == 8 && changed[8] > sealVersion) {
			t.Errorf("byte %d changed: got %v", i, err)
		}
	}
	for _, n := range []int{0, 1, 8, 9, sealHeader, sealHeader + sealTag - 1, len(before) - 1} {
		if err := os.WriteFile(path, before[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		var corrupt *CorruptError
		if _, err := s.Get(ctx, "ada"); !errors.As(err, &corrupt) || corrupt.Kind != "file" {
			t.Errorf("cut to %d bytes: got %v, expected *CorruptError", n, err)
		}
	}
	if err := os.WriteFile(filepath.Join(store, "ciam-grace.sealed"), before, 0o600); err != nil {
		t.Fatal(err)
	}
	var corrupt *CorruptError
	if _, err := s.Get(ctx, "grace"); !errors.As(err, &corrupt) {
		t.Errorf("another profile's file: got %v, expected *CorruptError", err)
	}
	if err := os.WriteFile(path, append(bytes.Clone(before), make([]byte, 4*MaxPayload)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, "ada"); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("an enormous file: got %v, expected *CorruptError about its size", err)
	}
	newer := bytes.Clone(before)
	newer[len(sealMagic)] = sealVersion + 1
	if err := os.WriteFile(path, newer, 0o600); err != nil {
		t.Fatal(err)
	}
	var n *NewerError
	if _, err := s.Get(ctx, "ada"); !errors.As(err, &n) || n.Version != sealVersion+1 || n.Kind != "file" {
		t.Errorf("a newer file: got %v, expected *NewerError", err)
	}
	// A file that cannot be read is replaced by the next sign-in, and removed by a sign-out.
	if err := s.Set(ctx, "ada", secret); err != nil {
		t.Error(err)
	}
	if got, err := s.Get(ctx, "ada"); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("after Set: %q, %v", got, err)
	}
}

func TestFile_options(t *testing.T) {
	if _, err := File(FileOptions{KeyFile: "k"}); err == nil {
		t.Error("no folder: expected an error")
	}
	if _, err := File(FileOptions{Dir: "d"}); state(err) != NoKey {
		t.Errorf("no key: got %v", err)
	}
	if _, err := File(FileOptions{Dir: "d", KeyFile: "k", Passphrase: passphrase("p")}); state(err) != NoKey {
		t.Errorf("two keys: got %v", err)
	}
}

func TestFile_key(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	keyFile := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := files.Replace(path, content, files.ReplaceOptions{Private: true}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"missing":   filepath.Join(dir, "nowhere"),
		"a folder":  folder,
		"empty":     keyFile("empty", nil),
		"too short": keyFile("short", []byte("fifteen bytes..\n")),
		"enormous":  keyFile("big", make([]byte, 64<<10+1)),
	} {
		s := openFile(t, FileOptions{Dir: filepath.Join(dir, "store"), KeyFile: path})
		for verb, err := range map[string]error{"Probe": s.Probe(ctx), "Set": s.Set(ctx, "ada", nil)} {
			if state(err) != NoKey {
				t.Errorf("%s, %s: got %v, expected the state no_key", name, verb, err)
			}
		}
	}
	// `openssl rand -base64 32 > key` ends the line, an editor may not: the key is the same.
	text := "wrx6ZC8nYO1ZPl0xTtCVhc0sqqE5wd0i"
	for i, content := range []string{text, text + "\n", text + "\r\n"} {
		s := openFile(t, FileOptions{Dir: filepath.Join(dir, "store"), KeyFile: keyFile(fmt.Sprint("text", i), []byte(content))})
		if i == 0 {
			if err := s.Set(ctx, "ada", []byte("kept")); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.Get(ctx, "ada"); err != nil || string(got) != "kept" {
			t.Errorf("line end %q: %q, %v", content[len(text):], got, err)
		}
	}
}

func TestFile_looseModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits")
	}
	ctx := context.Background()
	dir := t.TempDir()
	key, store := writeKey(t, dir), filepath.Join(dir, "store")
	open := func() Store { return openFile(t, FileOptions{Dir: store, KeyFile: key}) }
	if err := open().Set(ctx, "ada", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path        string
		tight, mode fs.FileMode
	}{
		{key, 0o600, 0o604}, {key, 0o600, 0o644}, {key, 0o600, 0o602}, {key, 0o600, 0o666},
		{store, 0o700, 0o750}, {store, 0o700, 0o701}, {store, 0o700, 0o777},
	} {
		if err := os.Chmod(c.path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, getErr := open().Get(ctx, "ada")
		for verb, err := range map[string]error{"Get": getErr, "Set": open().Set(ctx, "ada", nil), "Probe": open().Probe(ctx)} {
			var u *UnavailableError
			if !errors.As(err, &u) || u.State != LooseMode || !strings.Contains(u.Error(), c.path) {
				t.Errorf("%s with %s %o: got %v, expected loose_mode and how to mend it", verb, filepath.Base(c.path), c.mode, err)
			}
		}
		if err := os.Chmod(c.path, c.tight); err != nil {
			t.Fatal(err)
		}
	}
	// The group is the owner's to choose (umask 002), and secrets are mounted as somebody else's (Kubernetes).
	if os.Geteuid() == 0 { // only root can give a file away
		if err := os.Chown(key, 4711, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []fs.FileMode{0o400, 0o440, 0o600, 0o620, 0o640, 0o660} {
		if err := os.Chmod(key, mode); err != nil {
			t.Fatal(err)
		}
		if got, err := open().Get(ctx, "ada"); err != nil || string(got) != "x" {
			t.Errorf("a key file of mode %o: %q, %v", mode, got, err)
		}
	}
}

// TestFile_leftovers leaves what a killed writer leaves, and checks that it goes, but not what a live one is writing.
func TestFile_leftovers(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	store := filepath.Join(dir, "sto[re")
	s := openFile(t, FileOptions{Dir: store, KeyFile: writeKey(t, dir)})
	if err := s.Set(ctx, "ada", nil); err != nil {
		t.Fatal(err)
	}
	plant := func(name string, age time.Duration) string {
		path := filepath.Join(store, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		return path
	}
	there := func(path string) bool { _, err := os.Lstat(path); return err == nil }
	old, young := plant(".ciam-ada.sealed~1", time.Hour), plant(".ciam-ada.sealed~2", 0)
	others := plant(".ciam-ada.sealed-x.sealed~1", time.Hour)
	if err := s.Set(ctx, "ada", nil); err != nil {
		t.Fatal(err)
	}
	if there(old) || !there(young) || !there(others) {
		t.Errorf("after Set: old %v, young %v, another profile's %v", there(old), there(young), there(others))
	}
	if err := s.Delete(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if there(young) || !there(others) {
		t.Errorf("after Delete: young %v, another profile's %v", there(young), there(others))
	}
}

func TestDiskError(t *testing.T) {
	for want, err := range map[State]error{
		Full:   &fs.PathError{Op: "write", Path: "p", Err: syscall.ENOSPC},
		Denied: fmt.Errorf("open: %w", fs.ErrPermission),
		Other:  errors.New("input/output error"),
	} {
		if got := diskError(err); state(got) != want || !errors.Is(got, err) {
			t.Errorf("%v: got %v, expected %s", err, got, want)
		}
	}
	if diskError(nil) != nil {
		t.Error("no error became one")
	}
}

// FuzzSealed feeds hostile files to the reader: it must not panic, nor accept what was not sealed with the key for the name.
func FuzzSealed(f *testing.F) {
	key := noise(7, 32)
	good, err := seal(newSealParams(fromKeyFile), key, "ada", []byte("payload"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:sealHeader])
	f.Add([]byte(sealMagic + "\x02"))
	phrase := newSealParams(fromPassphrase)
	if b, err := seal(phrase, noise(8, 32), "ada", nil); err == nil {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSealed(b)
		if err != nil {
			return
		}
		if p := s.params; p.kdf == fromPassphrase && (p.memory > 128<<10 || p.time > 6) {
			t.Errorf("a file may ask for %d KiB and %d passes", p.memory, p.time)
		}
		data, err := s.open(key, "ada")
		// The fuzzing processes have each sealed the same payload, with salts of their own.
		if err == nil && (len(b) != len(good) || string(data) != "payload") {
			t.Errorf("accepted %d bytes that were not sealed", len(b))
		}
	})
}
