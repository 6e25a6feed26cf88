package authority

import (
	"fmt"
	"strings"
)

// ClientIDError says why a string cannot be an application (client) ID. It does not hold the string itself unless that is a
// placeholder, because a secret pasted into the wrong field must not reach a log.
type ClientIDError struct {
	Problem     string // what is wrong and what was expected
	Placeholder string // the placeholder that was left in place, else ""
}

func (e *ClientIDError) Error() string { return "client id: " + e.Problem }

// ValidClientID returns nil when s is an application (client) ID as Entra issues it, a GUID such as
// 00001111-aaaa-2222-bbbb-3333cccc4444, and a *ClientIDError otherwise. Placeholders of Microsoft's samples
// (Enter_the_Application_Id_Here) are named as such. Surrounding space is the caller's to trim.
func ValidClientID(s string) error {
	switch {
	case s == "":
		return &ClientIDError{Problem: "is empty; expected the Application (client) ID of the app registration, a GUID"}
	case isPlaceholder(s):
		return &ClientIDError{
			Problem:     fmt.Sprintf("%q is a placeholder from a sample; put the Application (client) ID of your app registration there", shorten(s)),
			Placeholder: shorten(s),
		}
	case !isGUID(s):
		return &ClientIDError{Problem: fmt.Sprintf("is not a GUID; expected 8-4-4-4-12 hexadecimal digits such as "+
			"00001111-aaaa-2222-bbbb-3333cccc4444 (the Application (client) ID, not a name and not a secret), got %d characters", len(s))}
	}
	return nil
}

const nilGUID = "00000000-0000-0000-0000-000000000000"

// isGUID reports whether s is 8-4-4-4-12 hexadecimal digits of either case.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !isHex(c):
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isPlaceholder reports whether s was left over from a sample or a template: Enter_the_…_Here, <tenant>, {tenant},
// ${TENANT}, your-tenant. No tenant name, host name or GUID contains what is looked for.
func isPlaceholder(s string) bool {
	lower := strings.ToLower(s)
	for _, p := range [...]string{"enter_the_", "enter-the-", "<", ">", "{", "}", "%7b", "%3c", "$", "your_", "your-tenant", "your-app", "your-client", "yourtenant"} {
		if strings.Contains(lower, p) {
			return true
		}
	}
	return lower == nilGUID || lower == "tenant_subdomain" || lower == "tenant_id" || lower == "client_id"
}

// shorten bounds text from outside for a message.
func shorten(s string) string {
	const limit = 120
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
