package idtoken_test

import (
	"context"
	"crypto"
	"errors"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/idtoken/idtokentest"
)

// tenantKeys is the key set of one key; a name that it does not have is an error.
type tenantKeys struct{ asked int }

func (k *tenantKeys) Key(_ context.Context, kid string) (crypto.PublicKey, error) {
	k.asked++
	if kid != idtokentest.Kid {
		return nil, errors.New("no such key")
	}
	return idtokentest.Key(), nil
}

// TestVerify_hostile runs every hostile token: refused by exactly the checks that it names, without a key being asked for
// where the signature is not in question, and without a word of the token in the message. At least 300 are refused.
func TestVerify_hostile(t *testing.T) {
	want := idtoken.Expectation{Issuer: idtokentest.Issuer, TenantID: idtokentest.TenantID, ClientID: idtokentest.ClientID, Nonce: idtokentest.Nonce, Now: clocktest.Now()}
	seen, refused := map[string]bool{}, 0
	for _, c := range idtokentest.Cases() {
		if seen[c.Name] {
			t.Errorf("%q is there twice", c.Name)
		}
		seen[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			keys := &tenantKeys{}
			token, err := idtoken.Verify(t.Context(), c.Token, keys, want)
			if c.Fails == "" {
				if err != nil || token == nil {
					t.Errorf("a good token was refused: %v", err)
				}
				return
			}
			refused++
			var e *idtoken.VerificationError
			if !errors.As(err, &e) || token != nil {
				t.Fatalf("got %v, %v; want a VerificationError and no token", token, err)
			}
			var failed []string
			for _, check := range e.Failed() {
				failed = append(failed, check.Name)
			}
			if got := strings.Join(failed, ","); got != c.Fails {
				t.Errorf("failed: %s\nwant:   %s\n%v", got, c.Fails, err)
			}
			if c.Fails != "signature" && keys.asked != 0 {
				t.Error("a key was asked for")
			}
			if message := err.Error(); len(message) > 4096 {
				t.Errorf("a message of %d bytes", len(message))
			}
			for part := range strings.SplitSeq(c.Token, ".") {
				if len(part) > 40 && strings.Contains(err.Error(), part) {
					t.Error("the message holds a part of the token")
				}
			}
		})
	}
	if refused < 300 {
		t.Errorf("%d hostile tokens, want at least 300", refused)
	}
	t.Logf("%d tokens, %d of them refused", len(seen), refused)
}
