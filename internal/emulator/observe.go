package emulator

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// maxRequests is how many requests the log keeps; the oldest go first.
const maxRequests = 500

// Request is one answered request of the log. It never holds a query, a form
// field, a header, a token or a secret.
type Request struct {
	Time          time.Time `json:"time"` // the tenant's clock, UTC
	Method        string    `json:"method"`
	Host          string    `json:"host"`
	Path          string    `json:"path"`               // without the query
	Endpoint      string    `json:"endpoint,omitempty"` // as in Fault.Endpoint; "" for an unknown path
	Status        int       `json:"status"`             // 0: the connection was dropped
	AADSTS        int       `json:"aadsts,omitempty"`   // of the failure, also of one sent to a redirect URI
	ClientID      string    `json:"client_id,omitempty"`
	GrantType     string    `json:"grant_type,omitempty"`
	DurationMS    float64   `json:"duration_ms"`
	CorrelationID string    `json:"correlation_id,omitempty"`
	TraceID       string    `json:"trace_id,omitempty"`
	Fault         string    `json:"fault,omitempty"`   // id of the planned fault that shaped the answer
	Missing       string    `json:"missing,omitempty"` // what a live tenant may have here and the emulator has not
}

// Requests returns the newest 500 requests to the tenants, oldest first; those
// to the control area and its page are not among them.
func (s *Server) Requests() []Request {
	out := s.requests.List()
	for i := range out {
		out[i].Endpoint = endpointOf(out[i].Path)
		out[i].Path = clip(out[i].Path)
	}
	return out
}

// ClearRequests empties the log.
func (s *Server) ClearRequests() { s.requests.Clear() }

// observed is a ResponseWriter that remembers what the log wants to know.
type observed struct {
	http.ResponseWriter
	entry Request
	x     *exchange // of the request, once a route has it
}

// WriteHeader implements http.ResponseWriter.
func (o *observed) WriteHeader(status int) {
	if o.entry.Status == 0 {
		o.entry.Status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (o *observed) Write(p []byte) (int, error) {
	if o.entry.Status == 0 {
		o.entry.Status = http.StatusOK
	}
	return o.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// failed notes the number of a failure; a nil o is fine, as with parameters.
func (o *observed) failed(code int) {
	if o != nil {
		o.entry.AADSTS = code
	}
}

// lacks notes what the emulator does not have.
func (o *observed) lacks(what string) {
	if o != nil {
		o.entry.Missing = what
	}
}

// parameters notes the client and the grant of a form. Only values in the form
// of an id are kept: people put secrets into the wrong field.
func (o *observed) parameters(r *http.Request, v url.Values) {
	if o == nil {
		return
	}
	id := v.Get("client_id")
	if user, _, ok := r.BasicAuth(); ok && id == "" {
		id = user
	}
	if directory.IsGUID(id) {
		o.entry.ClientID = id
	}
	o.entry.GrantType = knownGrant(v.Get("grant_type"))
}

// client notes the app of an access token that was verified.
func (o *observed) client(appID string) {
	if o != nil {
		o.entry.ClientID = appID
	}
}

// knownGrant is a grant type that the log may show.
func knownGrant(g string) string {
	switch {
	case g == "":
		return ""
	case len(g) <= 64 && strings.Trim(g, "abcdefghijklmnopqrstuvwxyz_-:.0123456789") == "" && (strings.Contains(g, "_") || strings.HasPrefix(g, "urn:ietf:params:oauth:grant-type:")):
		return g
	case g == "password", g == "oob", g == "attributes":
		return g
	}
	return "other"
}

// dispatch routes a request to the tenants through the log and the planned
// faults; the control area and its page pass by both.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if isControl(r.URL.Path) {
		s.controls.ServeHTTP(w, r)
		return
	}
	started := time.Now()
	o := &observed{ResponseWriter: w, entry: Request{Time: s.now().UTC(), Method: clip(r.Method), Host: clip(r.Host), Path: r.URL.Path}}
	defer func() { // also for a dropped connection, which is a panic
		if o.x != nil {
			o.entry.CorrelationID, o.entry.TraceID = o.x.correlation, o.x.trace
		}
		o.entry.DurationMS = float64(time.Since(started).Microseconds()) / 1000
		s.requests.Add(o.entry)
	}()
	if f := s.faults.take(s, r); f != nil {
		o.entry.Fault = f.ID
		if r = s.suffer(o, r, f); r == nil {
			return
		}
	}
	s.mux.ServeHTTP(o, r)
}

// controlRoot is the path that the control area is below.
const controlRoot = "/_emulator"

// outboxPage is the list of one-time codes for people; ?to= chooses whose. Pages lead there.
const outboxPage = controlRoot + "/outbox/page"

func isControl(path string) bool {
	return path == "/" || path == controlRoot || strings.HasPrefix(path, controlRoot+"/")
}
