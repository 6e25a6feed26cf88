package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// killedFile has something of everything that apply writes.
const killedFile = `version: 1
tenants:
  - subdomain: contoso
    apps:
      - {name: cli, publicClient: {redirectUris: ['http://localhost']}, isFallbackPublicClient: true, adminConsent: true}
      - name: shop
        web: {redirectUris: ['http://localhost:3000/auth/redirect']}
        passwordCredentials: [{displayName: shop secret}]
        federatedIdentityCredentials: [{name: pipeline, issuer: https://ci.example, subject: project}]
        grantedScopes: [openid, offline_access, orders/read]
    apis:
      - {name: orders, scopes: [read, write], appRoles: [Orders.All]}
    userFlows:
      - displayName: Shop
        applications: [cli, shop]
        attributes: [{name: displayName, required: true}, {name: extension_diet}]
`

// deadlyGraph stands before the emulator's Graph, and kills a process at one of its writes.
type deadlyGraph struct {
	*httptest.Server
	mu     sync.Mutex
	writes int
	// at is the write that kills, from 1; after says that it is carried out first.
	at    int
	after bool
	kill  func()
}

func newDeadlyGraph(t *testing.T, e *liveEmulator) *deadlyGraph {
	t.Helper()
	target, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	g := &deadlyGraph{}
	proxy := &httputil.ReverseProxy{Transport: e.client.Transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(resp *http.Response) error {
			if g.kills(resp.Request, true) {
				return fmt.Errorf("killed")
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			g.mu.Lock()
			g.writes++
			g.mu.Unlock()
		}
		if g.kills(r, false) {
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

// kills kills the process if that is to be now, and reports whether it was.
func (g *deadlyGraph) kills(r *http.Request, after bool) bool {
	g.mu.Lock()
	kill := g.kill
	now := r.Method != http.MethodGet && kill != nil && g.writes == g.at && g.after == after
	g.mu.Unlock()
	if now {
		kill()
	}
	return now
}

// counted is how many writes there were since arm.
func (g *deadlyGraph) counted() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.writes
}

// arm has the nth write from now kill a process.
func (g *deadlyGraph) arm(n int, after bool, kill func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writes, g.at, g.after, g.kill = 0, n, after, kill
}

// TestApply_killed kills apply with signal 9 at each of its writes, before it is carried out and after: another apply brings the
// tenant to what the file says, with the client secret kept, and a third writes nothing.
func TestApply_killed(t *testing.T) {
	needtest.Long(t, "starts the binary some hundred times")
	e, p := emptyTenant(t)
	g := newDeadlyGraph(t, e)
	p.env = append(p.env, "CIAM_GRAPH_URL="+g.URL+"/graph/v1.0", "CIAM_TENANT="+e.Authority, "CIAM_GRAPH_TOKEN="+e.graphToken(p))
	file := filepath.Join(t.TempDir(), "tenant.yaml")
	if err := os.WriteFile(file, []byte(killedFile), 0o600); err != nil {
		t.Fatal(err)
	}
	apply := []string{"tenant", "apply", "-f", file, "--yes"}
	g.arm(0, false, nil)
	p.must(apply...)
	writes := g.counted()
	if writes < 12 {
		t.Fatalf("%d writes", writes)
	}
	for at := 1; at <= writes; at++ {
		for _, after := range []bool{false, true} {
			p.must("tenant", "destroy", "--yes")
			p.run("profile", "remove", "shop")
			r := p.startArmed(g, at, after, apply...)
			if res := r.wait(); res.code == 0 {
				t.Fatalf("write %d: was not killed\n%s", at, res.stderr)
			}
			g.arm(0, false, nil)
			p.must(apply...)
			plan := p.must("tenant", "plan", "-f", file, "--exit-code")
			if !strings.Contains(plan.stdout, "No differences") || strings.Contains(plan.stdout, "!") {
				t.Errorf("write %d, after %v: %s", at, after, plan.stdout)
			}
			g.arm(0, false, nil)
			p.must(apply...)
			if n := g.counted(); n != 0 {
				t.Errorf("write %d, after %v: a second apply makes %d writes", at, after, n)
			}
		}
	}
	t.Logf("%d writes, each killed at in two ways", writes)
}

// startArmed starts a run that is killed at a write.
func (p *program) startArmed(g *deadlyGraph, at int, after bool, args ...string) *process {
	p.t.Helper()
	started := make(chan *process, 1)
	g.arm(at, after, func() {
		r := <-started
		started <- r
		_ = r.cmd.Process.Kill()
	})
	r := p.start(args...)
	started <- r
	return r
}
