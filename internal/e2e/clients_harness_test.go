package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

// The apps of clients/seed.yaml.
const (
	desktopApp   = "00001111-aaaa-2222-bbbb-3333cccc4444"
	webApp       = "22223333-cccc-4444-dddd-5555eeee6666"
	webAppSecret = "web-app-test-secret"
	rolelessApp  = "55556666-ffff-7777-aaaa-8888bbbb9999" // with the web app's secret
	spaApp       = "33334444-dddd-5555-eeee-6666ffff7777"
	ordersAPI    = "44445555-eeee-6666-ffff-7777aaaa8888"
	ordersRead   = "api://" + ordersAPI + "/Orders.Read"
	ordersAll    = "api://" + ordersAPI + "/.default"
	clientsSeed  = "clients/seed.yaml"
)

// liveEmulator is a running `ciam emulator`, and what its ready file says.
type liveEmulator struct {
	t         *testing.T
	client    *http.Client // trusts its CA
	roots     *x509.CertPool
	stop      func() // before the test ends
	Authority string `json:"authority"`
	Issuer    string `json:"issuer"`
	TenantID  string `json:"tenant_id"`
	URL       string `json:"url"`
	CAFile    string `json:"ca_file"`
	Tenants   []struct {
		Subdomain string `json:"subdomain"`
		Authority string `json:"authority"`
		TenantID  string `json:"id"`
	} `json:"tenants"`
}

// tenant is the emulator seen from another tenant of its seed.
func (e *liveEmulator) tenant(subdomain string) *liveEmulator {
	e.t.Helper()
	for _, t := range e.Tenants {
		if t.Subdomain == subdomain {
			other := *e
			other.Authority, other.TenantID = t.Authority, t.TenantID
			return &other
		}
	}
	e.t.Fatalf("no tenant %s in %+v", subdomain, e.Tenants)
	return nil
}

// startEmulator runs the binary with the clients' seed on a free port until the test ends, and wants it to end well.
func startEmulator(t *testing.T, args ...string) *liveEmulator {
	t.Helper()
	return runEmulator(t, newProgram(t), append([]string{"--seed", clientsSeed}, args...)...)
}

// runEmulator does so with the binary and the flags given.
func runEmulator(t *testing.T, p *program, args ...string) *liveEmulator {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ready.json")
	r := p.startFor(serveLimit, append([]string{"emulator", "--port", "0", "--ready-file", file}, args...)...)
	e := &liveEmulator{t: t, roots: x509.NewCertPool()}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if data, err := os.ReadFile(file); err == nil {
			if err := json.Unmarshal(data, e); err != nil {
				t.Fatalf("ready file: %v: %s", err, data)
			}
			break
		}
		select {
		case err := <-r.done:
			t.Fatalf("the emulator ended: %v\n%s", err, r.stderr.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("no ready file within 30 s")
		}
	}
	e.stop = sync.OnceFunc(func() {
		if runtime.GOOS == "windows" { // has no signal that asks
			_ = r.cmd.Process.Kill()
			<-r.done
			return
		}
		if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("the emulator was gone: %v", err)
			return
		}
		if res := r.wait(); res.code != 0 {
			t.Errorf("the emulator ended with %d\n%s", res.code, res.stderr)
		}
	})
	t.Cleanup(e.stop)
	pem, err := os.ReadFile(e.CAFile)
	if err != nil || !e.roots.AppendCertsFromPEM(pem) {
		t.Fatalf("ca_file %q: %v", e.CAFile, err)
	}
	e.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: e.roots}}}
	t.Cleanup(e.client.CloseIdleConnections)
	return e
}

// chromium starts a browser that accepts the emulator's certificate, by the hash of its public key, and no other bad one.
func (e *liveEmulator) chromium() *chromium {
	e.t.Helper()
	return newChromium(e.t, chromedp.Flag("ignore-certificate-errors-spki-list", e.keyHash()))
}

func (e *liveEmulator) keyHash() string {
	e.t.Helper()
	u, err := url.Parse(e.URL)
	if err != nil {
		e.t.Fatal(err)
	}
	at := u.Host
	if u.Port() == "" {
		at += ":443"
	}
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", at, &tls.Config{RootCAs: e.roots})
	if err != nil {
		e.t.Fatal(err)
	}
	defer conn.Close()
	hash := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(hash[:])
}

// code reads the newest one-time code for the new customer.
func (e *liveEmulator) code() string {
	e.t.Helper()
	return e.codeFor(email)
}

// codeFor reads the newest one-time code that was sent to an address.
func (e *liveEmulator) codeFor(address string) string {
	e.t.Helper()
	c, err := readOutbox(e.client, e.URL, address)
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

// control changes something through the control area.
func (e *liveEmulator) control(method, path string, body any) {
	e.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		e.t.Fatal(err)
	}
	req, err := http.NewRequest(method, e.URL+"/_emulator/"+path, bytes.NewReader(data))
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := e.client.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, _ := io.ReadAll(resp.Body); resp.StatusCode >= 300 {
		e.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
}

// visitor is the seeded customer, without a browser.
func (e *liveEmulator) visitor() *visitor.Visitor {
	v := visitor.New(e.client.Transport)
	v.Email, v.Password = "ada@example.com", password
	return v
}

// visit signs the seeded customer in and returns where that ended.
func (e *liveEmulator) visit(address string) visitor.Page {
	e.t.Helper()
	return e.walk(e.visitor(), address)
}

func (e *liveEmulator) walk(v *visitor.Visitor, address string) visitor.Page {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	page, err := v.Visit(ctx, address)
	if err != nil {
		e.t.Fatalf("visit: %v; page %+v", err, page)
	}
	return page
}

// environment is what `ciam emulator run` would set for an app, and the scopes it asks for.
func (e *liveEmulator) environment(app string, scopes ...string) []string {
	env := []string{"CIAM_AUTHORITY=" + e.Authority, "CIAM_CLIENT_ID=" + app, "NODE_EXTRA_CA_CERTS=" + e.CAFile, "TEST_SCOPES=" + strings.Join(scopes, " ")}
	if app == webApp {
		env = append(env, "CIAM_CLIENT_SECRET="+webAppSecret)
	}
	return append(os.Environ(), env...)
}
