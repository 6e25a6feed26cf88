package host

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

// TestMain lets the test binary be the emulator that TestKilled kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HOST_TEST_EMULATOR"); dir != "" {
		h, err := Start(Options{DataDir: dir})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(h.URL())
		select {} // until it is killed
	}
	if os.Getenv("HOST_TEST_SCRATCH") != "" { // see TestScratch
		dir, drop, err := Scratch()
		fmt.Println(dir, err)
		time.Sleep(time.Minute)
		drop()
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestKilled kills emulators in the middle of sign-ups. The folder is free and whole afterwards, and whoever was told
// that the account exists has it.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Query().Get("code")) }))
	defer app.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(app.URL, "http://"), ":")
	redirect := "http://localhost:" + port

	var told []string
	for round := range 3 {
		origin, kill := emulatorProcess(t, dir)
		var mu sync.Mutex
		var wg sync.WaitGroup
		enough := make(chan struct{}, 100)
		for worker := range 2 {
			wg.Go(func() {
				for n := range 50 {
					email := fmt.Sprintf("u%d-%d-%d@example.com", round, worker, n)
					if err := visit(t, origin, redirect, email, true); err != nil {
						return // killed
					}
					mu.Lock()
					told = append(told, email)
					mu.Unlock()
					enough <- struct{}{}
				}
			})
		}
		for range 3 {
			select {
			case <-enough:
			case <-time.After(60 * time.Second):
				t.Fatal("sign-ups take too long")
			}
		}
		if round == 0 { // answered once there is a key, and it is kept
			resp, err := http.Get(origin + "/contoso/discovery/v2.0/keys")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		kill()
		wg.Wait()
		doc, err := ReadState(dir)
		if err != nil {
			t.Fatalf("after kill %d: %v", round, err)
		}
		users := doc.Tenants[0].Users
		for _, email := range told {
			if !slices.ContainsFunc(users, func(u directory.User) bool { return u.Email == email && u.PasswordHash != "" }) {
				t.Errorf("after kill %d: %s is lost", round, email)
			}
		}
		if round == 0 && len(doc.Tenants[0].Keys) != 1 {
			t.Error("the key is lost")
		}
	}
	h := start(t, Options{DataDir: dir})
	if err := visit(t, h.URL(), redirect, told[0], false); err != nil {
		t.Errorf("sign-in after the restart: %v", err)
	}
}

// emulatorProcess starts an emulator of its own process on a data folder.
func emulatorProcess(t *testing.T, dir string) (origin string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOST_TEST_EMULATOR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "http://") {
		t.Fatalf("the emulator did not start: %q %v", line, err)
	}
	return strings.TrimSpace(line), kill
}

// visit signs a person up or in, up to the app's own page with the code.
func visit(t *testing.T, origin, redirect, email string, signUp bool) error {
	v := visitor.New(http.DefaultTransport)
	v.Email, v.Password, v.SignUp = email, "Correct-Horse-9", signUp
	v.Attributes = map[string]string{"displayName": "Ada"}
	v.Code = func(ctx context.Context, email string) (string, error) { return lastCode(ctx, origin, email) }
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	page, err := v.Visit(ctx, origin+"/contoso/oauth2/v2.0/authorize?"+url.Values{
		"client_id": {directory.DefaultPublicApp}, "redirect_uri": {redirect}, "response_type": {"code"}, "response_mode": {"query"}, "scope": {"openid"},
		"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"plain"},
	}.Encode())
	if err == nil && (page.Name != "" || page.Text == "") {
		err = fmt.Errorf("arrived at %q %s", page.Name, page.Text)
	}
	return err
}

func lastCode(ctx context.Context, origin, email string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/_emulator/outbox?to="+url.QueryEscape(email), nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var box struct{ Messages []struct{ Code string } }
	if err := json.NewDecoder(resp.Body).Decode(&box); err != nil || len(box.Messages) == 0 {
		return "", errors.Join(err, errors.New("no code"))
	}
	return box.Messages[len(box.Messages)-1].Code, nil
}
