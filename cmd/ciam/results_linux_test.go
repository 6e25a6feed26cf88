package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestResultLost runs what prints a result with a stdout that does not take it.
func TestResultLost(t *testing.T) {
	s := newStage(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	open := func(t *testing.T, path string, flag int) *os.File {
		f, err := os.OpenFile(path, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	stdouts := []struct {
		name string
		open func(t *testing.T) *os.File
		code int
		says string
	}{
		{"a full device", func(t *testing.T) *os.File { return open(t, "/dev/full", os.O_WRONLY) }, 1, "the result is lost: stdout: no space left on device"},
		{"not for writing", func(t *testing.T) *os.File { return open(t, "/dev/null", os.O_RDONLY) }, 1, "the result is lost: stdout: bad file descriptor"},
		{"a pipe without a reader", func(t *testing.T) *os.File {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			_ = r.Close()
			return w
		}, 1000 + int(syscall.SIGPIPE), ""},
		{"nowhere", func(t *testing.T) *os.File { return open(t, "/dev/null", os.O_WRONLY) }, 0, ""},
	}
	for _, args := range [][]string{
		{"--help"}, {}, {"token", "--help"}, {"help", "exit-codes"}, {"version"}, {"completion", "bash"}, {"__complete", "tok"}, {"explain", "50011"},
		{"whoami"}, {"whoami", "--all"}, {"claims"}, {"claims", "sub"}, {"claims", "--jq", ".sub"}, {"token"}, {"token", "-o", "json"}, {"token", "-o", "env"},
		{"profile", "list"}, {"emulator", "export"}, {"emulator", "ca"}, {"emulator", "ca", "--pem"}, {"emulator", "--port", "0"}, {"demo", "--no-browser"}, {"logout", "--local", "-o", "json"},
	} {
		for _, out := range stdouts {
			if out.code == 0 && slices.Equal(args, []string{"emulator", "--port", "0"}) {
				continue // it goes on
			}
			t.Run(strings.Join(args, " ")+"/"+out.name, func(t *testing.T) {
				t.Parallel()
				cmd := s.command(t, self, s.copyHome(t), nil, args...)
				var errs bytes.Buffer
				stdout := out.open(t)
				cmd.Stdout, cmd.Stderr = stdout, &errs
				_ = cmd.Run()
				_ = stdout.Close()
				says := out.says
				if strings.Join(args, " ") == "__complete tok" {
					says = "" // a shell that completes a word shows what stands on stderr in the middle of the line
				}
				if code := exitCodeOf(cmd); code != out.code || !strings.Contains(errs.String(), says) {
					t.Errorf("exit code %d, want %d and %q; stderr: %s", code, out.code, says, &errs)
				}
				if said := strings.Contains(errs.String(), "the result is lost"); said != (says != "") {
					t.Errorf("stderr: %s", &errs)
				}
			})
		}
	}
}

// TestResultLost_child: the program that is run has the stream itself.
func TestResultLost_child(t *testing.T) {
	s := newStage(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"exec"}, {"emulator", "run"}} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer full.Close()
		cmd := s.command(t, self, s.copyHome(t), nil, append(command, "--", "sh", "-c", `out=$(readlink /proc/$$/fd/1); echo "$out" >&2`)...)
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &errs
		if err := cmd.Run(); err != nil || errs.String() != "/dev/full\n" {
			t.Errorf("%v: %v, %q", command, err, errs.String())
		}
	}
}
