package idtoken

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
)

// Token is an ID token taken apart. Fields of claims that are absent, or of another type than they should be, are zero.
// Printing and logging a Token shows neither Raw nor any claim.
type Token struct {
	Raw    string          `json:"-"` // the token itself, which is a secret
	Claims []Claim         // in the token's order
	JSON   json.RawMessage // the payload, byte for byte
	Checks []Check         // what Verify looked at, in its order, all passed; nil after Decode

	Issuer            string
	Subject           string // sub: this person to this app
	Audience          string // aud, when it is one string
	ObjectID          string // oid: this person in the whole tenant
	TenantID          string // tid
	Name              string
	PreferredUsername string
	Email             string
	LoginHint         string // login_hint, an optional claim: names the session to end at sign-out
	SessionID         string // sid

	IssuedAt, NotBefore, ExpiresAt time.Time // UTC, whole seconds
}

// Claim is one claim as the token has it.
type Claim struct {
	Name  string
	Value json.RawMessage
}

// Decode takes a token apart without verifying anything but its form. It is for a token that Verify accepted before it was
// stored. It costs no request. Any error wraps ErrMalformed.
func Decode(raw string) (*Token, error) {
	p, err := parse(raw)
	if err != nil {
		return nil, err
	}
	return p.token(), nil
}

func (p *parsed) token() *Token {
	return &Token{
		Raw:               p.raw,
		Claims:            claimsOf(p.claims),
		JSON:              p.payload,
		Issuer:            p.claims.Text("iss"),
		Subject:           p.claims.Text("sub"),
		Audience:          p.claims.Text("aud"),
		ObjectID:          p.claims.Text("oid"),
		TenantID:          p.claims.Text("tid"),
		Name:              p.claims.Text("name"),
		PreferredUsername: p.claims.Text("preferred_username"),
		Email:             p.claims.Text("email"),
		LoginHint:         p.claims.Text("login_hint"),
		SessionID:         p.claims.Text("sid"),
		IssuedAt:          date(p.claims, "iat"),
		NotBefore:         date(p.claims, "nbf"),
		ExpiresAt:         date(p.claims, "exp"),
	}
}

func claimsOf(o strictjson.Object) []Claim {
	all := make([]Claim, 0, len(o.Members()))
	for _, m := range o.Members() {
		all = append(all, Claim{Name: m.Name, Value: m.Value})
	}
	return all
}

// Format prints what the value is, not what it holds, for every verb.
func (t Token) Format(w fmt.State, _ rune) { io.WriteString(w, t.redacted()) }

// LogValue is Format for slog.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.redacted()) }

func (t Token) redacted() string { return fmt.Sprintf("ID token of %d bytes", len(t.Raw)) }
