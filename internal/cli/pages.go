package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
)

// mostShown is how many claims the success page shows without being asked.
const mostShown = 8

// signedInPage is where the browser ends after a sign-in: who it is, what the verified ID token says of the person, and on
// demand the rest.
func (r *run) signedInPage(token *idtoken.Token) loopback.Page {
	page := loopback.Page{
		Title: "Signed in", Tone: loopback.Success, Heading: "You are signed in",
		Paragraphs: []string{"You can close this tab and go back to the terminal."},
	}
	if name := token.Person().Greeting(); name != "" {
		page.Heading = "You are signed in as " + name
	}
	folded := map[idtoken.Group][]loopback.Row{}
	for _, row := range render.ClaimRows(token, r.Now()) {
		claim := loopback.Row{Name: row.Name, Value: row.Value, Note: row.Meaning}
		if row.Group == idtoken.GroupPerson && len(page.Rows) < mostShown {
			page.Rows = append(page.Rows, claim)
		} else {
			folded[row.Group] = append(folded[row.Group], claim)
		}
	}
	for _, group := range []idtoken.Group{idtoken.GroupPerson, idtoken.GroupSession, idtoken.GroupProtocol} {
		if rows := folded[group]; len(rows) > 0 {
			page.Folded = append(page.Folded, loopback.Section{Title: fmt.Sprintf("%s about %s", counted(len(rows), "claim"), group), Rows: rows})
		}
	}
	return page
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// failurePage tells the browser what the terminal says too. Of a long message it shows the beginning.
func (r *run) failurePage(err error) loopback.Page {
	f := r.describe(err)
	page := loopback.Page{Status: 400, Title: "Not signed in", Tone: loopback.Failure, Heading: "You are not signed in"}
	if f.code == "cancelled" {
		page.Status, page.Tone = 200, loopback.Notice
	}
	message := sentence(term.Clip(f.message, maxMessage))
	short := opening(message, mostSaid)
	page.Paragraphs = append(page.Paragraphs, short)
	if f.hint != "" {
		page.Paragraphs = append(page.Paragraphs, sentence(f.hint))
	}
	if short != message {
		page.Folded = append(page.Folded, loopback.Section{Title: "The whole message", Text: message})
	}
	support := loopback.Section{Title: "For support"}
	if f.correlationID != "" {
		support.Rows = append(support.Rows, loopback.Row{Name: "Correlation id", Value: f.correlationID})
	}
	if f.traceID != "" {
		support.Rows = append(support.Rows, loopback.Row{Name: "Trace id", Value: f.traceID})
	}
	if len(support.Rows) > 0 {
		page.Folded = append(page.Folded, support)
	}
	return page
}

// maxMessage bounds what a tenant's error_description can fill a screen with, mostSaid what of it the page shows at once.
const (
	maxMessage = 2000
	mostSaid   = 280
)

// opening is the beginning of text, its first lines up to most characters, and up to the end of a word.
func opening(text string, most int) string {
	head, _, cut := strings.Cut(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	if utf8.RuneCountInString(head) <= most {
		if cut && !strings.HasSuffix(head, ".") {
			head += " …"
		}
		return head
	}
	head = string([]rune(head)[:most])
	if i := strings.LastIndexByte(head, ' '); i > 0 {
		head = head[:i]
	}
	return head + " …"
}

// sentence makes a terminal's message one of a page: with a capital letter and a full stop.
func sentence(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(message[size:], ".") + "."
}
