package host

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// tenantKey is made once: it takes 100 ms.
var tenantKey = sync.OnceValues(func() (directory.Key, error) { return directory.GenerateKey(time.Now()) })

func seed(t *testing.T) *emulator.Seed {
	t.Helper()
	key, err := tenantKey()
	if err != nil {
		t.Fatal(err)
	}
	s := emulator.DefaultSeed()
	s.Tenants[0].Keys = []directory.Key{key}
	s.Tenants[0].CustomDomains = []string{"Login.Contoso.com"}
	return s
}

func start(t *testing.T, o Options) *Host {
	t.Helper()
	if o.Seed == nil {
		o.Seed = seed(t)
	}
	h, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// client trusts the published authority of h and reaches h whatever the name.
func client(t *testing.T, h *Host, family string) *http.Client {
	t.Helper()
	port, _ := h.Port()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(family, strconv.Itoa(port)))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	if h.CA() != nil {
		data, err := os.ReadFile(h.CA().File())
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(data)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

func TestStart_https(t *testing.T) {
	h := start(t, Options{CADir: t.TempDir()})
	families := []string{"127.0.0.1"}
	if available(endpoint{network: "tcp6", host: "::1"}) {
		families = append(families, "::1")
	}
	for _, family := range families {
		c := client(t, h, family)
		for _, tc := range []struct {
			host string
			good bool
		}{
			{"localhost", true}, {"127.0.0.1", true}, {"[::1]", true}, {"contoso.ciamlogin.com", true},
			{directory.DefaultTenantID + ".ciamlogin.com", true}, {"login.contoso.com", true},
			{"evil.example", false}, {"ciamlogin.com", false}, {"fabrikam.ciamlogin.com", false}, {"a.b.ciamlogin.com", false}, {"contoso.com", false}, {"192.0.2.1", false},
		} {
			resp, err := c.Get("https://" + tc.host + "/contoso/v2.0/.well-known/openid-configuration")
			if err == nil {
				resp.Body.Close()
			}
			var name x509.HostnameError
			if tc.good && (err != nil || resp.StatusCode != http.StatusOK) || !tc.good && !errors.As(err, &name) {
				t.Errorf("%s by %s: %v", tc.host, family, err)
			}
		}
	}
	if _, err := http.Get(h.URL()); err == nil {
		t.Error("a client that was not told of the authority trusts it")
	}
}

// TestStart_hosts checks that the names it was told to answer by are in its certificate, and no others; and that its
// authority, which is the user's, goes on to vouch for what it did before.
func TestStart_hosts(t *testing.T) {
	dir := t.TempDir()
	before := openCA(t, dir, time.Now(), "earlier.example", "192.0.2.9")
	h := start(t, Options{CADir: dir, Hosts: []string{"emulator", "my_service", "192.0.2.10", "2001:db8::1"}})
	if !h.CA().key.Equal(before.key) {
		t.Error("another authority")
	}
	c := client(t, h, "127.0.0.1")
	for name, good := range map[string]bool{
		"localhost": true, "contoso.ciamlogin.com": true, "emulator": true, "my_service": true, "192.0.2.10": true, "[2001:db8::1]": true,
		"other": false, "a.emulator": false, "192.0.2.9": false, "192.0.2.11": false, "[2001:db8::2]": false, "earlier.example": false,
	} {
		resp, err := c.Get("https://" + name + "/contoso/v2.0/.well-known/openid-configuration")
		if err == nil {
			resp.Body.Close()
		}
		if good != (err == nil && resp.StatusCode == http.StatusOK) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"earlier.example", "192.0.2.9", "emulator", "192.0.2.10", "2001:db8::1", "127.9.9.9"} {
		if !h.CA().covers(name) {
			t.Errorf("the authority does not vouch for %s any more", name)
		}
	}
}

// TestLeaves_names checks that a certificate follows the tenants, and that a name which the authority may not vouch for
// does not spoil it.
func TestLeaves_names(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	names := []string{"one.ciamlogin.com"}
	l := &leaves{ca: openCA(t, dir, now), names: func() []string { return slices.Clone(names) }, now: func() time.Time { return now }}
	if _, err := l.get(nil); err != nil {
		t.Fatal(err)
	}
	names = []string{"two.ciamlogin.com", "login.contoso.com"}
	c, err := l.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, good := range map[string]bool{"localhost": true, "two.ciamlogin.com": true, "one.ciamlogin.com": false, "login.contoso.com": false} {
		if err := verify(t, dir, c.Leaf, name, now); (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStart_warnsOfMistrust(t *testing.T) {
	told := make(chan string, 10)
	h := start(t, Options{CADir: t.TempDir(), Warn: func(s string) { told <- s }})
	port, _ := h.Port()
	for range 2 {
		conn, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost", MaxVersion: tls.VersionTLS12})
		if err == nil {
			conn.Close()
			t.Fatal("trusted")
		}
	}
	select {
	case s := <-told:
		if !strings.Contains(s, "does not trust") {
			t.Error(s)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nobody was told")
	}
	if err := h.Stop(); err != nil || len(told) != 0 {
		t.Errorf("told %d times more; %v", len(told), err)
	}
}

// TestStart_loopback checks that a machine's other addresses lead nowhere.
func TestStart_loopback(t *testing.T) {
	h := start(t, Options{})
	port, _ := h.Port()
	for _, ip := range otherAddresses(t) {
		if conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip, strconv.Itoa(port)), time.Second); err == nil {
			conn.Close()
			t.Errorf("it can be reached at %s", ip)
		}
	}
}

// otherAddresses are the machine's addresses that other machines may reach; none on a machine without network.
func otherAddresses(t *testing.T) []string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range all {
		if ip := a.(*net.IPNet).IP; !ip.IsLoopback() && !ip.IsLinkLocalUnicast() && ip.To4() != nil {
			out = append(out, ip.String())
		}
	}
	t.Logf("addresses of this machine: %v", out)
	return out
}

func TestEndpoints(t *testing.T) {
	for _, tc := range []struct {
		listen string
		remote bool
		want   string // hosts, "refused"
	}{
		{"", false, "127.0.0.1 ::1"},
		{"", true, "127.0.0.1 ::1"}, // allowed, but no address was named
		{"127.0.0.1", false, "127.0.0.1 ::1"},
		{"::1", false, "127.0.0.1 ::1"},
		{"127.0.0.9", false, "127.0.0.1 ::1 127.0.0.9"},
		{"0.0.0.0", false, "refused"},
		{"::", false, "refused"},
		{"::ffff:0.0.0.0", false, "refused"},
		{"192.0.2.1", false, "refused"},
		{"0.0.0.0", true, "0.0.0.0 ::1"},
		{"::ffff:0.0.0.0", true, "0.0.0.0 ::1"},
		{"::", true, "::"},
		{"192.0.2.1", true, "127.0.0.1 ::1 192.0.2.1"},
	} {
		var addr netip.Addr
		if tc.listen != "" {
			addr = netip.MustParseAddr(tc.listen)
		}
		all, err := endpoints(addr, tc.remote)
		var hosts []string
		for _, e := range all {
			hosts = append(hosts, e.host)
		}
		got := strings.Join(hosts, " ")
		var refused *RemoteError
		if errors.As(err, &refused) {
			got = "refused"
		}
		if got != tc.want {
			t.Errorf("%q remote %v: %s (%v), want %s", tc.listen, tc.remote, got, err, tc.want)
		}
	}
	if _, err := Start(Options{Listen: netip.IPv4Unspecified()}); err == nil {
		t.Error("Start does not ask endpoints")
	}
}

func TestStart_everywhere(t *testing.T) {
	for _, any := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		if any.Is6() && !available(endpoint{network: "tcp6", host: "::1"}) {
			continue
		}
		h := start(t, Options{Listen: any, Remote: true})
		for _, family := range []string{"127.0.0.1", "::1"} {
			if !available(endpoint{network: "tcp", host: family}) {
				continue
			}
			resp, err := client(t, h, family).Get(h.URL() + "/_emulator/health")
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %v", any, err)
				continue
			}
			resp.Body.Close()
		}
		for _, ip := range otherAddresses(t) {
			for path, want := range map[string]int{"/contoso/v2.0/.well-known/openid-configuration": http.StatusOK, "/_emulator/outbox": http.StatusForbidden} {
				resp, err := client(t, h, ip).Get(h.URL() + path)
				if err != nil || resp.StatusCode != want {
					t.Errorf("%s by %s: %v %v", path, ip, resp, err)
					continue
				}
				resp.Body.Close()
			}
		}
	}
}

func TestStart_portTaken(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Logf("no %s here", host)
			continue
		}
		defer l.Close()
		port := l.Addr().(*net.TCPAddr).Port
		var taken *PortError
		if _, err := Start(Options{Seed: seed(t), Port: port}); !errors.As(err, &taken) || taken.Address != net.JoinHostPort(host, strconv.Itoa(port)) {
			t.Errorf("%s taken: %v", host, err)
		}
		h := start(t, Options{Port: port, OrFree: true})
		if got, asAsked := h.Port(); got == port || got == 0 || asAsked {
			t.Errorf("%s taken: port %d, as asked %v", host, got, asAsked)
		}
	}
	h := start(t, Options{})
	if _, asAsked := h.Port(); !asAsked {
		t.Error("port 0 is any port")
	}
}

func TestStart_dataFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	first := start(t, Options{DataDir: dir})
	_, err := Start(Options{DataDir: dir, Seed: seed(t)})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() || !strings.Contains(err.Error(), dir) {
		t.Fatalf("%v", err)
	}
	if resp, err := client(t, first, "127.0.0.1").Get(first.URL() + "/_emulator/health"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the first suffers: %v", err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, Options{DataDir: dir})
	if err := second.Stop(); err != nil {
		t.Error(err)
	}
	// What keeps an emulator from starting frees the folder again.
	if _, err := Start(Options{DataDir: dir, Port: 1 << 17}); err == nil {
		t.Fatal("a port beyond all")
	}
	third := start(t, Options{DataDir: dir})
	write(t, third.DataFile(), []byte("version: 1\ntenants: 7\n"))
	if err := third.Stop(); err != nil {
		t.Fatal(err)
	}
	var wrong *SeedError
	if _, err := Start(Options{DataDir: dir}); !errors.As(err, &wrong) || wrong.Line != 2 || wrong.File != third.DataFile() {
		t.Errorf("%v", err)
	}
}

// TestHost_Stop stops while the signing key is still being made: it is kept.
func TestHost_Stop(t *testing.T) {
	dir := t.TempDir()
	h, err := Start(Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	url := h.URL()
	if err := errors.Join(h.Stop(), h.Stop()); err != nil {
		t.Fatal(err)
	}
	doc, err := ReadState(dir)
	if err != nil || len(doc.Tenants[0].Keys) != 1 {
		t.Errorf("state after the stop: %v", err)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("it still answers")
	}
}

func TestStart_limits(t *testing.T) {
	h := start(t, Options{})
	req, err := http.NewRequest(http.MethodGet, h.URL()+"/_emulator/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Large", strings.Repeat("x", 80<<10))
	resp, err := client(t, h, "127.0.0.1").Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 80 KB: %s", resp.Status)
	}
	if s := h.server; s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 {
		t.Error("a time limit is missing")
	}
}
