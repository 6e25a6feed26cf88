package authority

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/files"
)

const (
	cacheVersion = 1
	maxCacheFile = 256 << 10 // 50 keys of 8192 bits need 100 KiB
)

// document is the content of a cache file: what is known of one authority. Its members are public knowledge; what matters is
// that nobody else wrote them.
type document struct {
	Version   int         `json:"version"`
	Authority string      `json:"authority"`
	Metadata  *Metadata   `json:"metadata,omitempty"`
	Keys      *cachedKeys `json:"keys,omitempty"`
}

type cachedKeys struct {
	JWKSURI     string          `json:"jwks_uri"`
	FetchedAt   time.Time       `json:"fetched_at"`
	RefetchedAt time.Time       `json:"refetched_at,omitzero"` // last time they were asked for because of an unknown kid
	JWKS        json.RawMessage `json:"jwks"`
}

// entry is the part of a Resolver that belongs to one authority. Who holds it is alone with doc.
type entry struct {
	held   chan struct{} // of one element: a lock that a context can give up waiting for
	loaded bool
	doc    document
}

// open waits for the authority's entry and reads its cache file the first time. close must follow.
func (r *Resolver) open(ctx context.Context, authority string) (*entry, error) {
	r.mu.Lock()
	e := r.entries[authority]
	if e == nil {
		e = &entry{held: make(chan struct{}, 1), doc: document{Version: cacheVersion, Authority: authority}}
		if r.entries == nil {
			r.entries = make(map[string]*entry)
		}
		r.entries[authority] = e
	}
	r.mu.Unlock()

	select {
	case e.held <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for %s: %w", authority, context.Cause(ctx))
	}
	if !e.loaded {
		r.reload(e)
		e.loaded = true
	}
	return e, nil
}

func (e *entry) close() { <-e.held }

// reload takes over what another process wrote since, each half if it is newer.
func (r *Resolver) reload(e *entry) {
	disk, ok := r.read(e.doc.Authority)
	if !ok {
		return
	}
	now := r.now()
	if m := disk.Metadata; m != nil && !m.FetchedAt.After(now) && (e.doc.Metadata == nil || m.FetchedAt.After(e.doc.Metadata.FetchedAt)) {
		e.doc.Metadata = m
	}
	if k := disk.Keys; k != nil && !k.FetchedAt.After(now) && (e.doc.Keys == nil || k.FetchedAt.After(e.doc.Keys.FetchedAt)) {
		e.doc.Keys = k
	}
}

// update changes the document in memory and on disk, and keeps what other processes wrote there.
func (r *Resolver) update(e *entry, change func(*document)) {
	r.reload(e)
	change(&e.doc)
	if r.CacheDir == "" {
		return
	}
	if err := r.write(&e.doc); err != nil && r.Warn != nil {
		r.warned.Do(func() { r.Warn(fmt.Errorf("cache of tenant metadata in %s is not used: %w", r.CacheDir, err)) })
	}
}

// read returns the cached document of an authority. A file that is missing, too large, not ours, malformed or about another
// authority counts as missing.
func (r *Resolver) read(authority string) (document, bool) {
	if r.CacheDir == "" {
		return document{}, false
	}
	path := r.path(authority)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || !ours(info) {
		return document{}, false
	}
	data, err := files.Read(context.Background(), path, files.Options{Limit: maxCacheFile})
	if err != nil {
		return document{}, false
	}
	var d document
	if json.Unmarshal(data, &d) != nil || d.Version != cacheVersion || d.Authority != authority {
		return document{}, false
	}
	if d.Metadata != nil && d.Metadata.Authority != authority {
		d.Metadata = nil
	}
	return d, true
}

// ours reports whether nobody but this user (or root) can have written the file.
func ours(info os.FileInfo) bool {
	return runtime.GOOS == "windows" || info.Mode().Perm()&0o022 == 0 && ownedByUser(info)
}

// write replaces the file at once, so that no reader ever sees half of it. After a power failure it is fetched again.
func (r *Resolver) write(d *document) error {
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return files.Replace(r.path(d.Authority), data, files.ReplaceOptions{Folder: true, Fixed: true, Cached: true})
}

// path names the file of an authority: its host to be readable, a hash to be unique.
func (r *Resolver) path(authority string) string {
	_, name, _ := strings.Cut(authority, "://")
	host, _, _ := strings.Cut(name, "/")
	host = strings.Map(func(c rune) rune {
		if c == '.' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' {
			return c
		}
		return '_' // a port's colon and an IPv6 bracket are not for file names
	}, host)
	sum := sha256.Sum256([]byte(authority))
	return filepath.Join(r.CacheDir, host[:min(len(host), 64)]+"-"+hex.EncodeToString(sum[:8])+".json")
}
