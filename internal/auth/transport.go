package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
)

// maxAnswer bounds a token answer; real ones take about 6 KB.
const maxAnswer = 1 << 20

// transport is the HTTP client that MSAL is given. It answers MSAL's discovery from metadata that was validated
// already, and it reads every token answer before MSAL does: a refusal becomes a RefusedError, rubbish an
// AnswerError, and an ID token that fails verification ends the exchange before anything is cached.
type transport struct {
	http      *http.Client
	now       func() time.Time
	metadata  authority.Metadata
	authority string
	during    string
	timeout   time.Duration // of one request
	verify    func(ctx context.Context, raw string) (*idtoken.Token, error)
	// canned is a token answer that was obtained already; nil asks the token endpoint.
	canned []byte

	// What the last token answer held.
	token     *idtoken.Token
	granted   []string
	expiresIn time.Duration
	refreshIn time.Duration // 0 when the tenant did not say
	// credential is why the client's own assertion could not be had.
	credential error
	// skew is the tenant's clock less ours, by the Date header; to the second.
	skew time.Duration
}

// CloseIdleConnections implements MSAL's HTTP client interface.
func (t *transport) CloseIdleConnections() { t.http.CloseIdleConnections() }

// Do implements MSAL's HTTP client interface.
func (t *transport) Do(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet && req.URL.Scheme+"://"+req.URL.Host+req.URL.Path == t.authority+"/v2.0/.well-known/openid-configuration" {
		return t.discovery(req)
	}
	if req.Method != http.MethodPost || req.URL.String() != t.metadata.TokenEndpoint {
		return nil, &AnswerError{During: t.during, Problem: "MSAL asked for an address that is not the tenant's token endpoint"}
	}
	status, body := http.StatusOK, t.canned
	if body == nil {
		var err error
		if status, body, err = t.send(req); err != nil {
			return nil, err
		}
	}
	body, err := t.read(req.Context(), status, body)
	if err != nil {
		return nil, err
	}
	return jsonResponse(req, status, body), nil
}

// exchange posts a form and returns the answer.
func (t *transport) exchange(ctx context.Context, endpoint string, form url.Values) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	return t.send(req)
}

// send sends a request, again where that may help, bounded in time and in size, and notes the tenant's clock.
func (t *transport) send(req *http.Request) (int, []byte, error) {
	for try := 1; ; try++ {
		status, body, retryAfter, err := t.sendOnce(req)
		if err != nil || !passing(status) {
			return status, body, err
		}
		wait, worthIt := backoff(try, retryAfter, t.now())
		if !worthIt || req.GetBody == nil {
			return status, body, nil
		}
		if err := pause(req.Context(), wait); err != nil {
			return 0, nil, err
		}
		if req.Body, err = req.GetBody(); err != nil {
			return status, body, nil
		}
	}
}

func (t *transport) sendOnce(req *http.Request) (status int, body []byte, retryAfter string, err error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	defer cancel()
	sent := t.now()
	resp, err := t.http.Do(req.WithContext(ctx))
	if err != nil {
		if cause := context.Cause(req.Context()); cause != nil {
			return 0, nil, "", cause
		}
		return 0, nil, "", &authority.UnreachableError{URL: req.URL.Scheme + "://" + req.URL.Host + req.URL.Path, Reason: "the request was not answered", Err: err}
	}
	defer resp.Body.Close()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		t.skew = date.Sub(sent).Truncate(time.Second)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return 0, nil, "", &AnswerError{During: t.during, Status: resp.StatusCode, Problem: "the connection broke off", Err: err}
	}
	if len(body) > maxAnswer {
		return 0, nil, "", &AnswerError{During: t.during, Status: resp.StatusCode, Problem: "it is over 1 MB"}
	}
	return resp.StatusCode, body, resp.Header.Get("Retry-After"), nil
}

// discovery answers MSAL's request for the tenant's metadata without a request of its own.
func (t *transport) discovery(req *http.Request) (*http.Response, error) {
	body, err := json.Marshal(map[string]string{
		"issuer":                 t.authority + "/v2.0",
		"authorization_endpoint": t.metadata.AuthorizationEndpoint,
		"token_endpoint":         t.metadata.TokenEndpoint,
	})
	if err != nil {
		return nil, err
	}
	return jsonResponse(req, http.StatusOK, body), nil
}

func jsonResponse(req *http.Request, status int, body []byte) *http.Response {
	return &http.Response{Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)), Request: req}
}

// answer is the token answer of RFC 6749 sections 5.1 and 5.2 with OIDC Core's id_token, as far as it is looked at here.
type answer struct {
	AccessToken string  `json:"access_token"`
	TokenType   string  `json:"token_type"`
	IDToken     string  `json:"id_token"`
	Scope       string  `json:"scope"`
	ExpiresIn   seconds `json:"expires_in"`
	RefreshIn   seconds `json:"refresh_in"`
	Error       string  `json:"error"`
	Suberror    string  `json:"suberror"`
	Description string  `json:"error_description"`
}

// seconds is a lifetime in whole seconds, as a number or, as some of Microsoft's endpoints send it, a string.
type seconds time.Duration

// maxLifetime bounds what a tenant can claim; Entra issues access tokens for a day at most.
const maxLifetime = 10 * 365 * 24 * time.Hour

// UnmarshalJSON implements json.Unmarshaler.
func (s *seconds) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	if err != nil || n < 0 || n > int64(maxLifetime/time.Second) {
		return errors.New("a lifetime that is no number of seconds")
	}
	*s = seconds(time.Duration(n) * time.Second)
	return nil
}

// read judges a token answer and returns the body that MSAL is to see.
func (t *transport) read(ctx context.Context, status int, body []byte) ([]byte, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, &AnswerError{During: t.during, Status: status, Problem: "expected JSON, got " + kindOf(body)}
	}
	switch {
	case a.Error != "":
		return nil, newRefused(t.during, a.Error, a.Suberror, a.Description, status)
	case status != http.StatusOK:
		return nil, &AnswerError{During: t.during, Status: status, Problem: "expected tokens or an OAuth error"}
	case a.AccessToken == "":
		return nil, &AnswerError{During: t.during, Status: status, Problem: "expected an access_token, got none"}
	case a.ExpiresIn == 0:
		return nil, &AnswerError{During: t.during, Status: status, Problem: "expected expires_in, got none"}
	case !strings.EqualFold(a.TokenType, "Bearer"):
		return nil, &AnswerError{During: t.during, Status: status, Problem: fmt.Sprintf("expected token_type Bearer, got %.40q", a.TokenType)}
	}
	if a.IDToken != "" {
		token, err := t.verify(ctx, a.IDToken)
		if err != nil {
			return nil, err
		}
		t.token = token
	}
	t.granted = strings.Fields(a.Scope)
	t.expiresIn, t.refreshIn = time.Duration(a.ExpiresIn), time.Duration(a.RefreshIn)
	return withoutScope(body)
}

// withoutScope hides the granted scopes from MSAL, which fails a sign-in when openid is not among them although
// tenants leave it out; the scopes are judged by the caller.
func withoutScope(body []byte) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	delete(all, "scope")
	return json.Marshal(all)
}

// kindOf names what an answer looks like without quoting it.
func kindOf(body []byte) string {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
		return "an empty answer"
	case trimmed[0] == '<':
		return "a web page (is a proxy or a sign-in page of your network in between?)"
	case trimmed[0] == '{' || trimmed[0] == '[':
		return "broken JSON"
	}
	return "something else"
}

// explain finds our own error in what MSAL returned; anything else is MSAL's, whose text may hold tokens.
func (t *transport) explain(err error) error {
	var (
		refused     *RefusedError
		unusable    *AnswerError
		unreachable *authority.UnreachableError
		invalid     *idtoken.VerificationError
	)
	switch {
	case t.credential != nil:
		return t.credential
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &invalid):
		return invalid
	case errors.As(err, &unusable):
		return unusable
	case errors.As(err, &unreachable):
		return unreachable
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	return &AnswerError{During: t.during, Problem: "MSAL could not use the tokens in it"}
}
