package authority

import (
	"errors"
	"slices"
	"testing"
)

func TestKeys_IDs(t *testing.T) {
	s := newTenant(t)
	r := resolver("")
	md, err := r.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	s.keys = respond(200, jwks(testJWK("key-1", testKey()), change(testJWK("key-2", otherKey()), members{"use": "enc"}), testJWK("key-3", otherKey())))
	for range 2 {
		ids, err := r.Keys(md).IDs(t.Context())
		if err != nil || !slices.Equal(ids, []string{"key-1", "key-3"}) {
			t.Errorf("got %v, %v", ids, err)
		}
	}
	if got := s.askedJK.Load(); got > 2 {
		t.Errorf("%d requests", got)
	}
	var untrusted *UntrustedMetadataError
	s.keys = respond(200, jwks())
	if ids, err := resolver("").Keys(md).IDs(t.Context()); !errors.As(err, &untrusted) {
		t.Errorf("no keys: %v, %v", ids, err)
	}
	var unreachable *UnreachableError
	s.keys = respond(404, "no")
	if ids, err := resolver("").Keys(md).IDs(t.Context()); !errors.As(err, &unreachable) {
		t.Errorf("nothing there: %v, %v", ids, err)
	}
}
