//go:build unix

package cli

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/files/filestest"
)

// door is a way for a path into the program. good is a content that works there; a raw one takes any bytes.
type door struct {
	name, good string
	raw        bool
	command    func(m *machine, path string) []string
}

// readDoors are the ways for a path that is read.
func readDoors(t *testing.T) []door {
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	leaf := certificate(t, key)
	asApp := func(flag string) func(*machine, string) []string {
		return func(m *machine, path string) []string {
			m.env["CIAM_CLIENT_ID"] = directory.DefaultConfidentialApp
			m.answer = only("/oauth2/v2.0/token", page(200, "application/json", `{"token_type":"Bearer","access_token":"for-the-app","expires_in":3599}`))
			return []string{"token", "--client-credentials", "--scope", "api://x/.default", flag, path}
		}
	}
	seed := keyedSeed(t)
	variable := func(name string) func(*machine, string) []string {
		return func(m *machine, path string) []string {
			m.env[name] = path
			return []string{"emulator", "run", "--seed", filestest.File(seed, 0o600)(m.t, m.t.TempDir()), "--", "true"}
		}
	}
	return []door{
		{"--client-secret-file", "a-secret\n", false, asApp("--client-secret-file")},
		{"--client-certificate", string(pemOf(t, leaf, key)), false, asApp("--client-certificate")},
		{"--client-assertion-file", "a.b.c", false, asApp("--client-assertion-file")},
		{"client_secret_file", "a-secret\n", false, func(m *machine, path string) []string {
			args := asApp("")(m, path)
			config := filepath.Join(m.home, "with-secret.yaml")
			text := "profiles: {default: {tenant: contoso, client_id: " + directory.DefaultConfidentialApp + ", client_secret_file: " + strconv.Quote(path) + "}}\n"
			delete(m.env, "CIAM_TENANT")
			delete(m.env, "CIAM_CLIENT_ID")
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				m.t.Fatal(err)
			}
			return append(args[:len(args)-2], "--config", config)
		}},
		{"profile add --client-secret-file", "a-secret\n", false, func(m *machine, path string) []string {
			return []string{"profile", "add", "new", "--tenant", "contoso", "--client-id", directory.DefaultConfidentialApp, "--client-secret-file", path}
		}},
		{"--password-file", "Correct-Horse-9\n", false, func(_ *machine, path string) []string {
			return []string{"login", "--native", "--email", "ada@example.com", "--password-file", path}
		}},
		{"--seed", seed, false, func(_ *machine, path string) []string {
			return []string{"emulator", "run", "--http", "--seed", path, "--", "true"}
		}},
		{"CIAM_CA_FILE", string(pemOf(t, leaf)), false, variable("CIAM_CA_FILE")},
		{"NODE_EXTRA_CA_CERTS", string(pemOf(t, leaf)), false, variable("NODE_EXTRA_CA_CERTS")},
		{"--data", "a body", true, func(m *machine, path string) []string {
			m.must("login")
			m.network = bodyEcho{}
			return []string{"api", "-d", "@" + path, "https://api.example/"}
		}},
	}
}

// keyedSeed is a seed with a key, which takes 100 ms to make.
func keyedSeed(t *testing.T) string {
	t.Helper()
	key, err := tenantKey()
	if err != nil {
		t.Fatal(err)
	}
	doc := emulator.DefaultSeed()
	doc.Tenants[0].Keys = []directory.Key{key}
	data, err := directory.Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// bodyEcho answers with the length of what it got.
type bodyEcho struct{}

func (bodyEcho) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	return page(200, "application/json", strconv.Itoa(len(body)))(r), nil
}

// TestFiles_readDoors takes each thing that a path can name to each door where files are read.
func TestFiles_readDoors(t *testing.T) {
	cells := 0
	for _, d := range readDoors(t) {
		for _, c := range []struct {
			name string
			make filestest.Maker
			says string // of exit 2; "" works
			warn bool
		}{
			{"regular", filestest.File(d.good, 0o600), "", false},
			{"link", filestest.Link("real", filestest.File(d.good, 0o600)), "", false},
			{"group-writable", filestest.File(d.good, 0o660), "", false},
			{"world-writable", filestest.File(d.good, 0o666), "", true},
			{"pipe", filestest.Pipe(d.good), "", false},
			{"with a byte order mark", filestest.File("\xef\xbb\xbf"+d.good, 0o600), "", false},
			{"UTF-16", filestest.File(string(utf16LE([]byte(d.good))), 0o600), "", false},
			{"NUL bytes", filestest.File("\x00"+d.good, 0o600), "it has NUL bytes", false},
			{"empty", filestest.File("", 0o600), "it is empty", false},
			{"folder", filestest.Folder, "it is a folder", false},
			{"device", filestest.Zero, "it is a device", false},
			{"null device", filestest.Null, "it is a device", false},
			{"socket", filestest.Socket, "it is a socket", false},
			{"link loop", filestest.Loop, "its links lead in a circle", false},
			{"dangling link", filestest.Link("real", filestest.Nothing), "no such file", false},
			{"missing", filestest.Nothing, "no such file", false},
		} {
			cells++
			if c.name == "NUL bytes" && d.raw {
				c.says = ""
			} else if c.name == "NUL bytes" && d.name == "--client-certificate" {
				c.says = "neither PEM nor PFX" // which may have them
			}
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				path := c.make(t, t.TempDir())
				o := m.run(d.command(m, path)...)
				if c.says == "" && o.code != 0 {
					t.Errorf("exit %d: %s", o.code, o.stderr)
				}
				if c.says != "" && (o.code != exitUsage || o.stdout != "" || !strings.Contains(o.stderr, c.says) || !strings.Contains(o.stderr, path)) {
					t.Errorf("exit %d, %q, %s; want 2, %s and %q", o.code, o.stdout, o.stderr, path, c.says)
				}
				if c.warn != strings.Contains(o.stderr, "warning: "+path+": every user of this machine can write to it\n") {
					t.Errorf("warned: %s", o.stderr)
				}
			})
		}
	}
	if cells != 10*16 {
		t.Errorf("%d cells, the table has 160", cells)
	}
}

// TestFiles_replaceDoors does so where files are replaced.
func TestFiles_replaceDoors(t *testing.T) {
	cells := 0
	doors := []door{
		{"--to-file", "an earlier token", false, func(m *machine, path string) []string {
			m.must("login")
			return []string{"token", "--to-file", path}
		}},
		{"--config", "# mine\nprofiles: {}\n", false, func(_ *machine, path string) []string {
			return []string{"profile", "add", "new", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp, "--config", path}
		}},
		{"--ready-file", `{"authority":"x","control_url":"y","pid":1}`, false, func(m *machine, path string) []string {
			return []string{"emulator", "run", "--http", "--seed", filestest.File(keyedSeed(m.t), 0o600)(m.t, m.t.TempDir()), "--ready-file", path, "--", "sh", "-c", `grep -q control_url "$1" && cp -p "$1" "$1.copy"`, "sh", path}
		}},
	}
	for _, d := range doors {
		for _, c := range []struct {
			name string
			make filestest.Maker
			says string // of exit 2; "" works
		}{
			{"regular", filestest.File(d.good, 0o640), ""},
			{"link", filestest.Link("real", filestest.File(d.good, 0o640)), ""},
			{"dangling link", filestest.Link("real", filestest.Nothing), ""},
			{"missing", filestest.Nothing, ""},
			{"pipe", filestest.Pipe(""), "it is a pipe"},
			{"folder", filestest.Folder, "it is a folder"},
			{"device", filestest.Zero, "it is a device"},
			{"null device", filestest.Null, "it is a device"},
			{"link to the null device", filestest.Link("real", filestest.Null), "it is a device"},
			{"socket", filestest.Socket, "it is a socket"},
			{"link loop", filestest.Loop, "its links lead in a circle"},
		} {
			cells++
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				path := c.make(t, t.TempDir())
				before, _ := os.Lstat(path)
				o := m.run(d.command(m, path)...)
				after, err := os.Lstat(path)
				if before != nil && d.name != "--ready-file" && (err != nil || after.Mode() != before.Mode() && before.Mode()&0o777 != 0o777) {
					t.Errorf("it was %v and is %v, %v", before.Mode(), after, err)
				}
				switch {
				case c.says == "" && o.code != 0:
					t.Errorf("exit %d: %s", o.code, o.stderr)
				case c.says == "":
					checkReplaced(t, d, c.name, path)
				case o.code != exitUsage || o.stdout != "" || !strings.Contains(o.stderr, c.says) || !strings.Contains(o.stderr, path):
					t.Errorf("exit %d, %q, %s; want 2, %s and %q", o.code, o.stdout, o.stderr, path, c.says)
				case after == nil || before.Mode() != after.Mode():
					t.Errorf("it was %v and is %v", before.Mode(), after)
				}
			})
		}
	}
	if cells != 3*11 {
		t.Errorf("%d cells, the table has 33", cells)
	}
}

// checkReplaced looks at what a door that worked has left behind.
func checkReplaced(t *testing.T, d door, state, path string) {
	t.Helper()
	linked := strings.Contains(state, "link")
	target := path
	if linked {
		if to, err := os.Readlink(path); err != nil || to != "real" {
			t.Errorf("the link is %q, %v", to, err)
		}
		target = filepath.Join(filepath.Dir(path), "real")
	}
	if d.name == "--ready-file" { // taken back, and until then it was there, with its mode
		if _, err := os.Stat(target); err == nil {
			t.Error("the ready file is still there")
		}
		target = path + ".copy"
	}
	mode := os.FileMode(0o600)
	if state == "regular" || state == "link" {
		mode = 0o640
	}
	info, err := os.Stat(target)
	if err != nil || info.Mode() != mode {
		t.Errorf("%v, %v; want mode %v", info, err, mode)
	}
	if data, err := os.ReadFile(target); err != nil || len(data) == 0 || string(data) == d.good {
		t.Errorf("it holds %q, %v", data, err)
	}
}
