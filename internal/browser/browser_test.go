//go:build unix

package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// hostile is a URL that a shell would take apart.
	hostile = "https://contoso.example/authorize?a=1&b=$(touch pwned)&c='\"`id`;d|e>f *\\ %s"
	plain   = "https://contoso.example/authorize?client_id=x&state=y"
	long    = 30 * time.Second // to watch a launcher that is known to end
)

// programs puts shell scripts into a folder that is all of PATH.
func programs(t *testing.T, scripts map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, body := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\ncd '"+folder+"'\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder)
	return folder
}

// record writes down each argument; the file appears when it is complete.
const record = `for a in "$@"; do printf '%s\n' "$a"; done > args.tmp; /bin/mv args.tmp "args.${0##*/}"`

func recorded(t *testing.T, folder, program string) []string {
	t.Helper()
	data := awaitFile(t, filepath.Join(folder, "args."+program))
	return strings.Split(strings.TrimSuffix(data, "\n"), "\n")
}

func awaitFile(t *testing.T, path string) string {
	t.Helper()
	for deadline := time.Now().Add(long); ; time.Sleep(5 * time.Millisecond) {
		if data, err := os.ReadFile(path); err == nil && len(data) > 0 {
			return string(data)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not appear", path)
		}
	}
}

func TestOpen_url(t *testing.T) {
	folder := programs(t, map[string]string{"b": record, "my browser": record})
	for _, c := range []struct {
		command, program string
		want             []string
	}{
		{"b", "b", []string{hostile}},
		{"b --new --url=%s end", "b", []string{"--new", "--url=" + hostile, "end"}},
		{"'my browser' ''", "my browser", []string{"", hostile}},
	} {
		os.Remove(filepath.Join(folder, "args."+c.program))
		if err := (Opener{Command: c.command}).Open(t.Context(), hostile); err != nil {
			t.Fatalf("%s: %v", c.command, err)
		}
		if got := recorded(t, folder, c.program); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: got %q, expected %q", c.command, got, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "pwned")); err == nil {
		t.Error("a shell saw the URL")
	}
}

func TestOpen_refused(t *testing.T) {
	folder := programs(t, map[string]string{"b": record})
	for _, url := range []string{"", "file:///etc/passwd", "javascript:alert(1)", "contoso.example", "--help", "https://", "https:/x", "http://a b/", "https://a.example/\nx", "https://a.example/\x00", "HTTPX://a.example"} {
		err := Opener{Command: "b"}.Open(t.Context(), url)
		if !errors.Is(err, ErrURL) {
			t.Errorf("%q: got %v, expected ErrURL", url, err)
		}
	}
	if err := (Opener{Command: "b 'x"}).Open(t.Context(), plain); !errors.Is(err, ErrCommand) {
		t.Errorf("open quote: %v", err)
	}
	for _, command := range []string{"none", " None "} {
		if err := (Opener{Command: command, Display: true, WSL: true}).Open(t.Context(), plain); !errors.Is(err, ErrNoBrowser) {
			t.Errorf("%q: %v", command, err)
		}
	}
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if err := (Opener{Command: "b"}).Open(ctx, plain); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
	time.Sleep(50 * time.Millisecond)
	if files, _ := filepath.Glob(filepath.Join(folder, "args.*")); files != nil {
		t.Errorf("the browser ran: %s", files)
	}
}

func TestOpen_failures(t *testing.T) {
	folder := programs(t, map[string]string{"b": "exit 3"})
	if err := os.WriteFile(filepath.Join(folder, "garbage"), []byte("\x01\x02"), 0o755); err != nil {
		t.Fatal(err)
	}
	var failed *LaunchError
	err := Opener{Command: "b"}.open(t.Context(), plain, long)
	var exit *exec.ExitError
	if !errors.As(err, &failed) || !errors.As(err, &exit) || exit.ExitCode() != 3 || failed.Command != "b" {
		t.Errorf("exit 3: %v", err)
	}
	if err := (Opener{Command: "absent -x"}).Open(t.Context(), plain); !errors.As(err, &failed) || !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("absent: %v", err)
	} else if got, want := err.Error(), `browser command "absent" cannot be run: executable file not found in $PATH`; got != want {
		t.Errorf("absent: %q, expected %q", got, want)
	}
	if err := (Opener{Command: "garbage"}).Open(t.Context(), plain); !errors.As(err, &failed) {
		t.Errorf("garbage: %v", err)
	}
}

// TestOpen_list goes through a list until one works.
func TestOpen_list(t *testing.T) {
	folder := programs(t, map[string]string{"bad": "exit 3", "good": record, "my good browser": record})
	for _, c := range []struct{ command, program string }{
		{"absent:good", "good"}, {"bad:good", "good"}, {"bad: good %s :absent", "good"}, {"cmd.exe /c start:good", "good"},
		{folder + "/my good browser", "my good browser"}, {"absent:" + folder + "/my good browser %s", "my good browser"},
	} {
		os.Remove(filepath.Join(folder, "args."+c.program))
		if err := (Opener{Command: c.command}).open(t.Context(), hostile, long); err != nil {
			t.Fatalf("%s: %v", c.command, err)
		}
		if got := recorded(t, folder, c.program); len(got) != 1 || got[0] != hostile {
			t.Errorf("%s: got %q", c.command, got)
		}
	}
	var failed *LaunchError
	if err := (Opener{Command: "bad:absent"}).open(t.Context(), plain, long); !errors.As(err, &failed) || failed.Command != "bad" {
		t.Errorf("when all fail: %v, expected the first", err)
	}
	if err := (Opener{Command: "cmd.exe /c start"}).open(t.Context(), plain, long); !errors.Is(err, ErrCommand) || !strings.Contains(err.Error(), "default browser") {
		t.Errorf("cmd /c start: %v", err)
	}
}

func TestOpen_slowBrowser(t *testing.T) {
	folder := programs(t, map[string]string{"b": "echo $$ > pid\nexec /bin/sleep 60"})
	for name, o := range map[string]Opener{"told": {Command: "b", Chatter: func(string) {}}, "nothing": {Command: "b"}} {
		os.Remove(filepath.Join(folder, "pid"))
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		if err := o.Open(ctx, plain); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(awaitFile(t, filepath.Join(folder, "pid"))))
		if err != nil {
			t.Fatal(err)
		}
		if group, err := syscall.Getpgid(pid); err != nil || group != pid {
			t.Errorf("%s: Ctrl-C would end the browser: its process group is %d, %v", name, group, err)
		}
		cancel() // must not end the browser
		time.Sleep(20 * time.Millisecond)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Errorf("%s: the browser is gone: %v", name, err)
		}
		reaped(t, pid)
	}
}

// reaped waits until no zombie is left: a zombie still takes signals.
func reaped(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(long); syscall.Kill(pid, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the browser's process was not reaped")
		}
	}
}

func TestOpen_interrupted(t *testing.T) {
	folder := programs(t, map[string]string{"b": "echo $$ > pid\nexec /bin/sleep 60"})
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	opened := make(chan error, 1)
	go func() { opened <- Opener{Command: "b"}.open(ctx, plain, long) }()
	pid, _ := strconv.Atoi(strings.TrimSpace(awaitFile(t, filepath.Join(folder, "pid"))))
	cancel(cause)
	if err := <-opened; !errors.Is(err, cause) {
		t.Errorf("got %v, expected the cause", err)
	}
	syscall.Kill(pid, syscall.SIGKILL)
	reaped(t, pid)
}

// A launcher that ends well but leaves a browser behind that holds its output open has succeeded.
func TestOpen_backgroundBrowser(t *testing.T) {
	folder := programs(t, map[string]string{"b": "/bin/sleep 60 & echo $! > pid"})
	if err := (Opener{Command: "b", Chatter: func(string) {}}).open(t.Context(), plain, 2*time.Second); err != nil {
		t.Error(err)
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(awaitFile(t, filepath.Join(folder, "pid"))))
	syscall.Kill(pid, syscall.SIGKILL)
}

// stdout runs f with this process's stdout in a file and returns what arrived there.
func stdout(t *testing.T, f func()) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	old := os.Stdout
	os.Stdout = file
	defer func() { os.Stdout = old }()
	f()
	data, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestOpen_output(t *testing.T) {
	chatty := "echo to-stdout; echo to-stderr >&2; for a; do :; done; a=${a%\\'}; echo \"see ${a#*\\'}, https://x.example/?code=c what?\""
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	programs(t, map[string]string{"b": chatty, "xdg-open": chatty, "open": chatty, "wslview": chatty})
	for name, o := range map[string]Opener{"command": {Command: "b"}, "system": {Display: true}, "wsl": {WSL: true}} {
		if name == "wsl" && runtime.GOOS == "darwin" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var heard string
			for _, chatter := range []func(string){func(text string) { heard += text }, nil} {
				o.Chatter = chatter
				leaked := stdout(t, func() {
					if err := o.open(t.Context(), plain, long); err != nil {
						t.Error(err)
					}
				})
				if leaked != "" {
					t.Errorf("on stdout: %q", leaked)
				}
			}
			if heard != "to-stdout\nto-stderr\nsee [the address], https://x.example/?[redacted] what?\n" {
				t.Errorf("heard %q", heard)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); left != nil {
		t.Errorf("left behind: %s", left)
	}
}

func TestOpen_system(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("names the launchers of Linux")
	}
	t.Run("xdg-open comes first", func(t *testing.T) {
		folder := programs(t, map[string]string{"xdg-open": record, "www-browser": record})
		if err := (Opener{Display: true}).open(t.Context(), hostile, long); err != nil {
			t.Fatal(err)
		}
		if got := recorded(t, folder, "xdg-open"); len(got) != 1 || got[0] != hostile {
			t.Errorf("got %q", got)
		}
	})
	t.Run("failure is told", func(t *testing.T) {
		programs(t, map[string]string{"xdg-open": "exit 4"})
		var failed *LaunchError
		if err := (Opener{Display: true}).open(t.Context(), plain, long); !errors.As(err, &failed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("slow launcher is not waited for", func(t *testing.T) {
		folder := programs(t, map[string]string{"xdg-open": "echo $$ > pid\nexec /bin/sleep 60"})
		begin := time.Now()
		if err := (Opener{Display: true}).Open(t.Context(), plain); err != nil || time.Since(begin) > 20*time.Second {
			t.Errorf("%v after %s", err, time.Since(begin))
		}
		pid, _ := strconv.Atoi(strings.TrimSpace(awaitFile(t, filepath.Join(folder, "pid"))))
		syscall.Kill(pid, syscall.SIGKILL)
		reaped(t, pid)
	})
	t.Run("nothing runs without a display", func(t *testing.T) {
		folder := programs(t, map[string]string{"xdg-open": record})
		err := Opener{}.Open(t.Context(), plain)
		if !errors.Is(err, ErrNoBrowser) || !strings.Contains(err.Error(), "DISPLAY") {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(filepath.Join(folder, "args.xdg-open")); err == nil {
			t.Error("xdg-open ran")
		}
	})
	t.Run("nothing installed", func(t *testing.T) {
		programs(t, nil)
		for _, o := range []Opener{{Display: true}, {WSL: true}} {
			if err := o.Open(t.Context(), plain); !errors.Is(err, ErrNoBrowser) || !strings.Contains(err.Error(), "xdg-open") {
				t.Errorf("%+v: got %v", o, err)
			}
		}
	})
}

func TestOpen_wsl(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("WSL is Linux")
	}
	const encoded = "https://contoso.example/authorize?a=1&b=%24%28touch%20pwned%29&c=%27%22%60id%60;d%7Ce%3Ef%20*%5C%20%s"
	for _, c := range []struct {
		name     string
		programs map[string]string
		command  string
		ran      string
		want     []string
	}{
		{"the command wins", map[string]string{"b": record, "wslview": record}, "b", "b", []string{hostile}},
		{"wslview", map[string]string{"wslview": record, "powershell.exe": record, "xdg-open": record}, "", "wslview", []string{encoded}},
		{"PowerShell without wslview", map[string]string{"powershell.exe": record, "xdg-open": record}, "", "powershell.exe",
			[]string{"-NoProfile", "-NonInteractive", "-Command", "Start-Process '" + encoded + "'"}},
		{"PowerShell when wslview fails", map[string]string{"wslview": "exit 1", "powershell.exe": record}, "", "powershell.exe",
			[]string{"-NoProfile", "-NonInteractive", "-Command", "Start-Process '" + encoded + "'"}},
		{"xdg-open last", map[string]string{"wslview": "exit 1", "powershell.exe": "exit 1", "xdg-open": record}, "", "xdg-open", []string{hostile}},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := programs(t, c.programs)
			if err := (Opener{Command: c.command, WSL: true}).open(t.Context(), hostile, long); err != nil {
				t.Fatal(err)
			}
			if got := recorded(t, folder, c.ran); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got %q, expected %q", got, c.want)
			}
			if files, _ := filepath.Glob(filepath.Join(folder, "args.*")); len(files) != 1 {
				t.Errorf("more than one ran: %s", files)
			}
		})
	}
}

func TestAvailable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("names the launchers of Linux")
	}
	for _, c := range []struct {
		name      string
		installed string
		o         Opener
		want      bool
	}{
		{"nothing known", "xdg-open", Opener{}, false},
		{"display", "xdg-open", Opener{Display: true}, true},
		{"display with www-browser", "www-browser", Opener{Display: true}, true},
		{"display without a launcher", "other", Opener{Display: true}, false},
		{"command", "b", Opener{Command: "b --x %s"}, true},
		{"command that is absent", "xdg-open", Opener{Command: "b", Display: true}, false},
		{"command that is broken", "b", Opener{Command: "b '", Display: true}, false},
		{"none", "xdg-open", Opener{Command: "none", Display: true, WSL: true}, false},
		{"the second of a list", "b", Opener{Command: "a:b", Display: true}, true},
		{"none of a list", "c", Opener{Command: "a:b", Display: true}, false},
		{"the command shell of Windows", "cmd.exe", Opener{Command: "cmd.exe /c start", WSL: true}, false},
		{"blank command", "xdg-open", Opener{Command: "  ", Display: true}, true},
		{"WSL with wslview", "wslview", Opener{WSL: true}, true},
		{"WSL with PowerShell", "powershell.exe", Opener{WSL: true}, true},
		{"WSL with xdg-open", "xdg-open", Opener{WSL: true}, true},
		{"WSL with nothing", "other", Opener{WSL: true}, false},
		{"wslview outside WSL", "wslview", Opener{Display: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := programs(t, map[string]string{c.installed: record})
			if got := c.o.Available(); got != c.want {
				t.Errorf("got %v, expected %v", got, c.want)
			}
			if files, _ := filepath.Glob(filepath.Join(folder, "args.*")); files != nil {
				t.Error("a program ran")
			}
		})
	}
}
