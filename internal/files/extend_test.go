package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestExtend writes behind what is there, over what is left of another writer, and not behind the end.
func TestExtend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if _, err := Extend(path, 0, []byte("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	must(t, os.WriteFile(path, []byte("one\ntw"), 0o600))
	for _, c := range []struct {
		offset int64
		data   string
		want   string
	}{
		{4, "two\n", "one\ntwo\n"},
		{8, "three\n", "one\ntwo\nthree\n"},
		{4, "2\n", "one\n2\n"}, // shorter than what it replaces
		{6, "", "one\n2\n"},
		{3, "", "one"},
		{0, "all", "all"},
	} {
		info, err := Extend(path, c.offset, []byte(c.data))
		got, readErr := os.ReadFile(path)
		if err != nil || readErr != nil || string(got) != c.want || info.Size() != int64(len(c.want)) {
			t.Errorf("%q at %d: %q %v %v, want %q", c.data, c.offset, got, err, readErr, c.want)
		}
		if now, err := os.Stat(path); err != nil || !os.SameFile(info, now) || !now.ModTime().Equal(info.ModTime()) {
			t.Errorf("%q at %d: the info is not the file's: %v", c.data, c.offset, err)
		}
	}
	if _, err := Extend(path, 4, []byte("x")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("behind the end: %v", err)
	}
	var wrong *Error
	if _, err := Extend(t.TempDir(), 0, []byte("x")); !errors.As(err, &wrong) || wrong.Kind != Folder {
		t.Errorf("a folder: %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "all" {
		t.Errorf("after what failed: %q %v", got, err)
	}
}

// TestOpenAt reads the rest of a file, and nothing that is no file.
func TestOpenAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, []byte("one\ntwo\n"), 0o600))
	for offset, want := range map[int64]string{0: "one\ntwo\n", 4: "two\n", 8: "", 20: ""} {
		f, info, err := OpenAt(path, offset)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || string(got) != want || info.Size() != 8 {
			t.Errorf("from %d: %q %v, of %d bytes", offset, got, err, info.Size())
		}
		must(t, f.Close())
	}
	var wrong *Error
	if _, _, err := OpenAt(t.TempDir(), 0); !errors.As(err, &wrong) || wrong.Kind != Folder {
		t.Errorf("a folder: %v", err)
	}
	if _, _, err := OpenAt(path+"2", 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
