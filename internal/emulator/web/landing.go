package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"sync"
)

// Overview is the landing page: what a developer has to know of the emulator.
// It is in English only.
type Overview struct {
	Origin  string // scheme and host that were asked
	Issuer  string // "guid" or "origin"
	Clock   string // the tenant's time; "" while it is right
	Tenants []OverviewTenant
	// App is the name of the app that Settings are for, Tenant its tenant's; ""
	// when there is no app.
	App, Tenant string
	Settings    []Setting
	OutboxPage  string // address of the list of one-time codes
	Elsewhere   bool   // programs on other machines may use the control area
}

// OverviewTenant is one tenant.
type OverviewTenant struct {
	Name, ID, Domain, Authority, Issuer, Discovery string
	Code                                           string // its fixed one-time code
	CustomDomains                                  []string
	Apps                                           []OverviewApp
	Flows                                          []OverviewFlow
	Users                                          []OverviewUser
	MoreUsers                                      int // that are not shown
}

// OverviewApp is one app.
type OverviewApp struct {
	Name, ClientID string
	Redirects      []Row  // platform and redirect URI
	Flow           string // "" when it is linked to none
	Href           string // of this page with its settings
	Current        bool   // its settings are shown
}

// OverviewFlow is one user flow.
type OverviewFlow struct {
	Name, Method string
	SignUp       bool
	Apps         []string
	Attributes   []string
}

// OverviewUser is one account.
type OverviewUser struct {
	Email, Name, ID string
	Disabled        bool
	Path            string // of the account, below the control area
}

// Setting is how one kind of client is pointed at the emulator.
type Setting struct {
	ID, Client, Code string
	Notes            []string // what does not work as it is, and what to do
}

// Outbox is the page with one-time codes.
type Outbox struct {
	To     string // whose; "" for everybody's
	Framed bool   // on the landing page
	Page   string // address of this page for everybody's
	Again  string // address of this page
	Mails  []Mail // newest first
}

// Last is the number of the newest message that is shown.
func (o *Outbox) Last() int {
	if len(o.Mails) == 0 {
		return 0
	}
	return o.Mails[0].ID
}

// Mail is one message of the outbox page.
type Mail struct {
	ID                      int
	To, Code, Purpose, Sent string
}

// landing is what the landing pages are made of.
type landing struct {
	overview, outbox *template.Template
	style            template.CSS
	script           template.JS
	csp              string
}

// loadLanding parses the pages on their first use: a program that starts the
// emulator for its tests mostly never looks at them.
var loadLanding = sync.OnceValues(func() (*landing, error) {
	var style bytes.Buffer
	for _, name := range []string{"templates/style.css", "templates/landing.css"} {
		css, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("page style: %w", err)
		}
		style.Write(css)
	}
	script, err := files.ReadFile("templates/landing.js")
	if err != nil {
		return nil, fmt.Errorf("page script: %w", err)
	}
	l := &landing{style: template.CSS(style.String()), script: template.JS(script)}
	if l.overview, err = template.ParseFS(files, "templates/landing.html"); err != nil {
		return nil, fmt.Errorf("landing page: %w", err)
	}
	if l.outbox, err = template.ParseFS(files, "templates/outbox.html"); err != nil {
		return nil, fmt.Errorf("outbox page: %w", err)
	}
	l.csp = "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; connect-src 'self'; style-src " +
		hashSource(style.String()) + "; script-src " + hashSource(string(script))
	return l, nil
})

// WriteOverview sends the landing page. Nothing has been sent when the error is
// that of a template.
func WriteOverview(w http.ResponseWriter, o *Overview) error {
	l, err := loadLanding()
	if err != nil {
		return err
	}
	return l.write(w, l.overview, "; frame-src 'self'; frame-ancestors 'none'", "DENY", o)
}

// WriteOutbox sends the page with one-time codes, which the landing page shows in
// a frame of its own: it reloads itself, which would take away what somebody is
// about to copy.
func WriteOutbox(w http.ResponseWriter, o *Outbox) error {
	l, err := loadLanding()
	if err != nil {
		return err
	}
	return l.write(w, l.outbox, "; frame-ancestors 'self'", "SAMEORIGIN", o)
}

func (l *landing) write(w http.ResponseWriter, t *template.Template, policy, frames string, data any) error {
	var b bytes.Buffer
	err := t.Execute(&b, struct {
		Style  template.CSS
		Script template.JS
		Data   any
	}{l.style, l.script, data})
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Security-Policy", l.csp+policy)
	h.Set("X-Frame-Options", frames)
	_, err = w.Write(b.Bytes())
	return err
}
