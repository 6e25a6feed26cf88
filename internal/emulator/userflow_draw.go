package emulator

import (
	"net/url"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// draw describes a page of the flow in its present state.
func (u userFlow) draw(x *exchange, f *flow, page string) *web.Page {
	t := web.For(f.req.locales)
	app, _ := f.req.userFlowOf(x.tenant)
	p := &web.Page{
		Name: page, T: t, Tenant: x.tenant.Name(), Domain: x.tenant.Domain(), App: app.Name(),
		Action: f.path(x.tenant, page), FlowID: f.id, Cancel: true,
		FormTargets: formTargets(f.req.redirectURI),
	}
	switch page {
	case web.SignIn:
		u.drawSignIn(x, f, p)
	case web.Password:
		p.Heading, p.Account, p.Username = t.PasswordHeading, f.email, f.email
		p.Submit = web.Button{ID: "next", Label: t.SignIn}
		p.Fields = []web.Field{{ID: "password", Label: t.Password, Type: "password", Autocomplete: "current-password", Required: true}}
	case web.SignUp:
		p.Heading, p.Text = t.SignUpHeading, []string{t.SignUpText}
		p.Submit = web.Button{ID: "next", Label: t.Next}
		p.Fields = []web.Field{emailField(t, f.signUp.email)}
		p.Links = []web.Link{f.link(x, web.SignIn, "sign-in-instead", t.HaveAccount, t.SignInInstead)}
	case web.Code:
		u.drawCode(x, f, p)
	case web.NewPassword:
		u.drawNewPassword(x, f, p)
	case web.Attributes:
		u.drawAttributes(x, f, p)
	case web.PickAccount:
		u.drawPick(x, f, p)
	}
	f.problem.show(p)
	return p
}

// show puts the problem on its page, and the keyboard into the field it is
// about, else into the first one.
func (r problem) show(p *web.Page) {
	focus := 0
	if r.page == p.Name {
		p.Alert = r.alert
		for i := len(p.Fields) - 1; i >= 0; i-- {
			if text := r.fields[p.Fields[i].ID]; text != "" {
				p.Fields[i].Error, focus = text, i
			}
		}
	}
	if len(p.Fields) > 0 {
		p.Fields[focus].Autofocus = true
	}
}

func (f *flow) link(x *exchange, page, id, lead, text string) web.Link {
	return web.Link{ID: id, Lead: lead, Text: text, Href: f.path(x.tenant, page) + "?flow=" + url.QueryEscape(f.id)}
}

func emailField(t *web.Strings, value string) web.Field {
	return web.Field{
		ID: "email", Label: t.Email, Type: "email", Value: value, Autocomplete: "username", InputMode: "email", MaxLength: 254, Required: true,
	}
}

func (u userFlow) drawSignIn(x *exchange, f *flow, p *web.Page) {
	t := p.T
	p.Heading, p.Text = t.SignInHeading, []string{web.Format(t.SignInText, p.App)}
	p.Submit = web.Button{ID: "next", Label: t.Next}
	p.Fields = []web.Field{emailField(t, f.email)}
	_, uf := f.req.userFlowOf(x.tenant)
	switch {
	case f.req.allowsSignUp(x.tenant):
		p.Links = []web.Link{f.link(x, web.SignUp, "create-account", t.NoAccount, t.CreateOne)}
	case uf == nil:
		p.Text = append(p.Text, t.NotLinked)
	case f.req.prompt == "create":
		p.Text = append(p.Text, t.SignUpOff)
	}
}

func (u userFlow) drawCode(x *exchange, f *flow, p *web.Page) {
	t := p.T
	p.Heading, p.Text, p.Account = t.CodeHeading, []string{t.CodeText}, f.signUp.email
	if f.signUp.resent {
		p.Text = []string{t.CodeSent}
	}
	p.Submit = web.Button{ID: "next", Label: t.Next}
	p.Fields = []web.Field{{
		ID: "code", Label: t.Code, Type: "text", Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: 12, Required: true,
	}}
	p.Resend = true
	p.Outbox = x.origin() + "/_emulator/outbox?to=" + url.QueryEscape(f.signUp.email)
}

func (u userFlow) drawNewPassword(x *exchange, f *flow, p *web.Page) {
	t := p.T
	p.Heading, p.Text = t.NewPasswordHeading, []string{t.NewPasswordText}
	p.Account, p.Username = f.signUp.email, f.signUp.email
	p.Submit = web.Button{ID: "next", Label: t.Next}
	if _, uf := f.req.userFlowOf(x.tenant); uf == nil || len(uf.Attributes) == 0 {
		p.Submit = web.Button{ID: "create", Label: t.Create}
	}
	p.Fields = []web.Field{
		{ID: "newPassword", Label: t.NewPassword, Type: "password", Autocomplete: "new-password", Hint: t.PasswordRules, Required: true},
		{ID: "confirmPassword", Label: t.ConfirmPassword, Type: "password", Autocomplete: "new-password", Required: true},
	}
}

func (u userFlow) drawAttributes(x *exchange, f *flow, p *web.Page) {
	t := p.T
	p.Heading, p.Text = t.AttributesHeading, []string{t.AttributesText}
	p.Submit = web.Button{ID: "create", Label: t.Create}
	_, uf := f.req.userFlowOf(x.tenant)
	if uf == nil {
		return
	}
	for _, a := range uf.Attributes {
		p.Fields = append(p.Fields, web.Field{
			ID: a.Name, Label: attributeLabel(t, a), Type: "text", Value: f.signUp.values[a.Name],
			Autocomplete: attributeAutocomplete(a.Name), MaxLength: attributeLimit(a.Name),
			Required: a.Required, Optional: !a.Required,
		})
	}
}

func (u userFlow) drawPick(x *exchange, f *flow, p *web.Page) {
	t := p.T
	p.Heading, p.Text = t.PickHeading, []string{web.Format(t.PickText, p.App)}
	if s := x.session(); s != nil {
		name := ""
		if user := u.store.User(x.tenant.ID, s.userID); user != nil {
			name = user.Attribute("displayName")
		}
		p.Choices = []web.Choice{{ID: "account-0", Value: "0", Name: name, Email: s.email}}
	}
	p.Links = []web.Link{f.link(x, web.SignIn, "use-another", "", t.UseAnother)}
}

func attributeLabel(t *web.Strings, a directory.Attribute) string {
	if a.Label != "" {
		return a.Label
	}
	return t.AttributeLabels(a.Name)
}

// attributeAutocomplete is the autofill field name of a built-in attribute
// (HTML standard, section on autofill).
func attributeAutocomplete(name string) string {
	switch name {
	case "displayName":
		return "name"
	case "givenName":
		return "given-name"
	case "surname":
		return "family-name"
	case "jobTitle":
		return "organization-title"
	case "streetAddress":
		return "street-address"
	case "city":
		return "address-level2"
	case "state":
		return "address-level1"
	case "postalCode":
		return "postal-code"
	case "country":
		return "country-name"
	}
	return "off"
}
