package graph

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// Root is the path that everything is below.
const Root = "/graph/v1.0"

// maxBody bounds a request's body, in bytes.
const maxBody = 256 << 10

// object is a JSON object.
type object = map[string]any

// Service answers for the tenants of a store. Its fields are set once.
type Service struct {
	Store *directory.Store
	Now   func() time.Time
	Rand  io.Reader
	// ServicePrincipal is the object id of an app's service principal, as in the app's own tokens.
	ServicePrincipal func(appID string) string
	// Secret is told of every secret that goes out.
	Secret func(secret string)

	routes  sync.Once
	mux     *http.ServeMux
	mu      sync.Mutex
	pending map[string]time.Time // when what was made is seen everywhere
}

// Caller is who asks, as a token that has been verified says.
type Caller struct {
	TenantID    string
	Permissions []string // scp or roles
	UserID      string   // "" for an app of its own
	// Delay is how long what this request makes is not seen: the replication of a live tenant.
	Delay time.Duration
}

// call is one request.
type call struct {
	*Service
	r      *http.Request
	t      *directory.Tenant // as it was when the request came
	caller Caller
	base   string // the address of Root
	body   object // of POST and PATCH
}

// answer is what a call ends in; a nil body is sent without one.
type answer struct {
	status int
	body   any
}

func ok(body any) (answer, error) { return answer{http.StatusOK, body}, nil }
func noContent(err error) (answer, error) {
	return answer{status: http.StatusNoContent}, err
}

// Serve answers a request below Root. base is the address of Root for links in answers. A *Failure is returned, not sent.
func (s *Service) Serve(w http.ResponseWriter, r *http.Request, caller Caller, base string) *Failure {
	s.routes.Do(s.mount)
	c := &call{Service: s, r: r, caller: caller, base: base}
	if c.t = s.Store.Tenant(caller.TenantID); c.t == nil {
		return Of(http.StatusUnauthorized, "")
	}
	path, escaped, err := normalise(strings.TrimPrefix(r.URL.EscapedPath(), Root))
	if err != nil {
		return failureOf(err)
	}
	inner := r.Clone(context.WithValue(r.Context(), callKey{}, c))
	inner.URL.Path, inner.URL.RawPath = path, escaped
	if _, pattern := s.mux.Handler(inner); pattern == "" {
		return s.unknown(inner)
	}
	out := &result{}
	s.mux.ServeHTTP(out, inner)
	switch {
	case out.failure != nil:
		return out.failure
	case out.answer.status == 0: // a path that ServeMux wants written otherwise
		return s.unknown(inner)
	}
	if out.answer.body == nil {
		w.WriteHeader(out.answer.status)
		return nil
	}
	send(w, out.answer.status, out.answer.body)
	return nil
}

type callKey struct{}

// result takes the outcome of a route; what ServeMux itself would write goes nowhere.
type result struct {
	answer  answer
	failure *Failure
}

// Header implements http.ResponseWriter.
func (*result) Header() http.Header { return http.Header{} }

// Write implements http.ResponseWriter.
func (*result) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (*result) WriteHeader(int) {}

// readBody reads the JSON object of a POST or a PATCH.
func (c *call) readBody() error {
	if c.r.Method != http.MethodPost && c.r.Method != http.MethodPatch {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil || len(data) > maxBody {
		return &Failure{Status: http.StatusRequestEntityTooLarge, Code: "Request_BadRequest", Message: "The request body is too large or was cut off."}
	}
	if len(data) == 0 {
		c.body = object{}
		return nil
	}
	if ct, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || ct != "application/json" {
		return &Failure{Status: http.StatusUnsupportedMediaType, Code: "UnsupportedMediaType", Message: "Expected Content-Type: application/json."}
	}
	if err := json.Unmarshal(data, &c.body); err != nil || c.body == nil {
		return &Failure{Status: http.StatusBadRequest, Code: "BadRequest", Message: "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."}
	}
	return nil
}

// change changes the tenant; what f leaves behind is checked as a seed is. It is finished even when the client goes away.
func (c *call) change(f func(*directory.Tenant) error) error {
	return c.changeAll(func(d *directory.Change) error { return f(d.Configure()) })
}

// changeAll is change for what is about users, too.
func (c *call) changeAll(f func(*directory.Change) error) error {
	var now *directory.Tenant
	err := c.Store.Change(context.WithoutCancel(c.r.Context()), c.t.ID, func(d *directory.Change) error {
		err := f(d)
		now = d.Tenant()
		return err
	})
	if err == nil {
		c.t = now
	}
	return err
}

// hold keeps what was just made from being seen for the caller's delay.
func (c *call) hold(id string) {
	if c.caller.Delay <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending == nil {
		c.pending = map[string]time.Time{}
	}
	c.pending[strings.ToLower(id)] = c.Now().Add(c.caller.Delay)
}

// held reports whether a thing is not seen yet.
func (c *call) held(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.pending[strings.ToLower(id)]
	if ok && !c.Now().Before(until) {
		delete(c.pending, strings.ToLower(id))
		return false
	}
	return ok
}

// Forget has everything seen at once.
func (s *Service) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = nil
}

// collection is the answer to a list.
func (c *call) collection(context string, items []object) (answer, error) {
	items, next, err := c.query(items)
	if err != nil {
		return answer{}, err
	}
	out := object{"@odata.context": c.base + "/$metadata#" + context, "value": items}
	if next != "" {
		out["@odata.nextLink"] = next
	}
	return ok(out)
}

// one is the answer with a single thing.
func (c *call) one(status int, context string, item object) (answer, error) {
	item["@odata.context"] = c.base + "/$metadata#" + context + "/$entity"
	selected, err := c.selected(item)
	return answer{status, selected}, err
}
