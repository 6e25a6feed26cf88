package emulator

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// maxClockOffset bounds how far the clock moves: ten years.
const maxClockOffset = 10 * 365 * 24 * time.Hour

// maxWait is how long a call may wait for a message.
const maxWait = 30 * time.Second

// health says that the emulator answers, and what it is: {"status":"ok","tenants":[…]}.
func (c control) health(x *exchange) (any, error) {
	type app struct {
		ClientID    string `json:"client_id"`
		DisplayName string `json:"display_name"`
	}
	type tenant struct {
		ID          string `json:"id"`
		Subdomain   string `json:"subdomain"`
		DisplayName string `json:"display_name"`
		Apps        []app  `json:"apps"`
	}
	tenants := []tenant{}
	for _, t := range c.store.Configuration().Tenants {
		view := tenant{t.ID, t.Subdomain, t.DisplayName, []app{}}
		for _, a := range t.Apps {
			view.Apps = append(view.Apps, app{a.AppID, a.DisplayName})
		}
		tenants = append(tenants, view)
	}
	return map[string]any{"status": "ok", "tenants": tenants}, nil
}

// askToStop has the program end as by SIGTERM, after this answer.
func (c control) askToStop(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	if err := x.noBody(); err != nil {
		return nil, err
	}
	if c.stop == nil {
		return nil, refuse(http.StatusConflict, "not_stoppable", "this emulator ends with the program that it was started for")
	}
	c.stop()
	return nil, nil
}

// readOutbox lists messages, oldest first: {"messages":[…]}; by ?to=<address>
// and ?after=<id>. With ?wait=<seconds> it answers as soon as there is one.
func (c control) readOutbox(x *exchange) (any, error) {
	q, err := x.query("to", "after", "wait")
	if err != nil {
		return nil, err
	}
	after, err := strconv.Atoi(cmp.Or(q.Get("after"), "0"))
	if err != nil || after < 0 {
		return nil, badField("after", "expected the id of a message, got %q", clip(q.Get("after")))
	}
	seconds, err := strconv.ParseFloat(cmp.Or(q.Get("wait"), "0"), 64)
	if err != nil || !(seconds >= 0 && seconds <= maxWait.Seconds()) {
		return nil, badField("wait", "expected 0 to %d seconds, got %q", int(maxWait.Seconds()), clip(q.Get("wait")))
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), time.Duration(seconds*float64(time.Second)))
	defer cancel()
	return map[string]any{"messages": c.outbox.Wait(ctx, c.ended, q.Get("to"), after)}, nil
}

func (c control) emptyOutbox(x *exchange) (any, error) {
	q, err := x.query("to")
	if err != nil {
		return nil, err
	}
	return map[string]any{"deleted": c.outbox.Delete(q.Get("to"))}, nil
}

type codeChange struct {
	Tenant string `json:"tenant"`
	Code   string `json:"code"`
}

// listCodes tells each tenant's fixed one-time code: {"codes":[{tenant_id,code}]}.
func (c control) listCodes(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	type fixed struct {
		TenantID string `json:"tenant_id"`
		Code     string `json:"code"` // "" for random ones
	}
	codes := []fixed{}
	d := c.store.Configuration()
	for i := range d.Tenants {
		codes = append(codes, fixed{d.Tenants[i].ID, c.fixedCode(&d.Tenants[i])})
	}
	return map[string]any{"codes": codes}, nil
}

func (c control) setCode(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	var in codeChange
	if err := x.body(&in); err != nil {
		return nil, err
	}
	t, err := c.oneTenant(in.Tenant)
	if err != nil {
		return nil, err
	}
	if !passwords.IsCode(in.Code) || !c.FixOneTimeCode(t.ID, in.Code) {
		return nil, badField("code", "expected %d digits", passwords.CodeLength)
	}
	return map[string]string{"tenant_id": t.ID, "code": in.Code}, nil
}

// unsetCode makes codes random again, or what the seed says, by ?tenant=.
func (c control) unsetCode(x *exchange) (any, error) {
	q, err := x.query("tenant")
	if err != nil {
		return nil, err
	}
	tenants, err := c.tenantsOf(q.Get("tenant"))
	if err != nil {
		return nil, err
	}
	for _, t := range tenants {
		c.FixOneTimeCode(t.ID, "")
	}
	return nil, nil
}

// sessionView is a browser session without its cookie.
type sessionView struct {
	SID        string    `json:"sid"` // as in the sid claim and session_state
	TenantID   string    `json:"tenant_id"`
	UserID     string    `json:"user_id"`
	Email      string    `json:"email"`
	SignedInAt time.Time `json:"signed_in_at"`
	Apps       []string  `json:"apps"` // client ids
}

func (c control) listSessions(x *exchange) (any, error) {
	q, err := x.query("user", "tenant")
	if err != nil {
		return nil, err
	}
	match, err := c.sessionFilter(q.Get("tenant"), q.Get("user"))
	if err != nil {
		return nil, err
	}
	views := []sessionView{}
	for _, s := range c.sessions.Values() {
		if match(s) {
			s.mu.Lock()
			views = append(views, sessionView{s.sid, s.tenantID, s.userID, s.email, s.authTime.UTC(), append([]string{}, s.apps...)})
			s.mu.Unlock()
		}
	}
	slices.SortFunc(views, func(a, b sessionView) int {
		return cmp.Or(a.SignedInAt.Compare(b.SignedInAt), strings.Compare(a.SID, b.SID))
	})
	return map[string]any{"sessions": views}, nil
}

// endSessions ends browsers' sessions, all or by ?user= and ?tenant=. Refresh
// tokens stay good, as after a sign-out.
func (c control) endSessions(x *exchange) (any, error) {
	q, err := x.query("user", "tenant")
	if err != nil {
		return nil, err
	}
	match, err := c.sessionFilter(q.Get("tenant"), q.Get("user"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"deleted": c.sessions.DropIf(match)}, nil
}

func (c control) sessionFilter(tenant, user string) (func(*session) bool, error) {
	id := ""
	if tenant != "" {
		t, err := c.oneTenant(tenant)
		if err != nil {
			return nil, err
		}
		id = t.ID
	}
	return func(s *session) bool {
		return (id == "" || s.tenantID == id) && (user == "" || strings.EqualFold(s.email, user) || strings.EqualFold(s.userID, user))
	}, nil
}

func (c control) listRequests(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	return map[string]any{"requests": c.Requests()}, nil
}

func (c control) forgetRequests(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	c.ClearRequests()
	return nil, nil
}

func (c control) listFaults(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	return map[string]any{"faults": c.Faults()}, nil
}

func (c control) planFault(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	var f Fault
	if err := x.body(&f); err != nil {
		return nil, err
	}
	f, err := c.AddFault(f)
	if err != nil {
		return nil, err
	}
	return created{f}, nil
}

func (c control) forgetFaults(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	c.ClearFaults()
	return nil, nil
}

func (c control) forgetFault(x *exchange) (any, error) {
	if id := x.r.PathValue("fault"); !c.DeleteFault(id) {
		return nil, refuse(http.StatusNotFound, "not_found", "no fault %s is planned", clip(id))
	}
	return nil, nil
}
