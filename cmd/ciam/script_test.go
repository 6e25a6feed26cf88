package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/programtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ciam":        main,
		"ciam-person": person,
		"ciam-child":  func() { os.Exit(programtest.Run(os.Args[1:])) },
		"ciam-story":  story,
	})
}

// TestScript runs the whole program as a shell would. Each script has its own home, and the sealed file store,
// since a keychain is not everywhere. The browser is ciam-person, which reaches the tenant's pages through sockets.
// What ciam runs is ciam-child (see programtest), or ciam-story with a script of its own.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			key := filepath.Join(env.WorkDir, ".key")
			if err := os.WriteFile(key, []byte("0123456789abcdef0123456789abcdef"), 0o600); err != nil {
				return err
			}
			stories, err := filepath.Abs(filepath.Join("testdata", "story"))
			if err != nil {
				return err
			}
			for name, value := range map[string]string{
				"HOME": env.WorkDir, "XDG_CONFIG_HOME": filepath.Join(env.WorkDir, ".config"),
				"XDG_CACHE_HOME": filepath.Join(env.WorkDir, ".cache"), "XDG_STATE_HOME": filepath.Join(env.WorkDir, ".state"),
				"CIAM_TOKEN_STORE": "file", "CIAM_STORE_KEY_FILE": key, "CIAM_BROWSER": "ciam-person", "NO_COLOR": "1", "STORIES": stories,
			} {
				env.Setenv(name, value)
			}
			return nil
		},
		Cmds: commands(),
	})
}

// commands are what scripts and stories have beside testscript's own.
func commands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){"exit": exitCode, "none": none}
}

// none checks that no file has a name of the pattern: `none $WORK/.tmp/left-*`.
func none(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: none PATTERN")
	}
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(found) > 0 {
		ts.Fatalf("there are %v", found)
	}
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
	network, err := browserTransport()
	if err != nil {
		fmt.Fprintln(os.Stderr, "person:", err)
		os.Exit(1)
	}
	v := visitor.New(network)
	v.Email, v.Password = "ada@example.com", "Correct-Horse-9"
	v.Attributes = map[string]string{"displayName": "Ada Example"}
	v.SignUp, v.Cancel = slices.Contains(args, "signup"), slices.Contains(args, "cancel")
	v.Code = readOutbox(&http.Client{Transport: network}, args[len(args)-1])
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if page, err := v.Visit(ctx, args[len(args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, "person:", page.Name, err)
		os.Exit(1)
	}
}

// browserTransport trusts what a browser trusts: the system's certificates and, where the person has made the emulator's CA
// one of them, that. `emulator run` says so with SSL_CERT_FILE, which Go does not read on Windows.
func browserTransport() (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	file := os.Getenv("CIAM_CA_FILE")
	if runtime.GOOS != "windows" || file == "" {
		return transport, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	return transport, nil
}

// readOutbox reads one-time codes from the outbox of the tenant that serves address.
func readOutbox(client *http.Client, address string) func(ctx context.Context, email string) (string, error) {
	return func(ctx context.Context, email string) (string, error) {
		u, err := url.Parse(address)
		if err != nil {
			return "", err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Scheme+"://"+u.Host+"/_emulator/outbox", nil)
		if err != nil {
			return "", err
		}
		resp, err := client.Do(req)
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
