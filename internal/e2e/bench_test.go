package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// BenchmarkCommands measures whole processes side by side, in turn, so that the machine's moods cancel out:
//
//	go test -run '^$' -bench Commands -benchtime 100x ./internal/e2e
//
// Read the ratios: docs/perf.md has the figures.
func BenchmarkCommands(b *testing.B) {
	keychaintest.RunUnderSecretService(b, func(b *testing.B, _ *keychaintest.Provider) {
		dir := b.TempDir()
		ciam, hello := filepath.Join(dir, "ciam"), filepath.Join(dir, "hello")
		build(b, ciam, "github.com/ciam-cli/ciam/cmd/ciam")
		buildHello(b, hello)
		key := filepath.Join(dir, "key")
		if err := os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
			b.Fatal(err)
		}
		env := append(os.Environ(), "XDG_CONFIG_HOME="+dir+"/config", "XDG_CACHE_HOME="+dir+"/cache", "XDG_STATE_HOME="+dir+"/state", "CIAM_STORE_KEY_FILE="+key, "CIAM_PROFILE=demo")
		commands := []struct {
			name string
			args []string
		}{
			{"hello", []string{hello}},
			{"version", []string{ciam, "version"}},
			{"secret-tool", []string{"secret-tool", "lookup", "service", "ciam", "username", "demo"}},
			{"token-keychain", []string{ciam, "token"}},
			{"token-file", []string{ciam, "token", "--token-store", "file"}},
		}
		for _, store := range []string{"keychain", "file"} {
			signIn := exec.Command(ciam, "login", "--demo", "--token-store", store)
			signIn.Env = append(env, "CIAM_BROWSER="+os.Args[0], personVariable+"=1")
			if out, err := signIn.CombinedOutput(); err != nil {
				b.Fatalf("login: %v\n%s", err, out)
			}
		}
		times := make([][]time.Duration, len(commands))
		for b.Loop() {
			for i, c := range commands {
				cmd := exec.Command(c.args[0], c.args[1:]...)
				cmd.Env = env
				began := time.Now()
				if out, err := cmd.Output(); err != nil || len(out) == 0 {
					b.Fatalf("%s: %v", c.name, err)
				}
				times[i] = append(times[i], time.Since(began))
			}
		}
		var median [5]float64
		for i, c := range commands {
			slices.Sort(times[i])
			median[i] = float64(times[i][len(times[i])/2].Microseconds()) / 1000
			b.ReportMetric(median[i], c.name+"-ms")
		}
		b.ReportMetric(median[1]/median[0], "version/hello")
		b.ReportMetric(median[3]/median[2], "token/secret-tool")
		b.ReportMetric(0, "ns/op")
		info, err := os.Stat(ciam)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/(1<<20), "binary-MB")
	})
}

// buildHello builds the smallest program that prints something: what every Go program costs.
func buildHello(b *testing.B, path string) {
	b.Helper()
	source := path + ".go"
	if err := os.WriteFile(source, []byte("package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	build(b, path, source)
}

// build builds a stripped binary, as a release is.
func build(b *testing.B, path, what string) {
	b.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatal(fmt.Errorf("go build: %w\n%s", err, out))
	}
}

// BenchmarkParallel measures 100 processes of `ciam token` started at once, with a valid and with an expired token,
// against 100 hello-world processes, in turn:
//
//	go test -run '^$' -bench Parallel -benchtime 5x ./internal/e2e
func BenchmarkParallel(b *testing.B) {
	tn := startTenant(b)
	p, store := signedIn(b, tn, "file")
	dir := b.TempDir()
	hello := filepath.Join(dir, "hello")
	buildHello(b, hello)
	plain := *p
	plain.path = hello
	work := []struct {
		name    string
		prepare func()
		program *program
	}{
		{"hello", func() {}, &plain},
		{"valid", func() {}, p},
		{"expired", func() { expire(b, store) }, p},
	}
	took := make([][]time.Duration, len(work))
	for b.Loop() {
		for i, w := range work {
			w.prepare()
			began := time.Now()
			w.program.manyTokens(b, processes)
			took[i] = append(took[i], time.Since(began))
		}
	}
	var median [3]float64
	for i, w := range work {
		slices.Sort(took[i])
		median[i] = float64(took[i][len(took[i])/2].Microseconds()) / 1000
		b.ReportMetric(median[i], w.name+"-ms")
	}
	b.ReportMetric(median[1]/median[0], "valid/hello")
	b.ReportMetric(median[2]/median[0], "expired/hello")
	b.ReportMetric(0, "ns/op")
}
