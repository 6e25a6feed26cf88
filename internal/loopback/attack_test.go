package loopback

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// hostile are requests that a web page, or another program of this machine, can make. None is an answer.
var hostile = []struct{ method, target, body, header, value string }{
	{"POST", "/cb", "code=c&state=%s", "Origin", "https://evil.example"},
	{"POST", "/cb", "error=access_denied&state=%s", "Origin", "null"},
	{"GET", "/cb?code=c&state=%s", "", "Sec-Fetch-Site", "cross-site"},
	{"GET", "/cb?error=access_denied&error_description=%s", "", "Referer", "https://evil.example/"},
	{"GET", "/%s", "", "Sec-Fetch-Site", "cross-site"},
	{"GET", "/result/%s", "", "Cookie", "a=b"},
	{"HEAD", "/cb?state=%s", "", "X-Forwarded-Host", "evil.example"},
	{"PUT", "/cb", "code=c&state=%s", "Authorization", "Bearer x"},
	{"OPTIONS", "/cb", "", "Access-Control-Request-Method", "POST"},
	{"POST", "/cb?state=%s", "code=c", "Content-Encoding", "gzip"},
	{"GET", "/cb?state=" + testState[:10] + "%s", "", "Accept-Language", "de"},
	{"GET", "/", "", "Host", "evil.example"},
}

// attack sends hostile request number i and reports its status; 0 for a connection that was let go.
func (f *fixture) attack(client *http.Client, i int) int {
	h, guess := hostile[i%len(hostile)], fmt.Sprintf("%016x", rand.Uint64())
	fill := func(s string) string { return strings.Replace(s, "%s", guess, 1) }
	req, err := http.NewRequest(h.method, "http://"+f.at("127.0.0.1")+fill(h.target), strings.NewReader(fill(h.body)))
	if err != nil {
		f.t.Error(err)
		return 0
	}
	req.Host = f.at("localhost")
	req.Header.Set("Content-Type", form)
	if h.header == "Host" {
		req.Host = h.value
	} else {
		req.Header.Set(h.header, h.value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	page, _ := io.ReadAll(resp.Body)
	if strings.Contains(string(page), testState) || strings.Contains(string(page), guess) {
		f.t.Errorf("%s %s: the answer holds a parameter:\n%s", h.method, h.target, page)
	}
	if resp.StatusCode < 400 || resp.StatusCode >= 500 {
		f.t.Errorf("%s %s: status %d", h.method, h.target, resp.StatusCode)
	}
	return resp.StatusCode
}

func attacker() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// TestListener_manyRequests: 10,000 hostile requests one after the other, then 5,000 at once by another process. The answer
// that comes in the middle of the latter is taken, and the program has not grown with them.
func TestListener_manyRequests(t *testing.T) {
	needtest.Long(t, "sends 15,000 requests")
	f := start(t, "/cb", Options{})
	told := 0
	f.strayLock.Lock()
	f.onStray = func(string) { told++ } // the fixture's would keep each; calls come one at a time
	f.strayLock.Unlock()
	heard := func() int { f.strayLock.Lock(); defer f.strayLock.Unlock(); return told }
	client := attacker()
	for i := range 10000 {
		if f.attack(client, i) == 0 {
			t.Fatalf("request %d got no answer", i)
		}
	}
	if heard() < 10000 {
		t.Errorf("%d requests were told of, want 10,000", heard())
	}
	f.mustStillWait()
	before := heap()
	crowd := exec.Command(os.Args[0], "-test.run=^TestCrowd$", "-test.v")
	crowd.Env = append(os.Environ(), "CIAM_TEST_CROWD="+strconv.Itoa(f.binding.port))
	var said strings.Builder
	crowd.Stdout, crowd.Stderr = &said, &said
	if err := crowd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = crowd.Process.Kill() })
	for deadline := time.Now().Add(time.Minute); heard() < 10500 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if heard() < 10500 {
		t.Fatalf("the crowd has sent %d requests within a minute", heard()-10000)
	}
	if got := f.post(right); got.status != http.StatusSeeOther {
		t.Errorf("the answer among them got %d, %v", got.status, got.err)
	}
	if a := f.mustWait(); a.Code != "the-code" {
		t.Errorf("got %#v", a)
	}
	if err := crowd.Wait(); err != nil {
		t.Errorf("the crowd: %v\n%s", err, said.String())
	}
	f.outcome.markShown()
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("%d KiB more than before the 5,000", grown>>10)
	}
}

// TestCrowd is the other process: 5,000 requests at once.
func TestCrowd(t *testing.T) {
	port, err := strconv.Atoi(os.Getenv("CIAM_TEST_CROWD"))
	if err != nil {
		t.Skip("started by TestListener_manyRequests only")
	}
	f := &fixture{t: t, Listener: &Listener{binding: binding{port: port}}}
	client := attacker()
	var all sync.WaitGroup
	for i := range 5000 {
		all.Go(func() { f.attack(client, i) })
	}
	all.Wait()
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestListener_rebinding: a name of the attacker's that resolves to this machine (DNS rebinding) makes the listener of the
// same origin for his page; the Host header still tells. Real connections, and every way to write a host.
func TestListener_rebinding(t *testing.T) {
	f := start(t, "/cb", Options{})
	port := ":" + strconv.Itoa(f.binding.port)
	for _, host := range []string{
		"evil.example", "localhost.evil.example", "evil.localhost", "a.localhost", "localhost.", "localhost.localdomain", "127.0.0.1.nip.io", "127-0-0-1.evil.example", "localtest.me",
		"0.0.0.0", "[::]", "127.1", "127.0.0.2", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "evil.example@localhost", "localhost@evil.example", "localhost:80@evil.example",
		"localhost#", "localhost/evil", "localhost evil", "lоcalhost", "xn--lcalhost-fkg", "localhost\t", "", "*", "[::1", "::1", "localhost,evil.example", "evil.example, localhost",
	} {
		for _, p := range []string{port, ""} {
			c, err := net.Dial("tcp", f.at("127.0.0.1"))
			if err != nil {
				t.Fatal(err)
			}
			c.SetDeadline(time.Now().Add(20 * time.Second))
			fmt.Fprintf(c, "GET /cb?%s HTTP/1.1\r\nHost: %s%s\r\nConnection: close\r\n\r\n", right, host, p)
			got, _ := io.ReadAll(c)
			c.Close()
			if status, _, _ := strings.Cut(strings.TrimPrefix(string(got), "HTTP/1.1 "), " "); status != "421" && status != "400" {
				t.Errorf("Host %q: status %q", host+p, status)
			}
		}
	}
	f.mustStillWait()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://evil.example"+port+"/cb?"+right, nil)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", f.at("127.0.0.1")) // what the attacker's name server says the second time
	}}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("the rebound page got %d", resp.StatusCode)
	}
	f.mustStillWait()
	f.post(right)
	f.mustWait()
	f.outcome.markShown()
}
