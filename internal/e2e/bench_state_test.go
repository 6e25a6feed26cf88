package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// BenchmarkEmulatorState compares a sign-up among many users with one in an empty tenant, and the making of a user by the
// control API, side by side, in memory and kept in a file; and times the making of ten thousand users over loopback:
//
//	go test -run '^$' -bench EmulatorState -benchtime 100x ./internal/e2e
func BenchmarkEmulatorState(b *testing.B) {
	var subjects []timed
	var all []*populace
	for _, where := range []string{"memory", "kept"} {
		for _, users := range []int{0, 10_000, 50_000} {
			t := newPopulace(b, where == "kept", users)
			t.count(b)
			all = append(all, t)
			subjects = append(subjects,
				timed{name: fmt.Sprintf("%s-sign-up-%d", where, users), run: func() func() error { return t.signUp() }},
				timed{name: fmt.Sprintf("%s-user-%d", where, users), run: func() func() error { return t.create() }})
		}
	}
	t := inTurn(b, subjects...)
	for _, p := range all { // every new user has gone again
		p.count(b)
	}
	var ratios []string
	for _, where := range []string{"memory", "kept"} {
		for _, what := range []string{"sign-up", "user"} {
			for _, users := range []int{10_000, 50_000} {
				ratios = append(ratios, fmt.Sprintf("%s-%s-%d/%s-%s-0", where, what, users, where, what))
			}
		}
	}
	t.reportMedians(b, ratios...)
	for _, where := range []string{"memory", "kept"} {
		took, last := newPopulace(b, where == "kept", 0).grow(b, 10_000)
		b.ReportMetric(took.Seconds(), where+"-10000-users-s")
		b.ReportMetric(last, where+"-last/first")
	}
}

// populace is a tenant with a number of users.
type populace struct {
	server *emulator.Server
	client *http.Client // without a network
	users  int
	file   string // "" in memory
	next   int
}

const newPassword, oneTimeCode = "Correct-Horse-9", "12345678"

func newPopulace(b *testing.B, kept bool, users int) *populace {
	b.Helper()
	seed := emulator.DefaultSeed()
	t := &seed.Tenants[0]
	t.FixedOneTimeCode = oneTimeCode
	for i := range users {
		t.Users = append(t.Users, directory.User{ID: fmt.Sprintf("aaaabbbb-0000-cccc-1111-%012x", i), Email: fmt.Sprintf("u%d@example.com", i), PasswordHash: "$2a$04$none", Attributes: map[string]string{"displayName": "One of many"}})
	}
	o := emulator.Options{Seed: seed, PasswordCost: 4}
	if kept {
		o.DataFile = filepath.Join(b.TempDir(), "tenant.yaml")
	}
	server, err := emulator.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	return &populace{server: server, client: &http.Client{Transport: server.Transport()}, users: users, file: o.DataFile}
}

const populaceBase = "http://localhost"

func (c *populace) email() string {
	c.next++
	return fmt.Sprintf("new%d@example.com", c.next)
}

// signUp has somebody sign up by native authentication.
func (c *populace) signUp() func() error {
	address := c.email()
	err := nativeSignUp(c.client, populaceBase, address)
	return func() error { return errors.Join(err, c.isThere(address, true)) }
}

// create makes a user by the control API.
func (c *populace) create() func() error {
	address := c.email()
	_, err := control(c.client, http.MethodPost, populaceBase, "/users", fmt.Sprintf(`{"email":%q,"attributes":{"displayName":"New"}}`, address))
	return func() error { return errors.Join(err, c.isThere(address, false)) }
}

// isThere returns an error unless the newest user is the new one, in the file too; then the user goes again.
func (c *populace) isThere(address string, password bool) error {
	u, err := control(c.client, http.MethodGet, populaceBase, "/users/"+address, "")
	if err != nil {
		return err
	}
	if attributes, _ := u["attributes"].(map[string]any); u["email"] != address || u["has_password"] != password || attributes["displayName"] != "New" {
		return fmt.Errorf("the user is %v, not %s", u, address)
	}
	if c.file != "" {
		data, err := os.ReadFile(c.file)
		if err != nil {
			return err
		}
		if last := data[bytes.LastIndexByte(bytes.TrimSuffix(data, []byte("\n")), '\n')+1:]; !bytes.Contains(last, []byte(address)) {
			return fmt.Errorf("the last line of the file is not about %s: %.300s", address, last)
		}
	}
	_, err = control(c.client, http.MethodDelete, populaceBase, "/users/"+address, "")
	return err
}

// count fails the benchmark unless there are as many users as its name says, in the file too.
func (c *populace) count(b *testing.B) {
	b.Helper()
	tenants := c.server.Tenants()
	if c.file != "" {
		d, err := directory.ReadState(c.file)
		if err != nil {
			b.Fatal(err)
		}
		tenants = append(tenants, d.Tenants...)
	}
	for _, t := range tenants {
		if len(t.Users) != c.users {
			b.Fatalf("%d users, not %d", len(t.Users), c.users)
		}
	}
}

// grow makes n users over loopback, one after the other. It returns how long that took, and the median of the last tenth over
// that of the first.
func (c *populace) grow(b *testing.B, n int) (all time.Duration, last float64) {
	b.Helper()
	web := httptest.NewServer(c.server)
	defer web.Close()
	took := make([]time.Duration, n)
	for i := range n {
		began := time.Now()
		if _, err := control(web.Client(), http.MethodPost, web.URL, "/users", fmt.Sprintf(`{"email":"u%d@example.com","attributes":{"displayName":"One of many"}}`, i)); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(began)
		all += took[i]
	}
	if users := c.server.Tenants()[0].Users; len(users) != n || users[n-1].Email != fmt.Sprintf("u%d@example.com", n-1) {
		b.Fatalf("%d users, not %d", len(users), n)
	}
	seconds := func(d time.Duration) float64 { return d.Seconds() }
	return all, middle(slices.Clone(took[n-n/10:]), seconds) / middle(slices.Clone(took[:n/10]), seconds)
}

// control calls the control API and returns the answer.
func control(client *http.Client, method, base, path, body string) (map[string]any, error) {
	r, err := http.NewRequest(method, base+"/_emulator"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer map[string]any
	if resp.StatusCode != http.StatusNoContent {
		err = json.NewDecoder(resp.Body).Decode(&answer)
	}
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: status %d %v", method, path, resp.StatusCode, answer)
	}
	return answer, err
}

// nativeSignUp has somebody sign up through the native authentication API of a tenant with a fixed one-time code.
func nativeSignUp(client *http.Client, base, address string) error {
	kinds := url.Values{"challenge_type": {"oob password redirect"}}
	steps := []struct {
		path string
		form url.Values
	}{
		{"start", url.Values{"username": {address}, "password": {newPassword}, "attributes": {`{"displayName":"New"}`}, "challenge_type": kinds["challenge_type"]}},
		{"challenge", kinds},
		{"continue", url.Values{"grant_type": {"oob"}, "oob": {oneTimeCode}}},
	}
	state := ""
	for _, s := range steps {
		s.form.Set("client_id", directory.DefaultPublicApp)
		if state != "" {
			s.form.Set("continuation_token", state)
		}
		resp, err := client.PostForm(base+"/"+directory.DefaultTenantID+"/signup/v1.0/"+s.path, s.form)
		if err != nil {
			return err
		}
		var answer struct {
			State   string `json:"continuation_token"`
			Problem string `json:"error_description"`
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: status %d, %s: %v", s.path, resp.StatusCode, answer.Problem, err)
		}
		state = answer.State
	}
	return nil
}
