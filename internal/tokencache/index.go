package tokencache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/ciam-cli/ciam/internal/files"
)

// Entry says where the session of one person is. It holds no secret.
type Entry struct {
	// Item is the token store's item.
	Item string `yaml:"item"`
	// Profile is "" for a session that the environment set up without one.
	Profile  string `yaml:"profile"`
	TenantID string `yaml:"tenant_id"`
	ClientID string `yaml:"client_id"`
	// OID is the person's object ID, "" for tokens of the app itself.
	OID string `yaml:"oid"`
	// Name is how the person is called: the sign-in name, the email address, or the object ID.
	Name string `yaml:"name"`
	// Store is the kind of token store: keychain or file.
	Store string `yaml:"store"`
	// Since is the time of the sign-in.
	Since time.Time `yaml:"since"`
}

// Index lists the sessions that the token stores keep, since a keychain cannot be asked. An entry is written before the
// tokens and removed after them: one without tokens can be left behind, tokens without an entry cannot. It is a hint
// all the same: whoever needs a session looks into the store.
type Index struct {
	// Path is the YAML file; "" is an index that is always empty and keeps nothing.
	Path string
	// Lock serialises changes.
	Lock Lock
}

// maxIndex bounds what is read; an entry takes about 300 bytes.
const maxIndex = 1 << 20

// indexFile is the file's content. Keys that this version does not know are dropped when it writes.
type indexFile struct {
	Version  int     `yaml:"version"`
	Sessions []Entry `yaml:"sessions"`
}

// Entries returns all entries, in the order of their making; none when the file does not exist. An entry that makes no
// sense is left out.
func (x *Index) Entries() ([]Entry, error) {
	if x == nil || x.Path == "" {
		return nil, nil
	}
	data, err := files.Read(context.Background(), x.Path, files.Options{Limit: maxIndex, Empty: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list of sessions: %w", err)
	}
	var content indexFile
	if yaml.Unmarshal(data, &content) != nil {
		return nil, fmt.Errorf("list of sessions: %s is not one that ciam wrote", x.Path)
	}
	return slices.DeleteFunc(content.Sessions, func(e Entry) bool { return !validItem(e.Item) }), nil
}

// validItem keeps a doctored file from naming what the token store would refuse anyway.
func validItem(item string) bool {
	return item != "" && len(item) <= 64 && strings.Trim(item, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

// Put adds e, in place of an entry for the same item.
func (x *Index) Put(ctx context.Context, e Entry) error {
	return x.edit(ctx, func(all []Entry) []Entry {
		if i := slices.IndexFunc(all, func(old Entry) bool { return old.Item == e.Item }); i >= 0 {
			all[i] = e
			return all
		}
		return append(all, e)
	})
}

// Remove drops the entry for item.
func (x *Index) Remove(ctx context.Context, item string) error {
	return x.edit(ctx, func(all []Entry) []Entry {
		return slices.DeleteFunc(all, func(e Entry) bool { return e.Item == item })
	})
}

// edit changes the file under the lock, after reading it again. An unreadable file is replaced: it is a hint.
func (x *Index) edit(ctx context.Context, change func([]Entry) []Entry) error {
	if x == nil || x.Path == "" {
		return nil
	}
	release, err := x.Lock.Acquire(ctx, "sessions", "listing")
	if err != nil {
		return err
	}
	defer release()
	old, readErr := x.Entries()
	changed := change(slices.Clone(old))
	if readErr == nil && slices.Equal(old, changed) {
		return nil
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(indexFile{Version: 1, Sessions: changed}); err != nil {
		return err
	}
	return files.Replace(x.Path, buf.Bytes(), files.ReplaceOptions{Folder: true, Fixed: true, Alone: true})
}
