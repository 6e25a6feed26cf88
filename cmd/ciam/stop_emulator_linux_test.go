package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStop_nohup: what was told to outlive its terminal does, and is ended otherwise.
func TestStop_nohup(t *testing.T) {
	s := newStage(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, s.home+"/ciam"); err != nil {
		t.Fatal(err)
	}
	// This shell ignores SIGHUP, as nohup does, and becomes ciam.
	p := s.startProgram(t, "/bin/sh", s.home, false, nil, "-c", `trap '' HUP; exec ./ciam emulator --port 0 --ready-file ready.json`)
	waitReady(t, p, s.home)
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
		t.Fatalf("SIGHUP ended it: %s", p.err)
	case <-time.After(500 * time.Millisecond):
	}
	if strings.Contains(p.err.String(), "stopping") {
		t.Error("SIGHUP ends it")
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if code, _ := p.wait(t, soon); code != 0 {
		t.Errorf("exit code %d; stderr: %s", code, p.err)
	}
}

// TestStop_mixed: the code is the first signal's.
func TestStop_mixed(t *testing.T) {
	s := newStage(t)
	p := s.start(t, s.home, false, nil, "emulator", "--port", "0", "--ready-file", "{home}/ready.json")
	keepBusy(t, p, s.home)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		_ = p.cmd.Process.Signal(sig)
		p.says(t, "stopping")
	}
	if code, took := p.wait(t, soon); code != 143 || took > 2*time.Second {
		t.Errorf("exit code %d after %s, want 143 at once; stderr: %s", code, took, p.err)
	}
}

// TestStop_endFails takes away the folder of an emulator that makes signing keys, so that they cannot be kept: whatever ends
// it, the exit code is 1.
func TestStop_endFails(t *testing.T) {
	s := newStage(t)
	seed := "version: 1\ntenants:\n"
	for n := range 12 { // keys take their time
		seed += fmt.Sprintf("  - {id: aaaabbbb-0000-cccc-1111-dddd222200%02d, subdomain: t%d}\n", n, n)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		home := t.TempDir()
		if err := os.WriteFile(home+"/seed.yaml", []byte(seed), 0o600); err != nil {
			t.Fatal(err)
		}
		p := s.start(t, home, false, nil, "emulator", "--port", "0", "--seed", "{home}/seed.yaml", "--data", "{home}/data", "--ready-file", "{home}/ready.json")
		waitReady(t, p, home)
		if err := errors.Join(os.RemoveAll(home+"/data"), os.WriteFile(home+"/data", nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		_ = p.cmd.Process.Signal(sig)
		if code, _ := p.wait(t, overdue); code != 1 || !strings.Contains(p.err.String(), "ciam: the emulator's end: ") {
			t.Errorf("signal %d: exit code %d; stderr: %s", sig, code, p.err)
		}
	}
}

// TestStop_stderrGone: whoever read stderr has gone before, as with a closed terminal, and SIGPIPE comes with the first word.
// No ready file is left.
func TestStop_stderrGone(t *testing.T) {
	s := newStage(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := s.command(t, self, s.home, nil, "emulator", "--port", "0", "--ready-file", "ready.json")
		cmd.Stderr = w
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		lines := bufio.NewScanner(r)
		for lines.Scan() && lines.Text() != "Ctrl-C ends it." {
		}
		_ = r.Close()
		if _, err := os.Stat(s.home + "/ready.json"); err != nil {
			t.Error(err)
		}
		_ = cmd.Process.Signal(sig)
		_ = cmd.Wait()
		if _, err := os.Stat(s.home + "/ready.json"); err == nil {
			t.Errorf("signal %d: the ready file is left; exit code %d", sig, exitCodeOf(cmd))
		}
	}
}

// waitReady waits until the emulator answers, and returns where.
func waitReady(t *testing.T, p *process, home string) (address string) {
	t.Helper()
	var ready struct{ URL string }
	until(t, "the ready file is there", func() bool {
		data, err := os.ReadFile(home + "/ready.json")
		return err == nil && json.Unmarshal(data, &ready) == nil
	}, p)
	return strings.TrimPrefix(ready.URL, "https://")
}

// keepBusy sends the emulator half a request, for which its end has three seconds.
func keepBusy(t *testing.T, p *process, home string) {
	conn, err := tls.Dial("tcp", waitReady(t, p, home), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "PUT /_emulator/code HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // so that it has read it
}
