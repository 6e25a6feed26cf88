package emulator

import (
	"net/url"
	"strconv"

	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// draw describes a page of the flow in its present state.
func (u userFlow) draw(x *exchange, f *flow, page string) *web.Page {
	t := x.words(f.req.locales)
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
		p.Links = []web.Link{
			f.link(x, web.Forgot, "forgot-password", "", t.ForgotPassword), f.link(x, web.SignIn, "use-another", "", t.UseAnother),
		}
	case web.SignUp:
		p.Heading, p.Text = t.SignUpHeading, []string{t.SignUpText}
		p.Submit = web.Button{ID: "next", Label: t.Next}
		p.Fields = []web.Field{emailField(t, f.newEmail)}
		p.Links = []web.Link{f.link(x, web.SignIn, "sign-in-instead", t.HaveAccount, t.SignInInstead)}
	case web.Forgot:
		p.Heading, p.Text = t.ForgotHeading, []string{t.ForgotText}
		p.Submit = web.Button{ID: "next", Label: t.Next}
		p.Fields = []web.Field{emailField(t, f.email)}
		p.Links = []web.Link{f.link(x, web.SignIn, "sign-in-instead", "", t.SignInInstead)}
	case web.Consent:
		p.Heading, p.Text = t.ConsentHeading, []string{web.Format(t.ConsentText, p.App, x.tenant.PageName())}
		p.Submit, p.Cancel = web.Button{ID: "cancel", Label: t.ReturnToApp}, false
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
// about, else into the first one; several have a list that gets it.
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
		p.Fields[focus].Autofocus = p.Problems() == nil
		p.Fields[focus].Alerted = p.Alert != ""
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
	p.Heading, p.Text, p.Account = t.CodeHeading, []string{t.CodeText}, f.proof.email
	if f.proof.purpose == forSignIn {
		p.Heading = t.CodeSignInHeading
	}
	if f.proof.resent {
		p.Text = []string{t.CodeSent}
	}
	p.Submit = web.Button{ID: "next", Label: t.Next}
	p.Fields = []web.Field{{
		ID: "code", Label: t.Code, Type: "text", Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: 12, Required: true,
	}}
	p.Resend = true
	p.Outbox = x.origin() + outboxPage + "?to=" + url.QueryEscape(f.proof.email)
}

func (u userFlow) drawNewPassword(x *exchange, f *flow, p *web.Page) {
	t := p.T
	p.Heading, p.Text = t.NewPasswordHeading, []string{t.NewPasswordText}
	p.Account, p.Username = f.proof.email, f.proof.email
	p.Submit = web.Button{ID: "next", Label: t.Next}
	if f.proof.purpose == forReset {
		p.Heading, p.Text = t.ResetHeading, []string{t.ResetText}
		p.Submit.Label = t.ResetPassword
	} else if _, uf := f.req.userFlowOf(x.tenant); uf == nil || len(uf.Attributes) == 0 {
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
	p.Fields = attributeFields(t, uf, f.signUp.values)
}

func (u userFlow) drawPick(x *exchange, f *flow, p *web.Page) {
	t := p.T
	p.Heading, p.Text = t.PickHeading, []string{web.Format(t.PickText, p.App)}
	for i, s := range x.sessionsHere() {
		name := ""
		if user := u.store.User(x.tenant.ID, s.userID); user != nil {
			name = user.Attribute("displayName")
		}
		p.Choices = append(p.Choices, web.Choice{ID: "account-" + strconv.Itoa(i), Value: s.sid, Name: name, Email: s.email})
	}
	p.Links = []web.Link{f.link(x, web.SignIn, "use-another", "", t.UseAnother)}
}
