package aadsts

import "strings"

const (
	prefix         = "AADSTS"
	maxDescription = 8 << 10
	maxField       = 64
)

// Details is an error_description of Entra taken apart. Message comes from the service, partly from what was sent to it, and
// is not made safe for a terminal.
type Details struct {
	Code          int    // 0 when the text names none
	Message       string // without code and ids, on one line, at most 8 KiB
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
	d.Message = strings.Join(strings.Fields(s), " ")
	return d
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
