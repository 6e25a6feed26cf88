//go:build unix

package files

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/files/filestest"
)

// row is one of the table "Files that a user names". What it makes has old in it, where it can hold something.
type row struct {
	name string
	make filestest.Maker
	// read is what is read as a secret, a seed, an authority; a Kind with a leading '!'. config is the same for the
	// configuration, and key for a key file; "" is as read, and "-" is nothing.
	read, config, key string
	// readWarn and replaceWarn say that every user can write to it.
	readWarn bool
	// replace is "ok", or a Kind with a leading '!'.
	replace     string
	replaceWarn bool
	// target is the file that then holds the new content, in dir; "" is the path itself. mode is its mode.
	target string
	mode   fs.FileMode
}

const old = "what was there"

var utf16LE = "\xff\xfeh\x00\xe9\x00\x3d\xd8\x00\xde"

func rows() []row {
	return []row{
		{name: "regular", make: filestest.File(old, 0o640), read: old, replace: "ok", mode: 0o640},
		{name: "regular and read-only", make: filestest.File(old, 0o400), read: old, replace: "ok", mode: 0o400},
		{name: "link to a regular file", make: filestest.Link("real", filestest.File(old, 0o640)), read: old, replace: "ok", target: "real", mode: 0o640},
		{name: "link to a link", make: filestest.Link("second", filestest.Link("real", filestest.File(old, 0o600))), read: old, replace: "ok", target: "real", mode: 0o600},
		{name: "link through a linked folder", make: crossing, read: old, replace: "ok", target: "other/real", mode: 0o600},
		{name: "missing", make: filestest.Nothing, read: "!missing", config: "!missing", replace: "ok", mode: 0o600},
		{name: "pipe", make: filestest.Pipe(old), read: old, config: "!pipe", replace: "!pipe"},
		{name: "pipe without a writer", make: filestest.Pipe(""), read: "!silent", config: "!pipe", replace: "!pipe"},
		{name: "link to a pipe", make: filestest.Link("real", filestest.Pipe(old)), read: old, config: "!pipe", replace: "!pipe"},
		{name: "descriptor of a pipe", make: descriptorOf(openedPipe(old)), read: old, config: "!pipe", replace: "!pipe"},
		{name: "descriptor of a pipe without a byte", make: descriptorOf(openedPipe("")), read: "!empty", config: "!pipe", replace: "!pipe"},
		{name: "descriptor of a socket", make: descriptorOf(openedSocket), read: old, config: "!pipe", replace: "!pipe"},
		{name: "descriptor of a file", make: descriptorOf(openedFile), read: old, config: "!pipe", replace: "!pipe"},
		{name: "descriptor of a folder", make: descriptorOf(openedFolder), read: "!folder", config: "!pipe", replace: "!pipe"},
		{name: "descriptor that is not open", make: filestest.Path("/dev/fd/4711"), read: "!missing", config: "!pipe", replace: "!pipe"},
		{name: "null device", make: filestest.Null, read: "!device", config: "-", replace: "!device"},
		{name: "link to the null device", make: filestest.Link("real", filestest.Null), read: "!device", config: "-", replace: "!device"},
		{name: "other device", make: filestest.Zero, read: "!device", replace: "!device"},
		{name: "folder", make: filestest.Folder, read: "!folder", replace: "!folder"},
		{name: "name of a folder that is missing", make: func(t *testing.T, dir string) string { return filestest.Nothing(t, dir) + "/" }, read: "!missing", replace: "!folder"},
		{name: "socket", make: filestest.Socket, read: "!socket", replace: "!socket"},
		{name: "link loop", make: filestest.Loop, read: "!loop", replace: "!loop"},
		{name: "dangling link", make: filestest.Link("real", filestest.Nothing), read: "!dangling", replace: "ok", target: "real", mode: 0o600},
		{name: "group-writable", make: filestest.File(old, 0o660), read: old, replace: "ok", mode: 0o660},
		{name: "of another owner", make: foreign, read: old, replace: "ok", mode: 0o644, key: "!world_readable"},
		{name: "world-readable", make: filestest.File(old, 0o604), read: old, key: "!world_readable", replace: "ok", mode: 0o604},
		{name: "world-writable", make: filestest.File(old, 0o662), read: old, readWarn: true, config: "!world_writable", key: "!world_writable", replace: "ok", replaceWarn: true, mode: 0o662},
		{name: "empty", make: filestest.File("", 0o600), read: "!empty", config: "-", replace: "ok", mode: 0o600},
		{name: "NUL bytes", make: filestest.File("a\x00b", 0o600), read: "!binary", key: "a\x00b", replace: "ok", mode: 0o600},
		{name: "byte order mark", make: filestest.File("\xef\xbb\xbf"+old, 0o600), read: old, key: "\xef\xbb\xbf" + old, replace: "ok", mode: 0o600},
		{name: "byte order mark and nothing else", make: filestest.File("\xef\xbb\xbf", 0o600), read: "!empty", config: "-", key: "\xef\xbb\xbf", replace: "ok", mode: 0o600},
		{name: "UTF-16", make: filestest.File(utf16LE, 0o600), read: "hé\U0001f600", key: utf16LE, replace: "ok", mode: 0o600},
		{name: "UTF-16, big-endian", make: filestest.File("\xfe\xff\x00h\x00\xe9", 0o600), read: "hé", key: "\xfe\xff\x00h\x00\xe9", replace: "ok", mode: 0o600},
		{name: "UTF-16 cut in a character", make: filestest.File("\xff\xfeh", 0o600), read: "!encoding", key: "\xff\xfeh", replace: "ok", mode: 0o600},
		{name: "UTF-16 with half a pair", make: filestest.File("\xff\xfe\x3d\xd8h\x00", 0o600), read: "!encoding", key: "\xff\xfe\x3d\xd8h\x00", replace: "ok", mode: 0o600},
		{name: "UTF-16 without its mark", make: filestest.File("h\x00i\x00", 0o600), read: "!binary", key: "h\x00i\x00", replace: "ok", mode: 0o600},
		{name: "too large", make: filestest.File(strings.Repeat("x", 2000), 0o600), read: "!too_large", replace: "ok", mode: 0o600},
	}
}

// rowCount is asserted so that no row gets lost.
const rowCount = 37

// readers are the ways to read: of the table's first column, the configuration, and a key file.
func readers() map[string]Options {
	return map[string]Options{
		"read":   {Limit: 1000, Pipes: true, Patience: 300 * time.Millisecond},
		"config": {Limit: 1000, Null: true, Empty: true, Tight: true},
		"key":    {Limit: 1000, Pipes: true, Raw: true, Private: true, Patience: 300 * time.Millisecond},
	}
}

func TestFiles_read(t *testing.T) {
	ran := 0
	for _, r := range rows() {
		for how, o := range readers() {
			ran++
			t.Run(r.name+"/"+how, func(t *testing.T) {
				want := r.read
				switch {
				case how == "config" && r.config != "":
					want = strings.TrimPrefix(r.config, "-")
				case how == "key" && r.key != "":
					want = r.key
				}
				var warned []Kind
				o.Warn = func(e *Error) { warned = append(warned, e.Kind) }
				path := r.make(t, t.TempDir())
				got, err := read(t, path, o)
				checkKind(t, path, want, string(got), err, false)
				if wantWarn := r.readWarn && how == "read"; wantWarn != slices.Equal(warned, []Kind{WorldWritable}) || !wantWarn && warned != nil {
					t.Errorf("warned of %v", warned)
				}
			})
		}
	}
	if len(rows()) != rowCount || ran != 3*rowCount {
		t.Errorf("%d rows, %d cells; the table has %d and %d", len(rows()), ran, rowCount, 3*rowCount)
	}
}

func TestFiles_replace(t *testing.T) {
	ran := 0
	for _, r := range rows() {
		for how, o := range map[string]ReplaceOptions{"lasting": {}, "cached": {Cached: true}, "mode of new files": {Mode: 0o644}} {
			ran++
			t.Run(r.name+"/"+how, func(t *testing.T) {
				dir := t.TempDir()
				path := r.make(t, dir)
				before, beforeErr := os.Lstat(path)
				looked := Replaceable(path)
				var warned []Kind
				o.Warn = func(e *Error) { warned = append(warned, e.Kind) }
				err := Replace(path, []byte("new"), o)
				if (looked == nil) != (err == nil) {
					t.Errorf("Replaceable says %v, Replace %v", looked, err)
				}
				if wantWarn := []Kind{WorldWritable}; r.replaceWarn != slices.Equal(warned, wantWarn) || !r.replaceWarn && warned != nil {
					t.Errorf("warned of %v", warned)
				}
				if after, afterErr := os.Lstat(path); beforeErr == nil && (afterErr != nil || before.Mode().Type() != after.Mode().Type()) {
					t.Errorf("it was %v and is %v, %v", before.Mode(), after, afterErr)
				}
				if left, _ := filepath.Glob(filepath.Join(dir, ".*~*")); left != nil {
					t.Errorf("left behind: %v", left)
				}
				if r.replace != "ok" {
					checkKind(t, path, r.replace, "", err, true)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				mode := r.mode
				if o.Mode != 0 && (beforeErr != nil || r.name == "dangling link") {
					mode = o.Mode
				}
				checkFile(t, target(dir, path, r.target), "new", mode)
			})
		}
	}
	if len(rows()) != rowCount || ran != 3*rowCount {
		t.Errorf("%d rows, %d cells; the table has %d and %d", len(rows()), ran, rowCount, 3*rowCount)
	}
}

// TestFiles_replaceFixed checks that a file of the program's own gets its mode back.
func TestFiles_replaceFixed(t *testing.T) {
	path := filestest.File(old, 0o666)(t, t.TempDir())
	warned := false
	if err := Replace(path, []byte("new"), ReplaceOptions{Fixed: true, Warn: func(*Error) { warned = true }}); err != nil || warned {
		t.Fatal(err, warned)
	}
	checkFile(t, path, "new", 0o600)
}

// read fails the test when nothing is returned in time.
func read(t *testing.T, path string, o Options) (data []byte, err error) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		data, err = Read(t.Context(), path, o)
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for ever")
	}
	return data, err
}

// checkKind compares with content or, after '!', with a Kind; "missing" is fs.ErrNotExist of a path that is no link.
func checkKind(t *testing.T, path, want, got string, err error, replacing bool) {
	t.Helper()
	kind, isError := strings.CutPrefix(want, "!")
	var e *Error
	switch {
	case !isError:
		if err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	case kind == "missing":
		if !errors.Is(err, fs.ErrNotExist) || errors.As(err, &e) || got != "" {
			t.Errorf("got %q, %v; want fs.ErrNotExist", got, err)
		}
	case !errors.As(err, &e) || e.Kind != Kind(kind) || got != "":
		t.Errorf("got %q, %v; want the kind %s", got, err, kind)
	case e.Path != path || e.Replacing != replacing || !strings.Contains(err.Error(), path):
		t.Errorf("%+v does not name %s", e, path)
	case errors.Is(err, fs.ErrNotExist) != (e.Kind == Dangling) && kind != "folder":
		t.Errorf("%v: is it one that does not exist?", err)
	}
}

func target(dir, path, name string) string {
	if name == "" {
		return path
	}
	return filepath.Join(dir, name)
}

func checkFile(t *testing.T, path, want string, mode fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != mode {
		t.Errorf("%v, %v; want a file of mode %v", info, err, mode)
	}
	if os.Geteuid() != 0 && mode&0o400 == 0 {
		return
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, []byte(want)) {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}
