package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/strictjson"
	"github.com/ciam-cli/ciam/internal/wire"
)

// judge decides whether a token answer may be used. It holds what an ID token is verified against, and no function that
// could be missing: the zero judge knows no issuer, tenant, app or key, and refuses every ID token.
type judge struct {
	during string
	keys   idtoken.KeySet
	want   idtoken.Expectation
}

// tokens are what a token answer held, once it passed.
type tokens struct {
	access, refresh      string
	idToken              *idtoken.Token // nil when the tenant sent none
	account              clientInfo
	granted              []string
	expiresIn, refreshIn time.Duration // refreshIn is 0 when the tenant did not say
}

// Format prints what the value is, not what it holds, for every verb.
func (tokens) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "tokens") }

// read judges an answer that is no refusal; now is this machine's time.
func (j judge) read(ctx context.Context, a *answer, now time.Time) (*tokens, error) {
	bad := func(format string, args ...any) (*tokens, error) {
		return nil, &AnswerError{During: j.during, Status: 200, Cause: wire.CauseDamaged, Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case a.AccessToken == "":
		return bad("expected an access_token, got none")
	case a.ExpiresIn == 0:
		return bad("expected expires_in of a second or more, got none")
	case !strings.EqualFold(a.TokenType, "Bearer"):
		return bad("expected token_type Bearer, got %.40q", a.TokenType)
	}
	t := &tokens{access: a.AccessToken, refresh: a.RefreshToken, granted: strings.Fields(a.Scope),
		expiresIn: time.Duration(a.ExpiresIn), refreshIn: time.Duration(a.RefreshIn)}
	if a.ClientInfo != "" && !t.account.read(a.ClientInfo) {
		return bad("it has a client_info that cannot be read")
	}
	if a.IDToken == "" {
		return t, nil
	}
	want := j.want
	want.Now = now
	token, err := idtoken.Verify(ctx, a.IDToken, j.keys, want)
	if err != nil {
		return nil, err
	}
	t.idToken = token
	return t, nil
}

// clientInfo is Microsoft's client_info, base64url of JSON, of which MSAL makes the account's key.
type clientInfo struct {
	UID  string `json:"uid"`
	UTID string `json:"utid"`
}

func (c *clientInfo) read(text string) bool {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	return err == nil && strictjson.Unmarshal(data, c) == nil
}
