package aadsts

import "strings"

const (
	prefix         = "AADSTS"
	b2cPrefix      = "AADB2C" // of Azure AD B2C, and of what external tenants have from it
	maxDescription = 8 << 10
	maxField       = 64
)

// Details is an error_description of Entra taken apart. Message comes from the service, partly from what was sent to it, and
// is not made safe for a terminal.
type Details struct {
	Code          int    // 0 when the text names none
	Message       string // without code, ids and {EUII Hidden}, on one line, at most 8 KiB
	TraceID       string // "" when absent, else at most 64 bytes, as are the next two
	CorrelationID string // what Microsoft's support asks for
	Timestamp     string // as written: 2026-11-23 10:00:00Z
}

// Parse reads both layouts of error_description:
//
//	AADSTS50011: The redirect URI …\r\nTrace ID: …\r\nCorrelation ID: …\r\nTimestamp: …
//	AADSTS50011: The redirect URI … Trace ID: … Correlation ID: … Timestamp: …
//
// Any other text comes back as Message with Code 0. What is beyond 8 KiB is not read.
func Parse(errorDescription string) Details {
	s := errorDescription
	if len(s) > maxDescription {
		s = strings.ToValidUTF8(s[:maxDescription], "")
	}
	var d Details
	// From the end, since the message may quote what a caller sent, and that may look like these lines.
	s, d.Timestamp = cutTrailer(s, "Timestamp:")
	s, d.CorrelationID = cutTrailer(s, "Correlation ID:")
	s, d.TraceID = cutTrailer(s, "Trace ID:")

	if before, after, ok := strings.Cut(s, prefix); ok {
		if n, rest := leadingNumber(after); n > 0 {
			d.Code = n
			s = strings.TrimPrefix(rest, ":")
			if strings.TrimSpace(s) == "" {
				s = before
			}
		}
	}
	d.Message = strings.Join(strings.Fields(withoutHidden(s)), " ")
	return d
}

// maxHidden bounds what stands in the braces of {EUII Hidden}.
const maxHidden = 40

// withoutHidden takes out what the service puts in the place of a person's own data, such as {EUII Hidden} or '{EmailHidden}':
// it tells a reader nothing.
func withoutHidden(s string) string {
	for at := 0; ; {
		open := strings.IndexByte(s[at:], '{')
		if open < 0 {
			return s
		}
		open += at
		length := strings.IndexByte(s[open:], '}')
		if length < 0 {
			return s
		}
		if length > maxHidden || !strings.HasSuffix(strings.ToLower(s[open:open+length]), "hidden") {
			at = open + 1
			continue
		}
		before, after := s[:open], s[open+length+1:]
		for _, quote := range []string{"'", "\""} {
			if strings.HasSuffix(before, quote) && strings.HasPrefix(after, quote) {
				before, after = before[:len(before)-1], after[1:]
			}
		}
		if after == "" || strings.ContainsRune(".,;:)", rune(after[0])) {
			before = strings.TrimRight(before, " ")
		}
		s, at = before+after, len(before)
	}
}

// cutTrailer splits "… <label> <value>" at the last label. A value that is too long or of another alphabet than ids and
// dates have means that this is not the trailer; then s stays whole.
func cutTrailer(s, label string) (rest, value string) {
	i := strings.LastIndex(s, label)
	if i < 0 {
		return s, ""
	}
	value = strings.TrimSpace(s[i+len(label):])
	if value == "" || len(value) > maxField {
		return s, ""
	}
	for _, c := range value {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.ContainsRune("-: .+", c)) {
			return s, ""
		}
	}
	return s[:i], value
}
