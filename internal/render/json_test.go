package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
		jq   string
		want string
	}{
		{"struct", struct {
			B []string `json:"b"`
			A string   `json:"a"`
		}{[]string{}, "<&>"}, "", "{\n  \"b\": [],\n  \"a\": \"<&>\"\n}\n"},
		{"raw message keeps order and numbers", json.RawMessage(`{"z":1.0,"a":12345678901234567890}`), "", "{\n  \"z\": 1.0,\n  \"a\": 12345678901234567890\n}\n"},
		{"invisible characters are escaped", "a\u202eb\u009b\u2028\U000E0001\x7f愛", "", `"a\u202eb\u009b\u2028\udb40\udc01\u007f愛"` + "\n"},
		{"string result is raw", json.RawMessage(`{"email":"ada@example.com <x>"}`), ".email", "ada@example.com <x>\n"},
		{"one result per line", json.RawMessage(`{"roles":["a",1,null,{"z":"<","b":[2]}]}`), ".roles[]", "a\n1\nnull\n{\"b\":[2],\"z\":\"<\"}\n"},
		{"big integers keep their digits", json.RawMessage(`{"n":12345678901234567890}`), ".n", "12345678901234567890\n"},
		{"time of a claim", json.RawMessage(`{"exp":1795511730}`), ".exp | todate", "2026-11-24T09:15:30Z\n"},
		{"no result", json.RawMessage(`{}`), "empty", ""},
		{"halt ends", json.RawMessage(`{}`), "1, halt, 2", "1\n"},
		{"environment stays hidden", json.RawMessage(`{}`), "$ENV, env", "{}\n{}\n"},
		{"missing member is null", json.RawMessage(`{}`), ".x", "null\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("SECRET_OF_THE_ENVIRONMENT", "x")
			var out bytes.Buffer
			if err := JSON(&out, c.v, c.jq); err != nil || out.String() != c.want {
				t.Errorf("got %q, %v, expected %q", out.String(), err, c.want)
			}
		})
	}
}

func TestJSON_wrongExpression(t *testing.T) {
	v := json.RawMessage(`{"access_token":"eyJhbGciOi","n":[1,2],"email":"a"}`)
	for _, c := range []struct{ jq, problem, written string }{
		{".foo[", "unexpected EOF at byte 5", ""},
		{"{", "unexpected EOF", ""},
		{`"abc`, "unterminated string", ""},
		{".a b", `unexpected token "b"`, ""},
		{"nosuch", "function not defined: nosuch/0", ""},
		{"$x", "variable not defined: $x", ""},
		{`import "a" as a; .`, "module", ""},
		{".n[], (.n | keys | .a)", "expected an object but got: array", "1\n2\n"},
		{".access_token | keys", "keys cannot be applied to: string", ""},
		{`error("own words")`, "own words", ""},
	} {
		var out bytes.Buffer
		err := JSON(&out, v, c.jq)
		var wrong *JQError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.problem) || wrong.Expression != c.jq || wrong.Expected == "" || wrong.Unwrap() == nil {
			t.Errorf("%s: got %v, expected a JQError with %q", c.jq, err, c.problem)
			continue
		}
		if out.String() != c.written || strings.Contains(err.Error(), "eyJ") {
			t.Errorf("%s: wrote %q, expected %q; error %v", c.jq, out.String(), c.written, err)
		}
	}
}

func TestJSON_endlessExpression(t *testing.T) {
	for _, jq := range []string{"repeat(1)", "range(infinite)", "[range(infinite)] | length", "last(repeat(1))", "def f: f; f", "def f: 1 + f; f"} {
		begin := time.Now()
		err := query(io.Discard, map[string]any{}, jq, 50*time.Millisecond)
		var wrong *JQError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "still running after 50ms") {
			t.Errorf("%s: got %v, expected it to be stopped", jq, err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s: took %s", jq, took)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrors(t *testing.T) {
	for name, err := range map[string]error{
		"json":        JSON(brokenPipe{}, 1, ""),
		"jq":          JSON(brokenPipe{}, 1, "."),
		"endless jq":  JSON(brokenPipe{}, 1, "repeat(1)"),
		"failing jq":  JSON(brokenPipe{}, 1, "., keys"),
		"facts":       Facts(brokenPipe{}, "h", nil, Style{}),
		"claims":      Claims(brokenPipe{}, token(t, `{}`), ClaimsOptions{}),
		"claims wide": Claims(brokenPipe{}, token(t, `{}`), ClaimsOptions{Width: 200}),
	} {
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
