//go:build unix

package keychain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fakeSecurity is a program that keeps items in a folder, and takes commands as /usr/bin/security does: the arguments that are
// used here, and one line on stdin with -i. Before that it does what the test says, in the language of the shell.
type fakeSecurity struct{ dir, program string }

func newFakeSecurity(t testing.TB, first string) *fakeSecurity {
	t.Helper()
	dir := t.TempDir()
	f := &fakeSecurity{dir: dir, program: filepath.Join(dir, "security")}
	script := `#!/bin/sh
dir='` + dir + `'
printf '%s ' "$@" >> "$dir/arguments"
if [ "$1" = -i ]; then
	IFS= read -r line
	set -f
	set -- $line
	set -- "$1" "$3" "$4" "$5" "$6" "$8"
fi
` + first + `
case "$4$5" in
*/*) file="$dir/item.${5%/*}_${5#*/}" ;;
*) file="$dir/item.$5" ;;
esac
missing() {
	echo 'security: SecKeychainSearchCopyNext: Das angegebene Objekt konnte im Schlüsselbund nicht gefunden werden.' >&2
	exit 44
}
case $1 in
add-generic-password) printf '%s\n' "$6" > "$dir/new.$$" && mv "$dir/new.$$" "$file" ;;
find-generic-password) cat "$file" 2>/dev/null || missing ;;
delete-generic-password) rm "$file" 2>/dev/null || missing ;;
*) exit 2 ;;
esac
`
	if err := os.WriteFile(f.program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fakeSecurity) items(o Options) *securityItems {
	if o.Service == "" {
		o.Service = Service
	}
	o.limits = o.limits.orDefault()
	return &securityItems{o: o, program: f.program}
}

func (f *fakeSecurity) store() *vault { return newVault("keychain", f.items(Options{}), nil) }

// TestSecurity_contract holds the macOS keychain to the contract of every store. The program is a fake, for there is no other
// outside of macOS; its noise is there with every call.
func TestSecurity_contract(t *testing.T) {
	t.Parallel()
	f := newFakeSecurity(t, `echo 'security(123) MallocStackLogging: could not be found' >&2`)
	inline, _ := f.items(Options{}).sizes("ada")
	testContract(t, subject{open: func(testing.TB) Store { return f.store() }, inline: inline, slow: true, left: func() int {
		found, _ := filepath.Glob(filepath.Join(f.dir, "item.*"))
		return len(found)
	}})
	arguments, err := os.ReadFile(filepath.Join(f.dir, "arguments"))
	if err != nil || !strings.Contains(string(arguments), "find-generic-password -s ciam -wa ada ") {
		t.Fatalf("%.200q, %v", arguments, err)
	}
	if strings.Contains(string(arguments), base64Prefix) {
		t.Error("a value was an argument, which other users can read")
	}
}

// TestSecurity_status goes through what the program can say: the status counts, whatever the words.
func TestSecurity_status(t *testing.T) {
	ctx := context.Background()
	notFound := State("not found")
	for name, tc := range map[string]struct {
		does string
		want State // "" is success
	}{
		"not found":                      {"exit 44", notFound},
		"not found, in German":           {"echo 'Das angegebene Objekt konnte nicht gefunden werden.' >&2; exit 44", notFound},
		"not found, in Japanese":         {"echo '指定された項目が見つかりません。' >&2; exit 44", notFound},
		"locked, with misleading words":  {"echo 'The specified item could not be found in the keychain.' >&2; exit 36", Locked},
		"locked, misleading on stdout":   {"echo 'could not be found'; exit 51", Locked},
		"success, with misleading words": {"echo 'a plug-in could not be found' >&2", ""},
		"cancelled":                      {"exit 128", Denied},
		"no keychain":                    {"exit 37", Absent},
		"disk full":                      {"exit 222", Full},
		"usage":                          {"exit 2", Other},
		"killed":                         {"kill -9 $$", Other},
	} {
		it := newFakeSecurity(t, `case $1 in find*|add*|delete*) `+tc.does+` ;; esac`).items(Options{})
		if tc.want == "" { // something to find and to delete
			if err := it.set(ctx, "ada", "x"); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		_, getErr := it.get(ctx, "ada")
		for verb, err := range map[string]error{"get": getErr, "set": it.set(ctx, "ada", "s3cr3t"), "remove": it.remove(ctx, "ada")} {
			got := state(err)
			if errors.Is(err, ErrNotFound) {
				got = notFound
			}
			if got != tc.want || (err == nil) != (tc.want == "") {
				t.Errorf("%s, %s: got %v, want %q", name, verb, err, tc.want)
			}
			if err != nil && (strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "could")) {
				t.Errorf("%s, %s: the error repeats the program: %v", name, verb, err)
			}
		}
	}
	missing := (&fakeSecurity{program: filepath.Join(t.TempDir(), "no-security")}).items(Options{})
	if _, err := missing.get(ctx, "ada"); state(err) != Absent {
		t.Errorf("no program: %v", err)
	}
}

// TestSecurity_noise: what else is printed, on either stream, never gets into a value. Values of go-keyring are read, old
// ones too.
func TestSecurity_noise(t *testing.T) {
	ctx := context.Background()
	const value = "ciam1:text:-:0:x:välue"
	for name, does := range map[string]string{
		"quiet":           ":",
		"stderr":          "echo 'security(9) malloc: nano zone abandoned' >&2",
		"stdout, before":  "[ $1 = find-generic-password ] && echo 'objc[9]: Class X is implemented in both'",
		"stdout, after":   "[ $1 = find-generic-password ] && trap 'echo; echo objc9' EXIT",
		"both":            "echo out; echo err >&2",
		"a lot on stderr": "i=0; while [ $i -lt 5000 ]; do echo 'noise noise noise noise noise noise'; i=$((i+1)); done >&2",
		"carriage return": `[ $1 = find-generic-password ] && printf 'noise\r\n'`,
	} {
		it := newFakeSecurity(t, does).items(Options{})
		if err := it.set(ctx, "ada", value); err != nil {
			t.Errorf("%s: set: %v", name, err)
		}
		if got, err := it.get(ctx, "ada"); got != value || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	for in, want := range map[string]string{
		"go-keyring-base64:eA==\n":                       "x",
		"go-keyring-encoded:78\n":                        "x",
		"go-keyring-base64:\n":                           "",
		"noise\ngo-keyring-base64:eA==\nnoise":           "x",
		"go-keyring-base64:broken!\n":                    "go-keyring-base64:broken!",
		"go-keyring-encoded:7\ngo-keyring-base64:eA==\n": "x",
		" by hand \n":                                    "by hand",
		"":                                               "",
		strings.Repeat("n", 1<<20) + "\ngo-keyring-base64:eA==": "x",
	} {
		if got := securityValue(in); got != want {
			t.Errorf("%.40q: got %.40q, want %q", in, got, want)
		}
	}
}

// TestSecurity_timeOut: a program that hangs is ended, not left behind, whether a dialog holds it, it ignores signals, or a
// child of it keeps its output open.
func TestSecurity_timeOut(t *testing.T) {
	for name, does := range map[string]string{
		"waits":           "exec sleep 300",
		"ignores signals": "trap '' TERM INT HUP; while :; do sleep 1; done",
		"has a child":     "sleep 20 & echo $! >> \"$dir/pids\"; wait",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeSecurity(t, "echo $$ >> \"$dir/pids\"; "+does)
			o := Options{limits: timeLimits{call: 200 * time.Millisecond}}
			v := newVault("keychain", f.items(o), nil)
			ctx := context.Background()
			_, getErr := v.Get(ctx, "ada")
			for verb, err := range map[string]error{"Get": getErr, "Set": v.Set(ctx, "ada", []byte("x")), "Delete": v.Delete(ctx, "ada"), "Probe": v.Probe(ctx)} {
				if state(err) != Hanging || !strings.Contains(err.Error(), "waited 200ms") {
					t.Errorf("%s: got %v, want hanging", verb, err)
				}
			}
			stopped, cancel := context.WithCancel(ctx)
			time.AfterFunc(50*time.Millisecond, cancel)
			if _, err := v.Get(stopped, "ada"); !errors.Is(err, context.Canceled) {
				t.Errorf("interrupted: %v", err)
			}
			settled, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			if err := v.Settle(settled); err != nil {
				t.Errorf("Settle: %v", err)
			}
			f.expectGone(t, name == "has a child")
		})
	}
}

// expectGone checks that none of the programs lives; a child of theirs is not ours to end, the test does it.
func (f *fakeSecurity) expectGone(t *testing.T, children bool) {
	t.Helper()
	pids, err := os.ReadFile(filepath.Join(f.dir, "pids"))
	fields := strings.Fields(string(pids))
	if err != nil || len(fields) < 5 {
		t.Fatalf("started %q, %v", fields, err)
	}
	for i, field := range fields {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		if children && i%2 == 1 {
			syscall.Kill(pid, syscall.SIGKILL)
			continue
		}
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("program %d of %d is still there: %v", i+1, len(fields), err)
		}
	}
}

// TestSecurity_patience: with a person there, the dialog that macOS shows has time to be answered.
func TestSecurity_patience(t *testing.T) {
	f := newFakeSecurity(t, "sleep 0.4")
	limits := timeLimits{call: 100 * time.Millisecond, prompt: 20 * time.Second}
	if err := f.items(Options{limits: limits, Interactive: true}).set(context.Background(), "ada", "x"); err != nil {
		t.Errorf("with a person: %v", err)
	}
	if err := f.items(Options{limits: limits}).set(context.Background(), "ada", "x"); state(err) != Hanging {
		t.Errorf("without: %v", err)
	}
}

// TestSecurity_line: the longest value that sizes allows fits the program's line, and nothing in a name breaks out of it.
func TestSecurity_line(t *testing.T) {
	for _, item := range []string{"a", "ada/b.12", strings.Repeat("n", 64) + "/a.399"} {
		inline, _ := macSizes(Service, item)
		if n := len(securityLine(Service, item, strings.Repeat("x", inline))); n > maxSecurityLine || n < maxSecurityLine-128 {
			t.Errorf("%s: a line of %d bytes for a value of %d", item, n, inline)
		}
	}
	it := newFakeSecurity(t, "").items(Options{})
	if err := it.set(context.Background(), "ada", strings.Repeat("x", 4000)); state(err) != TooBig {
		t.Errorf("a value that is too long: %v", err)
	}
	for in, want := range map[string]string{"ciam": "ciam", "@probe": "@probe", "a b": `a\ b`, `"'\;$`: `\"\'\\\;\$`, "-x": "-x"} {
		if got := securityWord(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
