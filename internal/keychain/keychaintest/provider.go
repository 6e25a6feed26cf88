package keychaintest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Password opens the login keyring of RunUnderSecretService.
const Password = "ci"

// Provider is a gnome-keyring-daemon that the test started. It ends with the test.
type Provider struct {
	cmd *exec.Cmd
}

// StartProvider starts gnome-keyring and waits until it owns its name on the bus. It has no collection yet, or a locked one
// when a keyring is on the disk.
func StartProvider(t testing.TB) *Provider {
	t.Helper()
	return start(t, exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets"))
}

// StartUnlocked starts gnome-keyring like StartProvider, and makes or unlocks the login keyring with the password, which is
// not empty.
func StartUnlocked(t testing.TB, password string) *Provider {
	t.Helper()
	cmd := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
	cmd.Stdin = strings.NewReader(password)
	return start(t, cmd)
}

// StartWithoutPassword starts gnome-keyring like StartProvider, on a new login keyring that has no password: a plain text file
// that the daemon unlocks without asking.
func StartWithoutPassword(t testing.TB) *Provider {
	t.Helper()
	dir := filepath.Join(os.Getenv("XDG_DATA_HOME"), "keyrings")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	const empty = "[keyring]\ndisplay-name=login\nctime=0\nmtime=0\nlock-on-idle=false\nlock-after=false\n"
	if err := os.WriteFile(filepath.Join(dir, "login.keyring"), []byte(empty), 0o600); err != nil {
		t.Fatal(err)
	}
	return StartProvider(t)
}

func start(t testing.TB, cmd *exec.Cmd) *Provider {
	t.Helper()
	waitForName(t, false) // of a daemon that was killed a moment ago
	p := &Provider{cmd: cmd}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	waitForName(t, true)
	return p
}

// Kill ends the daemon, stopped or not. Killing it twice is fine.
func (p *Provider) Kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// Stop freezes the daemon: calls to it get no answer until Continue.
func (p *Provider) Stop(t testing.TB) { p.signal(t, sigStop) }

// Continue wakes a stopped daemon.
func (p *Provider) Continue(t testing.TB) { p.signal(t, sigCont) }

func (p *Provider) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// Lock locks the login keyring.
func (p *Provider) Lock(t testing.TB) {
	t.Helper()
	send(t, "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock",
		"array:objpath:/org/freedesktop/secrets/collection/login")
}

// Lookup returns what secret-tool finds for the attributes service=ciam, username=name; ok is false when it finds nothing.
func Lookup(t testing.TB, name string) (value string, ok bool) {
	t.Helper()
	cmd := exec.Command("secret-tool", "lookup", "service", "ciam", "username", name)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && (cmd.ProcessState.ExitCode() != 1 || stderr.Len() > 0) {
		t.Fatalf("secret-tool lookup: %v: %s", err, stderr.String())
	}
	return string(out), err == nil
}

func waitForName(t testing.TB, owned bool) {
	t.Helper()
	want := "boolean false"
	if owned {
		want = "boolean true"
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		out := send(t, "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets")
		if strings.Contains(out, want) {
			return
		}
	}
	t.Fatalf("org.freedesktop.secrets: waited 20 s for %q", want)
}

func send(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("dbus-send", append([]string{"--session", "--print-reply"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("dbus-send: %v: %s", err, out)
	}
	return string(out)
}
