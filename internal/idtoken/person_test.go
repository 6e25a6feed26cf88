package idtoken

import "testing"

// TestPerson is every way in which a token can fail to name somebody, in all three claims that do.
func TestPerson(t *testing.T) {
	const oid = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
	const mine = "6f1c7b1e2a3b4c5d8e9f0a1b2c3d4e5f@contoso.onmicrosoft.com"
	for _, c := range []struct {
		name, username, email string
		full, short, greets   string
	}{
		{"Ada Example", "ada@example.com", "ada@example.com", "Ada Example <ada@example.com>", "ada@example.com", "Ada Example"},
		{"unknown", "ada@example.com", "", "ada@example.com", "ada@example.com", "ada@example.com"},
		{" Unknown\n", "", "ada@example.com", "ada@example.com", "ada@example.com", "ada@example.com"},
		{"", "unknown", "ada@example.com", "ada@example.com", "ada@example.com", "ada@example.com"},
		{"", "", "ada@example.com", "ada@example.com", "ada@example.com", "ada@example.com"},
		{"   ", " \t", "\u00a0", oid, oid, ""},
		{"\u200b\u2060\ufeff", "\u3164", "\u2800", oid, oid, ""},
		{"\u00ad", "\u0301", "\u202e", oid, oid, ""},
		{"unknown", "unknown", "unknown", oid, oid, ""},
		{"", "", "", oid, oid, ""},
		{"Ada Example", "", "", "Ada Example", "Ada Example", "Ada Example"},
		{"ADA@example.com", "ada@example.com", "", "ada@example.com", "ada@example.com", "ADA@example.com"},
		{"Ada (ada@example.com)", "ada@example.com", "", "Ada (ada@example.com)", "ada@example.com", "Ada (ada@example.com)"},
		{"Ada", mine, "ada@example.com", "Ada <ada@example.com>", "ada@example.com", "Ada"},
		{"Ada", mine, "", "Ada <" + mine + ">", mine, "Ada"},
		{"Ada  \n Example", "+41 44 123", "", "Ada Example <+41 44 123>", "+41 44 123", "Ada Example"},
		{"Unknown Pleasures", "u@x.ch", "", "Unknown Pleasures <u@x.ch>", "u@x.ch", "Unknown Pleasures"},
		{"愛", "ai@example.jp", "", "愛 <ai@example.jp>", "ai@example.jp", "愛"},
		{"-", "d@x.ch", "", "- <d@x.ch>", "d@x.ch", "-"},
	} {
		p := (&Token{Name: c.name, PreferredUsername: c.username, Email: c.email, ObjectID: oid, Subject: "sub"}).Person()
		if p.String() != c.full || p.Short() != c.short || p.Greeting() != c.greets {
			t.Errorf("%q, %q, %q: %q, %q, %q, want %q, %q, %q", c.name, c.username, c.email, p.String(), p.Short(), p.Greeting(), c.full, c.short, c.greets)
		}
		for _, typed := range []string{c.full, c.short, oid, " " + c.full + " "} {
			if !p.Called(typed) {
				t.Errorf("%q is not called %q", c.full, typed)
			}
		}
		for _, typed := range []string{"", " ", "unknown", "\u200b", "sub"} {
			if p.Called(typed) {
				t.Errorf("%q is called %q", c.full, typed)
			}
		}
	}
}
