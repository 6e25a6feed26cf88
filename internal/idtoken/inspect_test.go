package idtoken

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const testAPI = "22223333-bbbb-4444-cccc-5555dddd6666"

// noNonce is what Inspect is given: there is no sign-in that a nonce could be of.
func noNonce() Expectation {
	e := want()
	e.Nonce, e.APIs = "", []string{testAPI}
	return e
}

func accessClaims() m {
	return with(claims(), m{"aud": testAPI, "azp": testClient, "azpacr": "0", "scp": "orders.read", "nonce": nil})
}

// states are the checks of a report that do not hold, by state: "fail: issuer, audience; unknown: signature".
func states(r *Report) string {
	var out []string
	for _, state := range []string{"fail", "unknown", "skipped"} {
		var names []string
		for _, c := range r.Checks {
			if c.State() == state {
				names = append(names, c.ID())
			}
		}
		if names != nil {
			out = append(out, state+": "+strings.Join(names, ", "))
		}
	}
	return strings.Join(out, "; ")
}

// TestInspect has each type of token with each fault: which type it is taken for, and exactly the checks that do not hold.
func TestInspect(t *testing.T) {
	at := func(d time.Duration) int64 { return testNow.Add(d).Unix() }
	id := func(changes m) string { return sign(header(), with(claims(), changes), testKey()) }
	access := func(changes m) string { return sign(header(), with(accessClaims(), changes), testKey()) }
	graph := func(changes m) string {
		return sign(with(header(), m{"nonce": "x"}), with(accessClaims(), with(m{"aud": graphID, "azp": "someone"}, changes)), otherKey())
	}
	good := id(nil)
	parts := strings.Split(good, ".")
	std := func(part string) string {
		data := must(base64.RawURLEncoding.DecodeString(part))
		return base64.StdEncoding.EncodeToString(data)
	}
	without := func(change func(*Expectation)) Expectation { e := noNonce(); change(&e); return e }
	unknownTenant := without(func(e *Expectation) { e.Issuer, e.TenantID = "", "" })
	for name, row := range map[string]struct {
		raw    string
		want   *Expectation
		typ    Type
		states string
		says   string // the problem
	}{
		"ID token":                      {raw: good, typ: TypeID},
		"access token":                  {raw: access(nil), typ: TypeAccess},
		"access token of an app":        {raw: access(m{"scp": nil, "azpacr": nil, "idtyp": "app"}), typ: TypeAccess},
		"access token by its type":      {raw: sign(with(header(), m{"typ": "at+jwt"}), with(accessClaims(), m{"scp": nil, "azpacr": nil}), testKey()), typ: TypeAccess},
		"1.0 access token":              {raw: access(m{"ver": "1.0", "appid": testClient, "iss": "https://sts.windows.net/" + testTenant + "/"}), typ: TypeAccess, states: "fail: issuer, version"},
		"anybody may ask":               {raw: access(m{"azp": "another-app"}), typ: TypeAccess},
		"Graph's":                       {raw: graph(nil), typ: TypeGraph, states: "unknown: audience, signature"},
		"Graph's 1.0":                   {raw: graph(m{"aud": graphURL, "ver": "1.0"}), typ: TypeGraph, states: "fail: version; unknown: audience, signature"},
		"Graph's, expired":              {raw: graph(m{"exp": at(-time.Hour)}), typ: TypeGraph, states: "fail: expiry; unknown: audience, signature"},
		"Graph's in place of one's own": {raw: graph(nil), want: ptr(without(func(e *Expectation) { e.Audiences = []string{testAPI} })), typ: TypeGraph, states: "fail: audience; unknown: signature"},

		"another app's ID token":          {raw: id(m{"aud": testAPI}), typ: TypeID, states: "fail: audience"},
		"another app's, as said":          {raw: id(m{"aud": testAPI, "azp": testAPI}), want: ptr(without(func(e *Expectation) { e.Audiences = []string{testClient, testAPI} })), typ: TypeID},
		"another API's":                   {raw: access(m{"aud": "other"}), typ: TypeAccess, states: "fail: audience"},
		"an ID token for an access token": {raw: access(m{"scp": nil, "azpacr": nil}), typ: TypeID, states: "fail: audience"},
		"nobody said which app":           {raw: good, want: ptr(without(func(e *Expectation) { e.ClientID = "" })), typ: TypeID, states: "unknown: audience"},
		"nobody said which API":           {raw: access(nil), want: ptr(without(func(e *Expectation) { e.APIs = nil })), typ: TypeAccess, states: "unknown: audience"},
		"nobody said which tenant":        {raw: good, want: &unknownTenant, typ: TypeID, states: "unknown: issuer, tenant, signature"},
		"… and it has expired":            {raw: id(m{"exp": at(-time.Hour)}), want: &unknownTenant, typ: TypeID, states: "fail: expiry; unknown: issuer, tenant, signature"},
		"another tenant's":                {raw: id(m{"iss": "https://x", "tid": "y"}), typ: TypeID, states: "fail: issuer, tenant"},
		"expired, and the rest is told":   {raw: id(m{"exp": at(-time.Hour)}), typ: TypeID, states: "fail: expiry"},
		"several":                         {raw: access(m{"exp": at(-time.Hour), "aud": "x", "sub": nil}), typ: TypeAccess, states: "fail: audience, subject, expiry"},
		"signed by somebody else":         {raw: sign(header(), claims(), otherKey()), typ: TypeID, states: "fail: signature"},
		"a key that there is not":         {raw: sign(with(header(), m{"kid": "other"}), claims(), testKey()), typ: TypeID, states: "fail: signature"},
		"no algorithm":                    {raw: b64([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", typ: TypeID, states: "fail: algorithm, key_id; skipped: signature"},
		"a critical extension":            {raw: sign(with(header(), m{"crit": []string{"x"}}), claims(), testKey()), typ: TypeID, states: "fail: header_extensions"},
		"its own key":                     {raw: sign(with(header(), m{"kid": "k", "jku": "https://evil.example/keys", "x5u": "https://evil.example"}), claims(), otherKey()), typ: TypeID, states: "fail: signature"},
		"an access token of type JWT-ish": {raw: sign(with(header(), m{"typ": "at+jwt"}), with(claims(), m{"aud": testClient}), testKey()), typ: TypeAccess, states: "fail: audience"},
		"padding":                         {raw: std(parts[0]) + "." + std(parts[1]) + "." + std(parts[2]), typ: TypeID, states: "fail: form; skipped: signature", says: "base64url without padding"},
		"padding of the signature":        {raw: parts[0] + "." + parts[1] + "." + parts[2] + "==", typ: TypeID, states: "fail: form; skipped: signature", says: "signature is not base64url"},
		"a line break in it":              {raw: good[:30] + "\n" + good[30:], typ: TypeID, states: "fail: form; skipped: signature"},
		"a name twice":                    {raw: signRaw(`{"alg":"RS256","kid":"key-1"}`, `{"aud":"a","aud":"b"}`, testKey()), typ: TypeOdd, states: "fail: form", says: `"aud" twice`},
		"a name twice in the header":      {raw: signRaw(`{"alg":"RS256","alg":"none"}`, `{"aud":"a"}`, testKey()), typ: TypeOdd, states: "fail: form", says: `"alg" twice`},
		"nested deep":                     {raw: signRaw(`{"alg":"RS256"}`, `{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`, testKey()), typ: TypeOdd, states: "fail: form", says: "nested"},
		"a token within a token":          {raw: signRaw(`{"alg":"RS256","cty":"JWT"}`, good, testKey()), typ: TypeNested, states: "fail: form", says: "token within a token"},
		"a quoted token within a token":   {raw: signRaw(`{"alg":"RS256"}`, `"`+good+`"`, testKey()), typ: TypeNested, states: "fail: form"},
		"encrypted":                       {raw: b64([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + ".a.b.c.d", typ: TypeEncrypted, states: "unknown: form", says: "only who has its key"},
		"five parts of nothing":           {raw: "a.b.c.d.e", says: "five parts"},
		"empty":                           {raw: "", says: "empty"},
		"words":                           {raw: "not a token", says: "three parts"},
		"a refresh token":                 {raw: "1.AbCdEf-opaque_" + strings.Repeat("x", 900), says: "three parts"},
		"three words":                     {raw: "not.a.token", says: "header"},
		"signed text":                     {raw: signRaw(`{"alg":"RS256"}`, `hello`, testKey()), says: "payload"},
		"signed list":                     {raw: signRaw(`{"alg":"RS256"}`, `["a"]`, testKey()), says: "payload"},
		"JSON serialisation":              {raw: `{"payload":"eyJ","signatures":[]}`, says: "three parts"},
		"too long":                        {raw: good + strings.Repeat("A", maxToken), says: "at most 65536"},
		"not UTF-8":                       {raw: signRaw(`{"alg":"RS256"}`, "{\"aud\":\"\xff\"}", testKey()), typ: TypeOdd, states: "fail: form", says: "UTF-8"},
		"a header that is no object":      {raw: b64([]byte(`"x"`)) + "." + parts[1] + "." + parts[2], says: "header"},
		"blanks around the JSON":          {raw: signRaw(` {"alg":"RS256","kid":"key-1"} `, " "+string(must(json.Marshal(claims())))+"\n", testKey()), typ: TypeID},
	} {
		t.Run(name, func(t *testing.T) {
			e := noNonce()
			if row.want != nil {
				e = *row.want
			}
			keys := testKeys()
			keys.err = nil
			r := Inspect(t.Context(), row.raw, knownKeys{keys}, e)
			if r.Type != row.typ || states(r) != row.states || !strings.Contains(r.Problem, row.says) {
				t.Errorf("type %q, want %q\nstates %q\nwant   %q\nproblem %q, want %q\n%+v", r.Type, row.typ, states(r), row.states, r.Problem, row.says, r.Checks)
			}
			if passed := row.states == "" && row.typ != TypeNone; r.Passed() != passed {
				t.Errorf("passed: %v", r.Passed())
			}
			_, err := Verify(t.Context(), row.raw, keys, e)
			if r.Passed() && r.Type == TypeID && len(e.Audiences) == 0 && err != nil || err == nil && (!r.Passed() || r.Type != TypeID) {
				t.Errorf("Verify says %v", err)
			}
			if shown := fmt.Sprintf("%+v", r.Checks); len(parts[2]) > 20 && strings.Contains(shown, parts[2]) {
				t.Errorf("the checks hold the token: %s", shown)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

// knownKeys says of a key that is not there that there is none.
type knownKeys struct{ *keySet }

func (k knownKeys) Key(ctx context.Context, kid string) (key crypto.PublicKey, err error) {
	if key, err = k.keySet.Key(ctx, kid); errors.Is(err, errNoKey) {
		err = fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	return key, err
}

// TestInspect_keys has keys that cannot be had: that is not held against the token, and it does not pass.
func TestInspect_keys(t *testing.T) {
	raw := sign(header(), claims(), testKey())
	network := errors.New("no network")
	r := Inspect(t.Context(), raw, &keySet{err: network}, noNonce())
	if !errors.Is(r.Err, network) || states(r) != "unknown: signature" || r.Passed() || r.Failed() != nil {
		t.Errorf("%v, %s", r.Err, states(r))
	}
	if r := Inspect(t.Context(), raw, nil, noNonce()); states(r) != "unknown: signature" || r.Passed() {
		t.Errorf("without keys: %s", states(r))
	}
	// A token whose header is wrong costs no request, and Graph's neither.
	for _, raw := range []string{sign(with(header(), m{"alg": "HS256"}), claims(), testKey()), sign(header(), with(accessClaims(), m{"aud": graphID}), testKey())} {
		keys := testKeys()
		if Inspect(t.Context(), raw, keys, noNonce()); keys.calls != 0 {
			t.Errorf("%d keys asked for", keys.calls)
		}
	}
}

func FuzzInspect(f *testing.F) {
	good := sign(header(), claims(), testKey())
	f.Add(good)
	f.Add(sign(header(), accessClaims(), testKey()))
	f.Add(b64([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + ".a.b.c.d")
	f.Add(strings.Replace(good, ".", "=.", 1))
	f.Fuzz(func(t *testing.T, raw string) {
		r := Inspect(t.Context(), raw, testKeys(), noNonce())
		if (r.Type == TypeNone) != (r.Checks == nil) || r.Token != nil && r.Header == nil {
			t.Errorf("%+v", r)
		}
		_, err := Verify(t.Context(), raw, testKeys(), noNonce())
		if r.Passed() && r.Type == TypeID && err != nil || err == nil && r.Type == TypeID && !r.Passed() {
			t.Errorf("Inspect passes: %v; Verify: %v", r.Passed(), err)
		}
	})
}
