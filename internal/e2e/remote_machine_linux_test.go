package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// remoteMachine is another machine, as far as this one's network can tell: a network namespace with a cable to this one.
type remoteMachine struct {
	t       *testing.T
	name    string // of the namespace; "" where none is allowed
	address string // of this machine, as the other one knows it
}

// newRemoteMachine makes a namespace until the test ends. Where that is not permitted, what asks this machine at an address
// that is not loopback's stands in for another: the control area cannot tell them apart.
func newRemoteMachine(t *testing.T) *remoteMachine {
	t.Helper()
	ip := needtest.Program(t, "apt-get install iproute2", "ip")
	m := &remoteMachine{t: t, name: fmt.Sprintf("ciam-e2e-%d", os.Getpid())}
	run := func(args ...string) error {
		out, err := exec.Command(ip, args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	if err := run("netns", "add", m.name); err != nil {
		t.Logf("no network namespaces: %v", err)
		m.name, m.address = "", ownAddress(t)
		return m
	}
	t.Cleanup(func() {
		if err := run("netns", "delete", m.name); err != nil {
			t.Error(err)
		}
	})
	third := os.Getpid() % 250
	m.address = fmt.Sprintf("10.213.%d.1", third)
	here, there := fmt.Sprintf("ciam%d", third), fmt.Sprintf("ciam%dr", third)
	for _, args := range [][]string{
		{"link", "add", here, "type", "veth", "peer", "name", there, "netns", m.name}, // goes with the namespace
		{"address", "add", m.address + "/24", "dev", here},
		{"link", "set", here, "up"},
		{"-n", m.name, "address", "add", fmt.Sprintf("10.213.%d.2/24", third), "dev", there},
		{"-n", m.name, "link", "set", there, "up"},
		{"-n", m.name, "link", "set", "lo", "up"},
	} {
		if err := run(args...); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// ownAddress is an address of this machine that is not loopback's.
func ownAddress(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if ip := a.(*net.IPNet).IP; !ip.IsLoopback() && ip.To4() != nil && !ip.IsLinkLocalUnicast() {
			return ip.String()
		}
	}
	needtest.Lacks(t, "neither network namespaces nor an address beside loopback's")
	return ""
}

// dial connects from there to this machine's address.
func (m *remoteMachine) dial(ctx context.Context, port string) (net.Conn, error) {
	to := net.JoinHostPort(m.address, port)
	if m.name == "" {
		return new(net.Dialer).DialContext(ctx, "tcp4", to)
	}
	// A socket belongs to the namespace of the thread that makes it.
	runtime.LockOSThread()
	here, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	if err != nil {
		return nil, err
	}
	defer here.Close()
	there, err := os.Open("/run/netns/" + m.name)
	if err != nil {
		return nil, err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	conn, dialErr := new(net.Dialer).DialContext(ctx, "tcp4", to)
	if err := unix.Setns(int(here.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, errors.Join(err, dialErr) // the thread stays locked, and ends with its goroutine
	}
	runtime.UnlockOSThread()
	return conn, dialErr
}

// program is a program's command line there.
func (m *remoteMachine) program(env []string, args ...string) *exec.Cmd {
	if m.name != "" {
		args = append([]string{"ip", "netns", "exec", m.name}, args...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	m.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.WaitDelay = env, 2*time.Second
	return cmd
}
