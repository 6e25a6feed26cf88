package directory

import "github.com/ciam-cli/ciam/internal/emulator/passwords"

func (t *Tenant) validateCode(at string) error {
	if t.FixedOneTimeCode != "" && !passwords.IsCode(t.FixedOneTimeCode) {
		return bad(at+".fixedOneTimeCode", "expected %d digits in quotation marks, got %q", passwords.CodeLength, t.FixedOneTimeCode)
	}
	return nil
}
