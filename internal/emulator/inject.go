package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ciam-cli/ciam/internal/emulator/graph"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// Limits of planned faults.
const (
	maxFaults     = 100
	maxFaultCount = 1_000_000
	maxDelayMS    = 30_000 // a server's write time-out is a minute
	maxReplicate  = 60 * 60 * 1000
	maxRetryAfter = 24 * 60 * 60
)

// AnyEndpoint is the Endpoint of a fault that meets requests to all of them.
const AnyEndpoint = "*"

// Fault is a failure that is planned for the next requests to an endpoint: what
// an app has to cope with and a healthy tenant does not do. At least one effect
// is needed: DelayMS alone slows a good answer down; DropConnection, Token, and
// ReplicationDelayMS and the others, which make an error answer, exclude each other.
type Fault struct {
	// ID and Left are set by AddFault: the fault's name, and for how many more
	// requests it is.
	ID   string `json:"id"`
	Left int    `json:"left"`

	// Endpoint is one of the names of Endpoints, or AnyEndpoint.
	Endpoint string `json:"endpoint"`
	// Tenant is its GUID, subdomain or domain; "" means every tenant.
	Tenant string `json:"tenant,omitempty"`
	// Count is how many requests it is for; 0 means 1.
	Count int `json:"count"`

	// Status is the HTTP status, 400 to 599; 0 means the usual one of AADSTS or
	// OAuthError. An error of authorize without Status goes to the app's
	// redirect URI, one with Status is shown as a page.
	Status int `json:"status,omitempty"`
	// AADSTS is the number of the error; with Status 429 alone it is 90055.
	AADSTS int `json:"aadsts,omitempty"`
	// OAuthError is the error member, such as interaction_required; "" means the
	// usual one of AADSTS. Suberror goes with it.
	OAuthError string `json:"oauth_error,omitempty"`
	Suberror   string `json:"suberror,omitempty"`
	// Description replaces the usual sentence of the error.
	Description string `json:"description,omitempty"`
	// RetryAfter is the Retry-After header of an error answer, in seconds; 0
	// sends none.
	RetryAfter int `json:"retry_after,omitempty"`
	// Body is an answer in place of the error's own, of ContentType (default
	// text/html; charset=utf-8). ContentType alone is an answer without a body.
	Body        string `json:"body,omitempty"`
	ContentType string `json:"content_type,omitempty"`

	// DelayMS is how long the answer takes longer, at most 30 seconds.
	DelayMS int `json:"delay_ms,omitempty"`
	// DropConnection ends the connection without an answer.
	DropConnection bool `json:"drop_connection,omitempty"`
	// ReplicationDelayMS is for graph: what the request makes is not seen by others
	// for so long, as in a live tenant; at most an hour.
	ReplicationDelayMS int `json:"replication_delay_ms,omitempty"`
	// Token spoils the tokens of an otherwise good answer: one of TokenFaults.
	Token string `json:"token,omitempty"`
}

// TokenFaults are the values of Fault.Token: see jws.Faults.
func TokenFaults() []string { return jws.Faults() }

// FaultError says what is wrong with a fault.
type FaultError struct{ Field, Problem string }

func (e *FaultError) Error() string { return e.Field + ": " + e.Problem }

// errTooManyFaults reports a list of faults that is full.
var errTooManyFaults = errors.New("too many faults are planned; delete some")

// Endpoints are the names that Fault.Endpoint and Request.Endpoint know.
func Endpoints() []string {
	return []string{"discovery", "instance", "keys", "authorize", "userflow", "token", "devicecode", "deviceauth", "userinfo", "logout", "native", "graph"}
}

// endpointOf names the endpoint of a path; "" for none of them.
func endpointOf(path string) string {
	path = strings.TrimSuffix(path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case strings.HasPrefix(path, graph.Root+"/"):
		return "graph"
	case last == "openid-configuration":
		return "discovery"
	case strings.HasSuffix(path, "/discovery/instance"):
		return "instance"
	case last == "deviceauth", last == "userinfo", last == "keys":
		return last
	case strings.Contains(path, "/userflow/"):
		return "userflow"
	case strings.Contains(path, "/signup/v1.0/"), strings.Contains(path, "/resetpassword/v1.0/"), strings.Contains(path, "/register/v1.0/"):
		return "native"
	}
	if strings.Contains(path, "/oauth2/v2.0/") {
		switch last {
		case "authorize", "token", "devicecode", "logout":
			return last
		case "initiate", "challenge", "introspect":
			return "native"
		}
	}
	return ""
}

// faults are the planned failures, in the order they were planned.
type faults struct {
	some atomic.Bool // whether there are any: all that a request looks at otherwise
	mu   sync.Mutex
	last int
	list []*Fault
}

// AddFault plans a failure and returns it with ID, Count and Left set. Faults
// for one endpoint happen in the order they were planned. The error is a
// *FaultError that names the field, or that too many are planned.
func (s *Server) AddFault(f Fault) (Fault, error) {
	if err := f.check(s); err != nil {
		return Fault{}, err
	}
	q := &s.faults
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) >= maxFaults {
		return Fault{}, errTooManyFaults
	}
	q.last++
	f.Count = max(f.Count, 1)
	f.ID, f.Left = strconv.Itoa(q.last), f.Count
	q.list = append(q.list, &f)
	q.some.Store(true)
	return f, nil
}

// Faults returns the planned failures that have not all happened yet.
func (s *Server) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	out := []Fault{}
	for _, f := range s.faults.list {
		out = append(out, *f)
	}
	return out
}

// DeleteFault gives up one planned failure and reports whether there was one.
func (s *Server) DeleteFault(id string) bool {
	return s.faults.drop(func(f *Fault) bool { return f.ID == id }) > 0
}

// ClearFaults gives up all planned failures.
func (s *Server) ClearFaults() { s.faults.drop(func(*Fault) bool { return true }) }

func (q *faults) drop(which func(*Fault) bool) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	before := len(q.list)
	q.list = slices.DeleteFunc(q.list, which)
	q.some.Store(len(q.list) > 0)
	return before - len(q.list)
}

// take returns the fault that is due for a request and uses up one of its
// count; nil when there is none. A preflight of CORS meets none.
func (q *faults) take(s *Server, r *http.Request) *Fault {
	if !q.some.Load() || r.Method == http.MethodOptions {
		return nil
	}
	endpoint := endpointOf(r.URL.Path)
	if endpoint == "" {
		return nil
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	tenant := s.store.Tenant(name)
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, f := range q.list {
		if f.Endpoint != endpoint && f.Endpoint != AnyEndpoint || f.Tenant != "" && (tenant == nil || !strings.EqualFold(tenant.ID, f.Tenant)) {
			continue
		}
		if f.ReplicationDelayMS != 0 && r.Method != http.MethodPost && r.Method != http.MethodPatch {
			continue // it makes nothing
		}
		f.Left--
		due := *f
		if f.Left <= 0 {
			q.list = slices.Delete(q.list, i, i+1)
			q.some.Store(len(q.list) > 0)
		}
		return &due
	}
	return nil
}

// check finds what is wrong with a fault and puts the tenant's id into it.
func (f *Fault) check(s *Server) error {
	bad := func(field, format string, a ...any) error {
		return &FaultError{Field: field, Problem: fmt.Sprintf(format, a...)}
	}
	within := func(field string, v, least, most int) error {
		if v != 0 && v < least || v > most {
			return bad(field, "expected %d to %d, got %d", least, most, v)
		}
		return nil
	}
	if f.Endpoint != AnyEndpoint && !slices.Contains(Endpoints(), f.Endpoint) {
		return bad("endpoint", "expected %s or %s, got %q", strings.Join(Endpoints(), ", "), AnyEndpoint, clip(f.Endpoint))
	}
	if f.Tenant != "" {
		t := s.store.Tenant(f.Tenant)
		if t == nil {
			return bad("tenant", "there is no tenant %q", clip(f.Tenant))
		}
		f.Tenant = t.ID
	}
	if f.ID != "" || f.Left != 0 {
		return bad("id", "id and left are assigned, not given")
	}
	if f.Token != "" && !slices.Contains(TokenFaults(), f.Token) {
		return bad("token", "expected one of %s, got %q", strings.Join(TokenFaults(), ", "), clip(f.Token))
	}
	if f.ContentType != "" && !isHeaderValue(f.ContentType) {
		return bad("content_type", "expected a media type such as application/json")
	}
	if strings.Trim(f.OAuthError, "abcdefghijklmnopqrstuvwxyz_") != "" || len(f.OAuthError) > 64 {
		return bad("oauth_error", "expected a name such as interaction_required, got %q", clip(f.OAuthError))
	}
	effects := 0
	for _, on := range []bool{f.DropConnection, f.Token != "", f.ReplicationDelayMS != 0, f.answers()} {
		if on {
			effects++
		}
	}
	switch {
	case effects == 0 && f.DelayMS == 0:
		return bad("endpoint", "a fault needs an effect: status, aadsts, oauth_error, body, delay_ms, drop_connection, replication_delay_ms or token")
	case effects > 1:
		return bad("endpoint", "drop_connection, replication_delay_ms, token and an error answer exclude each other")
	case f.ReplicationDelayMS != 0 && f.Endpoint != "graph":
		return bad("replication_delay_ms", "expected the endpoint graph, got %q", f.Endpoint)
	}
	return errors.Join(
		within("count", f.Count, 1, maxFaultCount), within("status", f.Status, 400, 599), within("aadsts", f.AADSTS, 1, 99_999_999),
		within("delay_ms", f.DelayMS, 1, maxDelayMS), within("replication_delay_ms", f.ReplicationDelayMS, 1, maxReplicate),
		within("retry_after", f.RetryAfter, 1, maxRetryAfter),
	)
}

// answers reports whether the fault is an answer of its own.
func (f *Fault) answers() bool {
	return f.Status != 0 || f.AADSTS != 0 || f.OAuthError != "" || f.Suberror != "" || f.Description != "" || f.RetryAfter != 0 || f.Body != "" || f.ContentType != ""
}

// isHeaderValue reports visible ASCII, spaces within, of a sane length.
func isHeaderValue(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return len(s) <= 200
}
