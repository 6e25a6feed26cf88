package jws

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

// kept is a Source in memory.
type kept struct {
	mu   sync.Mutex
	keys map[string][]Pair
}

func (k *kept) Lacking() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var none []string
	for tenant, keys := range k.keys {
		if len(keys) == 0 {
			none = append(none, tenant)
		}
	}
	return none
}

func (k *kept) Keys(tenant string) []Pair {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.keys[tenant])
}

func (k *kept) Fill(_ context.Context, first map[string]Pair) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for tenant, p := range first {
		if len(k.keys[tenant]) == 0 {
			k.keys[tenant] = []Pair{p}
		}
	}
	return nil
}

func (k *kept) Push(_ context.Context, tenant string, key Pair, most int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[tenant] = append([]Pair{key}, k.keys[tenant][:min(len(k.keys[tenant]), most-1)]...)
	return nil
}

var testPairs = sync.OnceValue(func() []Pair {
	var out []Pair
	for range 2 {
		p, err := Generate(clocktest.Now())
		if err != nil {
			panic(err)
		}
		out = append(out, p)
	}
	return out
})

func newTestKeyring(t *testing.T) (*Keyring, *kept) {
	t.Helper()
	source := &kept{keys: map[string][]Pair{"one": {testPairs()[0]}, "two": {testPairs()[1]}}}
	r := NewKeyring(source, clocktest.Now)
	r.Start()
	return r, source
}

func TestPayload(t *testing.T) {
	var p Payload
	p.Set("b", 1)
	p.Set("a", "x")
	p.Set("none", "")
	p.Set("nil", nil)
	p.Put("null", nil)
	p.Set("b", []any{true, nil, map[string]any{"n": 1.5}})
	p.Set("gone", "x")
	p.Drop("gone")
	got, err := json.Marshal(p)
	if want := `{"b":[true,null,{"n":1.5}],"a":"x","null":null}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	if p.Get("a") != "x" || p.Get("gone") != nil {
		t.Error("Get")
	}
	p.Set("bad", func() {})
	if _, err := json.Marshal(p); err == nil {
		t.Error("a value that is no JSON was encoded")
	}
}

// TestKeyring_open signs with each fault and without, and reads back what a verifier here says.
func TestKeyring_open(t *testing.T) {
	r, _ := newTestKeyring(t)
	now := clocktest.Now()
	good := func() Payload {
		return Payload{{"aud", "api"}, {"tid", "one"}, {"iat", now.Unix()}, {"nbf", now.Unix()}, {"exp", now.Add(time.Hour).Unix()}, {"nonce", "n"}, {"scp", "A.Read"}}
	}
	raw, err := r.Sign(t.Context(), "one", good())
	if err != nil {
		t.Fatal(err)
	}
	if c, err := r.Open(t.Context(), "one", raw, now); err != nil || c.Audience.First() != "api" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := r.Open(t.Context(), "two", raw, now); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("another tenant: %v", err)
	}
	if _, err := r.Open(t.Context(), "one", raw[:len(raw)-4]+"AAAA", now); !errors.Is(err, ErrSignature) {
		t.Errorf("a changed signature: %v", err)
	}
	if _, err := r.Open(t.Context(), "one", strings.Repeat("a", MaxSize+1), now); !errors.Is(err, ErrNotJWT) {
		t.Errorf("too large: %v", err)
	}
	// What Open does not judge (audience, issuer, nonce) it lets pass.
	want := map[string]error{
		"wrong_key": ErrSignature, "unknown_kid": ErrUnknownKey, "alg_none": ErrNotJWT, "hs256": ErrNotJWT, "expired": ErrUntimely, "not_yet_valid": ErrUntimely, "wrong_tenant": ErrUnknownKey,
	}
	for _, how := range Faults() {
		raw, err := r.Spoil(t.Context(), "one", good(), how)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Open(t.Context(), "one", raw, now)
		if !errors.Is(err, want[how]) || err != nil && want[how] == nil {
			t.Errorf("%s: got %v, want %v", how, err, want[how])
		}
		if how == "wrong_audience" && c.Audience.First() != strangerID || how == "array_audience" && !isArray(t, raw) {
			t.Errorf("%s: %+v", how, c)
		}
	}
}

func isArray(t *testing.T, raw string) bool {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Aud json.RawMessage }
	return json.Unmarshal(b, &c) == nil && strings.HasPrefix(string(c.Aud), "[")
}

// TestKeyring_rotate: the newest key signs, four stay published, missing ones are made.
func TestKeyring_rotate(t *testing.T) {
	r, source := newTestKeyring(t)
	now := clocktest.Now()
	old, err := r.Sign(t.Context(), "one", Payload{{"tid", "one"}, {"exp", now.Add(time.Hour).Unix()}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range MaxKeys {
		kid, err := r.Rotate(t.Context(), "one")
		if err != nil {
			t.Fatal(err)
		}
		keys, err := r.Keys(t.Context(), "one")
		if err != nil || keys[0].ID != kid || len(keys) != min(i+2, MaxKeys) {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		_, err = r.Open(t.Context(), "one", old, now)
		if gone := i == MaxKeys-1; gone != errors.Is(err, ErrUnknownKey) {
			t.Errorf("after %d rotations: %v", i+1, err)
		}
	}
	if _, err := r.Keys(t.Context(), "three"); !errors.Is(err, ErrNoKey) {
		t.Errorf("an unknown tenant: %v", err)
	}
	fresh := &kept{keys: map[string][]Pair{"new": nil}}
	made := NewKeyring(fresh, clocktest.Now)
	made.Start()
	if err := made.Wait(); err != nil || len(fresh.Keys("new")) != 1 {
		t.Errorf("missing keys: %v %v", err, slices.Collect(maps.Keys(source.keys)))
	}
}

func TestRead(t *testing.T) {
	for name, raw := range map[string]string{"empty": "", "no JSON": "YQ.YQ.YQ", "text": "a.b.c"} {
		if _, _, err := Read(raw, jose.RS256); !errors.Is(err, ErrNotJWT) {
			t.Errorf("%s: %v", name, err)
		}
	}
	now := clocktest.Now()
	for _, c := range []struct {
		exp, nbf time.Duration
		skew     time.Duration
		want     bool
	}{
		{time.Second, 0, 0, true}, {0, 0, 0, false}, {-4 * time.Minute, 0, 5 * time.Minute, true},
		{time.Hour, time.Second, 0, false}, {time.Hour, 4 * time.Minute, 5 * time.Minute, true},
	} {
		r := Received{Expiry: float64(now.Add(c.exp).Unix()), NotBefore: float64(now.Add(c.nbf).Unix())}
		if got := r.Timely(now, c.skew); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if (Received{}).Timely(now, time.Hour) {
		t.Error("a token without exp is timely")
	}
}
