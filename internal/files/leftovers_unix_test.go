//go:build unix

package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/files/filestest"
)

// TestReplace_leftovers leaves what a killed writer leaves, and checks that it goes, but not what a live one is writing.
func TestReplace_leftovers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "fold[er")
	must(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "file")
	plant := func(name string, age time.Duration) string {
		p := filepath.Join(dir, name)
		must(t, os.WriteFile(p, nil, 0o600))
		when := time.Now().Add(-age)
		must(t, os.Chtimes(p, when, when))
		return name
	}
	all := func() (names []string) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	plant(".file~1", time.Hour)
	young, others, own := plant(".file~2", 0), plant(".file-x~1", time.Hour), plant(".file~notes", time.Hour)
	must(t, Replace(path, nil, ReplaceOptions{}))
	if want := []string{others, young, own, "file"}; !slices.Equal(all(), want) {
		t.Errorf("after Replace: %v, want %v", all(), want)
	}
	must(t, Remove(path))
	if want := []string{others, own}; !slices.Equal(all(), want) {
		t.Errorf("after Remove: %v, want %v", all(), want)
	}
	plant(".file~2", 0)
	if err := Remove(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing to remove: %v", err)
	}
	if want := []string{others, own}; !slices.Equal(all(), want) {
		t.Errorf("after Remove of nothing: %v, want %v", all(), want)
	}
	plant(".file~2", 0)
	Sweep(path)
	if want := []string{others, own}; !slices.Equal(all(), want) {
		t.Errorf("after Sweep: %v, want %v", all(), want)
	}
	must(t, Probe(dir))
	if len(all()) != 2 {
		t.Errorf("Probe leaves %v", all())
	}
	if err := Probe(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing folder can be written to")
	}
}

func TestAppend(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	must(t, Append(path, []byte("1")))
	must(t, Append(path, []byte("2")))
	checkFile(t, path, "1\n2", 0o600)
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	must(t, Append("/dev/fd/"+itoa(int(w.Fd())), []byte("piped")))
	w.Close()
	if got, err := Read(t.Context(), "/dev/fd/"+itoa(int(r.Fd())), Options{Pipes: true}); err != nil || string(got) != "piped" {
		t.Errorf("%q, %v", got, err)
	}
	for name, path := range map[string]string{"folder": dir, "socket": filestest.Socket(t, t.TempDir()), "link loop": filestest.Loop(t, t.TempDir())} {
		var e *Error
		if err := Append(path, nil); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
	done := make(chan error)
	go func() { done <- Append(fifo(t), []byte("x")) }()
	select {
	case err := <-done:
		if !errors.Is(err, syscall.ENXIO) {
			t.Errorf("a pipe that nobody reads: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for a reader")
	}
}

// TestWritable looks where a file could be made, and leaves nothing behind.
func TestWritable(t *testing.T) {
	dir := t.TempDir()
	plain := filestest.File(old, 0o600)(t, t.TempDir())
	for name, c := range map[string]struct {
		path string
		want error // nil works
	}{
		"new":                    {filepath.Join(dir, "file"), nil},
		"in folders to be made":  {filepath.Join(dir, "a", "b", "file"), nil},
		"there":                  {plain, nil},
		"dangling link":          {filestest.Link("real", filestest.Nothing)(t, t.TempDir()), nil},
		"below a file":           {filepath.Join(plain, "file"), syscall.ENOTDIR},
		"link into no folder":    {filestest.Link("missing/file", filestest.Nothing)(t, t.TempDir()), fs.ErrNotExist},
		"below a link to a file": {filepath.Join(filestest.Link("real", filestest.File(old, 0o600))(t, t.TempDir()), "file"), syscall.ENOTDIR},
	} {
		if err := Writable(c.path); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	for name, path := range map[string]string{"folder": dir, "device": filestest.Null(t, t.TempDir()), "pipe": fifo(t)} {
		var e *Error
		if err := Writable(path); !errors.As(err, &e) || !e.Replacing {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if os.Geteuid() == 0 {
		return // root may write everywhere
	}
	must(t, os.Chmod(dir, 0o500))
	if err := Writable(filepath.Join(dir, "a", "file")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder that cannot be written to: %v", err)
	}
}

func TestMove(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	must(t, os.WriteFile(from, []byte("1"), 0o600))
	must(t, os.WriteFile(to, []byte("2"), 0o600))
	must(t, Move(from, to))
	checkFile(t, to, "1", 0o600)
	if err := Move(from, to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing to move: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
