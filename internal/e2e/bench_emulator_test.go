package e2e

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// BenchmarkEmulatorRefresh compares refreshes with bare RSA-2048 signatures, in turn and on all cores, first without
// a network and then over loopback with the client in the same process:
//
//	go test -run '^$' -bench EmulatorRefresh -benchtime 100x ./internal/e2e
func BenchmarkEmulatorRefresh(b *testing.B) {
	seed := emulator.DefaultSeed()
	withUser(seed)
	server, err := emulator.New(emulator.Options{PasswordCost: 4, Seed: seed})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	r, err := newRefresher(server)
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.arrived.Add(1)
		server.ServeHTTP(w, q)
	}))
	defer web.Close()
	signatures, err := newSignatures()
	if err != nil {
		b.Fatal(err)
	}
	// Each starts without the garbage of the one before it and of its proof.
	t := inTurn(b,
		timed{name: "signatures", before: runtime.GC, run: signatures.run},
		timed{name: "refreshes", before: runtime.GC, run: func() func() error { return r.run(r.direct, 0) }},
		timed{name: "loopback-refreshes", before: runtime.GC, run: func() func() error {
			return r.run(func() ([]byte, error) { return r.over(web.URL) }, each)
		}},
	)
	for _, s := range t.timed {
		b.ReportMetric(each/(t.median(s.name)/1000), s.name+"/s")
	}
	b.ReportMetric(signaturesPerRefresh*t.ratio("signatures", "refreshes"), "of-the-bound")
	b.ReportMetric(signaturesPerRefresh*t.ratio("signatures", "loopback-refreshes"), "of-the-bound-loopback")
}

// each is how often a round does a thing, so that it is long enough to time.
const each = 200

// onAllCores does a thing n times, on as many goroutines as there are processors.
func onAllCores(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	wg.Wait()
}

// signatures are bare ones, with a key of the size that tenants have.
type signatures struct {
	key *rsa.PrivateKey
	sum [sha256.Size]byte
}

func newSignatures() (*signatures, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	return &signatures{key, sha256.Sum256([]byte("a token"))}, err
}

func (s *signatures) run() func() error {
	made := make([][]byte, each)
	onAllCores(each, func(i int) {
		made[i], _ = rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, s.sum[:])
	})
	return func() error {
		for _, m := range made {
			if err := rsa.VerifyPKCS1v15(&s.key.PublicKey, crypto.SHA256, s.sum[:], m); err != nil || len(m)*8 != keyBits {
				return fmt.Errorf("a signature of %d bytes: %v", len(m), err)
			}
		}
		return nil
	}
}

// refresher refreshes a session again and again.
type refresher struct {
	server  *emulator.Server
	client  *http.Client
	form    string
	public  *rsa.PublicKey
	arrived atomic.Int64 // requests that came over the network
}

// newRefresher signs in to the server's tenant.
func newRefresher(server *emulator.Server) (*refresher, error) {
	inside := &http.Client{Transport: server.Transport()}
	refreshToken, err := nativeSignIn(inside, "http://localhost")
	if err != nil {
		return nil, err
	}
	public, _, err := publicKey(inside, "http://localhost")
	if err != nil {
		return nil, err
	}
	r := &refresher{server: server, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, public: public}
	return r.session(refreshToken), nil
}

// session sets the refresh token.
func (r *refresher) session(refreshToken string) *refresher {
	own := refresher{server: r.server, client: r.client, public: r.public}
	own.form = url.Values{"client_id": {directory.DefaultPublicApp}, "grant_type": {"refresh_token"}, "refresh_token": {refreshToken},
		"scope": {"openid profile offline_access"}, "client_info": {"1"}}.Encode()
	return &own
}

// run refreshes each times with do; overNetwork of them arrive that way.
func (r *refresher) run(do func() ([]byte, error), overNetwork int64) func() error {
	arrived := r.arrived.Load()
	answers, errs := make([][]byte, each), make([]error, each)
	onAllCores(each, func(i int) { answers[i], errs[i] = do() })
	return func() error {
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		if n := r.arrived.Load() - arrived; n != overNetwork {
			return fmt.Errorf("%d requests came over the network, not %d", n, overNetwork)
		}
		return freshTokens(answers, r.public)
	}
}

const tokenPath = "/" + directory.DefaultTenantID + "/oauth2/v2.0/token"

func (r *refresher) request(base string) (*http.Request, error) {
	q, err := http.NewRequest(http.MethodPost, base+tokenPath, strings.NewReader(r.form))
	if err == nil {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return q, err
}

// direct refreshes without a network.
func (r *refresher) direct() ([]byte, error) {
	q, err := r.request("http://localhost")
	if err != nil {
		return nil, err
	}
	q.RemoteAddr, q.Host = "127.0.0.1:1", "localhost"
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, q)
	if w.Code != http.StatusOK {
		return nil, fmt.Errorf("status %d", w.Code)
	}
	return w.Body.Bytes(), nil
}

// over refreshes over the network.
func (r *refresher) over(base string) ([]byte, error) {
	q, err := r.request(base)
	if err != nil {
		return nil, err
	}
	resp, err := r.client.Do(q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %v", resp.StatusCode, err)
	}
	return b.Bytes(), nil
}
