//go:build unix

package files

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ciam-cli/ciam/internal/files/filestest"
)

// TestReplace_whole has readers read while writers replace: each sees one writer's content, and whole.
func TestReplace_whole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	content := func(n int) []byte { return bytes.Repeat([]byte{byte('a' + n)}, 50_000) }
	must(t, Replace(path, content(0), ReplaceOptions{}))
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for n := range 4 {
		writers.Go(func() {
			for range 50 {
				if err := Replace(path, content(n), ReplaceOptions{Cached: true}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	reads := 0
	readers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			got, err := Read(t.Context(), path, Options{})
			if err != nil || len(got) != 50_000 || !bytes.Equal(got, content(int(got[0]-'a'))) {
				t.Errorf("%d bytes, %v", len(got), err)
				return
			}
			reads++
		}
	})
	writers.Wait()
	close(stop)
	readers.Wait()
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 || reads < 10 {
		t.Errorf("left %v after %d reads", left, reads)
	}
}

// TestReplace_fails checks that a failure leaves the old file, and nothing else, behind.
func TestReplace_fails(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"missing folder":           {filepath.Join(dir, "missing", "file"), fs.ErrNotExist},
		"link into missing folder": {filestest.Link("missing/file", filestest.Nothing)(t, t.TempDir()), fs.ErrNotExist},
		"folder that is a file":    {filepath.Join(filestest.File(old, 0o600)(t, t.TempDir()), "file"), syscall.ENOTDIR},
		"name that is too long":    {filepath.Join(dir, strings.Repeat("x", 300)), syscall.ENAMETOOLONG},
	} {
		if err := Replace(c.path, []byte("new"), ReplaceOptions{}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	long := filepath.Join(dir, strings.Repeat("é", 127)) // 254 bytes, the most that a name can have being 255
	must(t, Replace(long, []byte("new"), ReplaceOptions{}))
	must(t, Replace(long, []byte("new"), ReplaceOptions{}))
	deep := filepath.Join(dir, "a", "b", "file")
	must(t, Replace(deep, []byte("new"), ReplaceOptions{Folder: true}))
	if info, err := os.Stat(filepath.Dir(deep)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
}

// TestReplace_strangers checks that what another user laid out in a folder like /tmp is no way to a file of ours.
func TestReplace_strangers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act for another user")
	}
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o777|fs.ModeSticky))
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	for _, p := range []string{ours, theirs} {
		must(t, os.WriteFile(p, []byte(old), 0o644))
	}
	must(t, os.Chown(theirs, 4711, 4711))
	trap, dangling, own := filepath.Join(dir, "trap"), filepath.Join(dir, "dangling"), filepath.Join(dir, "own")
	must(t, os.Symlink("ours", trap))
	must(t, os.Symlink("new", dangling))
	must(t, os.Symlink("ours", own))
	must(t, os.Lchown(trap, 4711, 4711))
	must(t, os.Lchown(dangling, 4711, 4711))
	for path, want := range map[string]Kind{trap: Foreign, dangling: Foreign, theirs: Foreign, ours: "", own: ""} {
		var e *Error
		err := Replace(path, []byte("new"), ReplaceOptions{})
		if want == "" && err != nil || want != "" && (!errors.As(err, &e) || e.Kind != want) {
			t.Errorf("%s: got %v, want the kind %q", path, err, want)
		}
	}
	must(t, os.Chmod(dir, 0o777)) // without the sticky bit others could take any name away
	for _, path := range []string{trap, theirs} {
		if err := Replace(path, []byte("new"), ReplaceOptions{}); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestReplace_group checks that a group that cannot be kept is not given to another.
func TestReplace_group(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act for another user")
	}
	dir := t.TempDir()
	for p := dir; len(p) > len(os.TempDir()); p = filepath.Dir(p) {
		must(t, os.Chmod(p, 0o755))
	}
	must(t, os.Chown(dir, 4711, 4711))
	path := filepath.Join(dir, "file")
	must(t, os.WriteFile(path, []byte(old), 0o600))
	must(t, os.Chmod(path, 0o664))
	must(t, os.Chown(path, 4711, 4799))
	cmd := exec.Command(copyOf(t, os.Args[0]), "-test.run=^TestReplacer$")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), replacerVar+"="+path, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 4711, Gid: 4711}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	checkFile(t, path, "1", 0o644) // its members could write; who is in 4711 can read, as everybody
}

// copyOf is a program where every user can run it.
func copyOf(t *testing.T, program string) string {
	data, err := os.ReadFile(program)
	must(t, err)
	dir, err := os.MkdirTemp("", "files")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	path := filepath.Join(dir, "program")
	must(t, os.WriteFile(path, data, 0o755))
	return path
}

const replacerVar = "CIAM_FILES_REPLACER"

// TestReplacer is the process that replaces a file for another user.
func TestReplacer(t *testing.T) {
	if path := os.Getenv(replacerVar); path != "" { // else nothing to do
		must(t, Replace(path, []byte("1"), ReplaceOptions{}))
	}
}
