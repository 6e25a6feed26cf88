package loopback

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Tone is what a page has to say.
type Tone int

// Tones of a page.
const (
	Success Tone = iota // it worked
	Failure             // it did not
	Notice              // neither: something to know
)

// String names the tone, as the style sheet and the page's mark do.
func (t Tone) String() string {
	switch t {
	case Success:
		return "success"
	case Failure:
		return "failure"
	}
	return "notice"
}

// Page is what the browser is shown. All of it may be untrusted text: it is escaped, and characters that would turn the
// direction of writing are spelled out. Line breaks in paragraphs are kept.
type Page struct {
	// Status is the HTTP status; 0 means 200.
	Status int
	// Title is for the tab, Heading for the page.
	Title, Heading string
	Tone           Tone
	Paragraphs     []string
	// Rows become a table, for example of claims. Without any Note it has two columns.
	Rows []Row
	// Folded is what is shown on demand only, so that the page stays short.
	Folded []Section
	// Footer ends the page; "" says where the page comes from.
	Footer string
}

// Row is a line of a table. On a narrow screen its note is left out of what is not folded.
type Row struct{ Name, Value, Note string }

// Section is a part of a page under a title: text, rows, or both.
type Section struct {
	Title, Text string
	Rows        []Row
}

// HasNotes reports whether any row has a note.
func (s Section) HasNotes() bool {
	return slices.ContainsFunc(s.Rows, func(r Row) bool { return r.Note != "" })
}

// longName is how many characters of a name a line always holds; only a longer one may be broken, where its parts meet.
const longName = 24

// nameParts cuts a long name behind its underscores and dots.
func nameParts(name string) []string {
	if utf8.RuneCountInString(name) <= longName {
		return []string{name}
	}
	var parts []string
	for i, begin := 0, 0; i < len(name); i++ {
		if last := i == len(name)-1; last || name[i] == '_' || name[i] == '.' {
			parts, begin = append(parts, name[begin:i+1]), i+1
		}
	}
	return parts
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// pageTemplate is parsed when it is first asked for, not at start.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{"visible": visible, "parts": nameParts}).Parse(pageHTML))
})

// policy lets a page have its own style sheet and nothing else: no script, no request, no form, no frame around it.
var policy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
})

// header sets what every answer carries.
func header(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy())
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

func writePage(w http.ResponseWriter, p Page) {
	body, err := p.html()
	if err != nil { // the template is ours and takes any text
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	header(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if p.Status != 0 {
		w.WriteHeader(p.Status)
	}
	w.Write(body) // a browser that has gone is no error
}

func (p Page) html() ([]byte, error) {
	var b bytes.Buffer
	err := pageTemplate().Execute(&b, struct {
		Page
		Shown Section
		CSS   template.CSS
	}{p, Section{Rows: p.Rows}, template.CSS(pageCSS)})
	return b.Bytes(), err
}

// visible spells out what would be acted on instead of shown: control characters, and those that turn the direction of
// writing (Unicode Standard Annex #9), with which a name can be made to read as another.
func visible(text string) string {
	acts := func(r rune) bool { return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) }
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	if !strings.ContainsFunc(text, acts) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if acts(r) && r != '\n' && r != '\t' {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unfinishedPage is for a browser that waits when the caller ends without a reply.
func unfinishedPage() Page {
	return Page{Status: http.StatusInternalServerError, Title: "Not finished", Tone: Failure, Heading: "This was not finished",
		Paragraphs: []string{"ciam ended before it could. The terminal says why."}}
}

func slowPage() Page {
	return Page{Status: http.StatusGatewayTimeout, Title: "Not finished", Tone: Notice, Heading: "This takes too long for a page to wait",
		Paragraphs: []string{"The terminal says how it ends."}}
}
