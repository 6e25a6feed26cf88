package emulator

import (
	"context"
	"crypto/sha1" // x5t is a SHA-1 by definition (RFC 7517 section 4.8)
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// errNoKey reports a tenant whose signing key could not be made.
var errNoKey = errors.New("tenant has no signing key")

// signers turns the document's keys into JWS signers and makes missing ones.
type signers struct {
	store *directory.Store
	now   func() time.Time
	ready chan struct{} // closed when every tenant has a key, or err is set
	err   error

	strange strangeKey // for planned faults

	mu     sync.Mutex
	parsed map[string]*signingKey // by PEM of the private key
}

type signingKey struct {
	kid    string
	cert   *x509.Certificate
	signer jose.Signer
}

func newSigners(store *directory.Store, now func() time.Time) *signers {
	return &signers{store: store, now: now, ready: make(chan struct{}), parsed: map[string]*signingKey{}}
}

// start makes missing keys in the background. Tenants that have one cost nothing.
func (s *signers) start() {
	if !s.missing(s.store.View()) {
		close(s.ready)
		return
	}
	go func() {
		defer close(s.ready)
		s.err = s.fill()
	}()
}

func (s *signers) wait() error {
	<-s.ready
	return s.err
}

func (s *signers) missing(d *directory.Document) bool {
	for i := range d.Tenants {
		if len(d.Tenants[i].Keys) == 0 {
			return true
		}
	}
	return false
}

// fill generates outside the store's lock and keeps a key only where another
// process has not kept one meanwhile.
func (s *signers) fill() error {
	made := map[string]directory.Key{}
	for _, t := range s.store.View().Tenants {
		if len(t.Keys) > 0 {
			continue
		}
		k, err := directory.GenerateKey(s.now())
		if err != nil {
			return err
		}
		made[t.ID] = k
	}
	return s.store.Update(context.Background(), func(d *directory.Document) error {
		for i := range d.Tenants {
			t := &d.Tenants[i]
			if k, ok := made[t.ID]; ok && len(t.Keys) == 0 {
				t.Keys = []directory.Key{k}
			}
		}
		return nil
	})
}

// keys returns a tenant's keys, the signing one first.
func (s *signers) keys(ctx context.Context, tenantID string) ([]*signingKey, error) {
	select {
	case <-s.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.err != nil {
		return nil, s.err
	}
	t := s.store.View().Tenant(tenantID)
	if t == nil || len(t.Keys) == 0 {
		return nil, errNoKey
	}
	out := make([]*signingKey, 0, len(t.Keys))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range t.Keys {
		p, ok := s.parsed[k.PrivateKey]
		if !ok {
			var err error
			if p, err = parseSigningKey(k); err != nil {
				return nil, err
			}
			s.parsed[k.PrivateKey] = p
		}
		out = append(out, p)
	}
	return out, nil
}

func parseSigningKey(k directory.Key) (*signingKey, error) {
	priv, cert, err := k.Parse()
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(cert.Raw)
	kid := base64.RawURLEncoding.EncodeToString(sum[:])
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: priv, KeyID: kid}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	return &signingKey{kid: kid, cert: cert, signer: signer}, nil
}

// sign makes a JWT of the claims with the tenant's newest key. The RSA work is
// done outside every lock.
func (s *signers) sign(ctx context.Context, tenantID string, c claims) (string, error) {
	if p := planned(ctx); p != nil && p.Token != "" {
		return s.spoil(ctx, tenantID, c, p.Token)
	}
	keys, err := s.keys(ctx, tenantID)
	if err != nil {
		return "", err
	}
	payload, err := c.MarshalJSON()
	if err != nil {
		return "", err
	}
	jws, err := keys[0].signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return jws.CompactSerialize()
}
