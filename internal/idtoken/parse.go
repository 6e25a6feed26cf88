package idtoken

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
)

// ErrMalformed is wrapped by every error about the form of a token.
var ErrMalformed = errors.New("malformed ID token")

const (
	maxToken = 64 << 10
	maxTime  = 253402300799 // 9999-12-31T23:59:59Z, the last that RFC 3339 can write
)

// parsed is a token of the right form; nothing of it is verified.
type parsed struct {
	raw            string
	header, claims strictjson.Object
	payload        json.RawMessage
	signed         string // what the signature is over
	signature      []byte
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// parse reads the compact serialisation of RFC 7515, section 7.1.
func parse(raw string) (*parsed, error) {
	if len(raw) > maxToken {
		return nil, malformed("%d bytes, expected at most %d", len(raw), maxToken)
	}
	switch n := strings.Count(raw, ".") + 1; {
	case raw == "":
		return nil, malformed("empty")
	case n == 5:
		return nil, malformed("five parts, so it is encrypted (JWE); expected a signed token of three")
	case n != 3:
		return nil, malformed("expected three parts separated by dots, got %d", n)
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	p := &parsed{raw: raw, signed: raw[:len(header)+1+len(payload)]}

	headerJSON, err := decodePart("header", header)
	if err != nil {
		return nil, err
	}
	if p.header, err = parseObject("header", headerJSON); err != nil {
		return nil, err
	}
	if p.payload, err = decodePart("payload", payload); err != nil {
		return nil, err
	}
	if p.claims, err = parseObject("payload", p.payload); err != nil {
		return nil, err
	}
	p.signature, err = decodePart("signature", signature)
	return p, err
}

// decodePart is strict: no padding, no line breaks (which the standard decoder would skip), no left-over bits.
func decodePart(name, part string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || strings.ContainsAny(part, "\r\n") {
		return nil, malformed("%s is not base64url without padding", name)
	}
	return b, nil
}

// parseObject refuses a name given twice, at any depth (RFC 7519, section 4, allows that or "the last one counts"): two
// readers of one token must not see two different values.
func parseObject(name string, data []byte) (strictjson.Object, error) {
	o, err := strictjson.Parse(data)
	if err != nil {
		return o, malformed("%s %v", name, err)
	}
	return o, nil
}

// date returns a member that is a NumericDate, else the zero time.
func date(o strictjson.Object, name string) time.Time {
	t, _ := numericDate(o.Get(name))
	return t
}

// numericDate reads seconds since 1970 (RFC 7519, section 2), which may have a fraction; that is cut off.
func numericDate(raw json.RawMessage) (time.Time, bool) {
	if strictjson.Kind(raw) != "a number" {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f < 0 || f > maxTime {
		return time.Time{}, false
	}
	return time.Unix(int64(math.Floor(f)), 0).UTC(), true
}

// shorten bounds text from a token for a message.
func shorten(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
