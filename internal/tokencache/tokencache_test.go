package tokencache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shelf is the smallest store there is.
type shelf struct {
	data    map[string][]byte
	deletes int
}

var errMissing = errors.New("missing")

func (s *shelf) Get(_ context.Context, name string) ([]byte, error) {
	if d, ok := s.data[name]; ok {
		return d, nil
	}
	return nil, errMissing
}

func (s *shelf) Set(_ context.Context, name string, data []byte) error {
	s.data[name] = data
	return nil
}

func (s *shelf) Delete(_ context.Context, name string) error {
	s.deletes++
	delete(s.data, name)
	return nil
}

func session() *Session {
	return &Session{TenantID: "t", ClientID: "c", Issuer: "i", IDToken: "x.y.z", HomeAccountID: "o.t", MSAL: json.RawMessage(`{}`)}
}

func TestRecord_roundTrip(t *testing.T) {
	ctx := context.Background()
	s := &shelf{data: map[string][]byte{}}
	in := Record{ClientSecret: "shh", Session: session()}
	in.Session.Put(AccessToken{Requested: "a b", Secret: "tok", ExpiresAt: time.Unix(2e9, 0).UTC()}, time.Unix(1e9, 0))
	if err := Save(ctx, s, "p", in); err != nil {
		t.Fatal(err)
	}
	out, err := Load(ctx, s, "p")
	if err != nil || out.ClientSecret != "shh" || out.Session.TenantID != "t" {
		t.Fatalf("%+v, %v", out, err)
	}
	if at, ok := out.Session.Find([]string{"B", "a", "b"}); !ok || at.Secret != "tok" {
		t.Errorf("the same scopes in another order and case: %v %t", at, ok)
	}
	if _, ok := out.Session.Find([]string{"a"}); ok {
		t.Error("a token with more scopes than asked for was given")
	}
	// The session goes and the secret stays; then nothing is left.
	out.Session = nil
	if err := Save(ctx, s, "p", out); err != nil || s.deletes != 0 {
		t.Fatalf("%v, %d deletes", err, s.deletes)
	}
	out.ClientSecret = ""
	if err := Save(ctx, s, "p", out); err != nil || s.deletes != 1 {
		t.Fatalf("%v, %d deletes", err, s.deletes)
	}
	if _, err := Load(ctx, s, "p"); !errors.Is(err, errMissing) {
		t.Errorf("the store's own error is lost: %v", err)
	}
}

func TestSession_Put_dropsWhatIsOver(t *testing.T) {
	now := time.Unix(1000, 0)
	s := session()
	s.Put(AccessToken{Requested: "old", ExpiresAt: now.Add(time.Minute)}, now)
	s.Put(AccessToken{Requested: "a", Secret: "1", ExpiresAt: now.Add(time.Hour)}, now)
	s.Put(AccessToken{Requested: "a", Secret: "2", ExpiresAt: now.Add(time.Hour)}, now.Add(2*time.Minute))
	if len(s.AccessTokens) != 1 || s.AccessTokens[0].Secret != "2" {
		t.Errorf("%+v", s.AccessTokens)
	}
}

func TestLoad_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		data, want string
		newer      bool
	}{
		"not json":   {"eyJ0b2tlbiI6InNlY3JldCJ9", "not the JSON", false},
		"newer":      {`{"v":99,"x":1}`, "newer ciam", true},
		"no version": {`{}`, "no version", false},
		"half":       {`{"v":1,"session":{"tenant_id":"t"}}`, "incomplete", false},
		"other type": {`{"v":1,"session":["a"]}`, "not the JSON", false},
		"empty":      {``, "not the JSON", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(context.Background(), &shelf{data: map[string][]byte{"p": []byte(tc.data)}}, "p")
			var e *FormatError
			if !errors.As(err, &e) || e.Newer != tc.newer || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want *FormatError with %q", err, tc.want)
			}
			if len(tc.data) > 10 && strings.Contains(err.Error(), tc.data) {
				t.Error("the content is quoted")
			}
		})
	}
}

func TestBlob_keepsTokensOut(t *testing.T) {
	b := NewBlob(nil)
	m := marshaler(`{"AccessToken":{"k":{"secret":"at"}},"IdToken":{"k":{"secret":"idt"}},"RefreshToken":{"k":{"secret":"rt"}},"Account":{"a":{}},"Later":{"x":1}}`)
	if err := b.Export(context.Background(), m, exportHints); err != nil {
		t.Fatal(err)
	}
	got := string(b.Data())
	if strings.Contains(got, `"at"`) || strings.Contains(got, "idt") || !strings.Contains(got, `"rt"`) || !strings.Contains(got, "Later") {
		t.Errorf("kept %s", got)
	}
	if !HasRefreshToken(b.Data()) || HasRefreshToken(json.RawMessage(`{"RefreshToken":{}}`)) || HasRefreshToken(json.RawMessage("rubbish")) {
		t.Error("HasRefreshToken is wrong")
	}
}

func TestRecord_neverLogsSecrets(t *testing.T) {
	var buf bytes.Buffer
	s := session()
	s.Put(AccessToken{Secret: "AT-SECRET", ExpiresAt: time.Unix(2e9, 0)}, time.Unix(1, 0))
	log := slog.New(slog.NewJSONHandler(&buf, nil))
	log.Info("x", "record", Record{ClientSecret: "CS-SECRET", Session: s}, "session", *s, "token", s.AccessTokens[0])
	if strings.Contains(buf.String(), "SECRET") || strings.Contains(buf.String(), "x.y.z") {
		t.Errorf("logged: %s", buf.String())
	}
}

func TestLock_oneAtATime(t *testing.T) {
	dir := t.TempDir()
	var inside, most, runs atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			release, err := Lock{Dir: dir, Limit: 20 * time.Second}.Acquire(context.Background(), "p", "refreshing")
			if err != nil {
				t.Error(err)
				return
			}
			if n := inside.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(5 * time.Millisecond)
			inside.Add(-1)
			runs.Add(1)
			release()
		})
	}
	wg.Wait()
	if most.Load() != 1 || runs.Load() != 8 {
		t.Errorf("%d inside at once, %d runs", most.Load(), runs.Load())
	}
	if _, err := os.Stat(dir + "/p.refreshing.lock"); err != nil {
		t.Error("the lock file was removed, which lets two processes hold the lock")
	}
}

func TestLock_purposesDoNotBlockEachOther(t *testing.T) {
	l := Lock{Dir: t.TempDir(), Limit: 5 * time.Second}
	a, err := l.Acquire(context.Background(), "p", "signing in")
	if err != nil {
		t.Fatal(err)
	}
	defer a()
	b, err := l.Acquire(context.Background(), "p", "refreshing")
	if err != nil {
		t.Fatal(err)
	}
	b()
}

// TestLock_stoppedHolder has another process hold the lock and never release it.
func TestLock_stoppedHolder(t *testing.T) {
	if os.Getenv("CIAM_TEST_HOLD_LOCK") != "" {
		if _, err := (Lock{Dir: os.Getenv("CIAM_TEST_HOLD_LOCK"), Limit: time.Second}).Acquire(context.Background(), "p", "refreshing"); err != nil {
			t.Fatal(err)
		}
		fmt.Println("HELD")
		time.Sleep(time.Minute)
		return
	}
	dir := t.TempDir()
	holder := exec.Command(os.Args[0], "-test.run=TestLock_stoppedHolder")
	holder.Env = append(os.Environ(), "CIAM_TEST_HOLD_LOCK="+dir)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Process.Kill(); _ = holder.Wait() }()
	buf := make([]byte, 4)
	if _, err := out.Read(buf); err != nil || string(buf) != "HELD" {
		t.Fatalf("%q %v", buf, err)
	}
	told := make(chan int, 1)
	lock := Lock{Dir: dir, Limit: 1500 * time.Millisecond, OnWait: func(pid int) { told <- pid }}
	_, err = lock.Acquire(context.Background(), "p", "refreshing")
	var e *LockError
	if !errors.As(err, &e) || e.PID != holder.Process.Pid || !strings.Contains(err.Error(), "refreshing") {
		t.Errorf("got %v, want *LockError naming pid %d", err, holder.Process.Pid)
	}
	if pid := <-told; pid != holder.Process.Pid {
		t.Errorf("waiting for pid %d was told, want %d", pid, holder.Process.Pid)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := lock.Acquire(ctx, "p", "refreshing"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a cancelled wait gave %v", err)
	}
	// The kernel frees the lock of a killed holder; waiters that gave up pass it on.
	_ = holder.Process.Kill()
	_ = holder.Wait()
	release, err := (Lock{Dir: dir, Limit: 10 * time.Second}).Acquire(context.Background(), "p", "refreshing")
	if err != nil {
		t.Fatalf("after kill -9: %v", err)
	}
	release()
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"v":1,"session":{"tenant_id":"t","client_id":"c","issuer":"i","id_token":"x","home_account_id":"h","msal":{}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Load(context.Background(), &shelf{data: map[string][]byte{"p": data}}, "p")
		if err == nil && r.Session != nil {
			r.Session.Find([]string{"a"})
			HasRefreshToken(r.Session.MSAL)
		}
	})
}
