package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
)

// JSON writes v as indented JSON. With jq, an expression, its results are written instead: strings as they are, anything
// else as compact JSON, each on a line of its own. What is wrong with the expression is a *JQError; results before it are
// written. It runs for ten seconds at most. A json.RawMessage in v keeps its numbers and the order of its members; objects
// that jq returns are sorted by name.
func JSON(w io.Writer, v any, jq string) error {
	data, err := encode(v)
	if err != nil {
		return err
	}
	if jq == "" {
		_, err = w.Write(data)
		return err
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return err
	}
	return query(w, value, jq, jqTime)
}

// encode is v as indented JSON with a line break. Characters that a terminal would act on are escaped, which means the
// same to every JSON parser.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return escapeInvisible(b.Bytes()), nil
}

// escapeInvisible writes control and formatting characters outside ASCII, and DEL, as \u escapes. Outside strings
// JSON has none of them.
func escapeInvisible(data []byte) []byte {
	invisible := func(r rune) bool { return r >= 0x7f && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }
	if !bytes.ContainsFunc(data, invisible) {
		return data
	}
	out := make([]byte, 0, len(data)+16)
	for _, r := range string(data) {
		switch {
		case !invisible(r):
			out = append(out, string(r)...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
