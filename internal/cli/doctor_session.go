package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/doctor"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// checkSession reads the session that the next command would use.
func (d *diagnosis) checkSession(ctx context.Context) doctor.Result {
	t, err := d.target(ctx)
	if err != nil {
		return d.sessionTrouble(err)
	}
	session, token, err := t.session(ctx)
	if err != nil {
		return d.sessionTrouble(err)
	}
	v := t.view(session, token)
	who := token.Person().String()
	until := v.IDToken.ExpiresAt
	for _, a := range v.AccessTokens {
		if a.ExpiresAt.After(until) {
			until = a.ExpiresAt
		}
	}
	left := until.Sub(d.r.Now())
	switch {
	case left <= 0 && !v.Refreshable:
		return warned(who+", whose tokens have expired and cannot be renewed", pasted(d.loginLine()))
	case left <= 0:
		return doctor.Found("%s; the token has expired and is renewed when it is needed", who)
	case !v.Refreshable:
		return doctor.Found("%s, token until %s; it cannot be renewed", who, render.Time(until, d.r.Now()))
	}
	return doctor.Found("%s, token for %s", who, minutes(left))
}

// errTenantUnknown says that a session is kept by its tenant's ID, which only the tenant could tell.
var errTenantUnknown = errors.New("which session it is cannot be told without the tenant's ID")

// target is what the next command would use. The tenant has told its ID by now, if it can: it is not asked again.
func (d *diagnosis) target(ctx context.Context) (*target, error) {
	if cmp.Or(d.r.global.account, d.r.env.Account) != "" {
		return d.r.open(ctx, d.o.app)
	}
	c := d.choice
	if d.item == "" {
		if d.trouble != nil || d.md.TenantID == "" {
			return nil, errTenantUnknown
		}
		c.settings.TenantID = d.md.TenantID
	}
	return d.r.target(ctx, c, d.o.app.credential)
}

// minutes is a duration in words.
func minutes(d time.Duration) string {
	n := int(d.Round(time.Minute) / time.Minute)
	if n == 1 {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", n)
}

func (d *diagnosis) sessionTrouble(err error) doctor.Result {
	f := d.r.describe(&locatedError{err: err, login: d.loginLine(), flag: d.flag()})
	var none *auth.LoginRequiredError
	var unreachable *authority.UnreachableError
	var store *keychain.UnavailableError
	switch {
	case errors.As(err, &none):
		return warned(none.Reason, f.hint)
	case errors.As(err, &store):
		return doctor.Note("rests on keychain")
	case d.transport == nil:
		return doctor.Note(doctor.RestsOn + "proxy")
	case errors.Is(err, errTenantUnknown):
		return doctor.Note("%v", err)
	case errors.As(err, &unreachable): // in search of --account
		return doctor.Note("%v: %v", errTenantUnknown, err)
	}
	return failed(f.message, f.hint)
}

// maxSlots bounds the reads of the token store.
const maxSlots = 50

// checkSlots reads the other sessions that the list names.
func (d *diagnosis) checkSlots(ctx context.Context) doctor.Result {
	entries, err := d.r.index().Entries()
	if err != nil {
		return warned(err.Error(), "it is made anew by the next sign-in: "+pasted(d.loginLine()))
	}
	stores := map[string]keychain.Store{}
	var read, gone, sealed int
	var broken []string
	for _, e := range entries[:min(len(entries), maxSlots)] {
		if e.Item == d.item {
			continue
		}
		if stores[e.Store] == nil {
			if stores[e.Store], err = d.r.store(e.Store); err != nil {
				sealed++
				continue
			}
		}
		_, err := tokencache.Load(ctx, stores[e.Store], e.Item)
		var locked *keychain.UnavailableError
		switch {
		case err == nil:
			read++
		case errors.Is(err, keychain.ErrNotFound):
			gone++
		case errors.As(err, &locked):
			sealed++
		default:
			broken = append(broken, e.Name+" in "+cmpName(e.Profile))
		}
	}
	if len(broken) > 0 {
		return warned("unreadable: "+strings.Join(broken, ", "), "sign them in again, or remove what is kept: `ciam logout --all --local`")
	}
	found := fmt.Sprintf("%d others, readable", read)
	switch read {
	case 0:
		found = "no others"
	case 1:
		found = "1 other, readable"
	}
	if sealed > 0 {
		found += fmt.Sprintf("; %d in a store that is not open", sealed)
	}
	if gone > 0 {
		found += fmt.Sprintf("; %d listed and no longer there", gone)
	}
	return doctor.Found("%s", found)
}
