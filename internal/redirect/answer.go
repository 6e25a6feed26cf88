package loopback

import (
	"fmt"
	"io"
	"log/slog"
)

// Answer is the tenant's answer (RFC 6749 sections 4.1.2 and 4.1.2.1). Its state was right; everything else in it is
// untrusted. It prints without the code.
type Answer struct {
	Code, Error, ErrorDescription, ErrorURI, ErrorSubcode string

	listener *Listener
}

// Reply sends the page that the browser waits for. Only the first call counts.
func (a *Answer) Reply(p Page) { a.listener.reply(p) }

// Format implements fmt.Formatter for every verb.
func (a Answer) Format(f fmt.State, _ rune) {
	code := ""
	if a.Code != "" {
		code = "[redacted]"
	}
	_, _ = io.WriteString(f, fmt.Sprintf("{code:%s error:%q error_description:%q}", code, a.Error, a.ErrorDescription))
}

// LogValue implements slog.LogValuer.
func (a Answer) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(a)) }

// MarshalText keeps the code out of JSON.
func (a Answer) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(a)), nil }
