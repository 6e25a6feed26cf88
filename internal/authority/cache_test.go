package authority

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// cacheFile is the one file in dir.
func cacheFile(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files in the cache: %v, %v; want one", files, err)
	}
	return files[0]
}

// fill runs one resolver, so that dir has metadata and keys of s.
func fill(t *testing.T, s *tenant, dir string) {
	t.Helper()
	r := resolver(dir)
	md, err := r.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
		t.Fatal(err)
	}
	s.askedMeta.Store(0)
	s.askedJK.Store(0)
}

// use is what a later process does, at a later time. It returns how often the tenant was asked for metadata and keys.
func use(t *testing.T, s *tenant, dir string, later time.Duration) (metadata, keys int32) {
	t.Helper()
	r := &Resolver{CacheDir: dir, Now: func() time.Time { return testNow.Add(later) }}
	md, err := r.Metadata(t.Context(), s.authority(), testTenant)
	if err != nil {
		t.Fatal(err)
	}
	key, err := r.Keys(md).Key(t.Context(), "key-1")
	if err != nil || !testKey().Equal(key) {
		t.Fatalf("got %v, %v", key, err)
	}
	return s.askedMeta.Swap(0), s.askedJK.Swap(0)
}

func TestCache(t *testing.T) {
	s := newTenant(t)
	dir := filepath.Join(t.TempDir(), "made", "by", "us")
	fill(t, s, dir)
	for _, tt := range []struct {
		name  string
		later time.Duration
		want  int32 // requests for metadata, and for keys
	}{
		{"at once", 0, 0},
		{"within 24 hours", 24*time.Hour - time.Second, 0},
		{"after 24 hours", 24 * time.Hour, 1},
		{"from the future", -time.Second, 1},
	} {
		fill(t, s, dir)
		if m, k := use(t, s, dir, tt.later); m != tt.want || k != tt.want {
			t.Errorf("%s: %d and %d requests, want %d each", tt.name, m, k, tt.want)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}

	fill(t, s, dir)
	name := filepath.Base(cacheFile(t, dir))
	if !strings.HasPrefix(name, "127.0.0.1_") || !strings.HasSuffix(name, ".json") {
		t.Errorf("file is called %s", name)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]fs.FileMode{dir: 0o700, cacheFile(t, dir): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
			}
		}
	}
}

func TestCache_twoAuthorities(t *testing.T) {
	dir := t.TempDir()
	a, err := Parse("contoso")
	if err != nil {
		t.Fatal(err)
	}
	r := resolver(dir)
	b := Authority{Base: a.Base, Tenant: testTenant}
	if r.path(a.String()) == r.path(b.String()) || !strings.HasPrefix(filepath.Base(r.path(a.String())), "contoso.ciamlogin.com-") {
		t.Errorf("paths %s and %s", r.path(a.String()), r.path(b.String()))
	}
}

// TestCache_untrusted changes the file as a fault or another program would. Each time the tenant must be asked again, and nothing
// of the changed half used.
func TestCache_untrusted(t *testing.T) {
	s := newTenant(t)
	replace := func(old, new string) func(string) string {
		return func(doc string) string {
			if !strings.Contains(doc, old) {
				t.Fatalf("no %s in %s", old, doc)
			}
			return strings.ReplaceAll(doc, old, new)
		}
	}
	tid := "/" + testTenant
	for _, tt := range []struct {
		name   string
		change func(string) string
		m, k   int32 // requests that must follow
	}{
		{"unchanged", func(d string) string { return d }, 0, 0},
		{"empty", func(string) string { return "" }, 1, 1},
		{"corrupt", func(d string) string { return d[:len(d)/2] }, 1, 1},
		{"null", func(string) string { return "null" }, 1, 1},
		{"another type", replace(`"metadata":{`, `"metadata":5,"x":{`), 1, 1},
		{"oversized", func(d string) string { return d + strings.Repeat(" ", maxCacheFile) }, 1, 1},
		{"another version", replace(`"version":1`, `"version":2`), 1, 1},
		{"another authority", replace(`"authority":"`+s.URL+tid, `"authority":"`+s.URL+"/"+otherTenant), 1, 1},
		{"metadata of another authority", func(d string) string {
			return strings.Replace(d, `"metadata":{"authority":"`+s.URL, `"metadata":{"authority":"https://x`, 1)
		}, 1, 0},
		{"no halves", func(string) string { return `{"version":1,"authority":"` + s.URL + tid + `"}` }, 1, 1},
		{"keys without a set", replace(`"jwks":{"keys"`, `"jwks":{"key"`), 0, 1},
		{"foreign issuer", replace(guidTestIssuer, "https://evil.example"), 1, 0},
		{"foreign tenant id", replace(`"tenant_id":"`+testTenant, `"tenant_id":"`+otherTenant), 1, 0},
		{"foreign token endpoint", replace(`"token_endpoint":"`+s.URL, `"token_endpoint":"https://evil.example`), 1, 0},
		{"foreign key address", replace(`"jwks_uri":"`+s.URL, `"jwks_uri":"https://evil.example`), 1, 1},
		{"dated in the future", replace(stamp(testNow), stamp(testNow.Add(time.Second))), 1, 1},
		{"dated in no way", replace(stamp(testNow), "yesterday"), 1, 1},
		{"keys of another kind", replace(`"kty":"RSA"`, `"kty":"oct"`), 0, 1},
		{"a key cut short", replace(encode(testKey().N.Bytes())[100:], ""), 0, 1},
		{"a key of another kid", replace(`"kid":"key-1"`, `"kid":"key-0"`), 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, s, dir)
			path := cacheFile(t, dir)
			doc, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.change(string(doc))), 0o600); err != nil {
				t.Fatal(err)
			}
			if m, k := use(t, s, dir, 0); m != tt.m || k != tt.k {
				t.Errorf("%d and %d requests, want %d and %d", m, k, tt.m, tt.k)
			}
			if m, k := use(t, s, dir, 0); m != 0 || k != 0 {
				t.Errorf("not repaired: %d and %d requests", m, k)
			}
		})
	}
}

func TestCache_notAFile(t *testing.T) {
	s := newTenant(t)
	spoilers := map[string]func(path string) error{
		"folder": func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) },
	}
	if runtime.GOOS != "windows" { // which has no modes, and links for administrators only
		spoilers["link"] = func(p string) error { return errors.Join(os.Rename(p, p+".moved"), os.Symlink(p+".moved", p)) }
		spoilers["writable by group"] = func(p string) error { return os.Chmod(p, 0o660) }
		spoilers["writable by all"] = func(p string) error { return os.Chmod(p, 0o602) }
	}
	if os.Geteuid() == 0 { // only root can give a file away
		spoilers["of another user"] = func(p string) error { return os.Chown(p, 54321, -1) }
	}
	for name, spoil := range spoilers {
		dir := t.TempDir()
		fill(t, s, dir)
		if err := spoil(cacheFile(t, dir)); err != nil {
			t.Fatal(err)
		}
		if m, k := use(t, s, dir, 0); m != 1 || k != 1 {
			t.Errorf("%s: %d and %d requests, want 1 and 1", name, m, k)
		}
	}
}

func TestCache_unwritable(t *testing.T) {
	s := newTenant(t)
	file := filepath.Join(t.TempDir(), "file") // no folder can be made below a file, not even by root
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var warnings []error
	r := resolver(filepath.Join(file, "cache"))
	r.Warn = func(err error) { warnings = append(warnings, err) }
	for range 2 {
		md, err := r.Metadata(t.Context(), s.authority(), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
			t.Fatal(err)
		}
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0].Error(), r.CacheDir) {
		t.Errorf("warnings: %v, want one that names the folder", warnings)
	}
	if m, k := s.askedMeta.Load(), s.askedJK.Load(); m != 1 || k != 1 {
		t.Errorf("%d and %d requests, want 1 and 1: memory holds them", m, k)
	}
	r = resolver(filepath.Join(file, "cache"))
	if _, err := r.Metadata(t.Context(), s.authority(), ""); err != nil {
		t.Errorf("without Warn: %v", err)
	}
}

// TestCache_staleOffline: a copy that is too old is not used in silence when the tenant is out of reach, and the message says so.
func TestCache_staleOffline(t *testing.T) {
	s := newTenant(t)
	dir := t.TempDir()
	fill(t, s, dir)
	a := s.authority()
	r := &Resolver{CacheDir: dir, Now: func() time.Time { return testNow.Add(25 * time.Hour) }, pause: atOnce}
	md, err := (&Resolver{CacheDir: dir, Now: func() time.Time { return testNow }}).Metadata(t.Context(), a, "")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, mdErr := r.Metadata(t.Context(), a, "")
	_, keyErr := r.Keys(md).Key(t.Context(), "key-1")
	for _, err := range []error{mdErr, keyErr} {
		var e *UnreachableError
		if !errors.As(err, &e) || !e.CachedAt.Equal(testNow) || !strings.Contains(err.Error(), "the copy of "+stamp(testNow)+" is older than 24 hours") {
			t.Errorf("got %v", err)
		}
	}
	offline := resolver(dir)
	if _, err := offline.Metadata(t.Context(), a, ""); err != nil {
		t.Errorf("a fresh copy works offline, but: %v", err)
	}
	if _, err := offline.Keys(md).Key(t.Context(), "key-1"); err != nil {
		t.Errorf("fresh keys work offline, but: %v", err)
	}
}

// TestCache_merge: the halves of one file may be written by two processes.
func TestCache_merge(t *testing.T) {
	s := newTenant(t)
	dir := t.TempDir()
	one, two := resolver(dir), resolver(dir)
	md, err := one.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	two.Keys(md).Key(t.Context(), "key-1") // reads the file with metadata only, adds keys
	three := resolver(dir)
	three.Keys(md).Key(t.Context(), "key-1")
	if _, err := one.Keys(md).Key(t.Context(), "key-1"); err != nil { // one has not seen the keys yet
		t.Fatal(err)
	}
	if m, k := s.askedMeta.Load(), s.askedJK.Load(); m != 1 || k != 1 {
		t.Errorf("%d and %d requests, want 1 and 1", m, k)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("temporary files are left: %v", left)
	}
}

// TestCache_mergeLater: who replaces one half after a day must not lose the other half, which another process wrote since.
func TestCache_mergeLater(t *testing.T) {
	s := newTenant(t)
	now, dir := testNow, t.TempDir()
	at := func() *Resolver { return &Resolver{CacheDir: dir, Now: func() time.Time { return now }, pause: atOnce} }
	one := at()
	md, err := one.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(23 * time.Hour)
	if _, err := at().Keys(md).Key(t.Context(), "key-1"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Hour)
	if _, err := one.Metadata(t.Context(), s.authority(), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := at().Keys(md).Key(t.Context(), "key-1"); err != nil {
		t.Fatal(err)
	}
	if m, k := s.askedMeta.Load(), s.askedJK.Load(); m != 2 || k != 1 {
		t.Errorf("%d and %d requests, want 2 and 1", m, k)
	}
}

// TestCache_clockSetBack: what was fetched in the future, as it seems, is asked for again; and such a file of another process
// does not displace what is in memory.
func TestCache_clockSetBack(t *testing.T) {
	s := newTenant(t)
	now, dir := testNow, t.TempDir()
	one := &Resolver{CacheDir: dir, Now: func() time.Time { return now }}
	other := &Resolver{CacheDir: dir, Now: func() time.Time { return testNow.Add(time.Hour) }}
	ask := func(r *Resolver, what string, metadata, keys int32) {
		t.Helper()
		md, err := r.Metadata(t.Context(), s.authority(), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
			t.Fatal(err)
		}
		if m, k := s.askedMeta.Swap(0), s.askedJK.Swap(0); m != metadata || k != keys {
			t.Errorf("%s: %d and %d requests, want %d and %d", what, m, k, metadata, keys)
		}
	}
	ask(one, "first", 1, 1)
	now = now.Add(-time.Second)
	ask(one, "clock set back", 1, 1)
	if err := os.Remove(cacheFile(t, dir)); err != nil {
		t.Fatal(err)
	}
	ask(other, "an hour ahead", 1, 1)
	md, err := one.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	s.keys = respond(503, "") // so that only what was read from the file could change memory
	if _, err := one.Keys(md).Key(t.Context(), "key-2"); err == nil {
		t.Fatal("no error")
	}
	s.askedJK.Store(0)
	ask(one, "after a file from the future", 0, 0)
}

func FuzzCache(f *testing.F) {
	f.Add([]byte(`{"version":1,"authority":"https://contoso.ciamlogin.com/contoso.onmicrosoft.com","metadata":{"fetched_at":"2026-11-23T10:00:00Z"},"keys":{"jwks":{"keys":[]}}}`))
	dir := f.TempDir()
	r := resolver(dir)
	a := Authority{Base: "https://contoso.ciamlogin.com", Tenant: "contoso.onmicrosoft.com"}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(r.path(a.String()), data, 0o600); err != nil {
			t.Fatal(err)
		}
		d, ok := r.read(a.String())
		if ok && d.Metadata != nil && fresh(d.Metadata.FetchedAt, testNow) {
			validate(a, "", d.Metadata)
		}
		if ok && d.Keys != nil {
			parseJWKS(d.Keys.JWKS, testTenant)
		}
	})
}
