package emulator

import (
	"context"
	"fmt"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// clockView tells the tenant's clock.
type clockView struct {
	Offset float64   `json:"offset_seconds"`
	Now    time.Time `json:"now"` // the tenant's, UTC
}

func (c control) clockNow() clockView {
	return clockView{Offset: c.ClockOffset().Seconds(), Now: c.now().UTC()}
}

func (c control) readClock(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	return c.clockNow(), nil
}

func (c control) setClock(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	var in struct {
		Offset *float64 `json:"offset_seconds"`
	}
	if err := x.body(&in); err != nil {
		return nil, err
	}
	if in.Offset == nil {
		return nil, badField("offset_seconds", "required")
	}
	if most := maxClockOffset.Seconds(); !(*in.Offset >= -most && *in.Offset <= most) {
		return nil, badField("offset_seconds", "expected -%d to %d", int(most), int(most))
	}
	c.SetClockOffset(time.Duration(*in.Offset * float64(time.Second)))
	return c.clockNow(), nil
}

// listKeys tells the published keys, the signing one first.
func (c control) listKeys(x *exchange) (any, error) {
	q, err := x.query("tenant")
	if err != nil {
		return nil, err
	}
	tenants, err := c.tenantsOf(q.Get("tenant"))
	if err != nil {
		return nil, err
	}
	type key struct {
		TenantID string `json:"tenant_id"`
		Kid      string `json:"kid"`
		Signing  bool   `json:"signing"`
	}
	all := []key{}
	for _, t := range tenants {
		keys, err := c.keyring.Keys(x.r.Context(), t.ID)
		if err != nil {
			return nil, err
		}
		for i, k := range keys {
			all = append(all, key{t.ID, k.ID, i == 0})
		}
	}
	return map[string]any{"keys": all}, nil
}

func (c control) rotateKey(x *exchange) (any, error) {
	q, err := x.query("tenant")
	if err != nil {
		return nil, err
	}
	if err := x.noBody(); err != nil {
		return nil, err
	}
	t, err := c.oneTenant(q.Get("tenant"))
	if err != nil {
		return nil, err
	}
	kid, err := c.RotateKey(x.r.Context(), t.ID)
	if err != nil {
		return nil, err
	}
	return created{map[string]string{"tenant_id": t.ID, "kid": kid}}, nil
}

func (c control) reset(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	if err := x.noBody(); err != nil {
		return nil, err
	}
	return nil, c.Reset(x.r.Context())
}

// startState is what Reset goes back to without a seed: what was there at the
// start, except that keys are not rotated back.
func startState(store *directory.Store) func() *Seed {
	start := store.Snapshot()
	return func() *Seed {
		d := start.Document().Clone()
		for i := range d.Tenants {
			d.Tenants[i].Keys = nil
		}
		return d
	}
}

// Reset puts the tenants back to Options.Seed, or without one to what they were
// when the server was made: users and everything else; codes, flows, sessions, lockouts, the outbox, the log, faults and a fixed
// code go, and the clock is right again. Signing keys stay unless the seed has
// its own, so that what clients have cached is good. Refresh tokens stay good for
// users that are in the seed. The error is a *directory.BusyError or one of
// writing the state, and nothing has changed then.
func (s *Server) Reset(ctx context.Context) error {
	if err := s.keyring.Wait(); err != nil {
		return fmt.Errorf("signing keys: %w", err)
	}
	err := s.store.Update(context.WithoutCancel(ctx), func(d *directory.Document) error {
		back := s.seed()
		for i := range back.Tenants {
			if t := d.Tenant(back.Tenants[i].ID); t != nil && len(back.Tenants[i].Keys) == 0 {
				back.Tenants[i].Keys = t.Keys
			}
		}
		d.Tenants = back.Tenants
		return nil
	})
	if err != nil {
		return err
	}
	s.hashing.begin()
	s.memory.Forget()
	return nil
}
