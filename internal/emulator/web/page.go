package web

import (
	"html/template"
	"strings"
)

// Names of pages, as in data-page.
const (
	SignIn      = "sign-in"
	Password    = "password"
	SignUp      = "sign-up"
	Code        = "code"
	NewPassword = "new-password"
	Attributes  = "attributes"
	PickAccount = "pick-account"
	Forgot      = "forgot-password"
	Consent     = "consent-missing"
	Finished    = "finished"
	Error       = "error"
	SignedOut   = "signed-out"
	FormPost    = "form-post"

	DeviceCode    = "device-code"
	DeviceConfirm = "device-confirm"
	DeviceDone    = "device-done"
)

// Page is what one page shows. Name chooses the template; a field that the
// template does not use is ignored, and an empty one is left out of the page.
type Page struct {
	Name   string
	Status int // HTTP status; 0 means 200
	T      *Strings

	Tenant  string // display name, e.g. Contoso
	Domain  string // e.g. contoso.onmicrosoft.com, for the footer
	Brand   Brand
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

	// Frames are addresses that the page loads without showing them, and the only
	// ones that it may: front-channel logout.
	Frames []string

	// The form_post answer.
	Post *Post

	// FormTargets are further CSP form-action sources: where the answer to
	// this page's form may be redirected to.
	FormTargets []string
}

// Field is one labelled input, or a labelled group of them.
type Field struct {
	ID, Label, Value string
	Type             string   // text, email, password; select, radio, checkboxes, checkbox
	Options          []Option // of select, radio and checkboxes
	Checked          bool     // of checkbox
	Autocomplete     string
	InputMode        string
	Hint             string
	Error            string // shown under the field, tied to it
	MaxLength        int
	Required         bool
	Autofocus        bool
	Alerted          bool // the page's alert is about this field
	Optional         bool // says so in the label
}

// Describedby lists the ids of the field's hint and error, for screen readers.
func (f Field) Describedby() string {
	var ids []string
	if f.Alerted {
		ids = append(ids, "alert")
	}
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// Control is the id of the control that the keyboard goes to.
func (f Field) Control() string {
	if f.Type == "radio" || f.Type == "checkboxes" {
		return f.ID + "-0"
	}
	return f.ID
}

// Option is one choice of a field. The id of its control is the field's id, a
// hyphen and its number from 0; for checkboxes that is its name, too.
type Option struct {
	Label, Value string
	Chosen       bool
}

// Problems are the fields with an error, when there are several: the page then
// starts with a list of them, which has the keyboard.
func (p *Page) Problems() []Field {
	var out []Field
	for _, f := range p.Fields {
		if f.Error != "" {
			out = append(out, f)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
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
