package authority

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/wire"
)

const (
	maxAge         = 24 * time.Hour   // of metadata and keys on disk
	defaultTimeout = 10 * time.Second // per request, the body included
)

// Metadata is what a tenant publishes about itself, after it passed the rule of the package comment.
type Metadata struct {
	Authority                   string    `json:"authority"` // Authority.String() of whom it was asked
	Issuer                      string    `json:"issuer"`    // as ID tokens carry it, byte for byte
	TenantID                    string    `json:"tenant_id"` // lower-case GUID
	AuthorizationEndpoint       string    `json:"authorization_endpoint"`
	TokenEndpoint               string    `json:"token_endpoint"`
	JWKSURI                     string    `json:"jwks_uri"`
	EndSessionEndpoint          string    `json:"end_session_endpoint,omitempty"`          // "" when the tenant has none
	DeviceAuthorizationEndpoint string    `json:"device_authorization_endpoint,omitempty"` // "" when the tenant has none
	FetchedAt                   time.Time `json:"fetched_at"`                              // UTC, whole seconds
}

// Resolver asks tenants for their metadata and keys and remembers both, in memory and on disk. The zero value works, without
// a disk cache. Its fields must not change after first use; its methods may be called concurrently, and calls for one
// authority share one request.
type Resolver struct {
	HTTP     *http.Client     // nil = http.DefaultClient; CheckRedirect is replaced: redirects stay on the origin asked
	CacheDir string           // folder of the disk cache, made (0700) when missing; "" = no disk cache
	Now      func() time.Time // nil = time.Now
	Timeout  time.Duration    // for one request with its body; 0 = 10 seconds

	// Offline makes no request: what is kept is used whatever its age, for who asked for that, and nothing else can be had.
	Offline bool

	// Warn, when not nil, is told once that the disk cache cannot be written. Everything works without it, with more requests.
	Warn func(error)

	pause func(context.Context, time.Duration) error // between two tries of one request; nil = real time

	mu      sync.Mutex
	entries map[string]*entry
	warned  sync.Once
}

// Metadata returns the validated metadata of a. tenantID is the tenant id that was pinned earlier, or "" to learn it from the
// issuer; an authority that carries an id is held to that one in any case.
//
// It costs no request when a copy younger than 24 hours is at hand, which passes the same rule again, and one otherwise.
// An older copy is never used, not even when the tenant cannot be reached, unless the resolver is Offline.
//
// Errors: *FormError (a or tenantID is malformed), *UnreachableError, *UnknownTenantError, *UntrustedMetadataError. When ctx
// ends first, the error is ctx's and none of these.
func (r *Resolver) Metadata(ctx context.Context, a Authority, tenantID string) (Metadata, error) {
	tid, err := expectedTenant(a, tenantID)
	if err != nil {
		return Metadata{}, err
	}
	e, err := r.open(ctx, a.String())
	if err != nil {
		return Metadata{}, err
	}
	defer e.close()

	now := r.now()
	cached := e.doc.Metadata
	if cached != nil && r.usable(cached.FetchedAt, now) {
		if id, err := validate(a, tid, cached); err == nil && id == cached.TenantID {
			return *cached, nil
		}
	}
	md, err := r.renew(ctx, a, e, tid, now)
	if err != nil && cached != nil {
		noteStale(err, cached.FetchedAt)
	}
	return md, err
}

// Refetch returns what the tenant publishes now, for a caller to whom an endpoint of md, which may come from the disk,
// said that there is nothing. It costs one request; none when another process has asked since md was fetched, or when md
// is less than a minute old: a tenant that is broken must not be asked for its metadata with every call.
//
// Errors: those of Metadata.
func (r *Resolver) Refetch(ctx context.Context, md Metadata) (Metadata, error) {
	a, err := reparse(md.Authority)
	if err != nil {
		return Metadata{}, err
	}
	e, err := r.open(ctx, a.String())
	if err != nil {
		return Metadata{}, err
	}
	defer e.close()
	return r.refetch(ctx, a, e, md)
}

// refetch is Refetch for who holds the entry.
func (r *Resolver) refetch(ctx context.Context, a Authority, e *entry, md Metadata) (Metadata, error) {
	r.reload(e)
	now := r.now()
	if newer := r.newest(a, e, md); newer != md {
		return newer, nil
	}
	if since := now.Sub(md.FetchedAt); since >= 0 && since < coolDown {
		return md, nil
	}
	return r.renew(ctx, a, e, md.TenantID, now)
}

// newest is what is known in place of md: the same, or what was fetched since.
func (r *Resolver) newest(a Authority, e *entry, md Metadata) Metadata {
	known := e.doc.Metadata
	if known == nil || !known.FetchedAt.After(md.FetchedAt) || !fresh(known.FetchedAt, r.now()) {
		return md
	}
	if id, err := validate(a, md.TenantID, known); err != nil || id != known.TenantID {
		return md
	}
	return *known
}

// renew asks for the metadata and keeps them if they pass.
func (r *Resolver) renew(ctx context.Context, a Authority, e *entry, tid string, now time.Time) (Metadata, error) {
	md, err := r.fetchMetadata(ctx, a)
	if err != nil {
		return Metadata{}, err
	}
	if md.TenantID, err = validate(a, tid, &md); err != nil {
		return Metadata{}, err
	}
	md.FetchedAt = now
	r.update(e, func(d *document) { d.Metadata = &md })
	return md, nil
}

// expectedTenant checks what the caller hands in, and returns the tenant id to insist on, or "".
func expectedTenant(a Authority, pinned string) (string, error) {
	if again, err := reparse(a.String()); err != nil {
		return "", err
	} else if again != a {
		return "", formError(a.String(), "was not made by Parse")
	}
	carried := a.TenantID()
	switch {
	case pinned == "":
		return carried, nil
	case !isGUID(pinned):
		return "", formError(pinned, "is not a tenant id (GUID)")
	case carried != "" && !strings.EqualFold(carried, pinned):
		return "", untrusted("tenant id of the authority", strings.ToLower(pinned)+" (pinned earlier)", carried)
	}
	return strings.ToLower(pinned), nil
}

func (r *Resolver) fetchMetadata(ctx context.Context, a Authority) (Metadata, error) {
	body, err := r.get(ctx, a, a.DiscoveryURL())
	if err != nil {
		return Metadata{}, err
	}
	members, problem := decodeObject(a.DiscoveryURL(), wire.Reply{Status: http.StatusOK, Body: body})
	if problem != nil {
		return Metadata{}, problem
	}
	md := Metadata{Authority: a.String()}
	for _, f := range [...]struct {
		name string
		to   *string
	}{
		{"issuer", &md.Issuer},
		{"authorization_endpoint", &md.AuthorizationEndpoint},
		{"token_endpoint", &md.TokenEndpoint},
		{"jwks_uri", &md.JWKSURI},
		{"end_session_endpoint", &md.EndSessionEndpoint},
		{"device_authorization_endpoint", &md.DeviceAuthorizationEndpoint},
	} {
		raw := members.Get(f.name)
		if raw != nil && json.Unmarshal(raw, f.to) != nil {
			return Metadata{}, untrusted(f.name, "a string", string(raw))
		}
	}
	return md, nil
}

func (r *Resolver) now() time.Time {
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	return now().UTC().Truncate(time.Second)
}

// fresh reports whether what was fetched at t may be used at now. A date in the future is a wrong clock or a forgery.
func fresh(t, now time.Time) bool {
	age := now.Sub(t)
	return age >= 0 && age < maxAge
}

// usable reports whether a copy fetched at t may be used at now.
func (r *Resolver) usable(t, now time.Time) bool { return fresh(t, now) || r.Offline && !t.After(now) }

// KnownTenantID is the tenant ID that an earlier run learnt for a, however long ago: a tenant keeps its ID. It makes no
// request, and the ID is for finding what was kept, never for trusting an answer.
func (r *Resolver) KnownTenantID(a Authority) (string, bool) {
	d, ok := r.read(a.String())
	if !ok || d.Metadata == nil || !isGUID(d.Metadata.TenantID) {
		return "", false
	}
	if _, err := validate(a, d.Metadata.TenantID, d.Metadata); err != nil {
		return "", false
	}
	return d.Metadata.TenantID, true
}
