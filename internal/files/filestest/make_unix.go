//go:build unix

package filestest

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Maker makes something in dir, which is empty, and returns its path.
type Maker func(t *testing.T, dir string) string

// At is the path of everything that is made in dir.
func At(dir string) string { return filepath.Join(dir, "named") }

// Nothing makes nothing.
func Nothing(_ *testing.T, dir string) string { return At(dir) }

// Path is a path that is there already.
func Path(p string) Maker { return func(*testing.T, string) string { return p } }

// File makes a file of this mode, whatever the umask is.
func File(content string, mode fs.FileMode) Maker {
	return func(t *testing.T, dir string) string {
		must(t, os.WriteFile(At(dir), []byte(content), 0o600))
		must(t, os.Chmod(At(dir), mode))
		return At(dir)
	}
}

// Link moves what is made to name, and puts a relative link in its place.
func Link(name string, make Maker) Maker {
	return func(t *testing.T, dir string) string {
		made := make(t, dir)
		if !strings.HasPrefix(made, dir) { // a device of the system
			must(t, os.Symlink(made, At(dir)))
			return At(dir)
		}
		if err := os.Rename(made, filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		must(t, os.Symlink(name, At(dir)))
		return At(dir)
	}
}

// Folder makes a folder.
func Folder(t *testing.T, dir string) string {
	must(t, os.Mkdir(At(dir), 0o700))
	return At(dir)
}

// Loop makes two links that lead to each other.
func Loop(t *testing.T, dir string) string {
	must(t, os.Symlink("second", At(dir)))
	must(t, os.Symlink("named", filepath.Join(dir, "second")))
	return At(dir)
}

// Pipe makes a pipe. A writer of content comes as soon as there is a reader, and none for "".
func Pipe(content string) Maker {
	return func(t *testing.T, dir string) string {
		must(t, syscall.Mkfifo(At(dir), 0o600))
		if content == "" {
			return At(dir)
		}
		real, err := os.Stat(At(dir)) // it may get another name
		must(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		go func() {
			for ctx.Err() == nil { // whoever refuses it never reads
				time.Sleep(5 * time.Millisecond)
				writeTo(dir, real, content, cancel)
			}
		}()
		return At(dir)
	}
}

// writeTo writes to the pipe real, by whatever name it is in dir, if somebody reads.
func writeTo(dir string, real fs.FileInfo, content string, done func()) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if info, err := os.Lstat(path); err != nil || !os.SameFile(info, real) {
			continue
		}
		if f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			_, _ = f.WriteString(content)
			_ = f.Close()
			done()
			return
		}
	}
}

// Socket makes a socket that is listened to.
func Socket(t *testing.T, dir string) string {
	short, err := os.MkdirTemp("", "s") // the name of a socket has little room
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(short) })
	l, err := net.Listen("unix", filepath.Join(short, "s"))
	must(t, err)
	t.Cleanup(func() { l.Close() })
	must(t, os.Rename(filepath.Join(short, "s"), At(dir)))
	return At(dir)
}

// Null makes a copy of the null device, and Zero of the one that gives zeros: what goes wrong must not take the machine's. Who
// is not root cannot make one, and cannot harm the machine's either.
func Null(t *testing.T, dir string) string { return device(t, dir, 3, os.DevNull) }

// Zero is like Null.
func Zero(t *testing.T, dir string) string { return device(t, dir, 5, "/dev/zero") }

func device(t *testing.T, dir string, minor int, system string) string {
	if err := syscall.Mknod(At(dir), syscall.S_IFCHR|0o666, 1<<8|minor); err == nil {
		return At(dir)
	} else if os.Geteuid() == 0 {
		t.Skipf("root may not make devices here (%v), and could destroy %s", err, system)
	}
	return system
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
