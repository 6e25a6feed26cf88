package idtoken

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
)

const (
	minRSABits        = 2048
	expectedSignature = "a signature by a key of the tenant"
	noKey             = "no key with the id "
	gotForm           = "a signed JWT"
)

// KeySet finds the tenant's public key by its id. Its error is kept in VerificationError.Err.
type KeySet interface {
	Key(ctx context.Context, kid string) (crypto.PublicKey, error)
}

// Expectation is what a token must say. Issuer, TenantID and ClientID are required: left empty, no token passes.
type Expectation struct {
	Issuer   string    // byte for byte, as the tenant's validated metadata has it
	TenantID string    // lower-case GUID
	ClientID string    // of this app
	Nonce    string    // as sent with the authorize request; "" = not checked, for a refresh, where there was no such request
	Subject  string    // as before the refresh; "" = any
	Now      time.Time // zero = time.Now

	// Audiences are what Inspect holds the audience against in place of ClientID: any of them. APIs are the same for an access
	// token where there are no Audiences. Verify knows neither.
	Audiences, APIs []string
}

// Verify takes a token apart and checks all of it; the tenant's key, which may cost a request, only when everything else
// is right. Any error is a *VerificationError, and then there is no Token.
func Verify(ctx context.Context, raw string, keys KeySet, want Expectation) (*Token, error) {
	if want.Now.IsZero() {
		want.Now = time.Now()
	}
	var r report
	p, err := parse(raw)
	if err != nil {
		r.add("form", false, expectedForm, "something else")
		return nil, &VerificationError{Checks: r.checks, Err: err}
	}
	r.add("form", true, expectedForm, gotForm)
	r.header(p.header)
	r.identity(p.claims, want, []string{want.ClientID})
	r.times(p.claims, want.Now)
	if r.failed {
		r.skip("signature", expectedSignature)
	} else {
		err = r.signature(ctx, p, keys)
	}
	if r.failed {
		e := &VerificationError{Checks: r.checks, Err: err}
		if r.badTime {
			e.clock = stamp(want.Now)
		}
		return nil, e
	}
	t := p.token()
	t.Checks = r.checks
	return t, nil
}

// report collects checks.
type report struct {
	checks          []Check
	failed, badTime bool
	// look is Inspect's: what there is nothing to hold against is unknown, where for Verify it fails.
	look bool
	// access says that the token is an access token.
	access bool
}

func (r *report) add(name string, ok bool, expected, got string) {
	r.checks = append(r.checks, Check{Name: name, OK: ok, Expected: expected, Got: got})
	r.failed = r.failed || !ok
}

// unknown notes what there is nothing to hold against.
func (r *report) unknown(name, expected, got string) {
	r.checks = append(r.checks, Check{Name: name, Unknown: true, Expected: expected, Got: got})
}

func (r *report) skip(name, expected string) {
	r.checks = append(r.checks, Check{Name: name, Skipped: true, Expected: expected, Got: "nothing, as other checks failed before"})
}

// header checks the JOSE header (RFC 7515, section 4). The algorithm is ours to choose and not the token's (RFC 8725,
// section 3.1): "none", and HS256 with the public key as secret, end here. No extension is understood, so none may be
// critical, and an unencoded payload (b64, RFC 7797) is refused even when it is not said to be critical.
func (r *report) header(h strictjson.Object) {
	alg := h.Text("alg")
	r.add("algorithm", alg == "RS256", "RS256", show(h, "alg"))
	typ := h.Text("typ")
	r.add("type", h.Get("typ") == nil || typ == "JWT" || typ == "jwt" || r.access && typ == "at+jwt", "JWT or nothing", show(h, "typ"))
	extension := "none"
	for _, name := range [...]string{"crit", "b64"} {
		if h.Get(name) != nil {
			extension = name
		}
	}
	r.add("header extensions", extension == "none", "none", extension)
	kid := h.Text("kid")
	r.add("key id", kid != "" && len(kid) <= 512, "a kid", show(h, "kid"))
}

// signature checks RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3) by the tenant's key of that kid.
func (r *report) signature(ctx context.Context, p *parsed, keys KeySet) error {
	const name, expected = "signature", expectedSignature
	if keys == nil {
		r.add(name, false, expected, "no keys to check with")
		return nil
	}
	kid := p.header.Text("kid")
	key, err := keys.Key(ctx, kid)
	if err != nil {
		r.add(name, false, expected, noKey+strconv.Quote(shorten(kid)))
		return fmt.Errorf("get key: %w", err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok || public == nil || public.N == nil || public.N.BitLen() < minRSABits {
		r.add(name, false, expected, "a key that is not RSA of 2048 bits or more")
		return errors.New("unsuitable key")
	}
	sum := sha256.Sum256([]byte(p.signed))
	if rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], p.signature) != nil {
		r.add(name, false, expected, "one that does not match key "+strconv.Quote(shorten(kid)))
		return nil
	}
	r.add(name, true, expected, "RS256 by key "+strconv.Quote(shorten(kid))+" of the tenant")
	return nil
}

// show writes a member for a message: quoted text, or what it is instead.
func show(o strictjson.Object, name string) string {
	if raw := o.Get(name); strictjson.Kind(raw) != "a string" {
		return strictjson.Kind(raw)
	}
	return strconv.Quote(shorten(o.Text(name)))
}
