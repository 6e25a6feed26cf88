package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// loginTarget finds where a sign-in belongs. Nothing is written: that is for after it has succeeded.
func (r *run) loginTarget(ctx context.Context, o loginOptions) (*target, error) {
	c, err := r.loginChoice(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := complete(c); err != nil {
		return nil, err
	}
	if c.replaces {
		if err := r.confirmReplace(ctx, c, o.replace); err != nil {
			return nil, err
		}
	}
	if c.create && c.name == "" {
		if err := r.nameProfile(ctx, &c); err != nil {
			return nil, err
		}
	}
	t, err := r.target(ctx, c, o.app.credential)
	if err != nil {
		return nil, err
	}
	t.app.Replace, t.app.Force = c.replaces, o.replace
	return t, nil
}

func (r *run) loginChoice(ctx context.Context, o loginOptions) (choice, error) {
	if o.demo {
		if r.global.profile != "" && r.global.profile != demoProfile {
			return choice{}, &usageError{message: "--demo is the profile demo, and --profile names another", hint: "leave one of them out"}
		}
		settings, err := r.demoSettings(o.app)
		return choice{name: demoProfile, named: true, settings: settings}, err
	}
	c, err := r.choose(ctx, o.app)
	if err != nil {
		return c, err
	}
	if account := cmp.Or(r.global.account, r.env.Account); account != "" && !c.named {
		found, err := r.findAccount(ctx, c, o.app.credential, account)
		if err != nil {
			return c, err
		}
		return found.choice, nil
	}
	if c.create && o.app.clientID == "" && r.env.ClientID == "" {
		c.settings.ClientID = "" // another tenant's app is not this one
	}
	if c.create && c.named {
		file, err := r.configFile()
		if err != nil {
			return c, err
		}
		return c, config.CheckNewName(c.name, file.Names())
	}
	return c, nil
}

// confirmReplace asks before a profile becomes another app's: its sessions and its secret go with it.
func (r *run) confirmReplace(ctx context.Context, c choice, yes bool) error {
	if yes {
		return nil
	}
	what := fmt.Sprintf("profile %s is app %s in %s", c.name, cmp.Or(c.own.ClientID, "(none)"), cmp.Or(c.own.Authority, "(none)"))
	by := "--profile"
	if r.global.profile == "" {
		by = "CIAM_PROFILE"
	}
	refusal := &usageError{message: what + ", and " + by + " names it for app " + c.settings.ClientID + " in " + c.settings.Authority,
		hint: "`" + (&target{choice: c}).loginLine() + "` makes it that app's, and what was kept for it goes; without " + by + " the sign-in gets a profile of its own"}
	if r.global.noInput {
		return refusal
	}
	answer, err := r.Streams.Ask(ctx, what+"; replace it? [y/N] ")
	if err != nil {
		return err
	}
	if !isYes(answer) {
		return refusal
	}
	return nil
}

// nameProfile names the profile that a sign-in makes, which takes the tenant's own metadata.
func (r *run) nameProfile(ctx context.Context, c *choice) error {
	file, err := r.configFile()
	if err != nil {
		return err
	}
	a, err := authority.Parse(c.settings.Authority)
	if err != nil {
		return err
	}
	client, err := r.httpClient(c.settings)
	if err != nil {
		return err
	}
	md, err := r.resolver(client, c.settings).Metadata(ctx, a, "")
	if err != nil {
		return err
	}
	c.name = newProfileName(a, md, file.Names())
	c.settings.Name, c.settings.TenantID = c.name, md.TenantID
	return nil
}

// claim writes down what the configuration gains by a sign-in that has verified, under the lock of the profile.
func (t *target) claim(ctx context.Context, session tokencache.Session) error {
	r := t.run
	if t.environment {
		return nil // the index alone knows it
	}
	ca, err := r.caFileToKeep()
	if err != nil {
		return err
	}
	if t.name == demoProfile {
		return r.useDemo(ctx)
	}
	var current bool
	_, err = r.editConfig(ctx, func(file *config.File) error {
		p, known := file.Profile(t.name)
		switch {
		case t.create || t.replaces:
			if known && t.create && !(strings.EqualFold(p.ClientID, t.settings.ClientID) && strings.EqualFold(p.TenantID, session.TenantID)) {
				return &commandError{exit: exitOther, code: "profile_changed", message: fmt.Sprintf("another ciam has made a profile %q meanwhile; nothing was kept", t.name), hint: "sign in again"}
			}
			file.Put(config.Profile{Name: t.name, Authority: t.settings.Authority, TenantID: session.TenantID, ClientID: t.settings.ClientID,
				RedirectURI: t.settings.RedirectURI, Scopes: t.settings.Scopes, TokenStore: t.rememberedStore(p), CAFile: ca})
		case !known:
			return &commandError{exit: exitOther, code: "profile_removed", message: fmt.Sprintf("profile %q was removed meanwhile; nothing was kept", t.name), hint: "add it again with `ciam profile add " + t.name + "`"}
		case p.TenantID == "" && p.Authority == t.own.Authority:
			p.TenantID = session.TenantID
			file.Put(p)
		}
		if t.makeCurrent {
			current = file.Current() != t.name
			file.Use(t.name)
		}
		return nil
	})
	switch {
	case err == nil && t.create:
		r.info("%s profile %s was made for app %s in %s", r.Streams.Green("✓"), t.name, t.settings.ClientID, t.settings.Authority)
	case err == nil && t.replaces:
		r.info("%s profile %s is app %s in %s from now on", r.Streams.Green("✓"), t.name, t.settings.ClientID, t.settings.Authority)
	}
	if err == nil && current {
		r.info("%s profile %s is used from now on", r.Streams.Green("✓"), t.name)
	}
	return err
}

// rememberedStore is the kind of store that a profile which a sign-in makes is to name: one that was asked for. Memory
// is remembered nowhere.
func (t *target) rememberedStore(p config.Profile) string {
	if kind := t.run.global.tokenStore; kind != "" && kind != "memory" {
		return kind
	}
	return p.TokenStore
}

// leaveOldStore moves what the profile keeps in another kind of store than this sign-in has used: one home for a profile.
func (t *target) leaveOldStore(ctx context.Context, before []tokencache.Entry, session tokencache.Session) error {
	old := ""
	for _, e := range before {
		if e.Item == t.item() {
			old = e.Store
		}
	}
	if old == "" || old == t.store || t.store == "memory" {
		return nil
	}
	service, err := t.run.service(t.settings, old)
	if err != nil {
		return err
	}
	secret, err := service.Vacate(ctx, t.app, strings.ToLower(strings.Split(session.HomeAccountID, ".")[0]))
	if err != nil || secret == "" || t.replaces {
		return err
	}
	return t.service.KeepSecret(ctx, t.app, secret)
}

// tellWho says what the sign-in means for whoever was the active person before.
func (t *target) tellWho(before []tokencache.Entry, result *auth.LoginResult) {
	var was *tokencache.Entry
	for i, e := range before {
		if e.Item == t.item() && e.OID != "" && strings.EqualFold(e.TenantID, result.Session.TenantID) && strings.EqualFold(e.ClientID, result.Session.ClientID) {
			was = &before[i]
		}
	}
	if was == nil {
		return
	}
	r, name := t.run, result.IDToken.Person().Greeting()
	switch {
	case strings.HasPrefix(strings.ToLower(result.Session.HomeAccountID), was.OID+"."):
		r.info("still %s; another person: `ciam login --prompt select_account%s`", cmp.Or(name, was.Name), t.flag())
	case t.environment:
		r.info("the session of %s was replaced: the environment keeps one person", was.Name)
	default:
		r.info("%s is kept beside; `ciam switch%s` goes back", was.Name, t.flag())
	}
}
