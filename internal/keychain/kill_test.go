package keychain

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// TestOS_kill kills writers of the real keychain, whose payloads are cut into chunks, at random moments.
func TestOS_kill(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		testKill(t, smallOS(Service), 120*time.Millisecond, "chunked", Service)
	})
}

// TestFile_kill kills writers of the sealed file at random moments.
func TestFile_kill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := FileOptions{Dir: filepath.Join(dir, "store"), KeyFile: writeKey(t, dir)}
	testKill(t, openFile(t, o), 40*time.Millisecond, o.Dir, o.KeyFile)
}

// writerVar tells the test binary to be the process that is killed; see TestWriter.
const writerVar = "CIAM_KEYCHAIN_WRITER"

// testKill checks after each kill that the payload is whole, and not older than what the writer was told is stored.
func testKill(t *testing.T, s Store, within time.Duration, where ...string) {
	kills := 60
	if testing.Short() {
		kills = 8
	}
	ctx := context.Background()
	if err := s.Set(ctx, "ada", noise(0, 7000)); err != nil {
		t.Fatal(err)
	}
	seen := uint64(0)
	for range kills {
		told := killWriter(t, seen, within, where)
		got, err := s.Get(ctx, "ada")
		if err != nil || !genuine(got) {
			t.Fatalf("killed after write %d: %d bytes, %v", told, len(got), err)
		}
		if seen = binary.BigEndian.Uint64(got); seen < told || seen > told+1 {
			t.Fatalf("killed after write %d: write %d is stored", told, seen)
		}
	}
	t.Logf("%d kills, %d writes", kills, seen)
	if err := s.Delete(ctx, "ada"); err != nil {
		t.Error(err)
	}
}

// killWriter runs a writer that goes on after write number last, kills it, and returns the number of its last finished write.
func killWriter(t *testing.T, last uint64, within time.Duration, where []string) uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"-test.run=^TestWriter$", "--", strconv.FormatUint(last, 10)}, where...)...)
	cmd.Env = append(os.Environ(), writerVar+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the writer says %q", lines.Text())
	}
	kill := time.AfterFunc(rand.N(within), func() { cmd.Process.Kill() })
	defer kill.Stop()
	for lines.Scan() {
		n, err := strconv.ParseUint(lines.Text(), 10, 64)
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

// TestWriter is the process that testKill kills: it writes and says so until it dies.
func TestWriter(t *testing.T) {
	if os.Getenv(writerVar) == "" {
		return // not a skip: only testKill's processes have something to do here
	}
	args := os.Args[len(os.Args)-3:]
	var s Store
	if args[1] == "chunked" {
		s = smallOS(args[2])
	} else {
		s = openFile(t, FileOptions{Dir: args[1], KeyFile: args[2]})
	}
	n, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	for start := time.Now(); time.Since(start) < time.Minute; {
		n++
		if err := s.Set(context.Background(), "ada", noise(n, 3000+int(n*977%9000))); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println(n)
	}
}
