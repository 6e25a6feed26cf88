package jws

import (
	"context"
	"errors"
	"sync"
	"time"
)

// MaxKeys is how many signing keys of a tenant stay published.
const MaxKeys = 4

// ErrNoKey reports a tenant whose signing key could not be made, or that is gone.
var ErrNoKey = errors.New("tenant has no signing key")

// Source is where the tenants' keys are kept.
type Source interface {
	// Lacking are the tenants without a key.
	Lacking() []string
	// Keys are a tenant's, the signing one first; none for an unknown tenant.
	Keys(tenant string) []Pair
	// Fill keeps first keys, by tenant, where there is none by now.
	Fill(ctx context.Context, first map[string]Pair) error
	// Push puts a key before a tenant's others, most of which are kept at most.
	Push(ctx context.Context, tenant string, key Pair, most int) error
}

// Keyring has the tenants' keys ready for use and makes missing ones.
type Keyring struct {
	source Source
	now    func() time.Time
	ready  chan struct{} // closed when every tenant has a key, or err is set
	err    error

	strange strangeKey // for spoilt tokens

	mu     sync.Mutex
	parsed map[string]*Key // by PEM of the private key
}

// NewKeyring returns a keyring that has to be started.
func NewKeyring(source Source, now func() time.Time) *Keyring {
	return &Keyring{source: source, now: now, ready: make(chan struct{}), parsed: map[string]*Key{}}
}

// Start makes missing keys in the background. When none is missing it costs nothing.
func (r *Keyring) Start() {
	if len(r.source.Lacking()) == 0 {
		close(r.ready)
		return
	}
	go func() {
		defer close(r.ready)
		r.err = r.fill()
	}()
}

// Wait waits until every tenant has a key and returns the error of that.
func (r *Keyring) Wait() error {
	<-r.ready
	return r.err
}

// fill generates outside the source's lock; it keeps a key only where another
// process has not kept one meanwhile.
func (r *Keyring) fill() error {
	made := map[string]Pair{}
	for _, tenant := range r.source.Lacking() {
		k, err := Generate(r.now())
		if err != nil {
			return err
		}
		made[tenant] = k
	}
	return r.source.Fill(context.Background(), made)
}

// Keys returns a tenant's keys, the signing one first.
func (r *Keyring) Keys(ctx context.Context, tenant string) ([]*Key, error) {
	select {
	case <-r.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if r.err != nil {
		return nil, r.err
	}
	pairs := r.source.Keys(tenant)
	if len(pairs) == 0 {
		return nil, ErrNoKey
	}
	out := make([]*Key, 0, len(pairs))
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range pairs {
		k, ok := r.parsed[p.PrivateKey]
		if !ok {
			var err error
			if k, err = p.Key(); err != nil {
				return nil, err
			}
			r.parsed[p.PrivateKey] = k
		}
		out = append(out, k)
	}
	return out, nil
}

// Sign makes a JWT of a payload with the tenant's newest key. The RSA work is
// done outside every lock.
func (r *Keyring) Sign(ctx context.Context, tenant string, p Payload) (string, error) {
	keys, err := r.Keys(ctx, tenant)
	if err != nil {
		return "", err
	}
	payload, err := p.MarshalJSON()
	if err != nil {
		return "", err
	}
	return keys[0].Sign(payload)
}

// Rotate gives a tenant a new signing key and returns its id. Earlier keys stay
// published, MaxKeys in all, and what they have signed stays good.
func (r *Keyring) Rotate(ctx context.Context, tenant string) (kid string, err error) {
	if err := r.Wait(); err != nil { // a first key that is being made would come after this one
		return "", err
	}
	pair, err := Generate(r.now())
	if err != nil {
		return "", err
	}
	if err := r.source.Push(ctx, tenant, pair, MaxKeys); err != nil {
		return "", err
	}
	key, err := pair.Key()
	if err != nil {
		return "", err
	}
	return key.ID, nil
}
