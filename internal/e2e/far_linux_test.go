package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// farVariable makes the test binary the first process of another machine: a network namespace of its own.
const farVariable = "CIAM_TEST_FAR"

// far is another machine, as seen from the one with the person's browser: it shares the file system, and no network. Somebody
// sits at a terminal of it, which is tmux.
type far struct {
	t       *testing.T
	dir     string // short: names of sockets are bounded
	tenant  string // port of the tenant, which both machines reach
	columns int
}

// farMachine is what the first process of a far machine has to do.
type farMachine struct {
	Dir, Tenant   string
	Columns, Rows int
	// Marked says that a container's marks stay.
	Marked bool
}

// newFar starts the machine, in which the program and env are what a shell finds. Where the system lets nobody make a network
// namespace, not even root of a namespace of their own, the test is skipped.
func newFar(t *testing.T, p *program, tn *tenant, columns int, marked bool, env ...string) *far {
	t.Helper()
	needtest.Program(t, installTmux, "tmux")
	dir, err := os.MkdirTemp("", "far")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	f := &far{t: t, dir: dir, tenant: portIn(tn.authority), columns: columns}
	serveSocket(t, filepath.Join(dir, "tenant"), func(net.Conn) (string, error) { return "127.0.0.1:" + f.tenant, nil })
	job, err := json.Marshal(farMachine{Dir: dir, Tenant: f.tenant, Columns: columns, Rows: 45, Marked: marked})
	if err != nil {
		t.Fatal(err)
	}
	first := exec.Command(os.Args[0])
	first.Env = append(append(p.shellEnv(dir), env...), farVariable+"="+string(job))
	first.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		first.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		first.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		first.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	in, _ := first.StdinPipe()
	out, _ := first.StdoutPipe()
	first.Stderr = os.Stderr
	if err := first.Start(); err != nil {
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOSPC) {
			t.Skipf("this system makes no network namespaces: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = first.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the far machine did not start: %q, %v", line, err)
	}
	return f
}

// shellEnv is the environment of a shell that knows the program as ciam, and nothing of where it is.
func (p *program) shellEnv(dir string) []string {
	if err := os.Symlink(p.path, filepath.Join(dir, "ciam")); err != nil && !errors.Is(err, os.ErrExist) {
		p.t.Fatal(err)
	}
	env := []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "PS1=$ ", "LANG=C.UTF-8", "HISTFILE=", "TERM=xterm"}
	for _, v := range p.env {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "CIAM_") && name != "CIAM_BROWSER" && name != "CIAM_NO_INPUT" || name == "HOME" || name == "NO_COLOR" {
			env = append(env, v)
		}
	}
	return env
}

// runFar is the first process: the network's own interface, the way to the tenant, the way back, and the terminal. It ends
// when stdin does.
func runFar(job string) error {
	var m farMachine
	if err := json.Unmarshal([]byte(job), &m); err != nil {
		return err
	}
	if err := raiseLoopback(); err != nil {
		return fmt.Errorf("lo: %w", err)
	}
	if !m.Marked {
		if err := hideMarks(); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+m.Tenant)
	if err != nil {
		return err
	}
	go pump(l, func(net.Conn) (net.Conn, error) { return net.Dial("unix", filepath.Join(m.Dir, "tenant")) })
	back, err := net.Listen("unix", filepath.Join(m.Dir, "back"))
	if err != nil {
		return err
	}
	go pump(back, func(c net.Conn) (net.Conn, error) {
		var port [6]byte // as sent by forward
		if _, err := io.ReadFull(c, port[:]); err != nil {
			return nil, err
		}
		return net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(string(port[:])))
	})
	if err := startTmux(m.Dir, m.Columns, m.Rows); err != nil {
		return err
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return exec.Command("tmux", "-S", filepath.Join(m.Dir, "tmux"), "kill-server").Run()
}

func startTmux(dir string, columns, rows int) error {
	cmd := exec.Command("tmux", "-S", filepath.Join(dir, "tmux"), "-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows), "exec sh")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// raiseLoopback turns the interface lo on (netdevice(7)).
func raiseLoopback() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var request struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], "lo")
	request.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return errno
	}
	return nil
}

// hideMarks covers the files by which a container is known, for the case that the tests run in one.
func hideMarks() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err != nil {
			continue
		}
		if err := syscall.Mount("/dev/null", mark, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("cover %s: %w", mark, err)
		}
	}
	return nil
}

// forward brings a port of the far machine here, as ssh -L does.
func (f *far) forward(port int) {
	f.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = l.Close() })
	go pump(l, func(net.Conn) (net.Conn, error) {
		c, err := net.Dial("unix", filepath.Join(f.dir, "back"))
		if err == nil {
			_, err = fmt.Fprintf(c, "%-6d", port)
		}
		return c, err
	})
}

// serveSocket connects whoever comes to a socket in the file system with an address of this machine.
func serveSocket(t *testing.T, path string, to func(net.Conn) (string, error)) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go pump(l, func(c net.Conn) (net.Conn, error) {
		address, err := to(c)
		if err != nil {
			return nil, err
		}
		return net.Dial("tcp", address)
	})
}

// pump connects whoever comes with another end, until l is closed.
func pump(l net.Listener, dial func(net.Conn) (net.Conn, error)) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer near.Close()
			away, err := dial(near)
			if err != nil {
				return
			}
			defer away.Close()
			go func() { _, _ = io.Copy(away, near); closeWrite(away) }()
			_, _ = io.Copy(near, away)
			closeWrite(near)
		}()
	}
}

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

func portIn(address string) string {
	rest := address[strings.LastIndex(address, ":")+1:]
	port, _, _ := strings.Cut(rest, "/")
	return port
}

const installTmux = "apt-get install tmux"

// farLimit is how long anything on a screen may take.
const farLimit = 20 * time.Second
