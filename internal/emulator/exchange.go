package emulator

import (
	"encoding/json"
	"errors"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// maxRequest bounds a request's query and body, in bytes.
const maxRequest = 64 << 10

// exchange is one request to a tenant and its answer.
type exchange struct {
	*Server
	w      http.ResponseWriter
	r      *http.Request
	tenant *directory.Tenant
	now    time.Time // the same instant for everything in this answer

	trace, correlation string

	seen *observed // for the request log; nil for the control area
}

// handler answers an exchange. A *fault is sent in the form of the endpoint; any
// other error becomes a server_error that tells the outside nothing.
type handler func(x *exchange) error

// errAnswered ends a request that has had its answer.
var errAnswered = errors.New("answered")

// page routes a pattern whose failures are HTML pages.
func (s *Server) page(mux *http.ServeMux, pattern string, h handler) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x := s.newExchange(w, r)
		x.finish(h, x.errorPage)
	})
}

// api routes a pattern whose failures are JSON.
func (s *Server) api(mux *http.ServeMux, pattern string, h handler) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x := s.newExchange(w, r)
		x.finish(h, x.errorJSON)
	})
}

func (s *Server) newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{Server: s, w: w, r: r, now: s.now(), trace: s.guid()}
	if o, ok := w.(*observed); ok {
		x.seen, o.x = o, x
	}
	x.correlation = r.Header.Get("client-request-id")
	if x.correlation == "" && len(r.URL.RawQuery) <= maxRequest {
		x.correlation = r.URL.Query().Get("client-request-id")
	}
	if !directory.IsGUID(x.correlation) {
		x.correlation = s.guid()
	}
	h := w.Header()
	h.Set("x-ms-request-id", x.trace)
	h.Set("Date", x.now.UTC().Format(http.TimeFormat)) // the tenant's clock, which may be moved
	if r.Header.Get("return-client-request-id") == "true" {
		h.Set("client-request-id", x.correlation)
	}
	return x
}

// finish resolves the tenant, runs the handler and sends its failure.
func (x *exchange) finish(h handler, report func(*fault)) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { // documented as compared by identity
				panic(p)
			}
			x.seen.failed(serverError().Code)
			report(serverError())
		}
	}()
	if err := x.run(h); err != nil && !errors.Is(err, errAnswered) {
		f := new(fault)
		if !errors.As(err, &f) {
			f = serverError()
			var busy *directory.BusyError
			if errors.As(err, &busy) {
				f.Status = http.StatusServiceUnavailable
			}
		}
		x.seen.failed(f.Code)
		if f.Allow != "" {
			x.w.Header().Set("Allow", f.Allow)
		}
		report(f)
	}
}

func (x *exchange) run(h handler) error {
	if len(x.r.URL.RawQuery) > maxRequest {
		return tooLarge()
	}
	if name := x.r.PathValue("tenant"); name != "" {
		if x.tenant = x.store.Tenant(name); x.tenant == nil {
			if isShared(name) {
				x.seen.lacks(sharedText)
			}
			return unknownTenant(name)
		}
	}
	return h(x)
}

// only refuses other methods than those listed with AADSTS900561.
func only(h handler, methods ...string) handler {
	return func(x *exchange) error {
		for _, m := range methods {
			if x.r.Method == m || m == http.MethodGet && x.r.Method == http.MethodHead {
				return h(x)
			}
		}
		return wrongVerb(strings.Join(methods, ", "), x.r.Method)
	}
}

// form reads the parameters of a GET's query or a POST's body. A parameter that
// occurs twice is refused (RFC 6749 section 3.1), as is a body of another type.
func (x *exchange) form() (url.Values, error) {
	var v url.Values
	if x.r.Method == http.MethodPost {
		ct, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
		if err != nil || ct != "application/x-www-form-urlencoded" {
			return nil, malformedRequest()
		}
		x.r.Body = http.MaxBytesReader(x.w, x.r.Body, maxRequest)
		if err := x.r.ParseForm(); err != nil {
			if big := new(http.MaxBytesError); errors.As(err, &big) {
				return nil, tooLarge()
			}
			return nil, malformedRequest()
		}
		v = x.r.PostForm
	} else {
		var err error
		if v, err = url.ParseQuery(x.r.URL.RawQuery); err != nil {
			return nil, malformedRequest()
		}
	}
	x.seen.parameters(x.r, v)
	for name, values := range v {
		if len(values) > 1 {
			return nil, duplicateParameter(name)
		}
	}
	return v, nil
}

// origin is the scheme and host that the client asked.
func (x *exchange) origin() string {
	if x.r.TLS != nil {
		return "https://" + x.r.Host
	}
	return "http://" + x.r.Host
}

// endpoint is the tenant's address of a path such as /oauth2/v2.0/token.
func (x *exchange) endpoint(path string) string { return x.origin() + "/" + x.tenant.ID + path }

// issuerURL is the issuer of the tenant's tokens.
func (x *exchange) issuerURL() string {
	if x.issuer == IssuerOrigin {
		return x.endpoint("/v2.0")
	}
	return "https://" + x.tenant.ID + ".ciamlogin.com/" + x.tenant.ID + "/v2.0"
}

func (x *exchange) timestamp() string { return x.now.UTC().Format("2006-01-02 15:04:05Z") }

func (x *exchange) sendJSON(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	x.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	x.w.WriteHeader(status)
	_, _ = x.w.Write(b) // a client that has gone away is not a failure of ours
	return nil
}

// errorBody is the token endpoint's error answer.
type errorBody struct {
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`
	ErrorCodes       []int  `json:"error_codes"`
	Timestamp        string `json:"timestamp"`
	TraceID          string `json:"trace_id"`
	CorrelationID    string `json:"correlation_id"`
	ErrorURI         string `json:"error_uri,omitempty"`
	faultDetail
}

func (x *exchange) errorJSON(f *fault) {
	body := errorBody{
		Error: f.OAuth, ErrorDescription: f.description(x), ErrorCodes: []int{f.Code},
		Timestamp: x.timestamp(), TraceID: x.trace, CorrelationID: x.correlation, ErrorURI: f.helpURI(), faultDetail: f.Detail,
	}
	_ = x.sendJSON(f.Status, body) // strings always encode
}

// errorPage shows a failure that must not be sent to a redirect URI.
func (x *exchange) errorPage(f *fault) {
	t := x.words(x.r.URL.Query().Get("ui_locales"))
	p := &web.Page{
		Name: web.Error, Status: f.Status, T: t, Tenant: "Emulator", Heading: t.ErrorHeading, Alert: f.Error(),
		Rows: []web.Row{
			{Name: t.ErrorCode, Value: errorNumber(f)},
			{Name: t.TraceID, Value: x.trace}, {Name: t.CorrelationID, Value: x.correlation}, {Name: t.Timestamp, Value: x.timestamp()},
		},
	}
	if x.tenant != nil {
		p.Tenant, p.Domain = x.tenant.Name(), x.tenant.Domain()
	}
	x.show(p)
}

// show writes a page. A broken template was found at New, and a connection that
// has gone away needs no answer, so there is nothing to do about an error.
func (x *exchange) show(p *web.Page) {
	if t := x.tenant; t != nil {
		p.Tenant = t.PageName()
		p.Brand = web.Brand{Color: t.Branding.Color, Logo: template.URL(t.Branding.Logo)} // checked with the seed
	}
	_ = x.pages.Write(x.w, p)
}
