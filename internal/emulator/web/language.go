package web

import (
	"sort"
	"strconv"
	"strings"
)

// maxPreferences bounds how much of a preference list is looked at, in bytes.
const maxPreferences = 1000

// Languages are the languages of the pages, English first.
func Languages() []string { return []string{"en", "de", "fr", "es"} }

// For returns the strings for the first language that the pages have among the
// preferences: each is an OIDC ui_locales value (tags with spaces, best first)
// or an Accept-Language header (RFC 9110 section 12.5.4), and an earlier list
// goes before a later one. Without a match it is English.
func For(preferences ...string) *Strings {
	for _, list := range preferences {
		for _, tag := range ranked(list) {
			switch lang, _, _ := strings.Cut(tag, "-"); lang {
			case "en":
				return english()
			case "de":
				return german()
			case "fr":
				return french()
			case "es":
				return spanish()
			}
		}
	}
	return english()
}

// ranked lists the language tags of a preference list in lower case, best first.
func ranked(list string) []string {
	type choice struct {
		tag string
		q   float64
	}
	var choices []choice
	list = strings.ToLower(list[:min(len(list), maxPreferences)])
	for item := range strings.SplitSeq(list, ",") {
		tags, weight, weighted := strings.Cut(item, ";")
		q := 1.0
		if weighted {
			v, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			if err != nil || !(v > 0 && v <= 1) {
				continue
			}
			q = v
		}
		for tag := range strings.FieldsSeq(tags) {
			choices = append(choices, choice{tag, q})
		}
	}
	sort.SliceStable(choices, func(i, j int) bool { return choices[i].q > choices[j].q })
	out := make([]string, len(choices))
	for i, c := range choices {
		out[i] = c.tag
	}
	return out
}
