package directory

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// writer is the program that TestMain is on request. Without a number of users it changes the same few for ever, each time
// with a higher number, and says on stdout which number is kept; with one, it adds as many of its own.
func writer(file, users string) {
	ctx := context.Background()
	fail := func(err error) {
		fmt.Println("error", err)
		os.Exit(1)
	}
	s, err := Open(ctx, file, Default())
	if err != nil {
		fail(err)
	}
	s.tidyAbove = 4 << 10 // it is tidied in every round
	put := func(n, value int) {
		if err := s.Change(ctx, DefaultTenantID, func(c *Change) error {
			u := newUser(n)
			u.Attributes = map[string]string{"displayName": strconv.Itoa(value)}
			c.Put(&u)
			return nil
		}); err != nil {
			fail(err)
		}
	}
	if users != "" {
		var first, n int
		if _, err := fmt.Sscanf(users, "%d+%d", &first, &n); err != nil {
			fail(err)
		}
		for i := range n {
			put(first+i, 0)
		}
		os.Exit(0)
	}
	highest := 0
	for _, value := range values(s.View()) {
		highest = max(highest, value)
	}
	for i := highest + 1; ; i++ {
		put(i%changing, i)
		fmt.Println(i)
	}
}

// changing is how many users the writer changes.
const changing = 20

// values are the numbers that the writer has given to users, by user.
func values(d *Document) map[string]int {
	all := map[string]int{}
	for _, u := range d.Tenants[0].Users {
		all[u.ID], _ = strconv.Atoi(u.Attributes["displayName"])
	}
	return all
}

func startWriter(t *testing.T, path, users string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DIRECTORY_TEST_WRITER="+path, "DIRECTORY_TEST_USERS="+users)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// TestStore_killed kills writers at random moments of their work, one after the other on one file: nothing that was
// acknowledged is lost, the file can be read at any time, and the next process goes on. With CIAM_E2E=1 it is a hundred times.
func TestStore_killed(t *testing.T) {
	rounds := 8
	if os.Getenv("CIAM_E2E") == "1" {
		rounds = 100
	}
	path := filepath.Join(t.TempDir(), "t.yaml")
	acknowledged, journals := map[string]int{}, map[string]bool{}
	counts := rand.New(rand.NewPCG(1, 2)) // how much is done does not depend on the machine; within that, any moment will do
	for round := range rounds {
		cmd, out := startWriter(t, path, "")
		lines := bufio.NewScanner(out)
		var beside sync.WaitGroup
		ended := make(chan struct{})
		first := 1 + counts.IntN(60)
		for left := first; lines.Scan(); left-- {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatalf("writer: %s", lines.Text())
			}
			if left == first {
				beside.Go(func() { readUntil(t, path, ended) })
			}
			acknowledged[newUser(n%changing).ID] = n
			if left == 0 {
				beside.Go(func() {
					time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
					_ = cmd.Process.Kill()
				})
			}
		}
		close(ended)
		beside.Wait()
		_ = cmd.Wait() // killed
		if round%2 == 0 {
			continue // the next writer finds what the kill has left
		}
		s, err := Open(t.Context(), path, &Document{})
		if err != nil {
			t.Fatal(err)
		}
		got := values(s.View())
		for id, n := range acknowledged {
			if got[id] < n {
				t.Errorf("round %d: user %s has %d, and %d was acknowledged", round, id, got[id], n)
			}
		}
		journals[s.kept.id] = true
		put(t, s, newUser(100_000))
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*~*")); len(left) != 0 {
			t.Errorf("left behind after the next write: %v", left)
		}
	}
	if len(acknowledged) < changing || len(journals) < 2 {
		t.Errorf("%d users were changed, and %d journals were seen: nothing much was interrupted", len(acknowledged), len(journals))
	}
}

// readUntil reads a file again and again.
func readUntil(t *testing.T, path string, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		default:
			if _, err := ReadState(path); err != nil {
				t.Errorf("while it is written to: %v", err)
			}
		}
	}
}

// TestStore_twoProcesses has two processes add users to one file at once, while a third looks on: all are there, in its eyes too.
func TestStore_twoProcesses(t *testing.T) {
	const each = 150
	path := filepath.Join(t.TempDir(), "t.yaml")
	s, err := Open(t.Context(), path, Default())
	if err != nil {
		t.Fatal(err)
	}
	var writers []*exec.Cmd
	var outputs []io.Reader
	for i := range 2 {
		cmd, out := startWriter(t, path, fmt.Sprintf("%d+%d", i*each, each))
		writers, outputs = append(writers, cmd), append(outputs, out)
	}
	done := make(chan error)
	for i, cmd := range writers {
		go func() {
			said, _ := io.ReadAll(outputs[i])
			err := cmd.Wait()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, said)
			}
			done <- err
		}()
	}
	mine, before := 0, s.work.Documents.Load()
	for left := len(writers); left > 0; {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			left--
		default:
			if mine < each {
				put(t, s, newUser(10_000+mine))
				mine++
			}
		}
	}
	if n := len(s.Users(DefaultTenantID)); n != 2*each+mine || mine == 0 {
		t.Errorf("%d users in the eyes of the third process, and %d were added", n, 2*each+mine)
	}
	again, err := ReadState(path)
	if err != nil || len(again.Tenants[0].Users) != 2*each+mine {
		t.Errorf("%d users in the file: %v", len(again.Tenants[0].Users), err)
	}
	if n := s.work.Documents.Load() - before; n > 0 {
		t.Errorf("%d documents were made whole", n)
	}
}
