package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
	"github.com/ciam-cli/ciam/internal/wire"
)

// Error is Graph's refusal of a request, or a status of failure without a word of Graph's.
type Error struct {
	Method string
	URL    string // without a query
	Status int
	// Code and Message are Graph's; "" when the answer was not Graph's JSON. The innermost code is taken where several are
	// nested, since the outer one is a general word then (UnknownError, BadRequest).
	Code    string
	Message string
	// RequestID is what Microsoft's support asks for; "" when the answer has none. ClientRequestID is ours, always there.
	RequestID       string
	ClientRequestID string
	RetryAfter      time.Duration // how long Graph wants to be left alone; negative when it does not say
	// WebPage says that HTML came in place of JSON, which is a proxy's or a portal's word rather than Graph's.
	WebPage bool
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.URL)
	switch {
	case e.Message != "":
		b.WriteString(e.Message)
	case e.Code != "":
		b.WriteString("refused")
	case e.WebPage:
		b.WriteString("answered with a web page (HTML) and not with JSON")
	default:
		b.WriteString("refused without a reason")
	}
	if e.Code != "" {
		b.WriteString(" [" + e.Code + "]")
	}
	fmt.Fprintf(&b, " (HTTP status %d", e.Status)
	if e.RequestID != "" {
		b.WriteString(", request ID " + e.RequestID)
	} else {
		b.WriteString(", our request ID " + e.ClientRequestID)
	}
	b.WriteString(")")
	return b.String()
}

// NotFound reports that Graph says there is no such thing.
func NotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound && !e.WebPage
}

// Forbidden reports a token without the scope, or a person without the role, that the call needs. The endpoints below
// /identity say so with the code AADB2C and any status.
func Forbidden(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusForbidden || e.Code == "AADB2C")
}

// NotReplicated reports a refusal that time may heal: an object that was just made is not known everywhere yet, and a
// request that refers to it is answered as if it did not exist.
func NotReplicated(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.WebPage {
		return false
	}
	text := strings.ToLower(e.Message)
	switch e.Status {
	case http.StatusNotFound:
		return true
	case http.StatusBadRequest, http.StatusForbidden:
		return e.Code == "Request_ResourceNotFound" || strings.Contains(text, "does not exist") ||
			strings.Contains(text, "does not reference a valid application")
	}
	return false
}

// Passing reports a failure after which looking and trying again may help: no answer, throttling, and trouble of Graph's own.
// What was asked for may have been done.
func Passing(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return wire.Passing(e.Status)
	}
	var u *wire.UnreachableError
	return errors.As(err, &u)
}

// RetryAfter is how long Graph wants to be left alone; 0 where it does not say.
func RetryAfter(err error) time.Duration {
	var e *Error
	if !errors.As(err, &e) {
		return 0
	}
	return max(0, e.RetryAfter)
}

// refusal reads an answer of failure.
func refusal(method, target, clientRequestID string, reply wire.Reply) *Error {
	e := &Error{Method: method, URL: target, Status: reply.Status, ClientRequestID: clientRequestID, RetryAfter: reply.RetryAfter}
	body := bytes.TrimSpace(reply.Body)
	e.WebPage = len(body) > 0 && body[0] == '<'
	if _, err := strictjson.Parse(body); err != nil {
		return e
	}
	var answer struct {
		Error fault `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return e
	}
	e.Code, e.Message = shorten(answer.Error.code()), shorten(answer.Error.Message)
	e.RequestID = shorten(answer.Error.Inner.RequestID)
	return e
}

// fault is the body of an error (Microsoft Graph error responses and resource types).
type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Inner   inner  `json:"innerError"`
}

type inner struct {
	Code      string `json:"code"`
	RequestID string `json:"request-id"`
	Inner     *inner `json:"innerError"`
}

func (f fault) code() string {
	code := f.Code
	for i := &f.Inner; i != nil; i = i.Inner {
		if i.Code != "" {
			code = i.Code
		}
	}
	return code
}

// damaged is an answer of success that is not what it has to be.
func damaged(target string, reply wire.Reply, problem error) *wire.UnreachableError {
	e := &wire.UnreachableError{URL: target, Status: reply.Status, Cause: wire.CauseDamaged}
	switch body := bytes.TrimSpace(reply.Body); {
	case len(body) == 0:
		e.Reason = "the answer is empty"
	case body[0] == '<':
		e.Cause, e.Reason = wire.CauseWebPage, "answered with a web page (HTML) and not with JSON"
	default:
		e.Reason = "the answer " + problem.Error()
	}
	return e
}

// shorten bounds text of Graph's for a message, and keeps it on one line.
func shorten(s string) string {
	const limit = 400
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// shape says what a decoder found instead, without a value: an answer can hold a secret.
func shape(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) && typ.Field != "" {
		return errors.New("has " + typ.Value + " in " + strconv.Quote(typ.Field))
	}
	return errors.New("is not the object that was expected")
}
