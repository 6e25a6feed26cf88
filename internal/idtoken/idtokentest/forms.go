package idtokentest

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// forms are things that are no signed JWT in compact serialisation.
func forms() []Case {
	const fails = "form"
	good := signed(nil, nil)
	p := strings.Split(good, ".")
	flattened := text(object{"protected": p[0], "payload": p[1], "signature": p[2]})
	general := text(object{"payload": p[1], "signatures": []object{{"protected": p[0], "signature": p[2]}}})
	var cases []Case
	for _, c := range []struct{ name, token string }{
		{"nothing", ""}, {"a dot", "."}, {"two dots", ".."}, {"one part", p[0]}, {"two parts", p[0] + "." + p[1]}, {"two parts and no dot before the signature", p[0] + "." + p[1] + p[2]},
		{"four parts", good + ".AAAA"}, {"a dot at the end", good + "."}, {"a dot at the start", "." + good}, {"five parts", good + ".AAAA.AAAA"}, {"six parts", good + ".A.A.A"},
		{"a thousand dots", strings.Repeat(".", 1000)}, {"empty parts between", p[0] + ".." + p[1] + "." + p[2]},
		{"flattened JSON", flattened}, {"general JSON", general}, {"a token in quotes", `"` + good + `"`}, {"a list", "[" + text(good) + "]"},
		{"twice", good + good}, {"two in a line", good + " " + good}, {"base64 once more", b64([]byte(good))},
		{"a space before", " " + good}, {"a line break after", good + "\n"}, {"a line break before the payload", p[0] + ".\n" + p[1] + "." + p[2]}, {"a byte order mark", "\ufeff" + good},
		{"Bearer before it", "Bearer " + good}, {"dots of another writing", strings.ReplaceAll(good, ".", "．")}, {"dots percent-encoded", strings.ReplaceAll(good, ".", "%2E")},
		{"NUL at the end", good + "\x00"}, {"a comment after", good + "#x"}, {"a tilde as in SD-JWT", good + "~"}, {"a disclosure", good + "~" + b64([]byte(`["s","name","Eve"]`)) + "~"},
		{"over 64 KB", sign(text(header()), text(with(claims(), object{"x": strings.Repeat("x", 64<<10)})), key())}, {"a megabyte of A", strings.Repeat("A", 1<<20)},
	} {
		cases = append(cases, Case{"form: " + c.name, c.token, fails})
	}
	return cases
}

// parts are three parts, of which one is written in another way; the signature is over what is written.
func parts() []Case {
	h, c := []byte(text(header())), []byte(text(claims()))
	for len(h)%3 != 1 { // so that there is padding, and left-over bits
		h = append(h, ' ')
	}
	for len(c)%3 != 1 {
		c = append(c, ' ')
	}
	p := []string{b64(h), b64(c)}
	good := signParts(p[0], p[1], key())
	signature := good[strings.LastIndexByte(good, '.')+1:]
	spare := func(s string) string { return s[:len(s)-1] + string(rune(s[len(s)-1]+1)) }
	wide := []byte(strings.Replace(string(c), "Ada", "\u00ff\u00fe>?", 1))
	var cases []Case
	for _, w := range []struct {
		name  string
		write func(string) string
	}{
		{"padding", func(s string) string { return s + "==" }}, {"one sign of padding", func(s string) string { return s + "=" }}, {"left-over bits", spare},
		{"a line break inside", func(s string) string { return s[:8] + "\n" + s[8:] }}, {"a return inside", func(s string) string { return s[:8] + "\r\n" + s[8:] }},
		{"a space inside", func(s string) string { return s[:8] + " " + s[8:] }}, {"a sign beyond the alphabet", func(s string) string { return s[:8] + "*" + s[8:] }},
		{"a letter beyond ASCII", func(s string) string { return s[:8] + "é" + s[8:] }}, {"a length that cannot be", func(s string) string { return s + "A" + "AA" }}, {"NUL", func(s string) string { return s + "\x00" }},
	} {
		cases = append(cases,
			Case{"header with " + w.name, signParts(w.write(p[0]), p[1], key()), "form"},
			Case{"payload with " + w.name, signParts(p[0], w.write(p[1]), key()), "form"},
			Case{"signature with " + w.name, p[0] + "." + p[1] + "." + w.write(signature), "form"})
	}
	return append(cases,
		Case{"payload in the standard alphabet", signParts(p[0], base64.StdEncoding.EncodeToString(wide), key()), "form"},
		Case{"header as clear text", signParts(string(h), p[1], key()), "form"},
		Case{"payload in hexadecimal", signParts(p[0], strings.Repeat("7b22", 3)+"!", key()), "form"},
		Case{"payload compressed", sign(text(with(header(), object{"zip": "DEF"})), string(deflated(c)), key()), "form"})
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := must(flate.NewWriter(&out, flate.BestCompression))
	must(w.Write(b))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// utf16le is text in two bytes a letter.
func utf16le(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(unit))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

func longText(n int) string { return strings.Repeat("s", n) }
