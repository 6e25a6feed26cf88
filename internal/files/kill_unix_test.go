//go:build unix

package files

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestFiles_kill kills writers at random moments: what they wrote is whole, the link and the mode are kept.
func TestFiles_kill(t *testing.T) {
	kills := 60
	if testing.Short() {
		kills = 8
	}
	dir := t.TempDir()
	path, real := filepath.Join(dir, "link"), filepath.Join(dir, "real")
	must(t, os.WriteFile(real, numbered(0), 0o600))
	must(t, os.Chmod(real, 0o640))
	must(t, os.Symlink("real", path))
	seen := 0
	for range kills {
		told := killWriter(t, path, seen)
		data, err := Read(t.Context(), path, Options{})
		if err != nil || !genuine(data) {
			t.Fatalf("killed after write %d: %d bytes, %v", told, len(data), err)
		}
		fmt.Sscanf(string(data), "%d", &seen)
		if seen < told || seen > told+1 {
			t.Fatalf("killed after write %d: write %d is there", told, seen)
		}
		if to, err := os.Readlink(path); err != nil || to != "real" {
			t.Fatalf("the link is %q, %v", to, err)
		}
		if info, err := os.Lstat(real); err != nil || info.Mode() != 0o640 {
			t.Fatalf("%v, %v", info, err)
		}
	}
	t.Logf("%d kills, %d writes", kills, seen)
	must(t, Remove(real))
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// numbered is a content that shows whether it is whole.
func numbered(n int) []byte {
	body := fmt.Appendf(nil, "%d %s", n, strings.Repeat("x", 3000+n*977%9000))
	return fmt.Appendf(body, " %x", sha256.Sum256(body))
}

func genuine(data []byte) bool {
	end := bytes.LastIndexByte(data, ' ')
	return end > 0 && string(data[end+1:]) == fmt.Sprintf("%x", sha256.Sum256(data[:end]))
}

func killWriter(t *testing.T, path string, last int) int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestWriter$")
	cmd.Env = append(os.Environ(), writerVar+"="+path, writerVar+"_LAST="+itoa(last))
	return killed(t, cmd, last)
}

// writerVar tells the test binary to be the process that is killed; see TestWriter.
const writerVar = "CIAM_FILES_WRITER"

// killed runs a writer that goes on after write number last, kills it, and returns the number of its last finished write.
func killed(t *testing.T, cmd *exec.Cmd, last int) int {
	t.Helper()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the writer says %q", lines.Text())
	}
	kill := time.AfterFunc(rand.N(40*time.Millisecond), func() { cmd.Process.Kill() })
	defer kill.Stop()
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil || n != last+1 {
			t.Fatalf("the writer says %q after write %d", lines.Text(), last)
		}
		last = n
	}
	if cmd.Wait(); cmd.ProcessState.Success() {
		t.Fatal("the writer ended by itself")
	}
	return last
}

// TestWriter is the process that TestFiles_kill kills: it writes and says so until it dies.
func TestWriter(t *testing.T) {
	path := os.Getenv(writerVar)
	if path == "" {
		return // not a skip: only TestFiles_kill's processes have something to do here
	}
	n, err := strconv.Atoi(os.Getenv(writerVar + "_LAST"))
	must(t, err)
	fmt.Println("ready")
	for start := time.Now(); time.Since(start) < time.Minute; {
		n++
		if err := Replace(path, numbered(n), ReplaceOptions{}); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println(n)
	}
}
