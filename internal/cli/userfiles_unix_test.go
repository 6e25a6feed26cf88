//go:build unix

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/files/filestest"
)

// TestFiles_configNull checks that the null device is an empty configuration, by any name.
func TestFiles_configNull(t *testing.T) {
	for _, make := range []filestest.Maker{filestest.Null, filestest.Link("real", filestest.Null), filestest.File("", 0o600)} {
		m := newMachine(t)
		m.env["CIAM_CONFIG"] = make(t, t.TempDir())
		if o := m.must("profile", "list", "-o", "json"); !strings.Contains(o.stdout, "[]") {
			t.Errorf("%+v", o)
		}
	}
	m := newMachine(t)
	m.env["CIAM_CONFIG"] = filestest.File("profiles: {}\n", 0o646)(t, t.TempDir())
	m.fails(exitUsage, []string{"every user of this machine can write to it", "chmod o-w "}, "profile", "list")
	m.env["CIAM_CONFIG"] = filestest.Pipe("profiles: {}\n")(t, t.TempDir())
	m.fails(exitUsage, []string{"it is a pipe"}, "profile", "list")
}

// TestFiles_keyFile checks the key of the sealed store, whose wrong kinds are mistakes in a setting, not in the store.
func TestFiles_keyFile(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	cells := 0
	for _, c := range []struct {
		name string
		make filestest.Maker
		code int
		says string
	}{
		{"regular", filestest.File(key, 0o600), exitLogin, "sign-in required"},
		{"group-writable", filestest.File(key, 0o660), exitLogin, "sign-in required"},
		{"pipe", filestest.Pipe(key), exitLogin, "sign-in required"},
		{"any bytes", filestest.File("\x00\xff\xfe"+key, 0o400), exitLogin, "sign-in required"},
		{"world-readable", filestest.File(key, 0o644), exitUsage, "every user of this machine can read it"},
		{"world-writable", filestest.File(key, 0o602), exitUsage, "every user of this machine can write to it"},
		{"folder", filestest.Folder, exitUsage, "it is a folder"},
		{"device", filestest.Zero, exitUsage, "it is a device"},
		{"null device", filestest.Null, exitUsage, "it is a device"},
		{"socket", filestest.Socket, exitUsage, "it is a socket"},
		{"link loop", filestest.Loop, exitUsage, "its links lead in a circle"},
		{"dangling link", filestest.Link("real", filestest.Nothing), exitUsage, "no such file"},
		{"empty", filestest.File("", 0o600), exitUsage, "it is empty"},
		{"missing", filestest.Nothing, exitStore, "no such file"},
		{"short", filestest.File("short", 0o600), exitStore, "expected at least 16"},
	} {
		cells++
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, _ := signedIn(t)
			path := c.make(t, t.TempDir())
			sealed := m.program("token")
			for i, entry := range sealed.Env {
				if strings.HasPrefix(entry, "CIAM_STORE_KEY_FILE=") {
					sealed.Env[i] = "CIAM_STORE_KEY_FILE=" + path
				}
			}
			var stderr bytes.Buffer
			sealed.Stderr = &stderr
			_ = sealed.Run() // its code says it
			code, says := c.code, c.says
			if c.code == exitLogin { // the key is good, or another one than the session was sealed with
				code, says = sealed.ProcessState.ExitCode(), ""
				if c.name != "any bytes" && code != 0 || c.name == "any bytes" && code != exitStore {
					t.Errorf("exit %d: %s", code, stderr.String())
				}
			}
			if got := sealed.ProcessState.ExitCode(); got != code || !strings.Contains(stderr.String(), says) || strings.Contains(stderr.String(), key) {
				t.Errorf("exit %d, %s; want %d and %q", got, stderr.String(), code, says)
			}
		})
	}
	if cells != 15 {
		t.Errorf("%d cells, the table has 15", cells)
	}
}

// TestFiles_silentPipe checks what a user sees of a pipe that nobody writes to: a word after a second, an end after ten.
func TestFiles_silentPipe(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filestest.Pipe("")(t, t.TempDir())
	began := time.Now()
	o := m.fails(exitUsage, []string{"waiting for " + path + "\n", path + ": nothing was written to it for 10s"}, "token", "--client-credentials", "--scope", "api://x/.default", "--client-secret-file", path)
	if took := time.Since(began); took < 10*time.Second || took > 13*time.Second {
		t.Errorf("it took %v: %s", took, o.stderr)
	}
}

// TestFiles_interrupted checks that Ctrl-C ends the wait for a pipe, and for stdin.
func TestFiles_interrupted(t *testing.T) {
	for _, args := range [][]string{
		{"token", "--client-credentials", "--scope", "api://x/.default", "--client-secret-file", filestest.Pipe("")(t, t.TempDir())},
		{"emulator", "run", "--http", "--seed", filestest.Pipe("")(t, t.TempDir()), "--", "true"},
		{"api", "-d", "@" + filestest.Pipe("")(t, t.TempDir()), "https://api.example/"},
	} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(200*time.Millisecond, cancel)
			began := time.Now()
			if o := m.runContext(ctx, args...); o.code != exitInterrupted || time.Since(began) > 5*time.Second {
				t.Errorf("exit %d after %v: %s", o.code, time.Since(began), o.stderr)
			}
		})
	}
}

// TestReadyFile checks that a ready file is nobody else's file, before and after.
func TestReadyFile(t *testing.T) {
	run := func(m *machine, path, script string) outcome {
		return m.run("emulator", "run", "--http", "--seed", filestest.File(keyedSeed(t), 0o600)(t, t.TempDir()), "--ready-file", path, "--", "sh", "-c", script, "sh", path)
	}
	for name, content := range map[string]string{
		"notes": "buy milk\n", "other JSON": `{"authority":"x","pid":1}`, "a list": `[{"authority":"x","control_url":"y","pid":1}]`, "a large file": strings.Repeat(" ", maxReady+1),
	} {
		m := newMachine(t)
		path := filestest.File(content, 0o600)(t, t.TempDir())
		o := run(m, path, "true")
		if got, err := os.ReadFile(path); o.code != exitUsage || !strings.Contains(o.stderr, "holds something else and is left alone") || err != nil || string(got) != content {
			t.Errorf("%s: exit %d, %s; %v", name, o.code, o.stderr, err)
		}
	}
	m := newMachine(t)
	path := filestest.File("", 0o600)(t, t.TempDir()) // as mktemp makes
	if o := run(m, path, `grep -q control_url "$1"`); o.code != 0 {
		t.Errorf("an empty file: exit %d, %s", o.code, o.stderr)
	}
	// An emulator that does not start has taken an earlier one's away, which would be believed, and writes none.
	path = filestest.File(`{"authority":"x","control_url":"y","pid":1}`, 0o600)(t, t.TempDir())
	if o := m.run("emulator", "run", "--http", "--app", "nonsense", "--ready-file", path, "--", "true"); o.code != exitNotFound {
		t.Errorf("exit %d, %s", o.code, o.stderr)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the ready file of an earlier run is still there")
	}
	// What somebody else has put in its place meanwhile stays.
	for name, script := range map[string]string{
		"another emulator's": `echo '{"authority":"x","control_url":"y","pid":1}' > "$1"`,
		"a note":             `echo note > "$1"`,
		"a folder":           `rm "$1"; mkdir "$1"`,
		"a pipe":             `rm "$1"; mkfifo "$1"`,
	} {
		path := filestest.Nothing(t, t.TempDir())
		if o := run(m, path, script); o.code != 0 {
			t.Errorf("%s: exit %d, %s", name, o.code, o.stderr)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s was removed: %v", name, err)
		}
	}
	if line, err := (ready{Authority: "x"}).line(); err != nil || !isReady(line) || !json.Valid(line) {
		t.Errorf("a ready file is not taken for one: %s, %v", line, err)
	}
}
