package loopback

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func hasIPv6(t *testing.T) bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Log("this machine has no IPv6: that half is not tested")
		return false
	}
	l.Close()
	return true
}

func TestListen_bothFamilies(t *testing.T) {
	f := start(t, "/cb", Options{})
	hosts := []string{"127.0.0.1"}
	if hasIPv6(t) {
		hosts = append(hosts, "::1")
	}
	if len(f.binding.listeners) != len(hosts) {
		t.Errorf("%d listeners for %v", len(f.binding.listeners), hosts)
	}
	for _, host := range hosts {
		c, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(f.binding.port)))
		if err != nil {
			t.Error(err)
			continue
		}
		c.Close()
	}
}

func TestListener_RedirectURI(t *testing.T) {
	for _, path := range []string{"", "/", "/auth/redirect"} {
		f := start(t, path, Options{})
		if f.Moved() != nil {
			t.Skipf("the port was taken in between: %v", f.Moved())
		}
		if want := "http://localhost:" + f.uri.Port() + path; f.RedirectURI() != want {
			t.Errorf("got %s, want %s", f.RedirectURI(), want)
		}
	}
}

// TestListen_portTaken has somebody on one family at a time, and on both: a server on the other one alone would
// swallow the answer.
func TestListen_portTaken(t *testing.T) {
	for name, hosts := range map[string][]string{"IPv4": {"127.0.0.1"}, "IPv6": {"::1"}, "both": {"127.0.0.1", "::1"}, "all addresses": {"::"}} {
		t.Run(name, func(t *testing.T) {
			if len(hosts[0]) < 4 && !hasIPv6(t) {
				t.Skip("this machine has no IPv6")
			}
			if name == "all addresses" && runtime.GOOS != "linux" {
				t.Skip("elsewhere the more specific address wins, which is ours")
			}
			port := 0
			for _, host := range hosts {
				other, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
				if err != nil {
					t.Skip(err) // the other half was taken by chance, or there is no IPv6
				}
				defer other.Close()
				port = other.Addr().(*net.TCPAddr).Port
			}
			u := &url.URL{Scheme: "http", Host: "localhost:" + strconv.Itoa(port), Path: "/cb"}
			l, err := Listen(t.Context(), Options{RedirectURI: u, State: testState})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if l.Moved() == nil || l.Moved().Port != port || l.binding.port == port || l.RedirectURI() != "http://localhost:"+strconv.Itoa(l.binding.port)+"/cb" {
				t.Errorf("moved: %v, redirect URI %s", l.Moved(), l.RedirectURI())
			}
			if runtime.GOOS == "linux" && !holds(l.Moved().Holder, os.Getpid()) && !holds(holder(t.Context(), port), os.Getpid()) {
				t.Errorf("holder %q, want pid %d", l.Moved().Holder, os.Getpid()) // twice: a busy machine may exceed the limit
			}
			_, err = Listen(t.Context(), Options{RedirectURI: u, State: testState, Port: port})
			var taken *PortError
			if !errors.As(err, &taken) || taken.Port != port || !strings.Contains(err.Error(), "port "+strconv.Itoa(port)+" is taken") {
				t.Errorf("with the port demanded: %v", err)
			}
		})
	}
}

func holds(holder string, pid int) bool {
	return strings.HasPrefix(holder, "pid "+strconv.Itoa(pid)+" (")
}

// TestListen_portDemanded wins over the redirect URI's.
func TestListen_portDemanded(t *testing.T) {
	listeners, port, err := bindFree(t.Context(), bindBoth)
	if err != nil {
		t.Fatal(err)
	}
	closeAll(listeners)
	l, err := Listen(t.Context(), Options{RedirectURI: &url.URL{Scheme: "http", Host: "localhost:1", Path: "/cb"}, State: testState, Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.RedirectURI() != "http://localhost:"+strconv.Itoa(port)+"/cb" || l.Moved() != nil {
		t.Errorf("%s, moved %v", l.RedirectURI(), l.Moved())
	}
}

// TestBindFree keeps taking ports: each must be bound on both families.
func TestBindFree(t *testing.T) {
	six := hasIPv6(t)
	for range 20 {
		listeners, port, err := bindFree(t.Context(), bindBoth)
		if err != nil {
			t.Fatal(err)
		}
		defer closeAll(listeners)
		for _, l := range listeners {
			if l.Addr().(*net.TCPAddr).Port != port {
				t.Errorf("port %d, but %s", port, l.Addr())
			}
		}
		if six && len(listeners) != 2 {
			t.Errorf("port %d on %d families", port, len(listeners))
		}
	}
}

// TestBindFree_tries: a port that the system picks on one family may be taken on the other.
func TestBindFree_tries(t *testing.T) {
	inUse, other := systemErrors().inUse, errors.New("no buffers")
	for _, tc := range []struct {
		fail  error
		times int
		calls int
		err   error
	}{
		{nil, 0, 1, nil},
		{inUse, 3, 4, nil},
		{systemErrors().forbidden, 1, 2, nil},
		{inUse, 1000, freePortTries, inUse},
		{other, 1, 1, other},
	} {
		calls := 0
		_, port, err := bindFree(t.Context(), func(_ context.Context, port int) ([]net.Listener, int, error) {
			if calls++; calls <= tc.times {
				return nil, 0, tc.fail
			}
			return nil, 4711 + port, nil
		})
		if calls != tc.calls || !errors.Is(err, tc.err) || err == nil && port != 4711 {
			t.Errorf("%+v: %d calls, port %d, %v", tc, calls, port, err)
		}
	}
}

// TestBind uses ports that nobody has, since holders are looked up. A port that the system keeps is as good as taken;
// what is wrong with every port is not worth another try.
func TestBind(t *testing.T) {
	inUse, forbidden, other := systemErrors().inUse, systemErrors().forbidden, errors.New("no buffers")
	for name, tc := range map[string]struct {
		only            int
		preferred, rest error // what binding the preferred port, and any other, returns
		moved           string
		port            int
		err             string
	}{
		"free":                         {0, nil, other, "", 1, ""},
		"taken":                        {0, inUse, nil, "port 1 is taken", 4711, ""},
		"kept by the system":           {0, forbidden, nil, "port 1 cannot be used: " + forbidden.Error(), 4711, ""},
		"another error":                {0, other, nil, "", 0, "listen on port 1: no buffers"},
		"no port is free":              {0, inUse, inUse, "", 0, "port 1 is taken, and no other port is free"},
		"demanded and free":            {2, nil, nil, "", 2, ""},
		"demanded, but taken":          {2, inUse, nil, "", 0, "port 2 is taken"},
		"demanded, but kept":           {2, forbidden, nil, "", 0, "port 2 cannot be used: " + forbidden.Error()},
		"nothing else can be listened": {0, forbidden, other, "", 0, "no buffers"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := bind(t.Context(), func(_ context.Context, port int) ([]net.Listener, int, error) {
				if port != 0 {
					return nil, port, tc.preferred
				}
				return nil, 4711, tc.rest
			}, tc.only, 1)
			if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("error %v, want %q", err, tc.err)
			}
			var port *PortError
			if tc.preferred != nil && tc.preferred != other && err != nil && (!errors.As(err, &port) || !errors.Is(err, tc.preferred)) {
				t.Errorf("error %#v, want a *PortError of %v", err, tc.preferred)
			}
			moved := ""
			if got.moved != nil {
				moved = got.moved.Error()
			}
			if got.port != tc.port || moved != tc.moved {
				t.Errorf("port %d, moved %q", got.port, moved)
			}
		})
	}
}

// systemErrors are what bind returns for a port that is taken, or kept by the system.
func systemErrors() (e struct{ inUse, forbidden error }) {
	e.inUse, e.forbidden = syscall.EADDRINUSE, syscall.EACCES
	if runtime.GOOS == "windows" {
		e.inUse, e.forbidden = syscall.Errno(10048), syscall.Errno(10013)
	}
	return e
}

func TestPortError(t *testing.T) {
	inUse, forbidden := systemErrors().inUse, systemErrors().forbidden
	for _, tc := range []struct {
		err  *PortError
		want string
	}{
		{&PortError{3000, "pid 7 (node)", inUse}, "port 3000 is taken by pid 7 (node)"},
		{&PortError{3000, "", inUse}, "port 3000 is taken"},
		{&PortError{80, "", forbidden}, "port 80 cannot be used: " + forbidden.Error()},
	} {
		if tc.err.Error() != tc.want {
			t.Errorf("got %q, want %q", tc.err, tc.want)
		}
	}
	if !isForbidden(&net.OpError{Err: os.NewSyscallError("bind", forbidden)}) || !isTaken(&net.OpError{Err: os.NewSyscallError("bind", inUse)}) {
		t.Error("the system's errors are not recognised inside net's")
	}
}
