package e2e

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// builtVariable, with the commit behind it, hands the binary of an earlier commit on to the second process of a test
// under a Secret Service.
const builtVariable = "CIAM_TEST_BUILT_"

// earlierBinary builds the binary of an earlier commit out of the module's own history. Where there is no such history,
// the test is skipped; for any other reason it is not when CIAM_E2E=1.
func earlierBinary(t *testing.T, commit string) string {
	t.Helper()
	if path := os.Getenv(builtVariable + commit); path != "" {
		return path
	}
	source := checkout(t, commit)
	path := executable(t.TempDir(), "ciam")
	buildIn(t, source, path, "./cmd/ciam")
	t.Setenv(builtVariable+commit, path)
	return path
}

func executable(dir, name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(dir, name)
}

// buildIn builds a package in another source tree. Without the tree's path in the result (-trimpath), the next build
// takes all of it out of Go's cache.
func buildIn(t *testing.T, source, path, what string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", path, what)
	cmd.Dir, cmd.Env = source, append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		needtest.Lacks(t, "go build %s of the earlier commit: %v\n%s", what, err, out)
	}
}

// checkout unpacks the module as it was at a commit.
func checkout(t *testing.T, commit string) string {
	t.Helper()
	needtest.Program(t, "apt-get install git", "git")
	if _, err := git("rev-parse", "--git-dir"); err != nil {
		if strings.Contains(err.Error(), "not a git repository") {
			t.Skipf("the source is no clone, so there is no earlier commit to build: %v", err)
		}
		needtest.Lacks(t, "git: %v", err)
	}
	if _, err := git("cat-file", "-e", commit+"^{commit}"); err != nil {
		t.Skipf("commit %s is not in this clone's history (`git fetch --unshallow` completes one): %v", commit, err)
	}
	archive, err := git("archive", "--format=tar", commit)
	if err != nil {
		needtest.Lacks(t, "git archive: %v", err)
	}
	dir := t.TempDir()
	if err := unpack(archive, dir); err != nil {
		t.Fatal(err)
	}
	if module, err := os.ReadFile(filepath.Join(dir, "go.mod")); err != nil || !bytes.Contains(module, []byte("module github.com/ciam-cli/ciam\n")) {
		t.Fatalf("commit %s is not of this module: %v", commit, err)
	}
	return dir
}

// git runs in the module's root, whatever repository a hook may have named in the environment.
func git(args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", filepath.Join("..", "..")}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, errors.New(strings.TrimSpace(exit.Error() + " " + string(exit.Stderr)))
	}
	return out, err
}

func unpack(archive []byte, dir string) error {
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		switch {
		case h.Typeflag == tar.TypeDir:
			err = os.MkdirAll(path, 0o700)
		case h.Typeflag == tar.TypeReg && filepath.IsLocal(filepath.FromSlash(h.Name)):
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(path, data, 0o600)
			}
		}
		if err != nil {
			return err
		}
	}
}
