package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/ciam-cli/ciam/internal/needtest"
	"github.com/ciam-cli/ciam/internal/term/termtest"
)

// typedShell is an interactive shell at a pseudo-terminal of 200 columns.
type typedShell struct {
	t        *testing.T
	keyboard *os.File
	screen   output
	asked    int
}

// typedShells are those in which the scripts are tried, with what they are started by and what loads the script.
func typedShells() []struct{ name, install, load string } {
	const bash = "apt-get install bash"
	return []struct{ name, install, load string }{
		{"bash", bash, `source <(ciam completion bash)`},
		{"bash with bash-completion", bash + " bash-completion", `source /usr/share/bash-completion/bash_completion; source <(ciam completion bash)`},
		{"bash where addresses are not cut", bash, `COMP_WORDBREAKS=${COMP_WORDBREAKS//[@:=]}; source <(ciam completion bash)`},
		{"zsh", "apt-get install zsh", `autoload -U compinit; compinit -u -D; source <(ciam completion zsh)`},
	}
}

func newTypedShell(t *testing.T, name, install string, p *program) *typedShell {
	t.Helper()
	keyboard, screen := termtest.Open(t)
	size := struct{ rows, columns, x, y uint16 }{50, 200, 0, 0}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, keyboard.Fd(), syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
		t.Fatal(errno)
	}
	program, _, _ := strings.Cut(name, " ")
	args := map[string][]string{"bash": {"--norc", "--noprofile", "-i"}, "zsh": {"-f", "-i"}}[program]
	cmd := exec.Command(needtest.Program(t, install, program), args...)
	cmd.Dir = p.setting("HOME")
	cmd.Env = append(slices.Clone(p.env), "TERM=xterm", "LC_ALL=C.UTF-8", "PATH="+filepath.Dir(p.path)+":/usr/bin:/bin", "CIAM_TOKEN_STORE=file")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, screen, screen
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &typedShell{t: t, keyboard: keyboard}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := keyboard.Read(buffer)
			if err != nil {
				return
			}
			_, _ = s.screen.Write(buffer[:n])
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return s
}

// run types a command and waits until the shell has carried it out; it returns what was printed since.
func (s *typedShell) run(line string) string {
	s.t.Helper()
	began := len(s.screen.String())
	s.asked++
	end := fmt.Sprintf("end=%d.", s.asked)
	if _, err := s.keyboard.WriteString(line + "\r" + fmt.Sprintf("echo end''=%d.\r", s.asked)); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if shown := s.screen.String()[began:]; strings.Contains(shown, end) {
			return shown
		}
	}
	s.t.Fatalf("%s: no answer, the screen is\n%s", line, s.screen.String()[began:])
	return ""
}

// completed is the line that keys and a Tab make.
func (s *typedShell) completed(keys string) string {
	s.t.Helper()
	const home = "\x01" // Ctrl-A
	shown := s.run(keys + "\t" + home + "echo got''=")
	for _, line := range strings.Split(strings.ReplaceAll(shown, "\r", "\n"), "\n") {
		if at := strings.Index(line, "got="); at >= 0 {
			return strings.TrimSpace(line[at+len("got="):])
		}
	}
	s.t.Fatalf("%s: the screen is\n%s", keys, shown)
	return ""
}

// TestCompletion_shells types beginnings of lines into real shells, followed by a Tab.
func TestCompletion_shells(t *testing.T) {
	needtest.Long(t, "drives bash and zsh")
	p := newProgram(t)
	prepareCompletion(t, p)
	for _, row := range typedShells() {
		t.Run(row.name, func(t *testing.T) {
			if strings.Contains(row.load, "/usr/share/bash-completion") {
				if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); err != nil {
					needtest.Lacks(t, "no bash-completion: %s", row.install)
				}
			}
			s := newTypedShell(t, row.name, row.install, p)
			s.run(row.load)
			for keys, want := range map[string]string{
				"ciam logi":                           "ciam login",
				"ciam profile rem":                    "ciam profile remove",
				"ciam login --resp":                   "ciam login --response-mode",
				"ciam token -o kub":                   "ciam token -o kubernetes",
				"ciam token --output=kub":             "ciam token --output=kubernetes",
				"ciam profile use sh":                 "ciam profile use shop",
				"ciam token --profile=sh":             "ciam token --profile=shop",
				"ciam switch ad":                      "ciam switch ada@example.com",
				"ciam switch ada@ex":                  "ciam switch ada@example.com",
				"ciam token --account=ada@":           "ciam token --account=ada@example.com",
				"ciam token --scope api://11112222-b": "ciam token --scope api://11112222-bbbb-3333-cccc-4444dddd5555/orders.read",
				"ciam token --scope=api://1":          "ciam token --scope=api://11112222-bbbb-3333-cccc-4444dddd5555/orders.read",
				"ciam claims family_":                 "ciam claims family_name",
				"ciam explain AADSTS700082":           "ciam explain AADSTS700082",
				"ciam explain aadsts50011":            "ciam explain aadsts50011",
				"ciam help exi":                       "ciam help exit-codes",
				"ciam completion power":               "ciam completion powershell",
				"ciam exec -- ciam-test-pro":          "ciam exec -- ciam-test-program",
				"ciam exec -- ciam-test-program fi":   "ciam exec -- ciam-test-program file-of-mine.yaml",
				"ciam emulator --seed fi":             "ciam emulator --seed file-of-mine.yaml",
				"ciam emulator --data fo":             "ciam emulator --data folder-of-mine/",
				"ciam emulator --data fi":             "ciam emulator --data fi", // no folder
				"ciam login --port fi":                "ciam login --port fi",    // not a file
				"ciam login --nosuch fi":              "ciam login --nosuch file-of-mine.yaml",
				"ciam whoami fi":                      "ciam whoami fi",
			} {
				if row.name == "zsh" {
					if keys == "ciam emulator --data fi" {
						continue // its way: where there is no folder, files
					}
					want = strings.TrimSuffix(want, "/") // which it takes back when the line goes on
				}
				if got := s.completed(keys); got != want {
					t.Errorf("%q: got %q, want %q", keys, got, want)
				}
			}
			shown := s.run("ciam token -o \t\t")
			for _, value := range []string{"curl-config", "for a kubeconfig"} {
				if !strings.Contains(shown, value) {
					t.Errorf("ciam token -o lists no %q:\n%s", value, shown)
				}
			}
			if all := s.screen.String(); strings.Contains(all, "command not found") || strings.Contains(all, "[Debug]") || strings.Contains(all, "parse error") {
				t.Errorf("the shell complains:\n%s", all)
			}
		})
	}
}

// prepareCompletion makes what there is to complete: profiles, people, a program, a file and a folder. The list of sessions names
// people whose tokens are nowhere, and the sealed store has no key: whoever opened it would be asked for a passphrase.
func prepareCompletion(t *testing.T, p *program) {
	t.Helper()
	home := p.setting("HOME")
	write := func(path string, mode os.FileMode, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(home+"/config/ciam/config.yaml", 0o600, `current_profile: shop
profiles:
  shop:
    tenant: contoso
    client_id: 00001111-aaaa-2222-bbbb-3333cccc4444
    scopes: [api://11112222-bbbb-3333-cccc-4444dddd5555/orders.read]
`)
	write(home+"/state/ciam/sessions.yaml", 0o600, `version: 1
sessions:
  - {item: shop, profile: shop, oid: bbbbcccc-1111-dddd-2222-eeee3333ffff, name: ada@example.com, store: file}
`)
	write(home+"/file-of-mine.yaml", 0o600, "")
	write(home+"/folder-of-mine/inside", 0o600, "")
	program := filepath.Join(filepath.Dir(p.path), "ciam-test-program")
	write(program, 0o755, "#!/bin/sh\n")
	t.Cleanup(func() { _ = os.Remove(program) })
}
