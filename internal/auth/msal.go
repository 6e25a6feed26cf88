package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/wire"
)

// adapter is the HTTP client that MSAL is given. It answers MSAL's discovery from metadata that was validated already.
// It has every token answer judged before MSAL hears of it: a refusal becomes a RefusedError, rubbish an AnswerError, an
// ID token that fails verification ends the exchange before anything is cached. What passes is told to MSAL in an answer
// made anew (docs/adr/0010).
type adapter struct {
	http      *http.Client
	options   wire.Options
	now       func() time.Time
	metadata  authority.Metadata
	authority string
	judge     judge
	// canned is a token answer that was obtained already; nil asks the token endpoint.
	canned *answer

	// What the token answer held; nil while there is none.
	tokens *tokens
	// token is its verified ID token, nil when it had none.
	token *idtoken.Token
	// credential is why the client's own assertion could not be had.
	credential error
	// skew is the tenant's clock less ours, by the Date header; to the second.
	skew time.Duration
}

// CloseIdleConnections implements MSAL's HTTP client interface.
func (t *adapter) CloseIdleConnections() { t.http.CloseIdleConnections() }

// Do implements MSAL's HTTP client interface.
func (t *adapter) Do(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet && req.URL.Scheme+"://"+req.URL.Host+req.URL.Path == t.authority+"/v2.0/.well-known/openid-configuration" {
		return t.discovery(req)
	}
	if req.Method != http.MethodPost || req.URL.String() != t.metadata.TokenEndpoint {
		return nil, &AnswerError{During: t.judge.during, Problem: "MSAL asked for an address that is not the tenant's token endpoint"}
	}
	a, err := t.answer(req)
	if err != nil {
		return nil, err
	}
	t.skew = a.skew
	if t.tokens, err = t.judge.read(req.Context(), a, t.now()); err != nil {
		return nil, err
	}
	t.token = t.tokens.idToken
	body, err := t.tokens.forMSAL()
	if err != nil {
		return nil, err
	}
	return jsonResponse(req, body), nil
}

// answer is the one that was obtained already, or the token endpoint's.
func (t *adapter) answer(req *http.Request) (*answer, error) {
	if t.canned != nil {
		return t.canned, nil
	}
	reply, err := wire.New(t.http, t.options).Do(req)
	if err != nil {
		return nil, failed(t.judge.during, err)
	}
	a := &answer{skew: reply.Skew}
	return a, receive(reply, t.judge.during, a)
}

// discovery answers MSAL's request for the tenant's metadata without a request of its own.
func (t *adapter) discovery(req *http.Request) (*http.Response, error) {
	body, err := json.Marshal(map[string]string{
		"issuer":                 t.authority + "/v2.0",
		"authorization_endpoint": t.metadata.AuthorizationEndpoint,
		"token_endpoint":         t.metadata.TokenEndpoint,
	})
	if err != nil {
		return nil, err
	}
	return jsonResponse(req, body), nil
}

func jsonResponse(req *http.Request, body []byte) *http.Response {
	return &http.Response{Status: http.StatusText(http.StatusOK), StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)), Request: req}
}

// unsigned is the header of the ID token that MSAL reads. Whoever meets one that begins like this outside of this
// process has found a fault.
const unsigned = `{"alg":"none"}`

// forMSAL is the token answer as MSAL gets to read it, with no more than it needs: the refresh token to keep, and whose
// it is. MSAL decodes with other rules than ours, so that it could reject what was verified (a number in middle_name, a
// fraction in exp) or read another token (ID_TOKEN); here is nothing left to read differently. The ID token in it is not
// signed, lives in this process only, and is dropped when MSAL's cache is exported. The access token stays with us, and
// so does the list of scopes, in which MSAL would miss openid.
func (t *tokens) forMSAL() ([]byte, error) {
	members := map[string]any{"token_type": "Bearer", "access_token": "-", "expires_in": int64(t.expiresIn / time.Second)}
	if t.refresh != "" {
		members["refresh_token"] = t.refresh
	}
	encode := base64.RawURLEncoding.EncodeToString
	if t.account != (clientInfo{}) {
		account, err := json.Marshal(t.account)
		if err != nil {
			return nil, err
		}
		members["client_info"] = encode(account)
	}
	if id := t.idToken; id != nil {
		claims, err := json.Marshal(map[string]string{"iss": id.Issuer, "aud": id.Audience, "sub": id.Subject, "oid": id.ObjectID, "tid": id.TenantID, "preferred_username": id.PreferredUsername})
		if err != nil {
			return nil, err
		}
		members["id_token"] = encode([]byte(unsigned)) + "." + encode(claims) + "."
	}
	return json.Marshal(members)
}

// explain finds our own error in what MSAL returned; anything else is MSAL's, whose text may hold tokens.
func (t *adapter) explain(err error) error {
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
	return &AnswerError{During: t.judge.during, Problem: "MSAL could not use the tokens in it"}
}
