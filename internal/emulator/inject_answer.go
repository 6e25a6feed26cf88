package emulator

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/graph"
)

// plannedKey is the context key of a fault that a route itself takes part in.
type plannedKey struct{}

// planned is the fault of a request that goes on to its route; nil mostly.
func planned(ctx context.Context) *Fault {
	f, _ := ctx.Value(plannedKey{}).(*Fault)
	return f
}

// suffer lets a request meet its fault. It returns the request that goes on to
// its route, nil when it has been answered. A dropped connection is the panic
// that net/http documents for it.
func (s *Server) suffer(o *observed, r *http.Request, f *Fault) *http.Request {
	if f.DelayMS > 0 {
		t := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done(): // the client has given up
		case <-s.ended:
		}
	}
	endpoint := endpointOf(r.URL.Path)
	switch {
	case f.DropConnection:
		panic(http.ErrAbortHandler)
	case f.Token != "", f.ReplicationDelayMS != 0, f.answers() && f.redirected(endpoint):
		return r.WithContext(context.WithValue(r.Context(), plannedKey{}, f))
	case f.answers():
		s.answerFault(o, r, f, endpoint)
		return nil
	}
	return r
}

// redirected reports whether the fault is an error that authorize sends to the
// app rather than a page.
func (f *Fault) redirected(endpoint string) bool {
	return endpoint == "authorize" && f.Status == 0 && f.Body == "" && f.ContentType == ""
}

// answerFault sends the fault's answer in the form of the endpoint.
func (s *Server) answerFault(o *observed, r *http.Request, f *Fault, endpoint string) {
	x := s.newExchange(o, r)
	_, _ = x.form() // for the log; a form that cannot be read fails all the same
	h := o.Header()
	if r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Origin", "*") // else a single-page app sees no status at all
	}
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	failure := f.failure(s.usual())
	if f.Body != "" || f.ContentType != "" {
		h.Set("Content-Type", "text/html; charset=utf-8")
		if f.ContentType != "" {
			h.Set("Content-Type", f.ContentType)
		}
		o.WriteHeader(failure.Status)
		_, _ = o.Write([]byte(f.Body))
		return
	}
	if endpoint != "graph" { // which has no such numbers
		o.failed(failure.Code)
	}
	switch endpoint {
	case "authorize", "userflow", "deviceauth", "logout":
		x.errorPage(failure)
	case "graph":
		x.errorGraph(failure)
	default:
		x.errorJSON(failure)
	}
}

// errorGraph sends a failure in the shape of Microsoft Graph's: its status decides, and a description that was planned.
func (x *exchange) errorGraph(f *fault) {
	graph.Write(x.w, graph.Of(f.Status, f.Graph), x.trace, x.correlation, x.now)
}

// refuseGraph sends a failure of Microsoft Graph.
func (x *exchange) refuseGraph(f *graph.Failure) error {
	graph.Write(x.w, f, x.trace, x.correlation, x.now)
	return nil
}

// failure is the error of a fault: what it says, completed by what the service
// usually sends with it.
func (f *Fault) failure(usual []*fault) *fault {
	code := f.AADSTS
	if code == 0 {
		code = f.usualCode(usual)
	}
	out := usualFailure(usual, code)
	if f.Status != 0 {
		out.Status = f.Status
	}
	if f.OAuthError != "" {
		out.OAuth = f.OAuthError
	}
	if f.Description != "" {
		out.Text, out.Graph = clip(f.Description), clip(f.Description)
	}
	if f.Suberror != "" {
		out.Detail.Suberror = f.Suberror
	}
	return out
}

func mfaDemanded(code int) *fault {
	return fail(code, "interaction_required", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.")
}

func throttled() *fault {
	return fail(90055, "temporarily_unavailable", "There are too many incoming requests. Please try again later.").status(http.StatusTooManyRequests)
}

// usualFailure is what the service sends with a number.
func usualFailure(usual []*fault, code int) *fault {
	for _, f := range usual {
		if f.Code == code {
			return f
		}
	}
	return fail(code, "invalid_request", "The request failed because a fault was planned for it.")
}

// usualCode is the number that goes with a fault which names none: that of its
// OAuth error, else of its status.
func (f *Fault) usualCode(usual []*fault) int {
	for _, u := range usual {
		if f.OAuthError != "" && u.OAuth == f.OAuthError {
			return u.Code
		}
	}
	switch {
	case f.Status == http.StatusTooManyRequests, f.Status == 0 && f.OAuthError == "" && f.RetryAfter > 0:
		return throttled().Code
	case f.Status >= http.StatusInternalServerError:
		return serverError().Code
	}
	return 90100
}
