package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// Failure is an error answer of Microsoft Graph.
type Failure struct {
	Status        int
	Code, Message string
}

func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// Of is the failure that Graph sends with a status, with a message of its own or, when it is "", the usual one.
func Of(status int, message string) *Failure {
	code, usual := "UnknownError", http.StatusText(status)
	switch status {
	case http.StatusBadRequest:
		code = "Request_BadRequest"
	case http.StatusUnauthorized:
		code, usual = "InvalidAuthenticationToken", "Access token is empty or not valid."
	case http.StatusForbidden:
		code, usual = "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
	case http.StatusNotFound:
		code = "Request_ResourceNotFound"
	case http.StatusConflict:
		code = "Request_MultipleObjectsWithSameKeyValue"
	case http.StatusTooManyRequests:
		code, usual = "TooManyRequests", "Too many requests. Try again later."
	case http.StatusInternalServerError:
		code = "InternalServerError"
	case http.StatusServiceUnavailable:
		code, usual = "ServiceUnavailable", "The service is temporarily unavailable. Try again later."
	}
	if message == "" {
		message = usual
	}
	return &Failure{Status: status, Code: code, Message: message}
}

// Write sends a failure in the shape of Graph's errors.
func Write(w http.ResponseWriter, f *Failure, requestID, clientRequestID string, now time.Time) {
	Identify(w, requestID, clientRequestID)
	send(w, f.Status, object{"error": object{
		"code": f.Code, "message": f.Message,
		"innerError": object{"date": now.UTC().Format("2006-01-02T15:04:05"), "request-id": requestID, "client-request-id": clientRequestID},
	}})
}

// Identify sets the headers that name a request.
func Identify(w http.ResponseWriter, requestID, clientRequestID string) {
	w.Header().Set("request-id", requestID)
	w.Header().Set("client-request-id", clientRequestID)
}

func send(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil { // of values that came from JSON or are made here
		status, b = http.StatusInternalServerError, []byte(`{"error":{"code":"InternalServerError","message":""}}`)
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that has gone away is not a failure of ours
}

func badRequest(format string, a ...any) error {
	return Of(http.StatusBadRequest, fmt.Sprintf(format, a...))
}

func notFound(kind, key string) error {
	return Of(http.StatusNotFound, fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present. (%s)", clip(key), kind))
}

func conflict(format string, a ...any) error {
	return Of(http.StatusConflict, fmt.Sprintf(format, a...))
}

func forbidden(format string, a ...any) error {
	return Of(http.StatusForbidden, fmt.Sprintf(format, a...))
}

// failureOf is what an error of a call is told as.
func failureOf(err error) *Failure {
	var f *Failure
	var format *directory.FormatError
	var busy *directory.BusyError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &format): // what Graph's types allow and the tenant's document does not
		return Of(http.StatusBadRequest, "Invalid value specified for a property of the resource: "+format.Path+": "+format.Problem)
	case errors.As(err, &busy):
		return Of(http.StatusServiceUnavailable, "")
	}
	return Of(http.StatusInternalServerError, "")
}

// clip bounds what is echoed from a request.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "..."
	}
	return s
}
