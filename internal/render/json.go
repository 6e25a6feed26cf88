package render

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/ciam-cli/ciam/internal/term"
)

const indent = "  "

// JSON writes v as indented JSON. With jq, an expression, its results are written instead: strings as they are, anything
// else as compact JSON, each on a line of its own. What is wrong with the expression is a *JQError; results before it are
// written. It runs for ten seconds at most. A json.RawMessage in v keeps its numbers and the order of its members; objects
// that jq returns are sorted by name.
func JSON(w io.Writer, v any, jq string) error {
	data, err := encode(v, indent)
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

// Line is v as JSON on one line, with its line break. Like all JSON of this package it holds no character that a terminal
// would act on: they are escaped, which means the same to every JSON parser.
func Line(v any) ([]byte, error) { return encode(v, "") }

// encode is v as JSON with a line break, indented if indent is not "".
func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return spell(b.Bytes()), nil
}

// spell escapes in JSON what a terminal would act on. Bytes that are not UTF-8, which a json.RawMessage may hold, become
// U+FFFD, as every JSON decoder has it.
func spell(data []byte) []byte { return term.Clean(bytes.ToValidUTF8(data, []byte("\uFFFD"))) }
