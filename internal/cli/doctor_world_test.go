package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/tokencache"
	"github.com/ciam-cli/ciam/internal/wire"
)

// newPatient is a machine on which all is well: profile shop, in which ada is signed in unless it is fresh, a browser, and a port of
// its own.
func newPatient(t *testing.T, fresh bool, edit ...func(*emulator.Seed)) *machine {
	t.Helper()
	m := newMachine(t, edit...)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m.env = map[string]string{"CIAM_BROWSER": `"` + program + `" --cookie=SECRET-of-the-browser`, "CIAM_CLIENT_CERTIFICATE_PASSWORD": "SECRET-of-the-certificate",
		"HTTPS_PROXY": "http://user:SECRET-of-the-proxy@127.0.0.1:9", "CIAM_REDIRECT_URI": "http://localhost:" + strconv.Itoa(freePort(t))}
	m.must("profile", "add", "shop", "--tenant", "contoso", "--client-id", appA, "--offline")
	if !fresh {
		m.must("login")
	}
	return m
}

// freePort is one on both families that was free a moment ago, and that no system gives to a connection of its own choice.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 10_000 + mathrand.IntN(20_000)
		if p, err := loopback.TryPort(t.Context(), port); err == nil && p.Taken == nil {
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// finding is one of the JSON result.
type finding struct{ ID, State, Found, Next string }

// examine runs doctor and returns its findings by ID, after what must be true of any run.
func (m *machine) examine(args ...string) map[string]finding {
	m.t.Helper()
	items := m.items.Names()
	o := m.run(append([]string{"doctor", "-o", "json", "--debug"}, args...)...)
	m.noSecret(o)
	var result struct{ Checks []finding }
	if err := json.Unmarshal([]byte(o.stdout), &result); err != nil {
		m.t.Fatalf("exit %d: %v\n%s\n%s", o.code, err, o.stdout, o.stderr)
	}
	all, fails := map[string]finding{}, 0
	for _, f := range result.Checks {
		all[f.ID] = f
		if f.State == "fail" {
			fails++
		}
		checkNext(m.t, f)
	}
	if want := map[bool]int{true: exitUnexpected, false: exitOK}[fails > 0]; o.code != want {
		m.t.Errorf("exit %d with %d checks that do not hold\n%s", o.code, fails, o.stdout)
	}
	for line := range strings.Lines(o.stderr) {
		if !strings.Contains(line, "level=DEBUG") && !strings.HasPrefix(line, "asking the tenant") {
			m.t.Errorf("stderr: %s", line)
		}
	}
	if left := m.items.Names(); strings.Join(left, " ") != strings.Join(items, " ") {
		m.t.Errorf("the keychain holds %v; before the run %v", left, items)
	}
	return all
}

// noSecret looks for everything that was planted or issued.
func (m *machine) noSecret(o outcome) {
	m.t.Helper()
	for _, secret := range append(m.tenant.IssuedSecrets(), "SECRET-", "Correct-Horse-9") {
		if len(secret) >= len("SECRET-") && strings.Contains(o.stdout+o.stderr, secret) {
			m.t.Errorf("a secret of %d characters (%.7s…) is shown:\n%s%s", len(secret), secret, o.stdout, o.stderr)
		}
	}
}

// checkNext wants something to do where something is to be done: a command, which parses where it is ours, or a place.
func checkNext(t *testing.T, f finding) {
	t.Helper()
	switch f.State {
	case "ok", "skipped":
		if f.Next != "" {
			t.Errorf("%s, %s: next %q", f.ID, f.State, f.Next)
		}
		return
	}
	if f.Found == "" || strings.Count(f.Next, "`")%2 != 0 || !strings.Contains(f.Next, "`") && !strings.Contains(f.Next, " > ") {
		t.Errorf("%s, %s (%s): next %q is neither a command nor a place", f.ID, f.State, f.Found, f.Next)
	}
	for _, words := range commandsNamed(f.Next) {
		if err := checkMention(words); err != nil {
			t.Errorf("%s: ciam %s: %v", f.ID, strings.Join(words, " "), err)
		}
	}
}

// healthy are the states of newPatient's checks.
func healthy() map[string]string {
	states := map[string]string{"user-flow": "unknown", "device-code": "unknown", "native": "unknown", "secret": "skipped", "dns": "skipped", "tcp": "skipped", "tls": "skipped"}
	for _, c := range (&diagnosis{}).checks() {
		if states[c.ID] == "" {
			states[c.ID] = "ok"
		}
	}
	return states
}

// wires is a network of sockets: every host is the tenant behind TLS, at one address.
type wires struct {
	server    *httptest.Server
	transport *http.Transport
}

// newWires serves the tenant with a certificate that edit may spoil.
func (m *machine) newWires(edit ...func(*x509.Certificate)) *wires {
	m.t.Helper()
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "*.ciamlogin.com"}, DNSNames: []string{"*.ciamlogin.com"}}
	leaf.NotBefore, leaf.NotAfter = m.now().Add(-time.Hour), m.now().Add(90*24*time.Hour)
	for _, e := range edit {
		e(leaf)
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"Example Trust"}}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: leaf.NotBefore.Add(-1000 * time.Hour), NotAfter: m.now().Add(365 * 24 * time.Hour)}
	caKey, ca := m.sign(authority, authority, nil)
	key, cert := m.sign(leaf, authority, caKey)
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	w := &wires{server: httptest.NewUnstartedServer(m.tenant)}
	w.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}, Time: m.now}
	w.server.StartTLS()
	m.t.Cleanup(w.server.Close)
	w.transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Time: m.now}, ForceAttemptHTTP2: true, OnProxyConnectResponse: wire.KeepProxyAnswer}
	w.lead(w.server.Listener.Addr().String())
	m.t.Cleanup(w.transport.CloseIdleConnections)
	m.transport = w.transport
	return w
}

// lead has every connection go to an address.
func (w *wires) lead(address string) {
	w.transport.DialContext = dialTo(address)
}

func (m *machine) sign(c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	m.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	if parentKey == nil {
		parentKey = key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		m.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		m.t.Fatal(err)
	}
	return key, cert
}

// serve answers HTTP at a port of this machine until the test ends.
func (m *machine) serve(h http.HandlerFunc) string {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	m.t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// accept does something with each connection to a port of this machine.
func (m *machine) accept(each func(net.Conn)) string {
	m.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go each(c)
		}
	}()
	return l.Addr().String()
}

// nobody is an address at which nothing listens.
func (m *machine) nobody() string { return "127.0.0.1:" + strconv.Itoa(freePort(m.t)) }

// behind has every connection go through a proxy.
func (w *wires) behind(m *machine, proxy string) {
	m.env["HTTPS_PROXY"] = "http://user:SECRET-of-the-proxy@" + proxy
	w.transport.DialContext = (&net.Dialer{}).DialContext
	w.transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", User: url.UserPassword("user", "SECRET-of-the-proxy"), Host: proxy})
}

func dialTo(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
}

// save stores a record, as ciam does.
func (m *machine) save(item string, r tokencache.Record) {
	m.t.Helper()
	if err := tokencache.Save(m.t.Context(), m.keychain(), item, r); err != nil {
		m.t.Fatal(err)
	}
}

// dated adds the tenant's date to answers.
func (m *machine) dated(answer func(*http.Request) *http.Response) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		resp := answer(r)
		if resp != nil {
			resp.Header.Set("Date", m.now().UTC().Format(http.TimeFormat))
		}
		return resp
	}
}
