package emulator

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// deviceVisit is one person's walk from a user code to an answer.
type deviceVisit struct {
	id    string
	grant *deviceGrant

	session string // id of the session that is to be confirmed, under grant.mu
}

// visit answers the page at /common/oauth2/deviceauth: it asks for a user code,
// sends the person through the app's user flow, asks whether they meant it, and
// says how it ended. Which tenant it is about is known from the code; with ?visit=
// the person is past it.
func (d device) visit(x *exchange) error {
	v, err := x.form()
	if err != nil {
		return err
	}
	id := v.Get("visit")
	if id == "" {
		id = v.Get("flow") // where the forms of the pages carry it
	}
	if id != "" {
		return d.walk(x, id, v)
	}
	if x.r.Method == http.MethodPost {
		return d.enter(x, v)
	}
	given := v.Get("otc") // as the real page's links have it
	if given == "" {
		given = v.Get("user_code") // RFC 8628 section 3.3.1
	}
	d.ask(x, v, plainUserCode(given), "")
	return nil
}

// ask shows the page for the user code.
func (d device) ask(x *exchange, v url.Values, code, problem string) {
	t := x.words(v.Get("ui_locales"))
	say := t.Device()
	x.show(&web.Page{
		Name: web.DeviceCode, T: t, Tenant: say.Tenant, Heading: say.CodeHeading, Text: []string{say.CodeText},
		Action: devicePage, Submit: web.Button{ID: "next", Label: t.Next},
		Fields: []web.Field{{
			ID: "userCode", Label: say.Code, Type: "text", Value: code, Autocomplete: "off", MaxLength: 20, Required: true, Autofocus: true, Error: problem,
		}},
	})
}

// enter takes a user code and starts the user flow of its app. Guessing is
// limited by the address that guesses; a code has 45 bits and lives 15 minutes.
func (d device) enter(x *exchange, v url.Values) error {
	say := x.words(v.Get("ui_locales")).Device()
	code, caller := plainUserCode(v.Get("userCode")), "user codes from "+callerOf(x.r)
	if d.passwords.Locked(caller, x.now) {
		d.ask(x, v, "", say.TooMany)
		return nil
	}
	g, ok := d.userCodes.Get(code)
	if !ok || !g.enterable(x) {
		d.passwords.Fail(caller, x.now)
		d.ask(x, v, code, say.WrongCode)
		return nil
	}
	d.passwords.Clear(caller)
	x.tenant = x.store.Tenant(g.tenantID)
	visit := &deviceVisit{id: x.randomID(32), grant: g}
	d.visits.Put(visit.id, visit)
	req := &authRequest{
		tenantID: g.tenantID, appID: g.appID, redirectURI: devicePage, platform: platformPublic, mode: "query",
		scope: g.scope, prompt: "select_account", locales: v.Get("ui_locales"), to: visit,
	}
	return d.start(x, req, x.session())
}

// enterable reports whether a person may still use the grant's user code.
func (g *deviceGrant) enterable(x *exchange) bool {
	t := x.store.Tenant(g.tenantID)
	g.mu.Lock()
	defer g.mu.Unlock()
	return t != nil && t.App(g.appID) != nil && g.state == devicePendingState && !g.expired(x.now)
}

// walk answers the pages after the user flow.
func (d device) walk(x *exchange, id string, v url.Values) error {
	visit, ok := d.visits.Get(id)
	if ok {
		x.tenant = x.store.Tenant(visit.grant.tenantID)
	}
	if !ok || x.tenant == nil {
		d.ask(x, v, "", x.words("").Device().WrongCode)
		return nil
	}
	g := visit.grant
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state != devicePendingState || g.expired(x.now) {
		d.done(x, g)
		return nil
	}
	s := visit.signedIn(x)
	if s == nil { // another browser, or nobody signed in yet
		d.ask(x, v, "", "")
		return nil
	}
	if x.r.Method != http.MethodPost {
		d.confirm(x, visit, s)
		return nil
	}
	switch v.Get("action") {
	case "continue":
		g.state, g.userID, g.sid, g.authTime = deviceApprovedState, s.userID, s.sid, s.authTime
		s.addApp(g.appID)
	case "cancel":
		g.state = deviceDeclinedState
	}
	x.w.Header().Set("Location", visit.address())
	x.w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (v *deviceVisit) address() string { return devicePage + "?visit=" + url.QueryEscape(v.id) }

// signedIn is the session that the visit led to, when this browser has it.
func (v *deviceVisit) signedIn(x *exchange) *session {
	for _, s := range x.sessionsHere() {
		if s.id == v.session {
			return s
		}
	}
	return nil
}

// confirm asks whether the person means to sign in to this app: somebody else
// may have sent them the code (RFC 8628 section 5.4).
func (d device) confirm(x *exchange, visit *deviceVisit, s *session) {
	t := x.words("")
	say, app := t.Device(), x.tenant.App(visit.grant.appID)
	if app == nil {
		x.errorPage(unknownApp(visit.grant.appID, x.tenant.Name()))
		return
	}
	x.show(&web.Page{
		Name: web.DeviceConfirm, T: t, Tenant: x.tenant.Name(), Domain: x.tenant.Domain(), App: app.Name(),
		Heading: web.Format(say.ConfirmHeading, app.Name()), Text: []string{say.ConfirmText},
		Account: s.email, Action: devicePage, FlowID: visit.id, Cancel: true,
		Submit: web.Button{ID: "continue", Label: t.Continue},
	})
}

// done says how it ended; g.mu is held.
func (d device) done(x *exchange, g *deviceGrant) {
	t := x.words("")
	say := t.Device()
	p := &web.Page{Name: web.DeviceDone, T: t, Tenant: x.tenant.Name(), Domain: x.tenant.Domain()}
	switch g.state {
	case deviceApprovedState, deviceSpentState:
		app := g.appID
		if a := x.tenant.App(g.appID); a != nil {
			app = a.Name()
		}
		p.Heading, p.Text = web.Format(say.DoneHeading, app), []string{say.DoneText}
	case deviceDeclinedState:
		p.Heading, p.Text = say.DeclinedHeading, []string{say.DeclinedText}
	default:
		p.Heading, p.Text = say.ExpiredHeading, []string{say.ExpiredText}
	}
	x.show(p)
}

// reached notes the session that a device's user flow ended with; the answer
// leads to the question whether to go on.
func (v *deviceVisit) reached(_ *exchange, _ *authRequest, s *session) answer {
	v.grant.mu.Lock()
	defer v.grant.mu.Unlock()
	v.session = s.id
	return v.answer()
}

// refused notes that the person cancelled the user flow.
func (v *deviceVisit) refused(*exchange, *authRequest, *fault) answer {
	v.grant.mu.Lock()
	defer v.grant.mu.Unlock()
	if v.grant.state == devicePendingState {
		v.grant.state = deviceDeclinedState
	}
	return v.answer()
}

func (v *deviceVisit) answer() answer {
	return answer{redirectURI: devicePage, mode: "query", params: []web.Row{{Name: "visit", Value: v.id}}}
}

// plainUserCode is a user code as people type it, in its one form.
func plainUserCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, typed[:min(len(typed), 64)])
}

// callerOf is the address that a request came from, without its port.
func callerOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}
