package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

// elsewhereURL is an address that a browser on another machine was sent to, where nobody is.
type elsewhereURL struct{ address string }

func (e *elsewhereURL) Error() string { return "nobody listens there" }

// otherMachine is the network of a browser that reaches the tenant, and not the port of ciam.
type otherMachine struct{ port string }

func (n otherMachine) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Port() == n.port {
		return nil, &elsewhereURL{req.URL.String()}
	}
	return http.DefaultTransport.RoundTrip(req)
}

// endsAt signs Grace in from another machine, and returns the address at its end.
func endsAt(t *testing.T, start string, port int) string {
	t.Helper()
	v := visitor.New(otherMachine{strconv.Itoa(port)})
	v.Email, v.Password = email, password
	_, err := v.Visit(t.Context(), start)
	var end *elsewhereURL
	if !errors.As(err, &end) {
		t.Fatalf("the sign-in did not end at localhost: %v", err)
	}
	return end.address
}

// asking is a sign-in at a terminal that asks for an address.
func asking(t *testing.T, columns int) (f *far, start string, port int) {
	t.Helper()
	p := headless(t, startTenant(t, withUser), directory.DefaultPublicApp)
	f, port = newNear(t, p, columns, "CIAM_BROWSER=none", "SSH_TTY=/dev/pts/0"), freePort(t)
	f.runs("clear; ciam login --port " + strconv.Itoa(port) + "; echo \"exit code $?\"")
	f.sees("Ctrl-C ends it")
	return f, f.found(`http://localhost:\d+/\S+/authorize\?\S+`), port
}

// TestPaste_long pastes an address of well over 4,095 bytes, where a terminal cuts a line, with what is looked at first at its
// end; before it, Ctrl-Z and a way back.
func TestPaste_long(t *testing.T) {
	for _, columns := range []int{80, 120} {
		t.Run(strconv.Itoa(columns), func(t *testing.T) {
			f, start, port := asking(t, columns)
			f.runs("hello")
			f.sees("from another sign-in")
			f.types("C-z")
			f.sees("Stopped")
			f.seesLineMode()
			f.runs("clear; fg; echo \"exit code $?\"")
			f.sees("address: ")
			f.types("a", "b", "C-u")
			end, err := url.Parse(endsAt(t, start, port))
			if err != nil {
				t.Fatal(err)
			}
			q := end.Query()
			state := q.Get("state")
			q.Del("state")
			q.Set("session_state", strings.Repeat("x", 3000+2000*(columns/120)))
			long := fmt.Sprintf("http://localhost:%d/?%s&state=%s", port, q.Encode(), state)
			f.pastes(long)
			f.sees(fmt.Sprintf("address: http://localhost:%d/?… (%d characters)", port, len(long)))
			f.types("Enter")
			if screen := f.sees("exit code "); !strings.Contains(screen, "exit code 0") || strings.Contains(screen, "address: ") {
				t.Errorf("the screen shows\n%s", screen)
			}
			f.seesLineMode()
			f.runs(`echo "begins with $(ciam token | cut -c1-2)."`)
			f.sees("begins with ey.")
		})
	}
}

// TestPaste_interrupted: Ctrl-C, a signal, and the end of the time leave the terminal as it was.
func TestPaste_interrupted(t *testing.T) {
	f, _, _ := asking(t, 80)
	for _, c := range []struct {
		what string
		do   func()
		code int
	}{
		{"Ctrl-C", func() { f.types("C-c") }, 130},
		{"SIGTERM", func() { f.kill("TERM") }, 143},
		{"Ctrl-D, then Ctrl-C", func() { f.types("C-d"); f.sees("Nothing can be pasted"); f.types("C-c") }, 130},
	} {
		c.do()
		f.sees(fmt.Sprintf("exit code %d", c.code))
		f.seesLineMode()
		f.runs("clear; ciam login; echo \"exit code $?\"")
		f.sees("Ctrl-C ends it")
	}
	f.types("C-c")
}

// kill sends a signal to the ciam of the terminal.
func (f *far) kill(signal string) {
	f.t.Helper()
	shell := strings.TrimSpace(f.tmux("display-message", "-p", "#{pane_pid}"))
	if out, err := exec.Command("pkill", "-"+signal, "-P", shell, "ciam").CombinedOutput(); err != nil {
		f.t.Fatalf("pkill: %v %s", err, out)
	}
}

// TestPaste_survives is one sign-in among 1,000 forged answers, 200 stalled connections and three wrong pastes. Another user of
// the machine asks it too, and gets nothing.
func TestPaste_survives(t *testing.T) {
	f, start, port := asking(t, 80)
	here := "127.0.0.1:" + strconv.Itoa(port)
	for range 200 {
		c, err := net.Dial("tcp", here)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: localhost:"+strconv.Itoa(port)+"\r\n")
	}
	var forgers sync.WaitGroup
	client := http.Client{Timeout: 20 * time.Second}
	refused := make(chan int, 1000)
	for i := range 10 {
		forgers.Go(func() {
			for n := range 100 {
				resp, err := client.PostForm("http://localhost:"+strconv.Itoa(port)+"/", url.Values{"code": {"forged"}, "state": {fmt.Sprint(i, n)}})
				if err == nil {
					refused <- resp.StatusCode
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
			}
		})
	}
	for n := range 3 {
		f.pastes(fmt.Sprintf("http://localhost:%d/?code=c&state=wrong%d", port, n))
		f.types("Enter")
	}
	forgers.Wait()
	if close(refused); len(refused) < 900 { // some of them lose their place to others
		t.Errorf("%d forged answers were answered", len(refused))
	}
	for status := range refused {
		if status != http.StatusBadRequest {
			t.Fatalf("a forged answer got %d", status)
		}
	}
	q := query(t, start)
	f.askAsAnother(port, q.Get("state"), q.Get("nonce"), q.Get("code_challenge"))
	if n := strings.Count(f.sees("address: "), "from another sign-in"); n != 3 {
		t.Errorf("%d wrong pastes are told:\n%s", n, f.screen())
	}
	f.pastes(endsAt(t, start, port))
	f.types("Enter")
	if screen := f.sees("exit code "); !strings.Contains(screen, "exit code 0") {
		t.Errorf("the screen shows\n%s", screen)
	}
}

// strangerVariable makes the test binary another user, who asks for whatever there may be at the origin that it names.
const strangerVariable = "CIAM_TEST_STRANGER"

// nobody is a user without any rights, by custom.
const nobody = 65534

// askAsAnother has another user of the machine look for what a sign-in holds; only root can, others ask as themselves.
func (f *far) askAsAnother(port int, secrets ...string) {
	f.t.Helper()
	stranger := exec.Command("/proc/self/exe")
	stranger.Env = []string{strangerVariable + "=http://localhost:" + strconv.Itoa(port)}
	if os.Getuid() == 0 {
		stranger.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		stranger.Dir = "/"
	}
	out, err := stranger.CombinedOutput()
	if err != nil {
		f.t.Fatalf("the other user: %v\n%s", err, out)
	}
	var replies []strangerReply
	if err := json.Unmarshal(out, &replies); err != nil || len(replies) < 30 {
		f.t.Fatalf("%d replies, %v: %.200s", len(replies), err, out)
	}
	for _, r := range replies {
		if r.Status < 400 || r.Location != "" {
			f.t.Errorf("another user asks for %s and gets %d, Location %q", r.Path, r.Status, r.Location)
		}
		for _, secret := range secrets {
			if secret == "" || strings.Contains(r.All, secret) {
				f.t.Errorf("another user asks for %s and gets %q", r.Path, secret)
			}
		}
	}
}

// strangerReply is what a stranger got.
type strangerReply struct {
	Path, Location, All string
	Status              int
}

// askAround is the stranger.
func askAround(origin string) error {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	paths := []string{"/", "/?", "/?code=c", "/?state=", "/?code=c&state=x", "/?error=access_denied&state=x", "/result/", "/favicon.ico", "/auth/redirect"}
	for i := range 25 {
		paths = append(paths, fmt.Sprintf("/%08d", i), "/"+strings.Repeat(string(rune('a'+i)), 8))
	}
	var replies []strangerReply
	for _, path := range paths {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+path, nil)
		if err != nil {
			cancel()
			return err
		}
		resp, err := client.Do(req)
		if err == nil {
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			replies = append(replies, strangerReply{path, resp.Header.Get("Location"), fmt.Sprint(resp.Header) + string(body), resp.StatusCode})
		}
		cancel()
	}
	return json.NewEncoder(os.Stdout).Encode(replies)
}

// TestNobody_ends: nobody there, or nobody to be asked, is told in well under a second. The best of five counts, since the
// machine may be busy.
func TestNobody_ends(t *testing.T) {
	p := newProgram(t).at(startTenant(t))
	p.env = append(p.env, "CIAM_BROWSER=none")
	for _, args := range [][]string{{"login"}, {"login", "--no-input"}, {"login", "--demo"}, {"login", "--tenant", "no-such-tenant", "--client-id", directory.DefaultPublicApp}} {
		best := time.Hour
		for range 5 {
			began := time.Now()
			out := p.run(args...)
			best = min(best, time.Since(began))
			if out.code != 4 || out.stdout != "" || !strings.Contains(out.stderr, "nobody can sign in here") {
				t.Fatalf("%q: %+v", args, out)
			}
		}
		if best > time.Second {
			t.Errorf("%q takes %s", args, best)
		}
	}
}
