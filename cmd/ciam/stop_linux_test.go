package main

import (
	"bufio"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// soon is what an end may take on a busy machine that waits for nothing; overdue is more than main gives an end that is stuck.
const (
	soon    = 5 * time.Second
	overdue = 20 * time.Second
)

// situation is a command that waits for something.
type situation struct {
	name string
	args []string
	env  []string
	// says is on stderr once it waits, asks is the end of the path for which it does, ready is another sign.
	says, asks string
	ready      func(t *testing.T, p *process, home string)
	// before prepares what it will wait for; between is waited for after the first signal and before the second.
	before  func(t *testing.T, home string)
	between func(t *testing.T, p *process)
	tty     bool
	// stuck is one that no context reaches: it takes the second signal, or some seconds.
	stuck bool
	// code is the exit code; nil for that of the signal itself, and a word on stderr.
	code func(sig syscall.Signal, times int) int
	// gone is what has to be gone from the home at the end.
	gone []string
}

func situations() []situation {
	ownCode := func(sig syscall.Signal, _ int) int { return 128 + int(sig) }
	ended := func(sig syscall.Signal, times int) int {
		if times == 1 && sig != syscall.SIGHUP {
			return 0
		}
		return 128 + int(sig)
	}
	childReady := func(t *testing.T, p *process, _ string) {
		if line, err := bufio.NewReader(p.out).ReadString('\n'); line != "ready\n" {
			t.Fatalf("the child says %q, %v; %s", line, err, p.err)
		}
	}
	const child = "echo ready; while :; do sleep 0.05; done"
	return []situation{
		{name: "login that waits for the browser", args: []string{"login", "--port", "0"}, says: "takes you there on this machine"},
		{name: "login with a device code", args: []string{"login", "--device-code"}, says: "waiting for the sign-in"},
		{name: "token that waits for a lock", args: []string{"token", "--force-refresh"}, says: "waiting for another ciam", before: holdLocks},
		{name: "token in a request", args: []string{"token", "--force-refresh"}, env: []string{"CIAM_AUTHORITY={api}/aaaabbbb-0000-cccc-1111-dddd2222eeee"}, asks: "/token"},
		{name: "api", args: []string{"api", "{api}/silent"}, asks: "/silent"},
		{name: "api whose output nobody reads", args: []string{"api", "{api}/flood"}, asks: "/flood", ready: pause, between: moment, stuck: true},
		{name: "api whose body does not come", args: []string{"api", "{api}/silent", "-d", "-"}, tty: true, ready: pause},
		{name: "password prompt", args: []string{"login", "--native", "--email", "ada@example.com"}, tty: true, says: "Password: "},
		{name: "passphrase prompt", args: []string{"token"}, env: []string{"CIAM_STORE_KEY_FILE="}, tty: true, says: "passphrase"},
		{name: "secret in a pipe that nobody opens", args: []string{"token", "--client-credentials", "--scope", "api://x/.default", "--client-secret-file", "{home}/pipe"}, before: makePipe, ready: pause, between: moment, stuck: true},
		{name: "emulator", args: []string{"emulator", "--port", "0", "--ready-file", "{home}/ready.json"}, ready: keepBusy, between: func(t *testing.T, p *process) { p.says(t, "stopping") }, code: ended, gone: []string{"ready.json"}},
		{name: "emulator run", args: []string{"emulator", "run", "--ready-file", "{home}/ready.json", "--", "sh", "-c", child}, ready: childReady, code: ownCode, gone: []string{"ready.json", "tmp/*"}},
		{name: "exec", args: []string{"exec", "--", "sh", "-c", child}, ready: childReady, code: ownCode},
		{name: "exec of a program that takes its time", args: []string{"exec", "--", "sh", "-c", "trap 'sleep 1; exit 9' TERM HUP INT; " + child}, ready: childReady, between: moment,
			code: func(sig syscall.Signal, times int) int {
				if sig == syscall.SIGINT && times == 2 {
					return 128 + 9 // as documented: killed at the second interrupt
				}
				return 9 // and not ended at once: the second signal is the program's too
			}},
	}
}

// TestStop is every signal that ends the program, once and twice, in everything that it waits for.
func TestStop(t *testing.T) {
	s := newStage(t)
	for _, c := range situations() {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			for times := 1; times <= 2; times++ {
				t.Run(fmt.Sprintf("%s/%s/%d", c.name, sig, times), func(t *testing.T) {
					if c.stuck && times == 1 {
						needtest.Long(t, "waits ten seconds for main to end what is stuck")
						p, home := c.interrupt(t, s, sig)
						t.Parallel() // all wait together
						c.check(t, p, home, sig, times)
						return
					}
					t.Parallel()
					p, home := c.interrupt(t, s, sig)
					if times == 2 {
						if c.between != nil {
							c.between(t, p)
						}
						_ = p.cmd.Process.Signal(sig) // which may have ended
					}
					c.check(t, p, home, sig, times)
				})
			}
		}
	}
}

// interrupt brings the command into its situation and sends the first signal.
func (c situation) interrupt(t *testing.T, s *stage, sig syscall.Signal) (p *process, home string) {
	home = s.copyHome(t)
	if c.before != nil {
		c.before(t, home)
	}
	p = s.start(t, home, c.tty, c.env, c.args...)
	if c.says != "" {
		p.says(t, c.says)
	}
	if c.asks != "" {
		until(t, "it asks for "+c.asks, func() bool { return len(p.asked) > 0 && strings.HasSuffix(<-p.asked, c.asks) }, p)
	}
	if c.ready != nil {
		c.ready(t, p, home)
	}
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	return p, home
}

func (c situation) check(t *testing.T, p *process, home string, sig syscall.Signal, times int) {
	limit := soon
	if c.stuck && times == 1 {
		limit = overdue
	}
	code, took := p.wait(t, limit)
	want := 128 + int(sig)
	if c.code != nil {
		want = c.code(sig, times)
	}
	if sig == syscall.SIGINT && times == 2 && strings.Contains(p.err.String(), "was killed at the second interrupt") {
		want = 128 + 9 // as documented, where the second comes before the child has ended
	}
	if code != want {
		t.Errorf("exit code %d after %s, want %d; stderr: %s", code, took, want, p.err)
	}
	if word := map[syscall.Signal]string{syscall.SIGINT: "ciam: interrupted\n", syscall.SIGTERM: "ciam: ended by SIGTERM\n", syscall.SIGHUP: "ciam: ended by SIGHUP\n"}[sig]; c.code == nil && !c.stuck && times == 1 && !strings.HasSuffix(p.err.String(), word) {
		t.Errorf("stderr %q, want %q at its end", p.err, word)
	}
	if c.tty && !p.echoes(t) {
		t.Error("the terminal is left without an echo")
	}
	for _, name := range c.gone {
		if left, _ := filepath.Glob(filepath.Join(home, name)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// pause: what is blocked gives no sign.
func pause(*testing.T, *process, string) { time.Sleep(500 * time.Millisecond) }

// moment: the kernel makes one of two equal signals that have not been taken.
func moment(*testing.T, *process) { time.Sleep(300 * time.Millisecond) }

func makePipe(t *testing.T, home string) {
	if err := syscall.Mkfifo(home+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
}

// holdLocks takes the place of another ciam that renews the session.
func holdLocks(t *testing.T, home string) {
	locks, _ := filepath.Glob(home + "/state/ciam/*/*.refreshing.lock")
	if len(locks) == 0 {
		t.Fatal("there are no locks")
	}
	for _, path := range locks {
		lock := flock.New(path)
		if ok, err := lock.TryLock(); !ok {
			t.Fatalf("%s: %v", path, err)
		}
		t.Cleanup(func() { _ = lock.Unlock() })
	}
}

// TestAPI_bodyDoesNotCome: --timeout is for the body too.
func TestAPI_bodyDoesNotCome(t *testing.T) {
	s := newStage(t)
	p := s.start(t, s.home, true, nil, "api", "{api}/silent", "-d", "-", "--timeout", "300ms")
	if code, _ := p.wait(t, soon); code != 5 || !strings.Contains(p.err.String(), "no whole answer within 300ms") {
		t.Errorf("exit code %d; stderr: %s", code, p.err)
	}
}
