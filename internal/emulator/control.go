package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// control is the area for people and programs that test with the tenant. Its
// answers are JSON, failures {"error":{"code","message","field"}}. It answers to
// this machine and to who has the control token, and to no web page: see guard.
type control struct{ *Server }

// controlHandler answers a call with a value for JSON; nil is 204, a created
// value 201.
type controlHandler func(x *exchange) (any, error)

// created is an answer about something that the call made.
type created struct{ value any }

// controlError is a failure of a call.
type controlError struct {
	Status  int    `json:"-"`
	Code    string `json:"code"` // for programs
	Message string `json:"message"`
	Field   string `json:"field,omitempty"` // of the body or the query
}

func (e *controlError) Error() string { return e.Message }

func refuse(status int, code, format string, a ...any) *controlError {
	return &controlError{Status: status, Code: code, Message: fmt.Sprintf(format, a...)}
}

func badField(field, format string, a ...any) *controlError {
	e := refuse(http.StatusBadRequest, "invalid_value", format, a...)
	e.Field, e.Message = clip(field), clip(field)+": "+e.Message
	return e
}

// Mount adds the area's routes.
func (c control) Mount(mux *http.ServeMux) {
	c.route(mux, "/health", map[string]controlHandler{"GET": c.health})
	c.route(mux, "/outbox", map[string]controlHandler{"GET": c.readOutbox, "DELETE": c.emptyOutbox})
	c.route(mux, "/code", map[string]controlHandler{"GET": c.listCodes, "PUT": c.setCode, "DELETE": c.unsetCode})
	c.route(mux, "/users", map[string]controlHandler{"GET": c.listUsers, "POST": c.createUser})
	c.route(mux, "/users/{user}", map[string]controlHandler{"GET": c.readUser, "PATCH": c.changeUser, "DELETE": c.deleteUser})
	c.route(mux, "/tokens", map[string]controlHandler{"POST": c.makeTokens})
	c.route(mux, "/sign-in", map[string]controlHandler{"POST": c.signInAs})
	c.route(mux, "/sessions", map[string]controlHandler{"GET": c.listSessions, "DELETE": c.endSessions})
	c.route(mux, "/requests", map[string]controlHandler{"GET": c.listRequests, "DELETE": c.forgetRequests})
	c.route(mux, "/faults", map[string]controlHandler{"GET": c.listFaults, "POST": c.planFault, "DELETE": c.forgetFaults})
	c.route(mux, "/faults/{fault}", map[string]controlHandler{"DELETE": c.forgetFault})
	c.route(mux, "/clock", map[string]controlHandler{"GET": c.readClock, "PUT": c.setClock})
	c.route(mux, "/keys", map[string]controlHandler{"GET": c.listKeys})
	c.route(mux, "/keys/rotate", map[string]controlHandler{"POST": c.rotateKey})
	c.route(mux, "/reset", map[string]controlHandler{"POST": c.reset})
	c.route(mux, "/stop", map[string]controlHandler{"POST": c.askToStop})
	mux.HandleFunc("GET "+controlRoot+"/ca.pem", c.sendCA)
	c.route(mux, "/", map[string]controlHandler{"GET": c.unknown})
	c.mountLanding(mux)
}

// route adds a path of the area with its methods.
func (c control) route(mux *http.ServeMux, path string, verbs map[string]controlHandler) {
	mux.HandleFunc(controlRoot+path, func(w http.ResponseWriter, r *http.Request) {
		x := c.newExchange(w, r)
		x.finish(func(x *exchange) error { return c.serve(x, verbs) }, func(f *fault) {
			if f.Status == http.StatusRequestEntityTooLarge {
				x.sendControlError(refuse(f.Status, "too_large", "the query is longer than %d KiB", maxRequest>>10))
				return
			}
			x.sendControlError(refuse(http.StatusInternalServerError, "internal", "the call failed inside the emulator"))
		})
	})
}

// serve checks who calls and how, runs the handler and sends what it says.
func (c control) serve(x *exchange, verbs map[string]controlHandler) error {
	v, err := c.call(x, verbs)
	if err != nil {
		x.sendControlError(asControlError(err))
		return nil
	}
	status := http.StatusOK
	if made, ok := v.(created); ok {
		status, v = http.StatusCreated, made.value
	}
	if v == nil {
		x.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return x.sendJSON(status, v)
}

func (c control) call(x *exchange, verbs map[string]controlHandler) (any, error) {
	if err := x.guard(); err != nil {
		return nil, err
	}
	method := x.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	h, ok := verbs[method]
	if !ok {
		var allowed []string
		for m := range verbs {
			allowed = append(allowed, m)
		}
		slices.Sort(allowed)
		x.w.Header().Set("Allow", strings.Join(allowed, ", "))
		return nil, refuse(http.StatusMethodNotAllowed, "method_not_allowed", "expected %s, got %s", strings.Join(allowed, " or "), clip(x.r.Method))
	}
	if method == http.MethodDelete {
		if err := x.noBody(); err != nil {
			return nil, err
		}
	}
	return h(x)
}

func (c control) unknown(x *exchange) (any, error) {
	return nil, refuse(http.StatusNotFound, "not_found", "the control area has no %s; what it has: https://github.com/ciam-cli/ciam/blob/main/docs/emulator.md#control-api", clip(x.r.URL.Path))
}

// asControlError puts the errors of the emulator's other parts into the area's form.
func asControlError(err error) *controlError {
	var (
		own    *controlError
		fault  *FaultError
		format *directory.FormatError
		busy   *directory.BusyError
		status = http.StatusInternalServerError
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &fault):
		return badField(fault.Field, "%s", fault.Problem)
	case errors.As(err, &format):
		return badField(format.Path[strings.LastIndexByte(format.Path, '.')+1:], "%s", format.Problem)
	case errors.As(err, &busy):
		return refuse(http.StatusServiceUnavailable, "busy", "another process holds the tenant's state; try again")
	case errors.Is(err, errTooManyFaults):
		return refuse(http.StatusConflict, "too_many", "%v", err)
	}
	return refuse(status, "internal", "the call failed inside the emulator")
}

func (x *exchange) sendControlError(e *controlError) {
	_ = x.sendJSON(e.Status, map[string]any{"error": e}) // strings always encode
}

// query returns the call's query. Names other than those listed are refused, so
// that a misspelt filter does not read as none.
func (x *exchange) query(names ...string) (url.Values, error) {
	v, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "malformed", "the query cannot be read")
	}
	for name, values := range v {
		if !slices.Contains(names, name) {
			e := badField(name, "unknown parameter; expected %s", orNone(names))
			e.Code = "unknown_field"
			return nil, e
		}
		if len(values) > 1 {
			return nil, badField(name, "given twice")
		}
	}
	return v, nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// body reads the call's JSON object into v; fields that v does not have are
// refused by name.
func (x *exchange) body(v any) error {
	data, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxRequest))
	if big := new(http.MaxBytesError); errors.As(err, &big) {
		return refuse(http.StatusRequestEntityTooLarge, "too_large", "the body is larger than %d KiB", maxRequest>>10)
	} else if err != nil {
		return refuse(http.StatusBadRequest, "malformed", "the body could not be read")
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if len(data) == 0 || strings.TrimSpace(string(data)) == "null" {
		return refuse(http.StatusBadRequest, "malformed", "expected a JSON object, got nothing")
	}
	err = dec.Decode(v)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			return refuse(http.StatusBadRequest, "malformed", "expected one JSON object and nothing after it")
		}
		return nil
	}
	wrong := new(json.UnmarshalTypeError)
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return badField(wrong.Field, "expected %s, got %s", jsonKind(wrong.Type.Kind()), clip(wrong.Value))
	case errors.As(err, &wrong):
		return refuse(http.StatusBadRequest, "malformed", "expected a JSON object, got %s", clip(wrong.Value))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if plain, err := strconv.Unquote(name); err == nil {
			name = plain
		}
		e := badField(name, "unknown field; expected %s", strings.Join(jsonFields(v), ", "))
		e.Code = "unknown_field"
		return e
	}
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		return refuse(http.StatusBadRequest, "malformed", "the body is not JSON: byte %d: %s", syntax.Offset, clip(syntax.Error()))
	}
	return refuse(http.StatusBadRequest, "malformed", "the body is not a whole JSON object")
}

// noBody refuses a body where a call takes none; an empty object is fine.
func (x *exchange) noBody() error {
	var none struct{}
	data, err := io.ReadAll(io.LimitReader(x.r.Body, 64))
	if err == nil && len(strings.TrimSpace(string(data))) > 0 && json.Unmarshal(data, &none) != nil || len(data) > 32 {
		return refuse(http.StatusBadRequest, "malformed", "this call takes no body")
	}
	return nil
}
