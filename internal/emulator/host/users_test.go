package host

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const seededPassword = "Correct-Horse-9"

func usersSeed(t *testing.T, n int) *emulator.Seed {
	t.Helper()
	s := seed(t)
	for i := range n {
		s.Tenants[0].Users = append(s.Tenants[0].Users, directory.User{
			ID: fmt.Sprintf("aaaabbbb-0000-cccc-1111-%012x", i), Email: fmt.Sprintf("u%d@example.com", i), Password: seededPassword,
		})
	}
	return s
}

// TestStart_seededUsers follows seeded users through everything that may happen before, while and after their passwords are
// hashed: sign-in, an export, an end, a reset.
func TestStart_seededUsers(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Query().Get("code")) }))
	defer app.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(app.URL, "http://"), ":")
	redirect := "http://localhost:" + port
	signIn := func(when string, h *Host, user int) {
		t.Helper()
		if err := visit(t, h.URL(), redirect, fmt.Sprintf("u%d@example.com", user), false); err != nil {
			t.Errorf("sign-in %s: %v", when, err)
		}
	}
	dir := t.TempDir()
	file := filepath.Join(dir, stateFile)
	export := func(when string) {
		t.Helper()
		doc, err := ReadState(dir)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Export(doc, false)
		if err != nil || bytes.Contains(out, []byte(seededPassword)) {
			t.Fatalf("export %s: %v, or a password in clear text", when, err)
		}
		again, err := ParseSeed("export", out)
		if err != nil {
			t.Fatal(err)
		}
		if u := again.Tenants[0].Users[7]; !u.CheckPassword(seededPassword) || u.CheckPassword("x") {
			t.Errorf("export %s: another password", when)
		}
	}
	s := usersSeed(t, 30)
	if h, err := Start(Options{Seed: s, DataDir: dir}); err != nil { // as short as can be
		t.Fatal(err)
	} else if err := h.Stop(); err != nil {
		t.Error(err)
	}
	export("after an early end")

	write(t, file, encode(t, withSealingKey(s))) // as a kill right after the start leaves it
	export("before")
	h := start(t, Options{Seed: s, DataDir: dir})
	signIn("at once", h, 29)
	hashed(t, file)
	signIn("afterwards", h, 28)
	export("afterwards")

	answer, err := http.Post(h.URL()+"/_emulator/reset", "application/json", nil)
	if err != nil || answer.StatusCode != http.StatusNoContent {
		t.Fatalf("reset: %v", err)
	}
	answer.Body.Close()
	signIn("after the reset", h, 27)
	hashed(t, file)
	if err := h.Stop(); err != nil {
		t.Error(err)
	}
	signIn("after a restart", start(t, Options{DataDir: dir}), 26)
}

// withSealingKey is a seed as the state that is first written.
func withSealingKey(s *emulator.Seed) *emulator.Seed {
	out := s.Clone()
	out.SealingKey = strings.Repeat("A", 43) + "="
	return out
}

func encode(t *testing.T, s *emulator.Seed) []byte {
	t.Helper()
	data, err := directory.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// hashed waits until a state file has no password in clear text.
func hashed(t *testing.T, file string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		data, err := os.ReadFile(file)
		if err == nil && !bytes.Contains(data, []byte(seededPassword)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("passwords are not hashed within a minute: %v", err)
		}
	}
}
