package loopback

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"sync"
)

// Tone is what a page is about.
type Tone int

// The tones of a page.
const (
	// Success is a finished sign-in or sign-out.
	Success Tone = iota
	// Failure is one that did not work.
	Failure
	// Notice is neither.
	Notice
)

// String names the tone as the style sheet does.
func (t Tone) String() string {
	switch t {
	case Success:
		return "success"
	case Failure:
		return "failure"
	}
	return "notice"
}

// Page is what the browser is shown. All text is escaped.
type Page struct {
	// Status is the HTTP status; 0 means 200.
	Status         int
	Title, Heading string
	Tone           Tone
	Paragraphs     []string
	// Rows become a table, for example of claims.
	Rows   []Row
	Footer string
}

// Row is one line of the table.
type Row struct{ Name, Value, Note string }

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// pageTemplate is parsed when the first page is shown, not at start.
var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageHTML)) })

// csp allows the one inline style sheet and nothing else: no script, no request, no frame, no form.
var csp = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
})

func headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", csp())
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

func write(w http.ResponseWriter, p Page) {
	var body bytes.Buffer
	err := pageTemplate().Execute(&body, struct {
		Page
		CSS template.CSS
	}{p, template.CSS(pageCSS)})
	if err != nil { // the template is ours and takes any text
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	headers(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	if p.Status != 0 {
		w.WriteHeader(p.Status)
	}
	_, _ = w.Write(body.Bytes()) // a browser that has gone away is no error
}
