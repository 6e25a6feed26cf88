package web

import "html/template"

// Names of pages, as in data-page.
const (
	SignIn      = "sign-in"
	Password    = "password"
	SignUp      = "sign-up"
	Code        = "code"
	NewPassword = "new-password"
	Attributes  = "attributes"
	PickAccount = "pick-account"
	Finished    = "finished"
	Error       = "error"
	SignedOut   = "signed-out"
	FormPost    = "form-post"
)

// Page is what one page shows. Name chooses the template; a field that the
// template does not use is ignored, and an empty one is left out of the page.
type Page struct {
	Name   string
	Status int // HTTP status; 0 means 200
	T      *Strings

	Tenant  string // display name, e.g. Contoso
	Domain  string // e.g. contoso.onmicrosoft.com, for the footer
	App     string // display name of the app that is signed in to
	Heading string
	Text    []string // paragraphs under the heading

	// A page with a form.
	Action   string // path the form is posted to
	FlowID   string // hidden field "flow"
	Username string // hidden field that tells password managers whose password it is
	Account  string // the address this is about, shown above the fields
	Alert    string // what was wrong with the last attempt; also tied to the field it concerns
	Fields   []Field
	Submit   Button
	Resend   bool // the one-time code can be sent again
	Cancel   bool
	Links    []Link
	Outbox   string // address where the one-time code can be read; "" hides the note
	Choices  []Choice

	Rows []Row // facts of an error page

	// The form_post answer.
	Post *Post

	// FormTargets are further CSP form-action sources: where the answer to
	// this page's form may be redirected to.
	FormTargets []string
}

// Field is one labelled input.
type Field struct {
	ID, Label, Value string
	Type             string // text, email, password
	Autocomplete     string
	InputMode        string
	Hint             string
	Error            string // shown under the field, tied to it
	MaxLength        int
	Required         bool
	Autofocus        bool
	Optional         bool // says so in the label
}

// Describedby lists the ids of the field's hint and error, for screen readers.
func (f Field) Describedby() string {
	switch {
	case f.Hint != "" && f.Error != "":
		return f.ID + "-hint " + f.ID + "-error"
	case f.Hint != "":
		return f.ID + "-hint"
	case f.Error != "":
		return f.ID + "-error"
	}
	return ""
}

// Button is the main button of a form; its id is also the value of the form
// field "action".
type Button struct{ ID, Label string }

// Link is a link below a form.
type Link struct{ ID, Lead, Text, Href string }

// Choice is one account on the pick-account page.
type Choice struct{ ID, Value, Name, Email string }

// Row is one labelled fact.
type Row struct{ Name, Value string }

// Post is the content of the form_post answer (OAuth 2.0 Form Post Response Mode).
type Post struct {
	Action template.URL // a registered redirect URI
	Fields []Row
}
