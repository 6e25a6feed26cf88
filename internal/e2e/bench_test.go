package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// BenchmarkCommands measures whole processes side by side: ciam, the least that a Go program pays for the same, and
// secret-tool:
//
//	go test -run '^$' -bench Commands -benchtime 100x ./internal/e2e
//
// Read the ratios: docs/perf.md has the figures.
func BenchmarkCommands(b *testing.B) {
	keychaintest.RunUnderSecretService(b, func(b *testing.B, _ *keychaintest.Provider) {
		tn := startTenant(b)
		ciam := build(b, "cmd/ciam")
		chain, file := signedInAs(b, tn, ciam, "keychain"), signedInAs(b, tn, ciam, "file")
		item, ok := keychaintest.Lookup(b, sessionName)
		if !ok {
			b.Fatal("the session is not in the keychain")
		}
		hello, bus, gokeyring := build(b, "internal/e2e/floor/hello"), build(b, "internal/e2e/floor/bus"), build(b, "internal/e2e/floor/gokeyring")
		cases := []timedCommand{
			{"hello", []string{hello}, chain.env, nothing("hello\n")},
			{"version", []string{ciam, "version"}, chain.env, nothing(chain.must("version").stdout)},
			{"secret-tool", []string{"secret-tool", "lookup", "service", keychain.Service, "username", sessionName}, chain.env, keychainRead(item)},
			{"floor", []string{bus, keychain.Service, sessionName}, chain.env, keychainRead(item)},
			{"go-keyring", []string{gokeyring, keychain.Service, sessionName}, chain.env, keychainRead(item)},
			{"token-keychain", []string{ciam, "token"}, chain.env, keychainRead(chain.token + "\n")},
			{"token-file", []string{ciam, "token"}, file.env, fileRead(file.token + "\n")},
		}
		witness(b, cases)
		var subjects []timed
		for _, c := range cases {
			subjects = append(subjects, c.subject(b, tn))
		}
		t := inTurn(b, subjects...)
		witness(b, cases)
		t.reportMedians(b, "version/hello", "token-keychain/secret-tool", "token-keychain/floor", "token-keychain/go-keyring", "token-file/hello", "floor/secret-tool")
		b.ReportMetric(float64(len(item)), "item-bytes")
		info, err := os.Stat(ciam)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
	})
}

// timedCommand is a command line and what a run of it has to be.
type timedCommand struct {
	name string
	args []string
	env  []string
	want outcome
}

func (c *timedCommand) run() (stdout string, err error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Env = c.env
	out, err := cmd.Output()
	return string(out), err
}

// subject proves each run with what costs nothing while it is timed: the output, the connections to the bus, the requests.
func (c *timedCommand) subject(t testing.TB, tn *tenant) timed {
	var connections func() int
	var requests int
	return timed{
		name: c.name,
		before: func() {
			connections, requests = keychaintest.Connections(t), int(tn.requests.Load())
		},
		run: func() func() error {
			out, err := c.run()
			return func() error {
				if err != nil {
					return err
				}
				got := outcome{stdout: out, connections: connections(), requests: int(tn.requests.Load()) - requests, reads: unseen}
				return got.is(c.want)
			}
		},
	}
}

// witness runs each command once more under a monitor of the bus, which sees who reads what.
func witness(t testing.TB, cases []timedCommand) {
	t.Helper()
	for _, c := range cases {
		if err := c.witness(t); err != nil {
			t.Fatalf("%s is not what is measured: %v", c.name, err)
		}
	}
}

func (c *timedCommand) witness(t testing.TB) error {
	t.Helper()
	got := outcome{connections: unseen, requests: unseen}
	var err error
	got.reads = keychaintest.Reads(keychaintest.Calls(t, func() { got.stdout, err = c.run() }))
	if err != nil {
		return err
	}
	return got.is(c.want)
}

// sessionName is the profile of signedInAs, and so the name of its item.
const sessionName = "bench"

// session is a program, ready to run, with a session in one kind of token store, and the session's access token.
type session struct {
	*program
	token string
}

// signedInAs signs somebody in with the binary at path, whose home is its own: two kinds of store need two homes, for the
// profile remembers the store of its last sign-in.
func signedInAs(t testing.TB, tn *tenant, path, kind string) session {
	t.Helper()
	p := newProgram(t)
	p.path = path
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, bytes.Repeat([]byte("k"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "CIAM_PROFILE="+sessionName, "CIAM_STORE_KEY_FILE="+key, personVariable+"=1")
	p.must("login", "--tenant", tn.authority, "--client-id", directory.DefaultPublicApp, "--token-store", kind)
	store := keychain.OS(keychain.Options{})
	if kind == "file" {
		store = sealedStore(t, p, key)
	}
	return session{p, accessToken(t, store, sessionName).Secret}
}
