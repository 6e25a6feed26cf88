package e2e

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
	"github.com/ciam-cli/ciam/internal/needtest"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// tenant is the embedded tenant as a server of its own: for the binary it is a tenant like any other.
type tenant struct {
	authority string
	requests  atomic.Int32 // of every kind
	spent     atomic.Int64 // on the answers to them, in nanoseconds
	refreshes atomic.Int32
	// delay is how long each refresh takes, and started is told of each; both may be nil or zero.
	delay   atomic.Int64
	started chan struct{}
	// trouble, when it is set, is the HTTP status of every refresh.
	trouble atomic.Int32
	// gate, when it is set, holds every refresh back until it is closed.
	gate atomic.Pointer[chan struct{}]
}

func startTenant(t testing.TB, edit ...func(*emulator.Seed)) *tenant {
	t.Helper()
	seed := emulator.DefaultSeed()
	for _, e := range edit {
		e(seed)
	}
	server, err := emulator.New(emulator.Options{PasswordCost: 4, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tn := &tenant{authority: "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port) + "/" + emulator.DefaultSeed().Tenants[0].ID, started: make(chan struct{}, 1000)}
	web := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tn.requests.Add(1)
		defer func(began time.Time) { tn.spent.Add(int64(time.Since(began))) }(time.Now())
		if strings.HasSuffix(r.URL.Path, "/token") && r.ParseForm() == nil {
			body := r.PostForm.Encode()
			if r.PostForm.Get("grant_type") == "refresh_token" {
				tn.refreshes.Add(1)
				select {
				case tn.started <- struct{}{}:
				default: // a benchmark refreshes more often than anybody listens
				}
				time.Sleep(time.Duration(tn.delay.Load()))
				if gate := tn.gate.Load(); gate != nil {
					<-*gate
				}
				if status := tn.trouble.Load(); status != 0 {
					w.Header().Set("Content-Type", "text/html")
					w.WriteHeader(int(status))
					_, _ = io.WriteString(w, "<html>Service Unavailable")
					return
				}
			}
			r.Body, r.Form, r.PostForm = readCloser{strings.NewReader(body)}, nil, nil
			r.ContentLength = int64(len(body))
		}
		server.ServeHTTP(w, r)
	})}
	go func() { _ = web.Serve(l) }()
	t.Cleanup(func() { _ = web.Close(); _ = server.Close() })
	return tn
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// signedIn is the binary with a session at tn in a token store of the kind.
func signedIn(t testing.TB, tn *tenant, kind string) (*program, keychain.Store) {
	t.Helper()
	p := newProgram(t)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, bytes.Repeat([]byte("k"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "CIAM_AUTHORITY="+tn.authority, "CIAM_CLIENT_ID="+emulator.DefaultSeed().Tenants[0].Apps[0].AppID,
		"CIAM_TOKEN_STORE="+kind, "CIAM_STORE_KEY_FILE="+key, personVariable+"=1")
	p.must("login")
	if kind == "keychain" {
		return p, keychain.OS(keychain.Options{})
	}
	return p, sealedStore(t, p, key)
}

// sealedStore is the file token store of the program's home.
func sealedStore(t testing.TB, p *program, key string) keychain.Store {
	t.Helper()
	var state string
	for _, v := range p.env {
		if dir, ok := strings.CutPrefix(v, "XDG_STATE_HOME="); ok {
			state = dir
		}
	}
	store, err := keychain.File(keychain.FileOptions{Dir: filepath.Join(state, "ciam", "tokens"), KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// sessionItem is where the session that the environment of signedIn sets up is kept.
func sessionItem() string {
	seed := emulator.DefaultSeed().Tenants[0]
	return tokencache.SlotItem("", seed.ID, seed.Apps[0].AppID, tokencache.EnvironmentSlot)
}

// expire makes the stored access token run out, as time would, and returns it.
func expire(t testing.TB, store keychain.Store) string { return age(t, store, -time.Minute) }

// age gives the stored access token another end, and returns it.
func age(t testing.TB, store keychain.Store, left time.Duration) string {
	t.Helper()
	record, err := tokencache.Load(context.Background(), store, sessionItem())
	if err != nil {
		t.Fatalf("the session is not intact: %v", err)
	}
	if len(record.Session.AccessTokens) != 1 {
		t.Fatalf("%d access tokens", len(record.Session.AccessTokens))
	}
	record.Session.AccessTokens[0].ExpiresAt = time.Now().Add(left)
	if err := tokencache.Save(context.Background(), store, sessionItem(), record); err != nil {
		t.Fatal(err)
	}
	return record.Session.AccessTokens[0].Secret
}

// accessToken is the one access token of a profile's stored session.
func accessToken(t testing.TB, store keychain.Store, profile string) tokencache.AccessToken {
	t.Helper()
	record, err := tokencache.Load(context.Background(), store, profile)
	if err != nil || record.Session == nil || len(record.Session.AccessTokens) != 1 {
		t.Fatalf("the session of %s is not in the %s: %v", profile, store.Kind(), err)
	}
	return record.Session.AccessTokens[0]
}

// rounds is how often a round is repeated: a taste of it everywhere, the whole where everything is tested.
func rounds(few, all int) int {
	if needtest.Everything() {
		return all
	}
	if testing.Short() {
		return max(1, few/4)
	}
	return few
}

const processes = 100

// atOnce is how many processes a test starts at once: fewer with -short.
func atOnce() int {
	if testing.Short() && !needtest.Everything() {
		return processes / 4
	}
	return processes
}

// TestToken_manyProcesses starts 100 processes with an expired token, again and again: one refresh each time, and every
// process gets the same fresh token.
func TestToken_manyProcesses(t *testing.T) {
	tn := startTenant(t)
	p, store := signedIn(t, tn, "file")
	tn.delay.Store(int64(200 * time.Millisecond)) // long enough for many to arrive meanwhile
	for round := range rounds(2, 20) {
		old := expire(t, store)
		tn.refreshes.Store(0)
		tokens := p.manyTokens(t, atOnce())
		if len(tokens) != 1 || tokens[old] != 0 || tn.refreshes.Load() != 1 {
			t.Fatalf("round %d: %d different tokens, the old one %d times, %d refreshes", round, len(tokens), tokens[old], tn.refreshes.Load())
		}
	}
}

// TestToken_manyProcessesKeychain does the same on the real keychain.
func TestToken_manyProcessesKeychain(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		tn := startTenant(t)
		p, store := signedIn(t, tn, "keychain")
		tn.delay.Store(int64(200 * time.Millisecond))
		old := expire(t, store)
		tokens := p.manyTokens(t, atOnce())
		if len(tokens) != 1 || tokens[old] != 0 || tn.refreshes.Load() != 1 {
			t.Errorf("%d different tokens, the old one %d times, %d refreshes", len(tokens), tokens[old], tn.refreshes.Load())
		}
	})
}

// TestToken_tenantInTrouble has 100 processes ask a tenant that answers 503: at most 5 requests in all. With nothing valid
// everybody ends with exit code 5 within 30 seconds; with a token that ends soon everybody has it 2 seconds after the
// machine itself would have given it.
func TestToken_tenantInTrouble(t *testing.T) {
	tn := startTenant(t)
	p, store := signedIn(t, tn, "file")
	began := time.Now()
	p.everybody(t, atOnce(), 0)
	usual := time.Since(began)

	tn.trouble.Store(503)
	ends := func(left time.Duration) string { return age(t, store, left) }
	for _, row := range []struct {
		name string
		left time.Duration
		code int
		most time.Duration
	}{
		{"expired", -time.Minute, 5, 30 * time.Second},
		{"ends soon", 3 * time.Minute, 0, usual + 2*time.Second},
	} {
		secret := ends(row.left)
		tn.refreshes.Store(0)
		began := time.Now()
		outputs := p.everybody(t, atOnce(), row.code)
		took := time.Since(began)
		if n := tn.refreshes.Load(); n < 1 || n > 5 || took > row.most {
			t.Errorf("%s: %d requests, %s of %s", row.name, n, took, row.most)
		}
		if row.code == 0 && (len(outputs) != 1 || outputs[secret] != atOnce()) || row.code != 0 && outputs[""] != atOnce() {
			t.Errorf("%s: %d different outputs", row.name, len(outputs))
		}
		t.Logf("%s: %d requests, everybody after %s (%s with a valid token)", row.name, tn.refreshes.Load(), took.Round(time.Millisecond), usual.Round(time.Millisecond))
	}
}

// everybody runs `ciam token` n times at once, and wants each to end with code; what each printed is counted.
func (p *program) everybody(t testing.TB, n, code int) map[string]int {
	t.Helper()
	outputs := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			out := p.run("token")
			mu.Lock()
			defer mu.Unlock()
			outputs[strings.TrimSpace(out.stdout)]++
			if out.code != code {
				t.Errorf("exit %d, want %d: %s", out.code, code, out.stderr)
			}
		})
	}
	wg.Wait()
	return outputs
}

// manyTokens runs `ciam token` n times at once; every one has to succeed.
func (p *program) manyTokens(t testing.TB, n int) map[string]int {
	t.Helper()
	tokens := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			cmd := exec.Command(p.path, "token")
			cmd.Env = p.env
			var errs bytes.Buffer
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil {
				t.Errorf("%v: %s", err, errs.String())
			}
			mu.Lock()
			tokens[strings.TrimSpace(string(out))]++
			mu.Unlock()
		})
	}
	wg.Wait()
	return tokens
}

// TestToken_holderKilled kills the process that refreshes while 99 others wait for it: one of them goes on.
func TestToken_holderKilled(t *testing.T) {
	tn := startTenant(t)
	p, store := signedIn(t, tn, "file")
	old := expire(t, store)
	tn.delay.Store(int64(30 * time.Second)) // the first request hangs
	holder := exec.Command(p.path, "token")
	holder.Env = p.env
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-tn.started:
	case <-time.After(20 * time.Second):
		t.Fatal("no refresh began")
	}
	tn.delay.Store(0)
	tn.refreshes.Store(0)
	time.AfterFunc(500*time.Millisecond, func() { _ = holder.Process.Kill() })
	tokens := p.manyTokens(t, atOnce()-1)
	if len(tokens) != 1 || tokens[old] != 0 || tn.refreshes.Load() != 1 {
		t.Errorf("%d different tokens, the old one %d times, %d further refreshes", len(tokens), tokens[old], tn.refreshes.Load())
	}
	if err := holder.Wait(); err == nil {
		t.Error("the holder was not killed")
	}
}

// TestToken_killedAtAnyMoment kills refreshing processes at random moments: the session is intact every time.
func TestToken_killedAtAnyMoment(t *testing.T) {
	tn := startTenant(t)
	p, store := signedIn(t, tn, "file")
	// How long a whole refresh takes here, so that the moments cover it.
	began := time.Now()
	p.must("token", "--force-refresh")
	whole := time.Since(began)
	for range rounds(20, 200) {
		cmd := exec.Command(p.path, "token", "--force-refresh")
		cmd.Env = p.env
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(whole))))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		record, err := tokencache.Load(context.Background(), store, sessionItem())
		if err != nil || record.Session == nil || !tokencache.HasRefreshToken(record.Session.MSAL) || len(record.Session.AccessTokens) != 1 {
			t.Fatalf("the session is not intact: %v", err)
		}
	}
	p.must("token", "--force-refresh")
}

// at points the program at a tenant.
func (p *program) at(tn *tenant) *program {
	p.env = append(p.env, "CIAM_AUTHORITY="+tn.authority, "CIAM_CLIENT_ID="+emulator.DefaultSeed().Tenants[0].Apps[0].AppID)
	return p
}
