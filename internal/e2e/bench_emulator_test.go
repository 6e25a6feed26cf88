package e2e

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// signaturesPerRefresh: an access token and an ID token.
const signaturesPerRefresh = 2

// BenchmarkEmulatorRefresh compares refreshes with bare RSA-2048 signatures, in turn and on all cores, first without
// a network and then over loopback with the client in the same process:
//
//	go test -run '^$' -bench EmulatorRefresh -benchtime 10x ./internal/e2e
func BenchmarkEmulatorRefresh(b *testing.B) {
	seed := emulator.DefaultSeed()
	withUser(seed)
	server, err := emulator.New(emulator.Options{PasswordCost: 4, Seed: seed})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	web := httptest.NewServer(server)
	defer web.Close()
	refreshToken := nativeSignIn(b, server.Transport(), "http://localhost", email, password)
	form := url.Values{"client_id": {directory.DefaultPublicApp}, "grant_type": {"refresh_token"}, "refresh_token": {refreshToken}, "scope": {"openid profile offline_access"}, "client_info": {"1"}}.Encode()
	path := "/" + directory.DefaultTenantID + "/oauth2/v2.0/token"
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	post := func(handle func(*http.Request) (int, error), base string) {
		r, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(form))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if status, err := handle(r); err != nil || status != 200 {
			b.Errorf("status %d, %v", status, err)
		}
	}
	work := []struct {
		name string
		do   func()
		took []time.Duration
	}{
		{name: "signatures", do: func() {
			sum := sha256.Sum256([]byte(form))
			if _, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]); err != nil {
				b.Error(err)
			}
		}},
		{name: "refreshes", do: func() {
			post(func(r *http.Request) (int, error) {
				r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost"
				w := httptest.NewRecorder()
				server.ServeHTTP(w, r)
				return w.Code, nil
			}, "http://localhost")
		}},
		{name: "loopback-refreshes", do: func() {
			post(func(r *http.Request) (int, error) {
				resp, err := client.Do(r)
				if err != nil {
					return 0, err
				}
				defer resp.Body.Close()
				return resp.StatusCode, json.NewDecoder(resp.Body).Decode(&struct{}{})
			}, web.URL)
		}},
	}
	const each = 200
	for b.Loop() {
		for i := range work {
			began := time.Now()
			onAllCores(each, work[i].do)
			work[i].took = append(work[i].took, time.Since(began))
		}
	}
	var rate [3]float64
	for i, w := range work {
		slices.Sort(w.took)
		rate[i] = each / w.took[len(w.took)/2].Seconds()
		b.ReportMetric(rate[i], w.name+"/s")
	}
	b.ReportMetric(rate[1]/(rate[0]/signaturesPerRefresh), "of-the-bound")
	b.ReportMetric(rate[2]/(rate[0]/signaturesPerRefresh), "of-the-bound-loopback")
	b.ReportMetric(0, "ns/op")
}

func onAllCores(n int, do func()) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for range workers {
		wg.Go(func() {
			for range n / workers {
				do()
			}
		})
	}
	wg.Wait()
}

// nativeSignIn signs in through the native authentication API and returns the refresh token.
func nativeSignIn(b *testing.B, transport http.RoundTripper, base, user, secret string) string {
	b.Helper()
	client := &http.Client{Transport: transport}
	call := func(path string, pairs ...string) map[string]any {
		form := url.Values{"client_id": {directory.DefaultPublicApp}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		resp, err := client.PostForm(base+"/"+directory.DefaultTenantID+path, form)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != 200 {
			b.Fatalf("%s: %d, %v, %v", path, resp.StatusCode, answer["error_description"], err)
		}
		return answer
	}
	a := call("/oauth2/v2.0/initiate", "username", user, "challenge_type", "password redirect")
	a = call("/oauth2/v2.0/challenge", "continuation_token", a["continuation_token"].(string), "challenge_type", "password redirect")
	a = call("/oauth2/v2.0/token", "continuation_token", a["continuation_token"].(string), "grant_type", "password", "password", secret, "scope", "openid profile offline_access", "client_info", "1")
	return a["refresh_token"].(string)
}

// BenchmarkEmulatorProcess measures the binary: from exec to the first discovery document with a stored key, and the
// memory after a thousand sign-ins with real password hashing:
//
//	go test -run '^$' -bench EmulatorProcess -benchtime 25x ./internal/e2e
func BenchmarkEmulatorProcess(b *testing.B) {
	dir := b.TempDir()
	ciam, data, seedFile := filepath.Join(dir, "ciam"), filepath.Join(dir, "data"), filepath.Join(dir, "seed.yaml")
	build(b, ciam, "github.com/ciam-cli/ciam/cmd/ciam")
	seed := fmt.Sprintf("version: 1\ntenants:\n  - id: %s\n    subdomain: contoso\n    apps:\n      - appId: %s\n        displayName: ciam-cli\n        publicClient: {redirectUris: ['http://localhost']}\n        isFallbackPublicClient: true\n        nativeAuthenticationApisEnabled: all\n    userFlows:\n      - displayName: SignInSignUpSample\n        applications: [%s]\n    users:\n      - {id: bbbbcccc-1111-dddd-2222-eeee3333ffff, email: %s, password: %s, attributes: {displayName: Grace}}\n",
		directory.DefaultTenantID, directory.DefaultPublicApp, directory.DefaultPublicApp, email, password)
	if err := os.WriteFile(seedFile, []byte(seed), 0o600); err != nil {
		b.Fatal(err)
	}
	env := append(os.Environ(), "XDG_STATE_HOME="+dir+"/state", "XDG_CONFIG_HOME="+dir+"/config", "XDG_CACHE_HOME="+dir+"/cache")
	start := func() (*exec.Cmd, string, time.Duration) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		base := "http://localhost:" + strconv.Itoa(port)
		cmd := exec.Command(ciam, "emulator", "--http", "--port", strconv.Itoa(port), "--data", data, "--seed", seedFile)
		cmd.Env = env
		began := time.Now()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		for {
			resp, err := http.Get(base + "/" + directory.DefaultTenantID + "/v2.0/.well-known/openid-configuration")
			if err == nil {
				_ = resp.Body.Close()
				return cmd, base, time.Since(began)
			}
			if time.Since(began) > 20*time.Second {
				b.Fatal(err)
			}
			time.Sleep(500 * time.Microsecond)
		}
	}
	stop := func(cmd *exec.Cmd) {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	cmd, _, _ := start() // makes the key and hashes the password
	time.Sleep(time.Second)
	stop(cmd)
	var times []time.Duration
	for b.Loop() {
		cmd, _, took := start()
		stop(cmd)
		times = append(times, took)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "discovery-ms")
	b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "discovery-worst-ms")
	cmd, base, _ := start()
	transport := &http.Transport{}
	for range 1000 {
		nativeSignIn(b, transport, base, email, password)
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
	stop(cmd)
	if err == nil {
		for _, line := range strings.Split(string(status), "\n") {
			if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				n, _ := strconv.Atoi(strings.Fields(kb)[0])
				b.ReportMetric(float64(n)/1024, "resident-MB")
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}
