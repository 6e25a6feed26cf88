package cli

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
)

// signedInPage is where the browser ends after a sign-in: who it is, and the claims of the verified ID token.
func (r *run) signedInPage(token *idtoken.Token) loopback.Page {
	page := loopback.Page{
		Title: "Signed in", Tone: loopback.Success, Heading: "You are signed in",
		Paragraphs: []string{"You can close this tab and go back to the terminal. These are the claims of your ID token."},
	}
	if name := displayName(token); name != "" {
		page.Heading = "You are signed in as " + name
	}
	for _, row := range render.ClaimRows(token, r.Now()) {
		page.Rows = append(page.Rows, loopback.Row{Name: row.Name, Value: row.Value, Note: row.Meaning})
	}
	return page
}

// failurePage tells the browser what the terminal says too.
func (r *run) failurePage(err error) loopback.Page {
	f := describe(err)
	page := loopback.Page{Status: 400, Title: "Not signed in", Tone: loopback.Failure, Heading: "You are not signed in", Paragraphs: []string{sentence(term.Clip(f.message, maxMessage))}}
	if f.code == "cancelled" {
		page.Status, page.Tone = 200, loopback.Notice
	}
	if f.hint != "" {
		page.Paragraphs = append(page.Paragraphs, "What to do: "+strings.TrimSuffix(f.hint, ".")+".")
	}
	if f.correlationID != "" {
		page.Rows = append(page.Rows, loopback.Row{Name: "Correlation id", Value: f.correlationID})
	}
	if f.traceID != "" {
		page.Rows = append(page.Rows, loopback.Row{Name: "Trace id", Value: f.traceID})
	}
	return page
}

// maxMessage bounds what a tenant's error_description can fill a screen with.
const maxMessage = 2000

// sentence makes a terminal's message one of a page: with a capital letter and a full stop.
func sentence(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(message[size:], ".") + "."
}

func displayName(token *idtoken.Token) string {
	for _, name := range []string{token.Name, token.PreferredUsername, token.Email} {
		if name != "" && name != "unknown" { // External ID sends "unknown" where no display name was collected
			return name
		}
	}
	return ""
}
