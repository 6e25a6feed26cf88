package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
	"github.com/ciam-cli/ciam/internal/wire"
)

// oauthError is the error response of RFC 6749 section 5.2, which takes the place of any other answer.
type oauthError struct {
	Error       string `json:"error"`
	Suberror    string `json:"suberror"`
	Description string `json:"error_description"`
	// Claims is a claims challenge (Microsoft, "Claims challenges, claims requests, and client capabilities").
	Claims string `json:"claims"`
}

func (e *oauthError) oauth() *oauthError { return e }

// answer is the token answer of RFC 6749 sections 5.1 and 5.2 with OIDC Core's id_token and Microsoft's client_info. It is
// decoded once; MSAL gets to see another one, made of what was verified.
type answer struct {
	oauthError
	AccessToken  string  `json:"access_token"`
	TokenType    string  `json:"token_type"`
	RefreshToken string  `json:"refresh_token"`
	IDToken      string  `json:"id_token"`
	ClientInfo   string  `json:"client_info"`
	Scope        string  `json:"scope"`
	ExpiresIn    seconds `json:"expires_in"`
	RefreshIn    seconds `json:"refresh_in"`

	skew time.Duration // the tenant's clock less ours
}

// Format prints what the value is, not what it holds, for every verb.
func (answer) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "token answer") }

// receive reads an answer into v. An OAuth error in it becomes a *RefusedError; anything but status 200 and JSON an *AnswerError.
func receive(reply wire.Reply, during string, v interface{ oauth() *oauthError }) error {
	if e := decode(reply, during, v); e != nil {
		return e
	}
	if e := v.oauth(); e.Error != "" {
		refused := newRefused(during, e.Error, e.Suberror, e.Description, reply.Status)
		refused.Claims = challenge(e.Claims)
		return refused
	}
	if reply.Status != http.StatusOK {
		return &AnswerError{During: during, Status: reply.Status, Cause: wire.CauseStatus, Problem: "expected an answer or an OAuth error"}
	}
	return nil
}

// challenge is a claims challenge that can be passed on: a JSON object of a size that fits an address.
func challenge(text string) string {
	if len(text) > 4096 || strictjson.Kind([]byte(text)) != "an object" || !json.Valid([]byte(text)) {
		return ""
	}
	return text
}

// decode reads the JSON object of an answer into v, whatever its status.
func decode(reply wire.Reply, during string, v any) *AnswerError {
	err := strictjson.Unmarshal(reply.Body, v)
	if err == nil {
		return nil
	}
	e := &AnswerError{During: during, Status: reply.Status, Cause: wire.CauseDamaged, Problem: "it " + err.Error()}
	switch body := bytes.TrimSpace(reply.Body); {
	case len(body) == 0:
		e.Problem = "expected JSON, got an empty answer"
	case body[0] == '<':
		e.Problem, e.Cause = "expected JSON, got a web page", wire.CauseWebPage
	}
	if reply.Status != http.StatusOK && e.Cause != wire.CauseWebPage || wire.Passing(reply.Status) {
		e.Cause = wire.CauseStatus
	}
	return e
}

// seconds is a lifetime as a number, which may have a fraction, or, as some of Microsoft's endpoints send it, a text.
// A fraction is cut off.
type seconds time.Duration

// maxLifetime bounds what a tenant can claim; Entra issues access tokens for a day at most.
const maxLifetime = 10 * 365 * 24 * time.Hour

// UnmarshalJSON implements json.Unmarshaler.
func (s *seconds) UnmarshalJSON(data []byte) error {
	text := string(data)
	if strictjson.Kind(data) == "a string" {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	// The letters keep out what only ParseFloat takes for a number: 0x10, 1_0, inf.
	if err != nil || strings.Trim(text, "0123456789.eE+-") != "" || n < 0 || n > maxLifetime.Seconds() {
		return errors.New("a lifetime that is no number of seconds")
	}
	*s = seconds(time.Duration(math.Floor(n)) * time.Second)
	return nil
}
