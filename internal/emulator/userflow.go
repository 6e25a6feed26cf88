package emulator

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/memory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// userFlow is the area of the pages a person goes through. Every page is a GET
// with the flow's id; every form is a POST to the same path that redirects to
// the next page, so that Back and Reload never post again. What was typed, and
// what was wrong with it, stays in the flow's record on the server.
type userFlow struct {
	*Server
	flows *memory.Shelf[*flow]
}

const (
	maxFlows = 5_000
	flowLife = time.Hour
)

func newUserFlow(s *Server) userFlow {
	return userFlow{s, memory.NewShelf[*flow](s.memory, maxFlows, flowLife)}
}

// flow is one walk through the pages, for one authorization request.
type flow struct {
	id      string
	browser string // cookie value that the pages must come with
	req     authRequest

	mu       sync.Mutex // held for a whole request, so that a double submit waits for the first
	email    string     // typed at sign-in
	userID   string     // account found for it, that has a password
	newEmail string     // typed at sign-up
	proof    proof
	sent     int // one-time codes so far
	signUp   signUp
	refused  bool // the app lacks consent
	problem  problem
	done     *outcome
}

// signUp is what a flow has for a new account, beside its address.
type signUp struct {
	passwordHash string
	values       map[string]string // attributes as typed
}

// problem is what was wrong with the last attempt at a page.
type problem struct {
	page   string
	alert  string
	fields map[string]string // by field id
}

// outcome is a finished flow: the answer is kept, so that a second submit of
// the last form gets the same one.
type outcome struct {
	answer  answer
	session *session // nil when cancelled
}

// browserCookie ties a flow to the browser that started it.
const browserCookie = "ciam-emulator-flow"

// Mount adds the area's routes.
func (u userFlow) Mount(mux *http.ServeMux) {
	for _, step := range []string{web.SignIn, web.Password, web.SignUp, web.Code, web.NewPassword, web.Attributes, web.PickAccount, web.Forgot, web.Consent} {
		u.page(mux, "/{tenant}/userflow/"+step, only(func(x *exchange) error { return u.visit(x, step) }, http.MethodGet, http.MethodPost))
	}
}

// start begins a flow for a request and sends the browser to its first page.
func (u userFlow) start(x *exchange, q *authRequest, s *session) error {
	f := &flow{id: x.randomID(32), req: *q}
	if c, err := x.r.Cookie(browserCookie); err == nil && len(c.Value) == 43 {
		f.browser = c.Value
	} else {
		f.browser = x.randomID(32)
		http.SetCookie(x.w, &http.Cookie{
			Name: browserCookie, Value: f.browser, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: x.r.TLS != nil,
		})
	}
	hint := q.loginHint
	if _, email := openLoginHint(hint); email != "" {
		hint = email
	}
	if directory.IsEmail(hint) {
		f.email, f.newEmail = hint, hint
	}
	first := web.SignIn
	switch {
	case q.prompt == "create" && q.allowsSignUp(x.tenant):
		first = web.SignUp
	case s == nil:
	case q.prompt == "select_account" || q.severalSessions(x):
		first = web.PickAccount
	case q.allowsSilent(s):
		f.refused, first = true, web.Consent
	}
	u.flows.Put(f.id, f)
	return u.redirect(x, f, first)
}

// redirect sends the browser to a page of the flow.
func (u userFlow) redirect(x *exchange, f *flow, page string) error {
	x.w.Header().Set("Location", f.path(x.tenant, page)+"?flow="+url.QueryEscape(f.id))
	x.w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (f *flow) path(t *directory.Tenant, page string) string { return "/" + t.ID + "/userflow/" + page }

// visit answers a page's GET and POST.
func (u userFlow) visit(x *exchange, page string) error {
	v, err := x.form()
	if err != nil {
		return err
	}
	f := u.find(x, v.Get("flow"))
	if f == nil {
		u.expired(x)
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done != nil {
		return u.again(x, f)
	}
	if page != f.reachable(x, page) {
		return u.redirect(x, f, f.reachable(x, page))
	}
	if x.r.Method != http.MethodPost {
		x.show(u.draw(x, f, page))
		return nil
	}
	if v.Get("action") == "cancel" {
		return u.finish(x, f, &outcome{answer: f.req.refusal(x, userCancelled())})
	}
	f.problem = problem{page: page, fields: map[string]string{}}
	next, err := u.submit(x, f, page, v)
	if err != nil || f.done != nil {
		return err
	}
	return u.redirect(x, f, next)
}

// find returns the flow of an id when this browser started it at this tenant.
func (u userFlow) find(x *exchange, id string) *flow {
	f, ok := u.flows.Get(id)
	if !ok || f.req.tenantID != x.tenant.ID {
		return nil
	}
	c, err := x.r.Cookie(browserCookie)
	if err != nil || subtle.ConstantTimeCompare([]byte(c.Value), []byte(f.browser)) != 1 {
		return nil
	}
	return f
}

// reachable returns page when the flow has got far enough for it, and otherwise
// the page that is due.
func (f *flow) reachable(x *exchange, page string) string {
	p := &f.proof
	switch page {
	case web.Consent:
		if !f.refused || f.req.consented(x.tenant) {
			return web.SignIn
		}
	case web.Password:
		if f.userID == "" {
			return web.SignIn
		}
	case web.PickAccount:
		if x.session() == nil {
			return web.SignIn
		}
	case web.SignUp:
		if !f.req.allowsSignUp(x.tenant) {
			return web.SignIn
		}
	case web.Code:
		switch {
		case p.verified:
			return f.reachable(x, web.NewPassword)
		case p.open.Open():
		case p.purpose == forSignIn:
			return web.SignIn
		case p.purpose == forReset:
			return web.Forgot
		default:
			return f.reachable(x, web.SignUp)
		}
	case web.NewPassword:
		switch {
		case !p.verified:
			return f.reachable(x, web.Code)
		case p.purpose == forSignUp && !f.wantsPassword(x.tenant):
			return web.Attributes
		}
	case web.Attributes:
		if !p.verified || p.purpose != forSignUp || f.signUp.passwordHash == "" && f.wantsPassword(x.tenant) {
			return f.reachable(x, web.NewPassword)
		}
	}
	return page
}

// submit handles a page's form and returns the page that follows.
func (u userFlow) submit(x *exchange, f *flow, page string, v url.Values) (string, error) {
	switch page {
	case web.SignIn:
		return u.submitEmail(x, f, v), nil
	case web.Password:
		return u.submitPassword(x, f, v)
	case web.SignUp:
		return u.submitSignUp(x, f, v), nil
	case web.Code:
		return u.submitCode(x, f, v)
	case web.Forgot:
		return u.submitForgot(x, f, v), nil
	case web.Consent:
		return web.Consent, nil
	case web.NewPassword:
		return u.submitNewPassword(x, f, v)
	case web.Attributes:
		return u.submitAttributes(x, f, v)
	}
	return u.submitPick(x, f, v)
}

// finish sends the flow's answer and keeps it.
func (u userFlow) finish(x *exchange, f *flow, o *outcome) error {
	f.done = o
	f.proof, f.signUp = proof{}, signUp{}
	if o.session != nil {
		x.sendSession(o.session)
	}
	return x.deliver(o.answer)
}

// again answers a request to a finished flow: the last form sent twice gets the
// same answer, a look back gets a page that says so.
func (u userFlow) again(x *exchange, f *flow) error {
	if x.r.Method == http.MethodPost {
		if f.done.session != nil {
			x.sendSession(f.done.session)
		}
		return x.deliver(f.done.answer)
	}
	t := x.words(f.req.locales)
	x.show(&web.Page{
		Name: web.Finished, T: t, Tenant: x.tenant.Name(), Domain: x.tenant.Domain(),
		Heading: t.FinishedHeading, Text: []string{t.FinishedText},
	})
	return nil
}

// expired says that a flow is unknown, too old, or another browser's.
func (u userFlow) expired(x *exchange) {
	t := x.words("")
	x.show(&web.Page{
		Name: web.Error, Status: http.StatusBadRequest, T: t, Tenant: x.tenant.Name(), Domain: x.tenant.Domain(),
		Heading: t.ExpiredHeading, Text: []string{t.ExpiredText},
		Rows: []web.Row{
			{Name: t.TraceID, Value: x.trace}, {Name: t.CorrelationID, Value: x.correlation}, {Name: t.Timestamp, Value: x.timestamp()},
		},
	})
}
