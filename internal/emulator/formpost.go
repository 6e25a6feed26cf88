package emulator

import (
	"html/template"

	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// formPost sends an answer as a form that submits itself and has a button for
// browsers without script (OAuth 2.0 Form Post Response Mode).
func (x *exchange) formPost(a answer) {
	t := x.words(a.locales)
	x.show(&web.Page{
		Name: web.FormPost, T: t, Tenant: x.tenant.Name(), Domain: x.tenant.Domain(),
		Heading: t.FormPostHeading, Text: []string{t.FormPostText},
		// The redirect URI is a registered one: its scheme was checked with the seed.
		Post:        &web.Post{Action: template.URL(a.redirectURI), Fields: a.params},
		FormTargets: formTargets(a.redirectURI),
	})
}
