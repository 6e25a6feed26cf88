package idtoken

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrMalformed is wrapped by every error about the form of a token.
var ErrMalformed = errors.New("malformed ID token")

const (
	maxToken = 64 << 10
	maxDepth = 32
	maxTime  = 253402300799 // 9999-12-31T23:59:59Z, the last that RFC 3339 can write
)

// parsed is a token of the right form; nothing of it is verified.
type parsed struct {
	raw            string
	header, claims object
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

// object is a JSON object that keeps the order of its members. Names are matched exactly.
type object struct{ members []Claim }

// parseObject refuses a name given twice, at any depth (RFC 7519, section 4, allows that or "the last one counts"): two
// readers of one token must not see two different values.
func parseObject(name string, data []byte) (object, error) {
	if !utf8.Valid(data) {
		return object{}, malformed("%s is not UTF-8", name)
	}
	if err := checkNames(data); err != nil {
		return object{}, malformed("%s: %v", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.Token() // the opening brace, as checkNames saw
	var o object
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return object{}, malformed("%s is not JSON", name)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return object{}, malformed("%s is not JSON", name)
		}
		o.members = append(o.members, Claim{Name: key.(string), Value: value})
	}
	return o, nil
}

// checkNames requires data to be exactly one JSON object, not nested without bound and without a name given twice.
func checkNames(data []byte) error {
	type level struct {
		names map[string]bool // nil in an array
		value bool            // in an object: a value comes next, not a name
	}
	var stack []level
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	for first := true; first || len(stack) > 0; first = false {
		tok, err := d.Token()
		if err != nil {
			return errors.New("not JSON")
		}
		if first && tok != json.Delim('{') {
			return errors.New("not a JSON object")
		}
		if delim, ok := tok.(json.Delim); ok && (delim == '}' || delim == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.names != nil && !top.value {
				if name := tok.(string); top.names[name] {
					return fmt.Errorf("member %q is there twice", shorten(name))
				} else {
					top.names[name], top.value = true, true
				}
				continue
			}
			top.value = false
		}
		switch tok {
		case json.Delim('{'):
			stack = append(stack, level{names: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, level{})
		}
		if len(stack) > maxDepth {
			return fmt.Errorf("nested more than %d deep", maxDepth)
		}
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one JSON value")
	}
	return nil
}

// get returns the member of that name, or nil.
func (o object) get(name string) json.RawMessage {
	for _, m := range o.members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// text returns a member that is a string, else "".
func (o object) text(name string) string {
	raw := o.get(name)
	var s string
	if kindOf(raw) == "a string" && json.Unmarshal(raw, &s) == nil {
		return s
	}
	return ""
}

// time returns a member that is a NumericDate, else the zero time.
func (o object) time(name string) time.Time {
	t, _ := numericDate(o.get(name))
	return t
}

// numericDate reads seconds since 1970 (RFC 7519, section 2), which may have a fraction; that is cut off.
func numericDate(raw json.RawMessage) (time.Time, bool) {
	if kindOf(raw) != "a number" {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f < 0 || f > maxTime {
		return time.Time{}, false
	}
	return time.Unix(int64(math.Floor(f)), 0).UTC(), true
}

// kindOf names the JSON type of a value for a message.
func kindOf(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// shorten bounds text from a token for a message.
func shorten(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
