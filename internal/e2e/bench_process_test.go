package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// signIns and refreshes are how many are behind the emulator when its memory is measured.
const (
	signIns   = 20_000
	refreshes = 50_000
)

// BenchmarkEmulatorProcess measures the binary: from exec to the first discovery document with a stored key, and with a new
// folder and a seed of a thousand users, and the
// memory after many sign-ins of one person, whose password is kept as a real hash, and then many refreshes:
//
//	go test -run '^$' -bench EmulatorProcess -benchtime 100x ./internal/e2e
func BenchmarkEmulatorProcess(b *testing.B) {
	e := newEmulatorProgram(b)
	first, _ := e.start() // makes the key and hashes the password
	_, kept, err := publicKey(http.DefaultClient, first.base)
	first.stop()
	if err != nil {
		b.Fatal(err)
	}
	e.checkHash()
	fresh := e.seeded(seededUsers)
	t := inTurn(b, timed{name: "discovery", run: func() func() error {
		p, document := e.start()
		return func() error {
			defer p.stop()
			return p.isKept(document, kept)
		}
	}}, timed{name: "seeded", before: fresh.move, run: func() func() error {
		p, document := fresh.start()
		return func() error {
			defer p.stop()
			if err := p.answered(document); err != nil {
				return err
			}
			return fresh.holds(seededUsers)
		}
	}})
	b.ReportMetric(t.median("discovery"), "discovery-ms")
	b.ReportMetric(t.median("seeded"), "seeded-ms")
	b.ReportMetric(slices.Max(t.of("discovery")).Seconds()*1000, "discovery-worst-ms")

	if runtime.GOOS != "linux" {
		b.Logf("the resident memory is measured on Linux, this is %s", runtime.GOOS)
		return
	}
	p, document := e.start()
	defer p.stop()
	if err := p.isKept(document, kept); err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	tokens := make([]string, signIns)
	errs := make([]error, signIns)
	onAllCores(signIns, func(i int) { tokens[i], errs[i] = nativeSignIn(client, p.base) })
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	slices.Sort(tokens)
	if n := len(slices.Compact(tokens)); n != signIns {
		b.Fatalf("%d different sessions, not %d", n, signIns)
	}
	resident, err := p.resident()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(resident, "resident-MB")
	b.ReportMetric(signIns, "sign-ins")
	p.refresh(b, client, tokens)
	after, err := p.resident()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(after, "resident-after-refreshes-MB")
	b.ReportMetric(after/resident, "resident-after/before")
	b.ReportMetric(refreshes, "refreshes")
}

// refresh refreshes the sessions in turn; each answer is a new access token that the tenant has signed.
func (p *emulatorProcess) refresh(b *testing.B, client *http.Client, tokens []string) {
	b.Helper()
	public, _, err := publicKey(client, p.base)
	if err != nil {
		b.Fatal(err)
	}
	r := &refresher{client: client, public: public}
	for done := 0; done < refreshes; done += each { // in portions, so that the proofs are not in memory all at once
		answers, errs := make([][]byte, each), make([]error, each)
		onAllCores(each, func(i int) { answers[i], errs[i] = r.session(tokens[(done+i)%len(tokens)]).over(p.base) })
		if err := errors.Join(append(errs, freshTokens(answers, public))...); err != nil {
			b.Fatal(err)
		}
	}
}

// emulatorProgram is the binary with a folder that keeps a tenant in which Grace has an account.
type emulatorProgram struct {
	b                *testing.B
	ciam, data, seed string
	env              []string
}

func newEmulatorProgram(b *testing.B) *emulatorProgram {
	b.Helper()
	dir := b.TempDir()
	e := &emulatorProgram{b: b, ciam: build(b, "cmd/ciam"), data: filepath.Join(dir, "data"), seed: filepath.Join(dir, "seed.yaml"),
		env: append(os.Environ(), "XDG_STATE_HOME="+dir+"/state", "XDG_CONFIG_HOME="+dir+"/config", "XDG_CACHE_HOME="+dir+"/cache")}
	// A password in clear text would be kept with a cheaper hash, and the first sign-in not cost what it costs a user.
	hash, err := directory.HashPassword(password, directory.DefaultPasswordCost)
	if err != nil {
		b.Fatal(err)
	}
	seed := fmt.Sprintf("version: 1\ntenants:\n  - id: %s\n    subdomain: contoso\n    apps:\n      - appId: %s\n        displayName: ciam-cli\n        publicClient: {redirectUris: ['http://localhost']}\n        isFallbackPublicClient: true\n        nativeAuthenticationApisEnabled: all\n    userFlows:\n      - displayName: SignInSignUpSample\n        applications: [%s]\n    users:\n      - {id: bbbbcccc-1111-dddd-2222-eeee3333ffff, email: %s, passwordHash: %s, attributes: {displayName: Grace}}\n",
		directory.DefaultTenantID, directory.DefaultPublicApp, directory.DefaultPublicApp, email, hash)
	if err := os.WriteFile(e.seed, []byte(seed), 0o600); err != nil {
		b.Fatal(err)
	}
	return e
}

// checkHash fails the benchmark unless the password is kept as a hash of the usual cost.
func (e *emulatorProgram) checkHash() {
	e.b.Helper()
	data, err := os.ReadFile(filepath.Join(e.data, "tenant.yaml"))
	if err != nil {
		e.b.Fatal(err)
	}
	cost, err := bcrypt.Cost(regexp.MustCompile(`\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}`).Find(data))
	if err != nil || cost != directory.DefaultPasswordCost {
		e.b.Fatalf("the password is kept with cost %d: %v", cost, err)
	}
}

// seededUsers is how many users a seed has, with passwords in clear text.
const seededUsers = 1000

// seeded is the same program with a seed of n users, and a key.
func (e *emulatorProgram) seeded(n int) *emulatorProgram {
	e.b.Helper()
	kept, err := directory.ReadState(filepath.Join(e.data, "tenant.yaml"))
	if err != nil {
		e.b.Fatal(err)
	}
	seed := kept.Clone()
	seed.Tenants[0].Users = nil
	for i := range n {
		seed.Tenants[0].Users = append(seed.Tenants[0].Users, directory.User{
			ID: fmt.Sprintf("aaaabbbb-0000-cccc-1111-%012x", i), Email: fmt.Sprintf("u%d@example.com", i), Password: password, Attributes: map[string]string{"displayName": "One of many"},
		})
	}
	data, err := directory.Encode(seed)
	if err != nil {
		e.b.Fatal(err)
	}
	own := *e
	own.seed = filepath.Join(e.b.TempDir(), "seed.yaml")
	if err := os.WriteFile(own.seed, data, 0o600); err != nil {
		e.b.Fatal(err)
	}
	return &own
}

// move names a folder that is not there yet.
func (e *emulatorProgram) move() { e.data = filepath.Join(e.b.TempDir(), "data") }

// holds returns an error unless the folder keeps n users.
func (e *emulatorProgram) holds(n int) error {
	kept, err := directory.ReadState(filepath.Join(e.data, "tenant.yaml"))
	if err == nil && len(kept.Tenants[0].Users) != n {
		err = fmt.Errorf("%d users are kept, not %d", len(kept.Tenants[0].Users), n)
	}
	return err
}

// emulatorProcess is a running one.
type emulatorProcess struct {
	cmd  *exec.Cmd
	base string
}

// discovered is the first answer at the address of the discovery document.
type discovered struct {
	status   int
	document map[string]any
}

// start returns when the first answer to a request for the discovery document is there, whatever it is.
func (e *emulatorProgram) start() (*emulatorProcess, discovered) {
	e.b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.b.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	_ = l.Close()
	p := &emulatorProcess{exec.Command(e.ciam, "emulator", "--http", "--port", port, "--data", e.data, "--seed", e.seed), "http://localhost:" + port}
	p.cmd.Env = e.env
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		e.b.Fatal(err)
	}
	e.b.Cleanup(p.stop)
	for {
		d, err := discover(p.base)
		if err == nil {
			return p, d
		}
		if time.Since(began) > 20*time.Second {
			e.b.Fatal(err)
		}
		time.Sleep(500 * time.Microsecond)
	}
}

// discover asks for the discovery document. The error is of a server that does not answer.
func discover(base string) (discovered, error) {
	resp, err := http.Get(base + "/" + directory.DefaultTenantID + "/v2.0/.well-known/openid-configuration")
	if err != nil {
		return discovered{}, err
	}
	defer resp.Body.Close()
	d := discovered{status: resp.StatusCode}
	_ = json.NewDecoder(resp.Body).Decode(&d.document)
	return d, nil
}

// isKept returns an error unless the answer was the tenant's discovery document and the tenant signs with the key kept.
func (p *emulatorProcess) isKept(d discovered, kept string) error {
	if err := p.answered(d); err != nil {
		return err
	}
	_, id, err := publicKey(http.DefaultClient, p.base)
	if err != nil {
		return err
	}
	if id != kept {
		return fmt.Errorf("it signs with the key %s and not with %s, which was kept", id, kept)
	}
	return nil
}

// answered returns an error unless the answer was the tenant's discovery document.
func (p *emulatorProcess) answered(d discovered) error {
	if issuer, _ := d.document["issuer"].(string); d.status != http.StatusOK || !strings.Contains(issuer, directory.DefaultTenantID) {
		return fmt.Errorf("status %d, issuer %q", d.status, issuer)
	}
	return nil
}

// stop ends the process; twice is fine.
func (p *emulatorProcess) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}

// resident is the memory that the running process holds, in MB of 10^6 bytes.
func (p *emulatorProcess) resident() (float64, error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.Fields(kb)[0])
			return float64(n) * 1024 / 1e6, err
		}
	}
	return 0, errors.New("the system does not tell the resident memory")
}
