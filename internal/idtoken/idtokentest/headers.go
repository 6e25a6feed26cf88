package idtokentest

// good are tokens that must be accepted: the strict reader is not to refuse what the tenant may send.
func good() []Case {
	accepted := func(name string, h, c object) Case { return Case{"good: " + name, signed(h, c), ""} }
	pretty := "{\n  \"alg\": \"RS256\",\r\n\t\"kid\": \"" + Kid + "\" }"
	return []Case{
		accepted("as the tenant makes it", nil, nil),
		accepted("no typ", object{"typ": drop}, nil),
		accepted("typ in small letters", object{"typ": "jwt"}, nil),
		accepted("x5t beside the kid", object{"x5t": Kid}, nil),
		accepted("a member of the header that nobody knows", object{"rh": "0.AX", "extension": object{"a": []int{1}}}, nil),
		accepted("jku, which is not followed", object{"jku": "https://evil.example/keys"}, nil),
		accepted("no nbf", nil, object{"nbf": drop}),
		accepted("no name", nil, object{"name": drop, "preferred_username": drop}),
		accepted("azp of this app", nil, object{"azp": ClientID}),
		accepted("expired a second within the leeway", nil, object{"exp": at(-299)}),
		accepted("from the last second of the leeway ahead", nil, object{"iat": at(299), "nbf": at(299)}),
		accepted("dates with a fraction", nil, object{"exp": raw(text(at(3600)) + ".5"), "iat": raw(text(at(0)) + ".25")}),
		accepted("a subject of 255 bytes", nil, object{"sub": longText(255)}),
		accepted("a claim of every type", nil, object{"extension_a": []any{1, "b", nil, object{"c": true}}, "b": nil, "c": -0.5, "d": false}),
		accepted("a name from afar", nil, object{"name": "عائشة 王 𝒜𝒹𝒶 \u202e"}),
		accepted("names that differ in case", nil, object{"AUD": "x", "Iss": "y", "NONCE": "z", "EXP": 1}),
		accepted("hashes", nil, object{"at_hash": "x", "c_hash": "y", "s_hash": "z"}),
		{"good: a header with white space", sign(pretty, text(claims()), key()), ""},
	}
}

// headers are tokens signed by the tenant whose header says more, or something else, than this program can honour.
func headers() []Case {
	var cases []Case
	cases = append(cases, headerCases("typ", "type", []named{
		{"of an access token", "at+jwt"}, {"of an access token, long", "application/at+jwt"}, {"of a logout token", "logout+jwt"}, {"of an event", "secevent+jwt"},
		{"of a proof", "dpop+jwt"}, {"of a client assertion", "client-authentication+jwt"}, {"JOSE", "JOSE"}, {"JWE", "JWE"}, {"empty", ""}, {"with a space", "JWT "},
		{"null", nil}, {"a number", 1}, {"a list", []string{"JWT"}}, {"an object", object{"JWT": 1}}, {"with a parameter", "JWT;charset=utf-8"}, {"mixed", "JwT"},
	})...)
	cases = append(cases, headerCases("crit", "header extensions", []named{
		{"exp", []string{"exp"}}, {"b64", []string{"b64"}}, {"unknown", []string{"x"}}, {"empty", []string{}}, {"text", "exp"}, {"null", nil}, {"a number", 1},
		{"alg", []string{"alg"}}, {"twice the same", []string{"x", "x"}}, {"an object", object{"x": 1}}, {"itself", []string{"crit"}}, {"numbers", []int{1}},
	})...)
	cases = append(cases, headerCases("b64", "header extensions", []named{{"false", false}, {"true", true}, {"null", nil}, {"text", "false"}})...)
	return append(cases,
		Case{"b64 false and critical", signed(object{"b64": false, "crit": []string{"b64"}}, nil), "header extensions"},
		Case{"b64 false over the payload as it is", unencoded(), "header extensions"},
		Case{"several faults of the header", signed(object{"alg": "none", "typ": "JWE", "crit": []string{"x"}, "kid": drop}, nil), "algorithm,type,header extensions,key id"},
	)
}

// unencoded is RFC 7797 to the letter, but for the payload, which would have dots.
func unencoded() string {
	input := b64([]byte(text(with(header(), object{"b64": false, "crit": []string{"b64"}})))) + "."
	payload := text(claims())
	return input + b64([]byte(payload)) + "." + b64(rs256(input+payload, key()))
}
