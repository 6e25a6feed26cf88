package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/tenant"
)

// question is one that setup asks a person.
type question struct {
	text    string
	preset  string // what Enter means
	skip    bool   // a flag has answered
	explain []string
	take    func(answer string) error
}

// ask asks for what no flag has said; with --yes only for what has no default.
func (o *setupOptions) ask(ctx context.Context, r *run) error {
	if r.global.noInput {
		return nil
	}
	if err := o.askTenant(ctx, r); err != nil || o.consent.yes {
		return err
	}
	if err := r.put(ctx, question{text: "number or word", preset: "1", skip: o.answers.Kind != "", take: o.takeKind, explain: []string{
		"What is the app?", "  1  this CLI, or another public client (desktop, mobile): public", "  2  a web app with a secret: web", "  3  a single-page app: spa", "  4  an API: api"}}); err != nil {
		return err
	}
	if err := r.put(ctx, question{text: "name of the app", preset: o.answers.App(), skip: o.answers.Name != "", take: func(a string) error { o.answers.Name = a; _, err := o.wanted(nil); return err }}); err != nil {
		return err
	}
	if o.answers.Kind == tenant.API {
		return o.askAPI(ctx, r)
	}
	return o.askSignIn(ctx, r)
}

// put asks one question.
func (r *run) put(ctx context.Context, q question) error {
	if q.skip {
		return nil
	}
	for _, line := range q.explain {
		r.Streams.Say("%s", line)
	}
	text := q.text
	if q.preset != "" {
		text += ", Enter for " + q.preset
	}
	return r.askUntil(ctx, r.Streams.Ask, text, func(answer string) error { return q.take(cmp.Or(answer, q.preset)) })
}

// askTenant asks for the tenant where neither flag, environment nor profile names one.
func (o *setupOptions) askTenant(ctx context.Context, r *run) error {
	if o.admin.tenant != "" {
		return nil
	}
	c, err := r.choose(ctx, appOptions{})
	switch {
	case err == nil && c.settings.Authority != "" && c.name != demoProfile:
		return nil
	case err != nil && !errors.Is(err, errNoTenant):
		return err
	}
	return r.put(ctx, question{text: "tenant (subdomain, domain, ID or URL)", take: func(a string) error {
		if _, err := authority.Parse(a); err != nil {
			return err
		}
		o.admin.tenant = a
		return nil
	}})
}

func (o *setupOptions) takeKind(answer string) error {
	for i, kind := range appKinds() {
		if answer == kind || answer == fmt.Sprint(i+1) {
			o.answers.Kind = kind
			return nil
		}
	}
	return &usageError{message: fmt.Sprintf("%q is none of them", answer), hint: "1, 2, 3 or 4"}
}

// askSignIn asks about an app that people sign in to.
func (o *setupOptions) askSignIn(ctx context.Context, r *run) error {
	preset := strings.Join(o.answers.DefaultRedirectURIs(), " ")
	questions := []question{
		{text: "redirect URIs, separated by blanks", preset: preset, skip: len(o.answers.RedirectURIs) > 0, take: func(a string) error {
			if a == preset {
				return nil
			}
			return o.try(&o.answers.RedirectURIs, split(a))
		}},
		{text: "people sign in by password, or by a code that is mailed (otp)", preset: tenant.Password, skip: o.answers.Method != "", take: func(a string) error {
			if a != tenant.Password && a != tenant.OTP {
				return &usageError{message: fmt.Sprintf("%q is neither password nor otp", a)}
			}
			o.answers.Method = a
			return nil
		}},
		{text: "the sign-up asks for (attributes, separated by blanks)", preset: "displayName", skip: len(o.answers.Attributes) > 0, take: func(a string) error {
			return o.try(&o.answers.Attributes, split(a))
		}},
		{text: "may people sign up by themselves? [Y/n]", skip: o.answers.SignUp != nil, take: func(a string) error {
			allowed := true
			switch strings.ToLower(a) {
			case "", "y", "yes":
			case "n", "no":
				allowed = false
			default:
				return &usageError{message: fmt.Sprintf("%q is neither y nor n", a)}
			}
			o.answers.SignUp = &allowed
			return nil
		}},
	}
	for _, q := range questions {
		if err := r.put(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// askAPI asks about an API.
func (o *setupOptions) askAPI(ctx context.Context, r *run) error {
	err := r.put(ctx, question{text: "scopes of the API, separated by blanks", preset: "access", skip: len(o.answers.Scopes) > 0, take: func(a string) error { return o.try(&o.answers.Scopes, split(a)) }})
	if err != nil {
		return err
	}
	return r.put(ctx, question{text: "name of an app made by setup that may call it, Enter for none", skip: o.answers.Client != "", take: func(a string) error {
		var was string
		was, o.answers.Client = o.answers.Client, a
		if _, err := o.wanted(nil); err != nil {
			o.answers.Client = was
			return err
		}
		return nil
	}})
}

// try takes an answer if what setup makes of it is in order.
func (o *setupOptions) try(to *[]string, answer []string) error {
	was := *to
	*to = answer
	if _, err := o.wanted(nil); err != nil {
		*to = was
		return err
	}
	return nil
}

// split is a list as a person types it.
func split(text string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' || c == '\t' }), func(s string) bool { return s == "" })
}
