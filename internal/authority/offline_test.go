package authority

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestOffline makes no request, whatever is asked: what is kept is used at any age, and anything else cannot be had.
func TestOffline(t *testing.T) {
	s := newTenant(t)
	dir := t.TempDir()
	offline := func(later time.Duration) *Resolver {
		return &Resolver{CacheDir: dir, Offline: true, Now: func() time.Time { return testNow.Add(later) }}
	}
	var e *UnreachableError
	if _, err := offline(0).Metadata(t.Context(), s.authority(), ""); !errors.As(err, &e) || !strings.Contains(err.Error(), "no request was to be made") {
		t.Errorf("nothing kept: %v", err)
	}
	fill(t, s, dir)
	for _, later := range []time.Duration{time.Hour, 25 * time.Hour, 400 * 24 * time.Hour} {
		r := offline(later)
		md, err := r.Metadata(t.Context(), s.authority(), testTenant)
		if err != nil || md.Issuer != guidTestIssuer || !md.FetchedAt.Equal(testNow) {
			t.Fatalf("after %s: %+v, %v", later, md, err)
		}
		if key, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil || !testKey().Equal(key) {
			t.Errorf("after %s: %v, %v", later, key, err)
		}
		if _, err := r.Keys(md).Key(t.Context(), "key-2"); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("after %s, an unknown key: %v", later, err)
		}
	}
	var untrusted *UntrustedMetadataError // pinned to another tenant: what is kept still passes the rule, or does not
	if _, err := offline(0).Metadata(t.Context(), s.authority(), otherTenant); !errors.As(err, &untrusted) {
		t.Errorf("another tenant: %v", err)
	}
	if n := s.askedMeta.Load() + s.askedJK.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestKeyFile(t *testing.T) {
	f, err := ParseKeyFile([]byte(jwks(testJWK("key-1", testKey()))), testTenant)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := f.Key(t.Context(), "key-1"); err != nil || !testKey().Equal(key) {
		t.Errorf("%v, %v", key, err)
	}
	if _, err := f.Key(t.Context(), "other"); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("%v", err)
	}
	var untrusted *UntrustedMetadataError
	for _, text := range []string{"", "{}", `{"keys":[]}`, "-----BEGIN PUBLIC KEY-----", jwks(testJWK("a", testKey()), testJWK("a", otherKey()))} {
		if _, err := ParseKeyFile([]byte(text), testTenant); !errors.As(err, &untrusted) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := ParseKeyFile([]byte(jwks(testJWK("key-1", testKey()))), otherTenant); !errors.As(err, &untrusted) {
		t.Errorf("another tenant's keys: %v", err)
	}
	if got := Issuer(testTenant); got != guidTestIssuer {
		t.Errorf("issuer %s", got)
	}
}
