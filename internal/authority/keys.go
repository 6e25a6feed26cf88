package authority

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ciam-cli/ciam/internal/wire"
)

// coolDown is how long an unknown kid cannot cause another request after one did: tokens with made-up kids must not turn
// this program against the tenant's key endpoint.
const coolDown = time.Minute

// Keys is the key set of one tenant. It asks for nothing until Key is called, and is safe for concurrent use.
type Keys struct {
	resolver *Resolver
	md       Metadata
}

// Keys returns the key set that md names. Key checks md.JWKSURI once more, so that metadata a caller kept is not taken on trust.
func (r *Resolver) Keys(md Metadata) *Keys { return &Keys{resolver: r, md: md} }

// Key returns the public key with that kid, an *rsa.PublicKey of 2048 to 8192 bits.
//
// It costs no request when the kid is among keys fetched less than 24 hours ago, and one request otherwise. A kid that is not
// among them causes one refetch, at most once a minute per tenant on this machine (remembered on disk), since a tenant may
// change its keys at any time. Where there is nothing at md.JWKSURI, the metadata are asked for once more.
//
// Errors: ErrUnknownKey, *UnreachableError, *UnknownTenantError, *UntrustedMetadataError (the key set is malformed), and ctx's.
func (k *Keys) Key(ctx context.Context, kid string) (crypto.PublicKey, error) {
	a, err := reparse(k.md.Authority)
	if err != nil {
		return nil, err
	}
	if err := checkEndpoint(a, k.md.TenantID, "jwks_uri", k.md.JWKSURI); err != nil {
		return nil, err
	}
	e, err := k.resolver.open(ctx, a.String())
	if err != nil {
		return nil, err
	}
	defer e.close()

	now := k.resolver.now()
	if key := k.cached(e, kid, now); key != nil {
		return key, nil
	}
	k.resolver.reload(e) // another process may have asked in the meantime
	k = k.at(a, e)
	if key := k.cached(e, kid, now); key != nil {
		return key, nil
	}
	return k.fetch(ctx, a, e, kid, now)
}

// at is the key set at the address that is known now: the metadata it was made with may have been replaced.
func (k *Keys) at(a Authority, e *entry) *Keys {
	return &Keys{resolver: k.resolver, md: k.resolver.newest(a, e, k.md)}
}

// cached returns the key from what is in memory, or nil.
func (k *Keys) cached(e *entry, kid string, now time.Time) *rsa.PublicKey {
	if !k.usable(e, now) {
		return nil
	}
	set, err := parseJWKS(e.doc.Keys.JWKS, k.md.TenantID)
	if err != nil {
		return nil
	}
	return set.find(kid)
}

func (k *Keys) usable(e *entry, now time.Time) bool {
	c := e.doc.Keys
	return c != nil && c.JWKSURI == k.md.JWKSURI && k.resolver.usable(c.FetchedAt, now)
}

// fetch asks the tenant, unless it was asked for an unknown kid just before.
func (k *Keys) fetch(ctx context.Context, a Authority, e *entry, kid string, now time.Time) (crypto.PublicKey, error) {
	if k.resolver.Offline && k.usable(e, now) {
		return nil, fmt.Errorf("%q among the keys kept of %s: %w", shorten(kid), k.md.JWKSURI, ErrUnknownKey)
	}
	next := &cachedKeys{JWKSURI: k.md.JWKSURI, FetchedAt: now}
	if k.usable(e, now) {
		if since := now.Sub(e.doc.Keys.RefetchedAt); since >= 0 && since < coolDown {
			return nil, fmt.Errorf("%q at %s, asked less than a minute ago: %w", shorten(kid), k.md.JWKSURI, ErrUnknownKey)
		}
		next.RefetchedAt = now
	}
	body, err := k.resolver.get(ctx, a, k.md.JWKSURI)
	if gone(err) {
		if md, err := k.resolver.refetch(ctx, a, e, k.md); err == nil && md.JWKSURI != k.md.JWKSURI {
			return (&Keys{resolver: k.resolver, md: md}).fetch(ctx, a, e, kid, now)
		}
	}
	if err != nil {
		if e.doc.Keys != nil && !k.usable(e, now) {
			noteStale(err, e.doc.Keys.FetchedAt)
		}
		return nil, err
	}
	if _, problem := decodeObject(k.md.JWKSURI, wire.Reply{Status: http.StatusOK, Body: body}); problem != nil {
		return nil, problem
	}
	set, err := parseJWKS(body, k.md.TenantID)
	if err != nil {
		return nil, err
	}
	if next.JWKS, err = json.Marshal(set); err != nil {
		return nil, err
	}
	k.resolver.update(e, func(d *document) { d.Keys = next })
	if key := set.find(kid); key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("%q at %s: %w", shorten(kid), k.md.JWKSURI, ErrUnknownKey)
}
