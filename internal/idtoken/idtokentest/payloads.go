package idtokentest

import "strings"

// payloads are signed by the tenant, and their header or payload is not exactly one JSON object that has one meaning.
func payloads() []Case {
	const fails = "form"
	h, c := text(header()), text(claims())
	more := func(members string) string { return c[:len(c)-1] + "," + members + "}" }
	var cases []Case
	for _, v := range []struct{ name, payload string }{
		{"nothing", ""}, {"null", "null"}, {"true", "true"}, {"a number", "42"}, {"text", `"` + ClientID + `"`}, {"a list", "[" + c + "]"}, {"a token", signed(nil, nil)},
		{"cut off", c[:len(c)-1]}, {"a tail", c + "{}"}, {"a tail of text", c + "x"}, {"two objects", c + "\n" + c}, {"a comma too much", c[:len(c)-1] + ",}"},
		{"a comment", c[:len(c)-1] + "/**/}"}, {"a line comment", "//x\n" + c}, {"single quotes", strings.ReplaceAll(c, `"`, "'")}, {"names without quotes", more("a:1")},
		{"NaN", more(`"a":NaN`)}, {"Infinity", more(`"a":Infinity`)}, {"a number in hexadecimal", more(`"a":0x10`)}, {"a number with a zero before", more(`"a":01`)},
		{"a number with a plus", more(`"a":+1`)}, {"a number that ends in a point", more(`"a":1.`)}, {"a byte order mark", "\ufeff" + c}, {"UTF-16", utf16le(c)},
		{"not UTF-8", more("\"a\":\"\xff\xfe\"")}, {"an overlong slash", more("\"a\":\"\xc0\xaf\"")}, {"half a surrogate in UTF-8", more("\"a\":\"\xed\xa0\x80\"")}, {"not UTF-8 in a name", more("\"\xff\":1")},
		{"a control character in text", more("\"a\":\"\x01\"")}, {"a line break in text", more("\"a\":\"\n\"")}, {"an unknown escape", more(`"a":"\x41"`)}, {"NUL after it", c + "\x00"}, {"form feed after it", c + "\f"},
		{"an audience twice", more(`"aud":"` + ClientID + `"`)}, {"another audience before", `{"aud":"evil",` + c[1:]}, {"an issuer twice", more(`"iss":"` + Issuer + `"`)}, {"a nonce twice", more(`"nonce":"x"`)},
		{"an expiry twice", more(`"exp":99999999999`)}, {"a subject twice", more(`"sub":"admin"`)}, {"a tenant twice", more(`"tid":"x"`)}, {"a name twice, once escaped", more(`"a\u0075d":"x"`)},
		{"a member twice below", more(`"a":{"b":1,"b":2}`)}, {"a member twice in a list", more(`"a":[[{"b":1,"b":1}]]`)}, {"the prototype twice", more(`"__proto__":{},"__proto__":{}`)}, {"an empty name twice", more(`"":1,"":2`)},
		{"33 levels of lists", more(`"a":` + strings.Repeat("[", 33) + strings.Repeat("]", 33))}, {"ten thousand levels", more(`"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000))},
		{"levels of objects", more(`"a":` + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40))}, {"never ending levels", strings.Repeat(`{"a":`, 5000)},
	} {
		cases = append(cases, Case{"payload: " + v.name, sign(h, v.payload, key()), fails})
	}
	for _, v := range []struct{ name, header string }{
		{"nothing", ""}, {"null", "null"}, {"a list", "[" + h + "]"}, {"text", `"RS256"`}, {"a tail", h + h}, {"a comma too much", h[:len(h)-1] + ",}"}, {"a byte order mark", "\ufeff" + h},
		{"alg twice", `{"alg":"none",` + h[1:]}, {"alg twice, once escaped", `{"\u0061lg":"none",` + h[1:]}, {"kid twice", h[:len(h)-1] + `,"kid":"` + Kid + `"}`}, {"not UTF-8", h[:len(h)-1] + ",\"a\":\"\xff\"}"},
		{"a comment", h[:len(h)-1] + "/*x*/}"}, {"deep", h[:len(h)-1] + `,"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}"}, {"a key twice below", h[:len(h)-1] + `,"jwk":{"kty":"RSA","kty":"oct"}}`},
	} {
		cases = append(cases, Case{"header: " + v.name, sign(v.header, text(claims()), key()), fails})
	}
	return cases
}
