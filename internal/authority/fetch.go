package authority

import (
	"bytes"
	"cmp"
	"context"
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

const maxDescription = 512

// get fetches a document of the tenant. The context's own end is returned as it is; every other failure as
// *UnreachableError or *UnknownTenantError.
func (r *Resolver) get(ctx context.Context, a Authority, target string) ([]byte, error) {
	if r.Offline {
		return nil, &UnreachableError{URL: target, Cause: wire.CauseOther, Reason: "nothing of it is kept here, and no request was to be made"}
	}
	sender := wire.New(r.HTTP, wire.Options{Now: r.Now, Timeout: cmp.Or(r.Timeout, defaultTimeout), SameOrigin: true, Pause: r.pause})
	reply, err := sender.Get(ctx, target)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("ask %s: %w", target, err)
	case err != nil:
		return nil, err
	case reply.Status == http.StatusOK:
		return reply.Body, nil
	}
	return nil, refusal(a, target, reply)
}

// refusal reads an answer whose status is not 200. Entra says 400 or 404 with an error object when it knows no such tenant.
func refusal(a Authority, target string, reply wire.Reply) error {
	e := &UnreachableError{URL: target, Status: reply.Status, Cause: wire.CauseStatus}
	o, problem := decodeObject(target, reply)
	code, description := o.Text("error"), firstLine(o.Text("error_description"))
	switch status := reply.Status; {
	case (status == http.StatusBadRequest || status == http.StatusNotFound) && code != "":
		return &UnknownTenantError{Tenant: a.Tenant, AADSTS: aadsts(o.Get("error_codes"), description), Description: description}
	case status == http.StatusNotFound:
		e.Reason = "there is nothing at this address"
	case status == http.StatusTooManyRequests:
		e.Reason = "the tenant is asked too often"
	case status >= 500:
		e.Reason = "the service has a fault or is overloaded"
	case status >= 300 && status < 400:
		e.Reason = "redirects without saying where"
	case code != "":
		e.Reason = "refused: " + strconv.Quote(shorten(code)) + " " + description
	case problem != nil:
		return problem
	default:
		e.Reason = "refused"
	}
	return e
}

// decodeObject reads one JSON object: names are exact, and none may be there twice.
func decodeObject(target string, reply wire.Reply) (strictjson.Object, *UnreachableError) {
	e := &UnreachableError{URL: target, Status: reply.Status, Cause: wire.CauseDamaged}
	o, err := strictjson.Parse(reply.Body)
	switch body := bytes.TrimSpace(reply.Body); {
	case err == nil:
		return o, nil
	case len(body) == 0:
		e.Reason = "the answer is empty"
	case body[0] == '<':
		e.Cause, e.Reason = wire.CauseWebPage, "answered with a web page (HTML) and not with JSON"
	default:
		e.Reason = "the answer " + err.Error()
	}
	return o, e
}

// firstLine cuts the trace ids off an error_description, and bounds it.
func firstLine(s string) string {
	for _, end := range [...]string{"\r", "\n", " Trace ID:"} {
		s, _, _ = strings.Cut(s, end)
	}
	if len(s) > maxDescription {
		s = strings.ToValidUTF8(s[:maxDescription], "")
	}
	return strings.TrimSpace(s)
}

// aadsts takes the number from error_codes, else from the text "AADSTS<number>: …".
func aadsts(errorCodes json.RawMessage, description string) int {
	var codes []int
	if json.Unmarshal(errorCodes, &codes) == nil && len(codes) > 0 {
		return codes[0]
	}
	_, rest, _ := strings.Cut(description, "AADSTS")
	end := 0
	for end < len(rest) && end < 9 && '0' <= rest[end] && rest[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(rest[:end]) // no digits: 0
	return n
}

// gone reports an endpoint that says that there is nothing at it.
func gone(err error) bool {
	var e *UnreachableError
	var unknown *UnknownTenantError
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusGone) || errors.As(err, &unknown)
}

// noteStale adds to a failure that there would be a copy, were it not too old.
func noteStale(err error, fetchedAt time.Time) {
	var e *UnreachableError
	if errors.As(err, &e) {
		e.CachedAt = fetchedAt
	}
}
