package files

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wine reports whether this is no Windows: Wine 8 replaces no file that is open, and cannot remove a folder the way t.TempDir
// does.
func wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

func tempDir(t *testing.T) string {
	t.Helper()
	if !wine() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("", "files")
	must(t, err)
	return dir
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := Read(t.Context(), path, Options{}); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

// TestReplace_open replaces a file that is open: by us, which is at once, and by a program that does not share its deletion,
// for which it waits.
func TestReplace_open(t *testing.T) {
	path := filepath.Join(tempDir(t), "file")
	must(t, Replace(path, []byte("1"), ReplaceOptions{}))
	ours, err := Open(t.Context(), path, Options{})
	must(t, err)
	if wine() {
		time.AfterFunc(700*time.Millisecond, func() { ours.Close() })
	}
	began := time.Now()
	must(t, Replace(path, []byte("2"), ReplaceOptions{}))
	if took := time.Since(began); took > 2*time.Second && !wine() {
		t.Errorf("our own reader was in the way for %v", took)
	}
	if !wine() {
		if got, err := io.ReadAll(ours); err != nil || string(got) != "1" {
			t.Errorf("who had it open reads %q, %v", got, err)
		}
		must(t, ours.Close())
	}
	holds(t, path, "2")

	others, err := os.Open(path)
	must(t, err)
	time.AfterFunc(700*time.Millisecond, func() { others.Close() })
	must(t, Replace(path, []byte("3"), ReplaceOptions{}))
	holds(t, path, "3")
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	others, err = os.Open(path)
	must(t, err)
	defer others.Close()
	began = time.Now()
	if err := Replace(path, []byte("4"), ReplaceOptions{}); err == nil || time.Since(began) < 3*time.Second {
		t.Errorf("a file that stays open: %v after %v", err, time.Since(began))
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind by a failure: %v", left)
	}
}

func listOf(t *testing.T, sddl string) *windows.ACL {
	t.Helper()
	sd, err := windows.SecurityDescriptorFromString(sddl)
	must(t, err)
	list, _, err := sd.DACL()
	must(t, err)
	return list
}

// TestFiles_crowd reads access lists.
func TestFiles_crowd(t *testing.T) {
	cases := []struct {
		list        string
		read, write bool
	}{
		{"D:P(A;;FA;;;S-1-5-21-1-2-3-1001)", false, false},
		{"D:(A;;FA;;;S-1-5-21-1-2-3-1001)(A;;FA;;;BA)(A;;FA;;;SY)", false, false},
		{"D:(A;;FR;;;S-1-5-21-1-2-3-513)", false, false}, // a group of its own
		{"D:(A;;FR;;;WD)", true, false},
		{"D:(A;;FRFW;;;WD)", true, true},
		{"D:(A;;FR;;;BU)", true, false},
		{"D:(A;;0x1301bf;;;AU)", true, true}, // what the root of a drive gives to all below it
		{"D:(A;;FW;;;AN)", false, true},
		{"D:(A;;WD;;;IU)", false, true}, // may change the list
		{"D:(A;;GA;;;BG)", true, true},
		{"D:(A;OIIO;FA;;;WD)(A;;FA;;;SY)", false, false}, // for what lies below
		{"D:(D;;FA;;;WD)(A;;FA;;;SY)", false, false},
		{"D:(A;;FA;;;OW)", false, false}, // the owner's
	}
	for _, c := range cases {
		if read, write := crowdMay(listOf(t, c.list)); read != c.read || write != c.write {
			t.Errorf("%s: read %v, write %v; want %v, %v", c.list, read, write, c.read, c.write)
		}
	}
	if read, write := crowdMay(nil); !read || !write {
		t.Error("no list is no restriction")
	}
	if len(cases) != 13 {
		t.Errorf("%d cases", len(cases))
	}
}

// TestFiles_accessList looks at the list of a file that others can read, and closes it.
func TestFiles_accessList(t *testing.T) {
	path := filepath.Join(tempDir(t), "key")
	make := func(sddl string) {
		t.Helper()
		sd, err := windows.SecurityDescriptorFromString(sddl)
		must(t, err)
		name, err := windows.UTF16PtrFromString(path)
		must(t, err)
		attributes := windows.SecurityAttributes{SecurityDescriptor: sd}
		attributes.Length = uint32(unsafe.Sizeof(attributes))
		h, err := windows.CreateFile(name, windows.GENERIC_WRITE, 0, &attributes, windows.CREATE_NEW, windows.FILE_ATTRIBUTE_NORMAL, 0)
		must(t, err)
		f := os.NewFile(uintptr(h), path)
		_, err = f.WriteString("secret")
		must(t, errors.Join(err, f.Close()))
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	must(t, err)
	me := user.User.Sid.String()
	is := func(step string, want Kind) {
		t.Helper()
		_, err := Read(t.Context(), path, Options{Private: true})
		var e *Error
		if want == "" && err != nil || want != "" && (!errors.As(err, &e) || e.Kind != want) {
			t.Errorf("%s: got %v, want the kind %q", step, err, want)
		}
		if _, err := Read(t.Context(), path, Options{Tight: true}); err != nil {
			t.Errorf("%s: as a file that is not private: %v", step, err)
		}
	}
	make("D:P(A;;FA;;;" + me + ")(A;;FR;;;WD)")
	is("made for all to read", WorldReadable)
	must(t, Replace(path, []byte("secret"), ReplaceOptions{}))
	is("replaced", WorldReadable)
	must(t, Replace(path, []byte("secret"), ReplaceOptions{Private: true}))
	is("replaced privately", "")
	must(t, Replace(path, []byte("secret"), ReplaceOptions{}))
	is("replaced once more", "")
	must(t, os.Remove(path))
	must(t, Replace(path, []byte("secret"), ReplaceOptions{Private: true}))
	is("made privately", "")
	if wine() {
		return // its umask takes the right to write from all
	}
	must(t, os.Remove(path))
	make("D:P(A;;FA;;;" + me + ")(A;;FRFW;;;WD)")
	is("made for all to write", WorldWritable)
}

func TestFiles_null(t *testing.T) {
	if got, err := Read(t.Context(), "NUL", Options{Null: true, Empty: true}); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
	var e *Error
	if _, err := Read(t.Context(), "NUL", Options{}); !errors.As(err, &e) || e.Kind != Device {
		t.Errorf("%v", err)
	}
	if err := Replace("NUL", nil, ReplaceOptions{}); !errors.As(err, &e) || e.Kind != Device {
		t.Errorf("%v", err)
	}
	if err := Replace(tempDir(t), nil, ReplaceOptions{}); !errors.As(err, &e) || e.Kind != Folder {
		t.Errorf("%v", err)
	}
}

// TestReplace_together has several writers and readers on one file: none fails.
func TestReplace_together(t *testing.T) {
	path := filepath.Join(tempDir(t), "file")
	must(t, Replace(path, []byte("0"), ReplaceOptions{}))
	done := make(chan error)
	for range 2 {
		go func() {
			var err error
			for range 30 {
				err = errors.Join(err, Replace(path, []byte("1"), ReplaceOptions{}))
			}
			done <- err
		}()
		go func() {
			var err error
			for range 200 {
				_, readErr := Read(t.Context(), path, Options{})
				err = errors.Join(err, readErr)
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
