package directory

import "strings"

// IsOneTimeCode reports whether s has the form of a one-time code: 8 digits.
func IsOneTimeCode(s string) bool { return len(s) == 8 && strings.Trim(s, "0123456789") == "" }

func (t *Tenant) validateCode(at string) error {
	if t.FixedOneTimeCode != "" && !IsOneTimeCode(t.FixedOneTimeCode) {
		return bad(at+".fixedOneTimeCode", "expected 8 digits in quotation marks, got %q", t.FixedOneTimeCode)
	}
	return nil
}
