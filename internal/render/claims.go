package render

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/term"
)

// ClaimsOptions say when and for which terminal the claims are shown.
type ClaimsOptions struct {
	// Now is what times are relative to.
	Now time.Time
	// Width is the number of columns of the terminal; 0 when there is none: one line per claim then, however long.
	Width int
	// Color permits colours.
	Color bool
	// Noun is what the token is called where it has expired: "ID token"; "" says nothing of that.
	Noun string
}

// ClaimRow is a claim made readable. All three texts are safe to print; Meaning is "" for a claim that is not in the
// catalogue, as one that an administrator named is.
type ClaimRow struct {
	Name, Value, Meaning string
	// Group is what the claim is about.
	Group idtoken.Group
}

// Claims writes the claims of t as a table of claim, value and meaning: what is about the person first, then the session,
// then the protocol, which a terminal is shown as three parts. A token that has expired says so first.
func Claims(w io.Writer, t *idtoken.Token, o ClaimsOptions) error {
	s := style{Color: o.Color}
	var b strings.Builder
	if o.Noun != "" && !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(o.Now) {
		b.WriteString(s.red("this "+o.Noun+" expired "+Time(t.ExpiresAt, o.Now)) + "\n\n")
	}
	rows := ClaimRows(t, o.Now)
	switch {
	case o.Width <= 0:
		writeLines(&b, rows)
	case o.Width < wideTerminal:
		writeStacked(&b, rows, o.Width, s)
	default:
		writeColumns(&b, rows, o.Width, s)
	}
	return term.Print(w, term.Styled(b.String()))
}

// ClaimRows are the claims of t in the order of idtoken.Token.Reading: text as it is, times absolute and relative, anything
// else as compact JSON.
func ClaimRows(t *idtoken.Token, now time.Time) []ClaimRow {
	rows := make([]ClaimRow, 0, len(t.Claims))
	for _, claim := range t.Reading() {
		meaning, _ := idtoken.Describe(claim.Name)
		rows = append(rows, ClaimRow{
			Name:    term.Plain(claim.Name),
			Value:   value(claim.Value, meaning.Kind, now),
			Meaning: term.Plain(meaning.Text),
			Group:   idtoken.GroupOf(claim.Name),
		})
	}
	return rows
}

// value makes the JSON of a claim readable.
func value(raw json.RawMessage, kind idtoken.Kind, now time.Time) string {
	if kind == idtoken.KindTime {
		if at, ok := instant(raw); ok {
			return Time(at, now)
		}
	}
	var text string
	if json.Unmarshal(raw, &text) == nil && len(raw) > 0 && raw[0] == '"' {
		return term.Plain(text)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return term.Plain(string(raw))
	}
	return term.Plain(compact.String())
}

// instant reads seconds since 1970 (NumericDate, RFC 7519 section 2), as number or, as some claims have them, as text.
// Times that are no calendar date of four digits are left to be shown as the number they are.
func instant(raw json.RawMessage) (time.Time, bool) {
	seconds, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || seconds != seconds || seconds < 0 || seconds >= 253402300800 { // year 10000
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}
