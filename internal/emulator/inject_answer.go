package emulator

import (
	"context"
	"net/http"
	"strconv"
	"time"
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
	case f.Token != "", f.answers() && f.redirected(endpoint):
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
	failure := f.failure()
	if f.Body != "" || f.ContentType != "" {
		h.Set("Content-Type", "text/html; charset=utf-8")
		if f.ContentType != "" {
			h.Set("Content-Type", f.ContentType)
		}
		o.WriteHeader(failure.Status)
		_, _ = o.Write([]byte(f.Body))
		return
	}
	o.failed(failure.Code)
	switch endpoint {
	case "authorize", "userflow", "deviceauth", "logout":
		x.errorPage(failure)
	default:
		x.errorJSON(failure)
	}
}

// failure is the error of a fault: what it says, completed by what the service
// usually sends with it.
func (f *Fault) failure() *fault {
	code := f.AADSTS
	if code == 0 {
		code = f.usualCode()
	}
	out := usualFailure(code)
	if f.Status != 0 {
		out.Status = f.Status
	}
	if f.OAuthError != "" {
		out.OAuth = f.OAuthError
	}
	if f.Description != "" {
		out.Text = clip(f.Description)
	}
	if f.Suberror != "" {
		out.Detail.Suberror = f.Suberror
	}
	return out
}

// usualCode is the number that goes with a fault which names none.
func (f *Fault) usualCode() int {
	switch f.OAuthError {
	case "interaction_required":
		return 50076
	case "login_required":
		return 50058
	case "consent_required":
		return 65001
	case "access_denied":
		return 65004
	case "invalid_grant":
		return 70000
	case "temporarily_unavailable":
		return 90033
	}
	switch {
	case f.Status == http.StatusTooManyRequests, f.Status == 0 && f.OAuthError == "" && f.RetryAfter > 0:
		return 90055
	case f.Status >= 500, f.OAuthError == "server_error":
		return 50000
	}
	return 90100
}

// usualFailure is what the service sends with a number (Microsoft's page of
// authentication and authorization error codes).
func usualFailure(code int) *fault {
	switch code {
	case 50000:
		return serverError()
	case 50034:
		return userGone()
	case 50053:
		return fail(code, "invalid_grant", "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.")
	case 50057:
		return userDisabled()
	case 50058:
		return loginRequired()
	case 50076, 50079:
		return fail(code, "interaction_required", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.")
	case 50126:
		return fail(code, "invalid_grant", "Error validating credentials due to invalid username or password.")
	case 50173:
		return revokedGrant()
	case 53003:
		return fail(code, "interaction_required", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.")
	case 54005:
		return codeRedeemed()
	case 65001:
		return fail(code, "consent_required", "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.")
	case 65004:
		return userCancelled()
	case 70000:
		return badGrant()
	case 70008:
		return codeExpired()
	case 700082:
		return inactiveRefresh()
	case 700084:
		return oldSPARefresh()
	case 90033:
		return fail(code, "temporarily_unavailable", "A transient error has occurred. Please try again.").status(http.StatusServiceUnavailable)
	case 90055:
		return fail(code, "temporarily_unavailable", "There are too many incoming requests. Please try again later.").status(http.StatusTooManyRequests)
	}
	return fail(code, "invalid_request", "The request failed because a fault was planned for it.")
}
