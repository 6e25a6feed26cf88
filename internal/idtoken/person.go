package idtoken

import (
	"cmp"
	"strings"
	"unicode"
)

// Person is how somebody is called. A field is "" where there is nothing that a person could be called by: External ID
// sends "unknown" as the name where no display name was collected, and a sign-up form takes blanks. What is there is exact, for
// JSON; the methods make blanks and line ends single, for reading.
type Person struct {
	Name     string // display name: may change and need not be unique
	Username string // sign-in name
	Email    string
	ObjectID string // the person in the whole tenant
}

// Person is whom the token is about. It is the one place that decides how a person is called: every command, page, JSON
// result and list asks it.
func (t *Token) Person() Person {
	return Person{Name: calling(t.Name), Username: calling(t.PreferredUsername), Email: calling(t.Email), ObjectID: t.ObjectID}
}

// calling is text if somebody may be called so, else "".
func calling(text string) string {
	if strings.EqualFold(strings.TrimSpace(text), "unknown") || !strings.ContainsFunc(text, shows) {
		return ""
	}
	return text
}

// single is text with single blanks.
func single(text string) string { return strings.Join(strings.Fields(text), " ") }

// shows reports whether a reader sees a character. Some letters and symbols of Unicode are blank all the same.
func shows(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800: // fillers of Hangul, the empty Braille pattern
		return false
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
}

// Address is the sign-in name or the email address, "" for neither. A sign-in name that the service has made up is taken
// only where there is no email address.
func (p Person) Address() string {
	if madeUp(p.Username) {
		return single(cmp.Or(p.Email, p.Username))
	}
	return single(cmp.Or(p.Username, p.Email))
}

// madeUp reports whether a sign-in name is one that the service makes for an account that came without: an identifier in
// the tenant's own domain.
func madeUp(username string) bool {
	local, domain, _ := strings.Cut(strings.ToLower(username), "@")
	hex := strings.ReplaceAll(local, "-", "")
	return strings.HasSuffix(domain, ".onmicrosoft.com") && len(hex) == 32 && strings.Trim(hex, "0123456789abcdef") == ""
}

// Short is the person in a list: the address, else the name, else the object ID.
func (p Person) Short() string { return cmp.Or(p.Address(), single(p.Name), p.ObjectID) }

// Greeting is the person in a sentence to that person: the name, else the address, "" for neither.
func (p Person) Greeting() string { return cmp.Or(single(p.Name), p.Address()) }

// String is the person in full, "Ada Example <ada@example.com>", each part once.
func (p Person) String() string {
	name, address := single(p.Name), p.Address()
	switch {
	case name == "" || address == "":
		return p.Short()
	case strings.EqualFold(name, address):
		return address
	case strings.Contains(strings.ToLower(name), strings.ToLower(address)):
		return name
	}
	return name + " <" + address + ">"
}

// Called reports whether somebody who types text means this person: by sign-in name, email address, name, in full, or by
// object ID, in any case.
func (p Person) Called(text string) bool {
	text = single(text)
	for _, known := range [...]string{p.Username, p.Email, p.Name, p.ObjectID, p.String()} {
		if known != "" && strings.EqualFold(single(known), text) {
			return true
		}
	}
	return false
}
