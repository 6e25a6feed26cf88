package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ciam":        main,
		"ciam-person": person,
	})
}

// TestScript runs the whole program as a shell would. Each script has its own home, and the sealed file store,
// since a keychain is not everywhere. The browser is ciam-person, which reaches the tenant's pages through sockets.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			key := filepath.Join(env.WorkDir, ".key")
			if err := os.WriteFile(key, []byte("0123456789abcdef0123456789abcdef"), 0o600); err != nil {
				return err
			}
			for name, value := range map[string]string{
				"HOME": env.WorkDir, "XDG_CONFIG_HOME": filepath.Join(env.WorkDir, ".config"),
				"XDG_CACHE_HOME": filepath.Join(env.WorkDir, ".cache"), "XDG_STATE_HOME": filepath.Join(env.WorkDir, ".state"),
				"CIAM_TOKEN_STORE": "file", "CIAM_STORE_KEY_FILE": key, "CIAM_BROWSER": "ciam-person", "NO_COLOR": "1",
			} {
				env.Setenv(name, value)
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exit": exitCode},
	})
}

// exitCode runs a command and checks its exit code: `exit 4 ciam token`.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE COMMAND [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s: exit code %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// person is a browser with somebody in front of it: `ciam-person [signup|cancel|wrong] URL`.
// It plays in the background, as a browser does, so that the caller is not kept waiting.
func person() {
	args := os.Args[1:]
	v := visitor.New(http.DefaultTransport)
	v.Email, v.Password = "ada@example.com", "Correct-Horse-9"
	v.Attributes = map[string]string{"displayName": "Ada Example"}
	v.SignUp, v.Cancel = slices.Contains(args, "signup"), slices.Contains(args, "cancel")
	v.Code = readOutbox(args[len(args)-1])
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if page, err := v.Visit(ctx, args[len(args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, "person:", page.Name, err)
		os.Exit(1)
	}
}

// readOutbox reads one-time codes from the outbox of the tenant that serves address.
func readOutbox(address string) func(ctx context.Context, email string) (string, error) {
	return func(ctx context.Context, email string) (string, error) {
		u, err := url.Parse(address)
		if err != nil {
			return "", err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Scheme+"://"+u.Host+"/_emulator/outbox", nil)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		var outbox struct {
			Messages []struct{ To, Code string }
		}
		if err := json.NewDecoder(resp.Body).Decode(&outbox); err != nil {
			return "", err
		}
		for _, m := range slices.Backward(outbox.Messages) {
			if m.To == email {
				return m.Code, nil
			}
		}
		return "", fmt.Errorf("no code for %s", email)
	}
}
