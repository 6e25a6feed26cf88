package idtoken

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
)

// Type is what a token is for, as far as its form tells.
type Type string

// The types of tokens.
const (
	TypeID        Type = "ID token"
	TypeAccess    Type = "access token"
	TypeGraph     Type = "access token for Microsoft Graph" // for Graph alone: nobody else can verify it
	TypeEncrypted Type = "encrypted token"                  // JWE: only who has the key can read it
	TypeNested    Type = "token within a token"             // no tenant issues one
	TypeOdd       Type = "token"                            // signed, and not readable in one way only
	TypeNone      Type = ""                                 // no JWT
)

// Microsoft Graph as an audience: its application id, and its address in 1.0 tokens.
const (
	graphID  = "00000003-0000-0000-c000-000000000000"
	graphURL = "https://graph.microsoft.com"
)

// Report is what Inspect found.
type Report struct {
	Type    Type
	Problem string  // why the form does not hold, or what keeps the token from being read; "" when nothing does
	Header  []Claim // the JOSE header; nil when it cannot be read
	Token   *Token  // taken apart, nothing of it verified but what Checks say; nil when it cannot be read
	Checks  []Check // nil for TypeNone
	Err     error   // why the tenant's key could not be got, else nil
}

// Failed returns the checks that do not hold.
func (r *Report) Failed() []Check { return failed(r.Checks) }

// Passed reports whether all checks hold: the token is what Verify accepts, or an access token of the same making.
func (r *Report) Passed() bool {
	for _, c := range r.Checks {
		if !c.OK {
			return false
		}
	}
	return len(r.Checks) > 0
}

// Inspect takes a token of any kind apart as far as it can be read, and makes every check that Verify makes, also those that
// Verify leaves out once one has failed. What want does not say is unknown, and a report with something unknown is not
// passed. An access token is held against Audiences or APIs, and anybody may have asked for it.
//
// The error of keys means that a key cannot be got, unless it is ErrNoKey; then no such key exists, and the token fails.
func Inspect(ctx context.Context, raw string, keys KeySet, want Expectation) *Report {
	if want.Now.IsZero() {
		want.Now = time.Now()
	}
	out, p := open(raw)
	if p == nil {
		return out
	}
	out.Token, out.Header = p.token(), claimsOf(p.header)
	r := report{look: true, access: out.Type != TypeID}
	r.add("form", out.Problem == "", expectedForm, cmp.Or(out.Problem, gotForm))
	r.header(p.header)
	r.identity(p.claims, want, want.audiencesFor(out.Type))
	r.times(p.claims, want.Now)
	switch {
	case out.Type == TypeGraph:
		r.unknown("signature", expectedSignature, "not looked at: Microsoft Graph alone can verify its own")
	case want.TenantID == "" || keys == nil:
		r.unknown("signature", expectedSignature, "not looked at: nobody said which tenant")
	case p.header.Text("alg") != "RS256" || p.header.Text("kid") == "" || out.Problem != "":
		r.skip("signature", expectedSignature)
	default:
		out.Err = r.signatureOrUnknown(ctx, p, keys)
	}
	out.Checks = r.checks
	return out
}

// ErrNoKey is what a KeySet for Inspect wraps where the tenant has no key of that id.
var ErrNoKey = errors.New("no such key")

// signatureOrUnknown is signature where a key that cannot be got is not held against the token.
func (r *report) signatureOrUnknown(ctx context.Context, p *parsed, keys KeySet) error {
	err := r.signature(ctx, p, keys)
	last := &r.checks[len(r.checks)-1]
	if err == nil || errors.Is(err, ErrNoKey) || !strings.HasPrefix(last.Got, noKey) {
		return nil
	}
	last.Unknown, last.Got = true, "not looked at: the tenant's keys could not be had"
	return err
}

// audiencesFor is what the audience of a token is held against; empty for nothing.
func (e Expectation) audiencesFor(t Type) []string {
	switch {
	case len(e.Audiences) > 0:
		return e.Audiences
	case t == TypeID:
		return []string{e.ClientID}
	case t == TypeGraph:
		return nil
	}
	return e.APIs
}

const expectedForm = "a signed JWT in compact serialisation"

// open takes a token apart, if need be less strictly than parse, so that what is wrong with it can be shown. Without parsed,
// the report is all there is.
func open(raw string) (*Report, *parsed) {
	p, err := parse(raw)
	if err == nil {
		return &Report{Type: typeOf(p)}, p
	}
	problem := strings.TrimPrefix(err.Error(), ErrMalformed.Error()+": ")
	parts := strings.Split(raw, ".")
	if len(raw) > maxToken || len(parts) != 3 && len(parts) != 5 {
		return &Report{Problem: problem}, nil
	}
	header, headerErr := looseObject(parts[0])
	if len(parts) == 5 {
		return openEncrypted(header, headerErr), nil
	}
	payload, ok := looseBytes(parts[1])
	_, signed := looseBytes(parts[2])
	if headerErr != nil && !errors.Is(headerErr, errNotStrict) || !ok || !signed {
		return &Report{Problem: problem}, nil
	}
	if nested := strings.TrimSpace(string(payload)); strings.HasPrefix(nested, "eyJ") || strings.HasPrefix(nested, `"eyJ`) {
		return odd(TypeNested, claimsOf(header), "a token within a token, which no tenant issues"), nil
	}
	claims, err := looseObject(parts[1])
	switch {
	case errors.Is(headerErr, errNotStrict), errors.Is(err, errNotStrict):
		return odd(TypeOdd, claimsOf(header), problem), nil
	case err != nil:
		return &Report{Problem: problem}, nil
	}
	p = &parsed{raw: raw, header: header, claims: claims, payload: payload}
	return &Report{Type: typeOf(p), Problem: problem}, p
}

// openEncrypted is the report of five parts.
func openEncrypted(header strictjson.Object, err error) *Report {
	if err != nil || header.Text("enc") == "" {
		return &Report{Problem: "five parts, and no encrypted token (JWE) either"}
	}
	const problem = "an encrypted token (JWE): only who has its key can read it"
	return &Report{Type: TypeEncrypted, Problem: problem, Header: claimsOf(header), Checks: []Check{{Name: "form", Unknown: true, Expected: expectedForm, Got: problem}}}
}

// odd is the report of a JWT that is not taken apart.
func odd(t Type, header []Claim, problem string) *Report {
	return &Report{Type: t, Problem: problem, Header: header, Checks: []Check{{Name: "form", Expected: expectedForm, Got: problem}}}
}

// errNotStrict is JSON that one reader reads like this and another like that.
var errNotStrict = errors.New("JSON of more than one reading")

// looseObject reads a part as JSON. The error is errNotStrict for an object that strictjson refuses.
func looseObject(part string) (strictjson.Object, error) {
	data, ok := looseBytes(part)
	if !ok || !json.Valid(data) || strictjson.Kind(bytes.TrimSpace(data)) != "an object" {
		return strictjson.Object{}, ErrMalformed
	}
	o, err := strictjson.Parse(data)
	if err != nil {
		return o, fmt.Errorf("%w: %v", errNotStrict, err)
	}
	return o, nil
}

// looseBytes decodes base64 of either alphabet, with padding or without, and with blanks in it.
func looseBytes(part string) ([]byte, bool) {
	part = strings.NewReplacer("+", "-", "/", "_", "=", "", "\r", "", "\n", "", " ", "", "\t", "").Replace(part)
	data, err := base64.RawURLEncoding.DecodeString(part)
	return data, err == nil
}

// typeOf tells an access token by what only those have.
func typeOf(p *parsed) Type {
	if aud := strings.TrimSuffix(p.claims.Text("aud"), "/"); aud == graphID || aud == graphURL {
		return TypeGraph
	}
	for _, name := range [...]string{"scp", "azpacr", "appid", "appidacr", "idtyp"} {
		if p.claims.Get(name) != nil {
			return TypeAccess
		}
	}
	if p.header.Text("typ") == "at+jwt" {
		return TypeAccess
	}
	return TypeID
}
