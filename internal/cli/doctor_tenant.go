package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/doctor"
	"github.com/ciam-cli/ciam/internal/wire"
)

// A sign-in tolerates clocks that are less than five minutes apart (idtoken); from half a minute on it is worth a look.
const (
	clockTolerated = 5 * time.Minute
	clockNoted     = 30 * time.Second
)

func (d *diagnosis) checkClock(context.Context) doctor.Result {
	if d.clock.Date == "" {
		return doctor.Note("no answer carried a date")
	}
	skew := wire.Skew(d.clock.Date, d.clock.Sent, d.clock.Got)
	way := "slow"
	if skew < 0 {
		way = "fast"
	}
	found := fmt.Sprintf("%s %s by the tenant's", skew.Abs().Round(time.Second), way)
	switch {
	case skew.Abs() >= clockTolerated:
		return failed(found+"; a sign-in tolerates 5 minutes", d.r.system().clockNext())
	case skew.Abs() >= clockNoted:
		return warned(found+"; a sign-in tolerates 5 minutes", d.r.system().clockNext())
	case skew == 0:
		return doctor.Found("as the tenant's")
	}
	return doctor.Found("%s", found)
}

func (d *diagnosis) checkTenant(context.Context) doctor.Result {
	var unknown *authority.UnknownTenantError
	switch {
	case errors.As(d.trouble, &unknown):
		return failed(unknown.Error(), d.tenantNext())
	case d.blames("tenant") && d.reached != nil:
		reason := d.reached.Reason
		if d.reached.Status != 0 && d.reached.Status != http.StatusOK {
			reason = fmt.Sprintf("%s (HTTP status %d)", reason, d.reached.Status)
		}
		return failed(d.app.Authority.DiscoveryURL()+": "+reason, d.networkNext())
	case d.blames("tenant"):
		return failed(d.trouble.Error(), d.tenantNext())
	}
	return doctor.Found("%s answers in %d ms", d.host(), d.clock.Took.Milliseconds())
}

// tenantNext is where the tenant's name is written down, here and there.
func (d *diagnosis) tenantNext() string {
	where := "Entra admin center > Tenant overview has the tenant's ID and its name, the part before .onmicrosoft.com"
	if !d.choice.known {
		return where
	}
	return where + "; `ciam profile show" + d.flag() + "` has what is used here"
}

func (d *diagnosis) checkIssuer(context.Context) doctor.Result {
	if d.trouble != nil {
		return failed(d.trouble.Error(), d.tenantNext())
	}
	pinned := d.app.TenantID
	if pinned == "" {
		return doctor.Found("%s; the next `ciam login` pins the tenant", d.md.Issuer)
	}
	if !strings.EqualFold(pinned, d.md.TenantID) {
		return failed(fmt.Sprintf("expected the tenant %s, which is pinned; got %s, of %s", pinned, d.md.TenantID, d.md.Issuer), d.tenantNext())
	}
	return doctor.Found("%s, as pinned", d.md.Issuer)
}

func (d *diagnosis) checkKeys(ctx context.Context) doctor.Result {
	ids, err := d.service.Authorities.Keys(d.md).IDs(ctx)
	var unreachable *wire.UnreachableError
	switch {
	case errors.As(err, &unreachable):
		return failed(unreachable.Error(), d.r.system().networkNext(unreachable, d.host()))
	case err != nil:
		return failed(err.Error(), "something else may answer in the tenant's place: `ciam doctor tls`")
	case len(ids) == 1:
		return doctor.Found("1 key, %s", ids[0])
	}
	return doctor.Found("%d keys", len(ids))
}
