//go:build unix

package files

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/ciam-cli/ciam/internal/files/filestest"
)

func itoa(n int) string { return strconv.Itoa(n) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// crossing is a link whose ".." leads elsewhere than its text says, as a folder on its way is a link itself.
func crossing(t *testing.T, dir string) string {
	must(t, os.MkdirAll(filepath.Join(dir, "other", "deep"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "other", "real"), []byte(old), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "real"), []byte("another"), 0o600))
	must(t, os.Symlink(filepath.Join("other", "deep"), filepath.Join(dir, "folder")))
	must(t, os.Symlink("folder/../real", filestest.At(dir)))
	return filestest.At(dir)
}

func foreign(t *testing.T, dir string) string {
	path := filestest.File(old, 0o644)(t, dir)
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	must(t, os.Chown(path, 4711, 4712))
	t.Cleanup(func() {
		info, err := os.Stat(path)
		if err != nil || info.Sys().(*syscall.Stat_t).Uid != 4711 || info.Sys().(*syscall.Stat_t).Gid != 4712 {
			t.Errorf("its owner is no longer its owner: %v, %v", info, err)
		}
	})
	return path
}

// descriptorOf is the path of a file that the process has open.
func descriptorOf(open func(*testing.T, string) *os.File) func(*testing.T, string) string {
	return func(t *testing.T, dir string) string {
		f := open(t, dir)
		fd, err := syscall.Dup(int(f.Fd()))
		must(t, err)
		t.Cleanup(func() { syscall.Close(fd); f.Close() })
		return "/dev/fd/" + itoa(fd)
	}
}

func openedPipe(content string) func(*testing.T, string) *os.File {
	return func(t *testing.T, _ string) *os.File {
		r, w, err := os.Pipe()
		must(t, err)
		w.WriteString(content)
		w.Close()
		return r
	}
}

func openedSocket(t *testing.T, _ string) *os.File {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(t, err)
	w := os.NewFile(uintptr(pair[1]), "w")
	w.WriteString(old)
	w.Close()
	return os.NewFile(uintptr(pair[0]), "r")
}

func openedFile(t *testing.T, dir string) *os.File {
	f, err := os.Open(filestest.File(old, 0o600)(t, dir))
	must(t, err)
	return f
}

func openedFolder(t *testing.T, dir string) *os.File {
	f, err := os.Open(dir)
	must(t, err)
	return f
}
