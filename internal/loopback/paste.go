package loopback

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPaste bounds what can be pasted, in bytes: an answer of Entra stays below.
const maxPaste = 16 << 10

// shortestCode is a length that no word has and every code of Entra exceeds.
const shortestCode = 24

// PasteKind is why what was pasted is not the answer.
type PasteKind int

// Kinds of what is pasted by mistake.
const (
	PasteEmpty     PasteKind = iota // nothing
	PasteTooLong                    // over 16 KiB
	PasteControl                    // control characters in it
	PasteStart                      // the address that a sign-in begins with, instead of the one it ends with
	PasteForeign                    // an address with another state, or none: of another sign-in
	PasteCode                       // a code alone, which could be of any sign-in
	PasteMalformed                  // our state, and the rest makes no sense
)

// PasteError says why what was pasted is not the answer. It never quotes it.
type PasteError struct{ Kind PasteKind }

// Error implements error.
func (e *PasteError) Error() string {
	switch e.Kind {
	case PasteEmpty:
		return "nothing was pasted"
	case PasteTooLong:
		return "what was pasted is longer than 16 KiB, which no such address is"
	case PasteControl:
		return "what was pasted holds control characters, which no address does"
	case PasteStart:
		return "that is the page to open"
	case PasteCode:
		return "that is a code without an address, which could be of any sign-in"
	case PasteMalformed:
		return "that address is of this sign-in, and holds no answer that makes sense"
	}
	return "that address is from another sign-in (its state is not ours)"
}

// Paste takes the answer from an address that a person has carried here by hand, as if the browser had come itself: the
// whole address that the browser was sent to, or its query. The state is compared before anything else of it is believed;
// the host is not looked at, since something in between may have changed it. It returns a *PasteError when that is not the
// answer, and the wait goes on; nil also when there is an answer already.
func (l *Listener) Paste(text string) error {
	answer, kind, ok := l.readPaste(text)
	if !ok {
		return &PasteError{Kind: kind}
	}
	if l.outcome.expect() {
		answer.outcome = l.outcome
		l.answers <- answer
	}
	return nil
}

func (l *Listener) readPaste(text string) (answer *Answer, why PasteKind, ok bool) {
	text = strings.Trim(strings.TrimSpace(text), `"'<>`)
	switch {
	case text == "":
		return nil, PasteEmpty, false
	case len(text) > maxPaste:
		return nil, PasteTooLong, false
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return nil, PasteControl, false
	}
	if l.isOffered(text) {
		return nil, PasteStart, false
	}
	values, err := url.ParseQuery(pastedQuery(text))
	switch {
	case values.Has("response_type") || values.Has("client_id"): // of an authorize request (RFC 6749 section 4.1.1)
		return nil, PasteStart, false
	case len(text) >= shortestCode && !strings.ContainsAny(text, "=:/?&# "):
		return nil, PasteCode, false
	case l.expected.judgeState(values["state"]) != nil:
		return nil, PasteForeign, false
	case err != nil:
		return nil, PasteMalformed, false
	}
	answer, refused := readAnswer(values)
	if refused != nil || answer.Code == "" && answer.Error == "" {
		return nil, PasteMalformed, false
	}
	return answer, 0, true
}

// pastedQuery is the query of an address, or the text itself where that is one.
func pastedQuery(text string) string {
	query := text
	if _, after, ok := strings.Cut(text, "?"); ok {
		query = after
	} else if _, after, ok := strings.Cut(text, "#"); ok {
		query = after
	}
	query, _, _ = strings.Cut(query, "#")
	return query
}
