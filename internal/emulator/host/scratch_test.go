package host

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// scratchProcess makes a folder in another process, which keeps it until it is killed.
func scratchProcess(t *testing.T) (dir string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOST_TEST_SCRATCH=1", "GORACE=atexit_sleep_ms=0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	dir, ok := strings.CutSuffix(line, " <nil>\n")
	if !ok {
		t.Fatalf("%q, %v", line, err)
	}
	return dir, kill
}

// TestScratch has another process ask for a folder beside what is in the folder for temporary files already.
func TestScratch(t *testing.T) {
	tmp, elsewhere := t.TempDir(), t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, tmp)
	}
	write(t, filepath.Join(elsewhere, "kept"), nil)
	own, drop, err := Scratch()
	if err != nil {
		t.Fatal(err)
	}
	used, killUsed := scratchProcess(t)
	killed, kill := scratchProcess(t)
	write(t, filepath.Join(killed, "key"), []byte("secret"))
	kill()
	begun := filepath.Join(tmp, scratchPrefix+"1")    // killed before it was locked
	others := filepath.Join(tmp, "ciam-emulator-777") // of an earlier ciam, or of something else
	for _, dir := range []string{begun, others} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	file, link := filepath.Join(tmp, scratchPrefix+"file"), filepath.Join(tmp, scratchPrefix+"link")
	write(t, file, nil)
	_ = os.Symlink(elsewhere, link) // Windows may not let us
	_, notLinked := os.Lstat(link)

	next, _ := scratchProcess(t)
	for _, c := range []struct {
		name, path string
		stays      bool
	}{
		{"this process's", own, true}, {"another process's", used, true}, {"the new one", next, true}, {"something else's", others, true},
		{"a file", file, true}, {"what a link leads to", filepath.Join(elsewhere, "kept"), true},
		{"a killed process's", killed, false}, {"one of a process that was killed at once", begun, false},
	} {
		if _, err := os.Lstat(c.path); (err == nil) != c.stays {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := os.Lstat(link); notLinked == nil && err != nil {
		t.Errorf("the link: %v", err)
	}
	killUsed()
	drop()
	if _, err := os.Lstat(own); err == nil {
		t.Error("a folder that was dropped is there")
	}
}

// TestScratch_together has many ask at once, each of which looks for rubbish: nobody's folder is taken for it.
func TestScratch_together(t *testing.T) {
	tmp := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, tmp)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for began := time.Now(); time.Since(began) < 500*time.Millisecond; {
				dir, drop, err := Scratch()
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, "a"), nil, 0o600)
				}
				if err != nil {
					t.Error(err)
					return
				}
				drop()
			}
		})
	}
	wg.Wait()
	if left, _ := os.ReadDir(tmp); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
