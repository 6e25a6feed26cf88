package aadsts

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxScan is how much of a text Scan reads.
const MaxScan = 8 << 20

// Apart is how many bytes between two texts keep Scan from taking them for one answer: an OAuth error and the number that
// belongs to it are closer.
const Apart = 400

// found is a code at its place in a text.
type found struct {
	name     string
	at       int
	numbered bool
}

// Scan returns the codes in a text, each once and in the order of their first place: a log, a pasted redirect address, an
// answer in JSON, the text of an error page. Numbers of the sign-in service come as AADSTS<number>, also where the text has
// the number alone behind "error code" or in error_codes. OAuth errors come by name, unless a number that says more stands
// beside them. Names that are known count, and numbers whether known or not. Nothing else of the text is returned.
func Scan(text string) []string {
	if len(text) > MaxScan {
		text = text[:MaxScan]
	}
	text = unescape(text)
	all := numbers(text)
	for _, w := range words(text) {
		if !slices.ContainsFunc(all, func(f found) bool { return f.numbered && abs(f.at-w.at) <= Apart }) {
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(a.at, b.at) })
	var names []string
	for _, f := range all {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

// unescape decodes what is percent-encoded and leaves anything else alone, a sign that begins no code too: of a log, an
// address is only a part.
func unescape(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	return regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`).ReplaceAllStringFunc(text, func(coded string) string {
		plain, err := url.PathUnescape(coded)
		if err != nil {
			return coded
		}
		return plain
	})
}

// numbers finds codes with a number, by their prefix or by the words before them.
func numbers(text string) []found {
	var all []found
	for _, m := range regexp.MustCompile(`(?i)(?:AADSTS|AADB2C|IDX)[0-9]+`).FindAllStringIndex(text, -1) { // "\n" may stand right before it
		name := strings.ToUpper(text[m[0]:m[1]])
		if digits := strings.TrimLeft(strings.TrimPrefix(name, b2cPrefix), "ADSTIX"); len(digits) >= 4 && len(digits) <= maxDigits {
			_, known := Find(name)
			all = append(all, found{name, m[0], strings.HasPrefix(name, prefix) || known && strings.HasPrefix(name, b2cPrefix)})
		}
	}
	bare := regexp.MustCompile(`(?i)\berror(?:[ _]codes?|\?code)["']?\s*[:=]\s*\[?\s*([0-9]+(?:\s*,\s*[0-9]+)*)`)
	for _, m := range bare.FindAllStringSubmatchIndex(text, -1) {
		for number := range strings.FieldsFuncSeq(text[m[2]:m[3]], func(r rune) bool { return r < '0' || r > '9' }) {
			if code, err := strconv.Atoi(number); err == nil && len(number) >= 5 && len(number) <= 8 {
				all = append(all, found{prefix + strconv.Itoa(code), m[2], true})
			}
		}
	}
	return all
}

// words finds the names of the catalogue, whole words only.
func words(text string) []found {
	var all []found
	for _, m := range regexp.MustCompile(`\b[a-z]+(?:_[a-z]+)+\b`).FindAllStringIndex(text, -1) {
		if e, ok := Find(text[m[0]:m[1]]); ok {
			all = append(all, found{e.Name, m[0], false})
		}
	}
	return all
}

func abs(n int) int { return max(n, -n) }
