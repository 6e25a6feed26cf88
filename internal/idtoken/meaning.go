package idtoken

import (
	"slices"
	"strings"
)

// Kind says how a claim's value reads best.
type Kind int

// Kinds of claim values.
const (
	KindText   Kind = iota // to be read as it is
	KindTime               // seconds since 1970
	KindGUID               // an identifier to copy
	KindOpaque             // of no use to people and apps
	KindList               // an array of values
	KindBool               // yes or no: true and false, or 1 and 0, as number or string
)

// Meaning explains a claim.
type Meaning struct {
	Claim  string // as it was asked for
	Text   string // plain words; begins lower case, no full stop at the end
	Source string // where it is defined
	Kind   Kind
}

// Describe looks a claim up in the catalogue: standard, optional and v1 claims of ID tokens, those that only access tokens
// carry, the built-in attributes of a user flow under their usual names, and custom attributes (extension_<app>_<name>).
// Claims that an administrator named freely are not known, and neither is anything else.
func Describe(claim string) (Meaning, bool) {
	if m, ok := find(catalogue[:], claim); ok {
		return m, true
	}
	if m, ok := find(attributes[:], strings.ToLower(claim)); ok {
		m.Claim = claim
		return m, true
	}
	return describeExtension(claim)
}

// DescribeHeader is Describe for the members of a token's header.
func DescribeHeader(member string) (Meaning, bool) { return find(headers[:], member) }

// Catalogue returns a copy of the claims that are known by name, by name.
func Catalogue() []Meaning { return slices.Clone(catalogue[:]) }

func find(sorted []Meaning, claim string) (Meaning, bool) {
	i, ok := slices.BinarySearchFunc(sorted, claim, func(m Meaning, claim string) int { return strings.Compare(m.Claim, claim) })
	if !ok {
		return Meaning{}, false
	}
	return sorted[i], true
}

// describeExtension knows directory extensions: extension_<application id without hyphens>_<name>, and extn.<name>.
func describeExtension(claim string) (Meaning, bool) {
	m := Meaning{Claim: claim, Source: sourceAttributes}
	if name, ok := strings.CutPrefix(claim, "extn."); ok && name != "" {
		m.Text = "custom attribute \"" + shorten(name) + "\" of this person"
		return m, true
	}
	rest, ok := strings.CutPrefix(claim, "extension_")
	app, name, cut := strings.Cut(rest, "_")
	if !ok || !cut || name == "" || len(app) != 32 || strings.Trim(strings.ToLower(app), "0123456789abcdef") != "" {
		return Meaning{}, false
	}
	m.Text = "custom attribute \"" + shorten(name) + "\" of this person, as the user flow collected it"
	return m, true
}
