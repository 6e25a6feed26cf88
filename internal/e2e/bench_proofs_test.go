package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// These tests see the proofs of the benchmarks fail: one that cannot would let any figure pass.

// fails checks that err holds the word, or that there is none when the word is empty.
func fails(t *testing.T, what string, err error, word string) {
	t.Helper()
	if word == "" && err != nil || word != "" && (err == nil || !strings.Contains(err.Error(), word)) {
		t.Errorf("%s: got %v, expected %q", what, err, word)
	}
}

// TestTimedCommand runs `ciam token` from one kind of store under the name of another, as BenchmarkCommands once did, and
// other things that are not the read they are said to be.
func TestTimedCommand(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		tn := startTenant(t)
		ciam, err := buildOnce()
		if err != nil {
			t.Fatal(err)
		}
		chain, file := signedInAs(t, tn, ciam, "keychain"), signedInAs(t, tn, ciam, "file")
		item, _ := keychaintest.Lookup(t, sessionName)
		token, lookup := []string{ciam, "token"}, []string{"secret-tool", "lookup", "service", "ciam", "username", sessionName}
		twice := []string{"sh", "-c", `"$0" token >/dev/null && exec "$0" token`, ciam}
		ask := []string{"dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
			"org.freedesktop.Secret.Service.ReadAlias", "string:default"}
		ofChain, ofFile := chain.token+"\n", file.token+"\n"
		for _, c := range []struct {
			name           string
			args, env      []string
			want           outcome
			timed, watched string // what the two proofs find wrong
		}{
			{"the keychain", token, chain.env, keychainRead(ofChain), "", ""},
			{"the file", token, file.env, fileRead(ofFile), "", ""},
			{"secret-tool", lookup, chain.env, keychainRead(item), "", ""},
			{"the file for the keychain", token, file.env, keychainRead(ofChain), "it printed", "it printed"},
			{"the file for the keychain, the token aside", token, file.env, keychainRead(ofFile), "connections to the bus: 0, not 1", "served by the keychain: 0, not 1"},
			{"the keychain for the file", token, chain.env, fileRead(ofFile), "it printed", "it printed"},
			{"the keychain for the file, the token aside", token, chain.env, fileRead(ofChain), "connections to the bus: 1, not 0", "served by the keychain: 1, not 0"},
			{"two reads for one", twice, chain.env, keychainRead(ofChain), "connections to the bus: 2, not 1", "served by the keychain: 2, not 1"},
			{"a question for a read", ask, chain.env, keychainRead(""), "it printed", "served by the keychain: 0, not 1"},
			{"a renewal for a read", []string{ciam, "token", "--force-refresh"}, file.env, fileRead(""), "requests to the tenant: 1, not 0", "it printed"},
			{"a failure", []string{ciam, "token", "--profile", "nobody"}, chain.env, nothing(""), "exit status", "exit status"},
		} {
			command := timedCommand{c.name, c.args, c.env, c.want}
			timed := command.subject(t, tn)
			_, err := timed.time()
			fails(t, c.name+", timed", err, c.timed)
			fails(t, c.name+", watched", command.witness(t), c.watched)
		}
		// One home for both kinds: the second sign-in moves the session.
		chain.must("login", "--token-store", "file")
		moved := timedCommand{"moved", token, chain.env, keychainRead(ofChain)}
		fails(t, "a session that moved to the file", moved.witness(t), "served by the keychain: 0, not 1")
	})
}

// TestTimed wants a proof of every run, and that it holds.
func TestTimed(t *testing.T) {
	for name, c := range map[string]struct {
		run  func() func() error
		word string
	}{
		"a proof":    {func() func() error { return func() error { return nil } }, ""},
		"none":       {func() func() error { return nil }, "nothing proves"},
		"one of not": {func() func() error { return func() error { return errors.New("something else") } }, "something else"},
	} {
		s := timed{name: name, run: c.run}
		_, err := s.time()
		fails(t, name, err, c.word)
	}
}

// TestTurns_ratio compares within rounds: what slows a whole round down cancels out.
func TestTurns_ratio(t *testing.T) {
	ms := time.Millisecond
	turns := turns{timed: []timed{{name: "a"}, {name: "b"}}, took: [][]time.Duration{{2 * ms, 40 * ms, 6 * ms}, {1 * ms, 20 * ms, 3 * ms}}}
	if got := turns.ratio("a", "b"); got != 2 {
		t.Errorf("ratio %v", got)
	}
	if got := turns.median("a"); math.Abs(got-6) > 1e-9 {
		t.Errorf("median %v", got)
	}
	turns.took = [][]time.Duration{{1 * ms, 3 * ms}, {1 * ms, 1 * ms}}
	if got := turns.ratio("a", "b"); got != 2 {
		t.Errorf("ratio of two rounds %v", got)
	}
}

// TestCrowd tells a hundred equal answers from fewer, and one renewal from none and from many.
func TestCrowd(t *testing.T) {
	const all = processes
	for name, c := range map[string]struct {
		crowd
		printed, renewed string // what is wrong when "old" was expected, and a renewal of "old"
	}{
		"all printed it":        {crowd{map[string]int{"old": all}, 0, 0}, "", "the expired token 100 times"},
		"all renewed at once":   {crowd{map[string]int{"new": all}, 1, 1}, "0 of 100", ""},
		"with a request":        {crowd{map[string]int{"old": all}, 1, 0}, "1 requests", "0 refreshes"},
		"renewed for nothing":   {crowd{map[string]int{"old": all}, 1, 1}, "1 requests", "the expired token 100 times"},
		"two renewals":          {crowd{map[string]int{"new": all}, 2, 2}, "0 of 100", "2 refreshes"},
		"a request beside it":   {crowd{map[string]int{"new": all}, 2, 1}, "0 of 100", "2 requests"},
		"renewed without one":   {crowd{map[string]int{"new": all}, 0, 0}, "0 of 100", "0 refreshes"},
		"by a request for more": {crowd{map[string]int{"new": all}, 1, 0}, "0 of 100", "0 refreshes"},
		"one is missing":        {crowd{map[string]int{"old": all - 1}, 0, 0}, "99 of 100", "the expired token 99 times"},
		"one printed another":   {crowd{map[string]int{"old": all - 1, "new": 1}, 0, 0}, "99 of 100", "2 different outputs"},
		"one renewal is lost":   {crowd{map[string]int{"new": all - 1}, 1, 1}, "0 of 100", "1 different outputs"},
		"all printed nothing":   {crowd{map[string]int{"": all}, 1, 1}, "0 of 100", "1 different outputs"},
		"no process was there":  {crowd{nil, 0, 0}, "0 of 100", "0 different outputs"},
	} {
		fails(t, name+", printed", c.crowd.printed("old"), c.printed)
		fails(t, name+", renewed", c.crowd.renewed("old"), c.renewed)
	}
}

// TestFreshTokens tells answers with two new signatures each from others.
func TestFreshTokens(t *testing.T) {
	seed := emulator.DefaultSeed()
	withUser(seed)
	server, err := emulator.New(emulator.Options{PasswordCost: 4, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	r, err := newRefresher(server)
	if err != nil {
		t.Fatal(err)
	}
	answer := func() []byte {
		a, err := r.direct()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	without := func(answer []byte, field string, value any) []byte {
		var m map[string]any
		if err := json.Unmarshal(answer, &m); err != nil {
			t.Fatal(err)
		}
		m[field] = value
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one, two := answer(), answer()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answers [][]byte
		key     *rsa.PublicKey
		word    string
	}{
		"fresh":              {[][]byte{one, two}, r.public, ""},
		"none":               {nil, r.public, "0 signatures for 0 answers"},
		"the same again":     {[][]byte{one, one}, r.public, "2 signatures for 2 answers"},
		"no ID token":        {[][]byte{one, without(two, "id_token", "")}, r.public, "not signed"},
		"no refresh token":   {[][]byte{without(one, "refresh_token", "")}, r.public, "refresh token"},
		"an error":           {[][]byte{[]byte(`{"error":"invalid_grant"}`)}, r.public, "refresh token"},
		"no JSON":            {[][]byte{[]byte("<html>")}, r.public, "no JSON"},
		"another's":          {[][]byte{one}, &other.PublicKey, "did not sign"},
		"a cheaper key":      {[][]byte{one}, &small.PublicKey, "1024 bits"},
		"unsigned":           {[][]byte{without(one, "access_token", "eyJhbGciOiJub25lIn0.e30.")}, r.public, "not signed"},
		"one token for both": {[][]byte{without(one, "id_token", accessTokenOf(t, one))}, r.public, "1 signatures"},
	} {
		fails(t, name, freshTokens(c.answers, c.key), c.word)
	}
	fails(t, "without a network", r.run(r.direct, 0)(), "")
	fails(t, "without a network for over one", r.run(r.direct, each)(), "0 requests came over the network")
	r.form = "grant_type=nonsense"
	fails(t, "refused", r.run(r.direct, 0)(), "status 400")
}

func accessTokenOf(t *testing.T, answer []byte) string {
	t.Helper()
	var a struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		t.Fatal(err)
	}
	return a.Access
}

// TestEmulatorProcess_isKept tells the kept tenant's discovery document from other first answers.
func TestEmulatorProcess_isKept(t *testing.T) {
	tn := startTenant(t)
	p := &emulatorProcess{base: tn.authority[:strings.LastIndex(tn.authority, "/")]}
	_, kept, err := publicKey(http.DefaultClient, p.base)
	if err != nil {
		t.Fatal(err)
	}
	document, err := discover(p.base)
	if err != nil {
		t.Fatal(err)
	}
	fails(t, "kept", p.isKept(document, kept), "")
	fails(t, "a new key", p.isKept(document, "another"), "which was kept")
	fails(t, "another page", p.isKept(discovered{status: 200}, kept), "issuer")
	fails(t, "not found", p.isKept(discovered{404, document.document}, kept), "status 404")
}
