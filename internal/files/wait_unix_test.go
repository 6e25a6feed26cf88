//go:build unix

package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/files/filestest"
)

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(path, 0o600))
	return path
}

// writer opens the pipe for writing as soon as somebody reads it.
func writer(t *testing.T, path string, do func(f *os.File)) {
	t.Helper()
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer f.Close()
		do(f)
	}()
	t.Cleanup(func() { // a writer that was never read lets go
		if f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			f.Close()
		}
	})
}

// TestFiles_waits is what happens when a pipe keeps its reader waiting.
func TestFiles_waits(t *testing.T) {
	long := strings.Repeat("0123456789", 20_000) // more than a pipe holds
	cases := []struct {
		name  string
		write func(f *os.File)
		want  string // or a Kind after '!'
		o     Options
	}{
		{"pieces", func(f *os.File) {
			for range 4 {
				f.WriteString("piece ")
				time.Sleep(80 * time.Millisecond)
			}
		}, "piece piece piece piece ", Options{}},
		{"much", func(f *os.File) { f.WriteString(long) }, long, Options{}},
		{"more than the limit", func(f *os.File) { f.WriteString(long) }, "!too_large", Options{Limit: 100_000}},
		{"without end", func(f *os.File) {
			for {
				if _, err := f.WriteString(long); err != nil {
					return
				}
			}
		}, "!too_large", Options{}},
		{"silent from the start", func(*os.File) { time.Sleep(2 * time.Second) }, "!silent", Options{}},
		{"silent after the first byte", func(f *os.File) { f.WriteString("x"); time.Sleep(2 * time.Second) }, "!silent", Options{}},
		{"comes and goes without a byte", func(*os.File) {}, "!silent", Options{}},
	}
	if len(cases) != 7 {
		t.Errorf("%d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := fifo(t)
			writer(t, path, c.write)
			c.o.Pipes, c.o.Patience = true, 300*time.Millisecond
			got, err := read(t, path, c.o)
			checkKind(t, path, c.want, string(got), err, false)
		})
	}
}

// TestFiles_waitsAsLong checks the times that users are told of: a word after a second, the end after ten.
func TestFiles_waitsAsLong(t *testing.T) {
	t.Parallel()
	path := fifo(t)
	began := time.Now()
	var word time.Duration
	_, err := Read(t.Context(), path, Options{Pipes: true, Waiting: func(name string) {
		if word != 0 || name != path {
			t.Errorf("told of %s once more", name)
		}
		word = time.Since(began)
	}})
	took := time.Since(began)
	checkKind(t, path, "!silent", "", err, false)
	if word < time.Second || word > 2*time.Second || took < 10*time.Second || took > 12*time.Second {
		t.Errorf("a word after %v, the end after %v; want 1s and 10s", word, took)
	}
	if err != nil && !strings.Contains(err.Error(), "nothing was written to it for 10s") {
		t.Errorf("it says %v", err)
	}
}

// TestFiles_cancel checks that a signal ends each of the waits, and leaves no goroutine reading.
func TestFiles_cancel(t *testing.T) {
	reason := errors.New("Ctrl-C")
	for name, wait := range map[string]func(ctx context.Context, t *testing.T) error{
		"no writer": func(ctx context.Context, t *testing.T) error {
			_, err := Read(ctx, fifo(t), Options{Pipes: true})
			return err
		},
		"silent writer": func(ctx context.Context, t *testing.T) error {
			path := fifo(t)
			writer(t, path, func(f *os.File) { f.WriteString("x"); <-ctx.Done(); time.Sleep(50 * time.Millisecond) })
			_, err := Read(ctx, path, Options{Pipes: true})
			return err
		},
		"open pipe": func(ctx context.Context, t *testing.T) error {
			path := fifo(t)
			writer(t, path, func(f *os.File) { f.WriteString("x"); <-ctx.Done(); time.Sleep(50 * time.Millisecond) })
			f, err := Open(ctx, path, Options{Pipes: true})
			must(t, err)
			defer f.Close()
			got, err := io.ReadAll(f)
			if string(got) != "x" {
				t.Errorf("read %q", got)
			}
			return err
		},
		"descriptor": func(ctx context.Context, t *testing.T) error {
			r, w, err := os.Pipe()
			must(t, err)
			defer r.Close()
			defer w.Close()
			_, err = Read(ctx, "/dev/fd/"+itoa(int(r.Fd())), Options{Pipes: true})
			return err
		},
		"stdin": func(ctx context.Context, t *testing.T) error {
			r, w := io.Pipe()
			defer w.Close()
			_, err := ReadFrom(ctx, "stdin", r, Options{})
			return err
		},
		"a run's reader": func(ctx context.Context, t *testing.T) error {
			_, err := (&Reader{Context: ctx}).Read(fifo(t), Options{Pipes: true})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			began := time.Now()
			time.AfterFunc(200*time.Millisecond, func() { cancel(reason) })
			if err := wait(ctx, t); !errors.Is(err, reason) || time.Since(began) > 3*time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	}
}

// TestFiles_stdin reads /dev/stdin in a process of its own, whatever stdin is.
func TestFiles_stdin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, []byte("content"), 0o600))
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(t, err)
	socket, other := os.NewFile(uintptr(pair[0]), "socket"), os.NewFile(uintptr(pair[1]), "other")
	defer socket.Close()
	other.WriteString("content")
	other.Close()
	for name, stdin := range map[string]io.Reader{"pipe": bytes.NewBufferString("content"), "file": f, "socket": socket} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestStdinReader$")
			cmd.Env, cmd.Stdin = append(os.Environ(), readerVar+"=/dev/stdin"), stdin
			out, err := cmd.Output()
			if first, _, _ := strings.Cut(string(out), "\n"); err != nil || first != "read content" {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
}

const readerVar = "CIAM_FILES_READER"

// TestStdinReader is the process that TestFiles_stdin runs.
func TestStdinReader(t *testing.T) {
	path := os.Getenv(readerVar)
	if path == "" {
		return // not a skip: only TestFiles_stdin's processes have something to do here
	}
	data, err := Read(t.Context(), path, Options{Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("read " + string(data) + "\n")
}

// TestReader_pipe checks that what came through a pipe is there for everybody who asks, as each wants it.
func TestReader_pipe(t *testing.T) {
	path := fifo(t)
	writer(t, path, func(f *os.File) { f.WriteString("\xef\xbb\xbftext") })
	var r Reader
	for i, c := range []struct {
		o    Options
		want string
	}{{Options{Pipes: true}, "text"}, {Options{Pipes: true, Raw: true}, "\xef\xbb\xbftext"}, {Options{Pipes: true, Limit: 2}, "!too_large"}, {Options{Pipes: true}, "text"}} {
		got, err := r.Read(path, c.o)
		if checkKind(t, path, c.want, string(got), err, false); t.Failed() {
			t.Fatalf("read %d", i)
		}
	}
}

func TestReader_warnsOnce(t *testing.T) {
	path := filestest.File(old, 0o666)(t, t.TempDir())
	told := 0
	r := Reader{Warn: func(*Error) { told++ }}
	for range 3 {
		if _, err := r.Read(path, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if told != 1 {
		t.Errorf("warned %d times", told)
	}
	if got, err := (*Reader)(nil).Read(path, Options{}); err != nil || string(got) != old {
		t.Errorf("no reader: %q, %v", got, err)
	}
}

// TestOpen_size checks what a caller can announce of a body before it is read.
func TestOpen_size(t *testing.T) {
	for _, c := range []struct {
		name  string
		path  string
		size  int64
		again bool
	}{
		{"regular", filestest.File(old, 0o600)(t, t.TempDir()), int64(len(old)), true},
		{"of the kernel, which says 0", procFile(), -1, true},
		{"descriptor of a file", descriptorOf(openedFile)(t, t.TempDir()), -1, false},
		{"pipe", descriptorOf(openedPipe(old))(t, t.TempDir()), -1, false},
	} {
		f, err := Open(t.Context(), c.path, Options{Pipes: true})
		if err != nil {
			t.Fatal(c.name, err)
		}
		got, err := io.ReadAll(f)
		if f.Size() != c.size && c.path != os.Args[0] || f.Again() != c.again || err != nil || len(got) == 0 {
			t.Errorf("%s: size %d, again %v, %d bytes, %v", c.name, f.Size(), f.Again(), len(got), err)
		}
		must(t, f.Close())
	}
}

// procFile is a file that has no size until it is read, and the test binary where there is none.
func procFile() string {
	if _, err := os.Stat("/proc/self/status"); err == nil {
		return "/proc/self/status"
	}
	return os.Args[0]
}
