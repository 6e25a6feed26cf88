package cli

import (
	"cmp"
	"context"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
)

// draft is a profile that is being added, changed or imported, before any of it is written.
type draft struct {
	*run
	o       appOptions
	offline bool
	// named says that the name was given, not made up, and existed that there is a profile of that name, was.
	named, existed bool
	was            config.Profile
	p              config.Profile
	// secret is the client secret to keep; dropSecret says that the one that is kept is another app's.
	secret     config.Secret
	dropSecret bool
}

// newDraft begins with the profile as it is, under flags and environment.
func (r *run) newDraft(o profileAddOptions, args []string) (*draft, error) {
	file, err := r.configFile()
	if err != nil {
		return nil, err
	}
	named, _, err := r.profileNamed()
	if err != nil {
		return nil, err
	}
	d := &draft{run: r, o: o.app, offline: o.offline}
	name := cmp.Or(strings.Join(args, ""), named)
	d.named = name != ""
	d.was, d.existed = file.Profile(cmp.Or(name, defaultProfile))
	d.p = d.was
	if err := newName(file, d.p.Name); err != nil {
		return nil, err
	}
	if err := config.Writable(r.configPath()); err != nil {
		return nil, err
	}
	return d, d.layOver()
}

// layOver lays flags and environment over the profile. The default token store and the environment's are not written down.
func (d *draft) layOver() error {
	r := d.run
	settings, err := d.p.Apply(config.Environment{Tenant: r.env.Tenant, Authority: r.env.Authority, ClientID: r.env.ClientID, RedirectURI: r.env.RedirectURI, Scopes: r.env.Scopes},
		config.Overrides{Tenant: d.o.tenant, ClientID: d.o.clientID, RedirectURI: d.o.redirectURI, Scopes: d.o.scopes, TokenStore: r.global.tokenStore})
	if err != nil {
		return err
	}
	if r.global.tokenStore == "" {
		settings.TokenStore = d.p.TokenStore
	}
	d.p = settings
	return nil
}

// fill completes the draft: asks for what is missing, checks all of it, and looks the tenant up.
func (d *draft) fill(ctx context.Context) error {
	asking := !d.global.noInput && (d.p.Authority == "" || d.p.ClientID == "")
	if err := d.keepFiles(); err != nil {
		return err
	}
	if asking {
		if err := d.ask(ctx); err != nil {
			return err
		}
	} else {
		if err := d.check(ctx); err != nil {
			return err
		}
	}
	d.leaveOther()
	var err error
	if from := d.o.credential.secretFile; from != "" {
		d.secret, err = d.readSecret(from)
	}
	return err
}

// check is for a draft that has everything, or whose gaps nobody can be asked about.
func (d *draft) check(ctx context.Context) error {
	if err := complete(choice{name: d.p.Name, settings: d.p}); err != nil {
		return err
	}
	if err := authority.ValidClientID(d.p.ClientID); err != nil {
		return err
	}
	return d.lookUp(ctx, &d.p, d.offline)
}

// keepFiles has the profile keep the paths of the files that the flags name, after a look into them. The app proves itself in
// one way: what the profile named for another goes.
func (d *draft) keepFiles() error {
	o := d.o.credential
	if o.assertionCommand != "" {
		return &usageError{message: "--client-assertion-command: a profile keeps no command", hint: "give it with each command, or have a file written and name that with `--client-assertion-file`"}
	}
	ca, err := d.caFileToKeep()
	if err != nil {
		return err
	}
	certificate, err := pathToKeep(o.certificate, "--client-certificate")
	if err != nil {
		return err
	}
	assertion, err := pathToKeep(o.assertionFile, "--client-assertion-file")
	if err != nil {
		return err
	}
	if o != (credentialOptions{}) { // what the profile names already is looked at when it is used
		if _, err := d.credential(d.p, o, auth.Owner{}); err != nil {
			return err
		}
	}
	if ca != "" {
		if _, err := d.systemTransport(d.caFile(d.p)); err != nil {
			return err
		}
	}
	d.p.CAFile = cmp.Or(ca, d.p.CAFile)
	if o.secretFile+certificate+assertion != "" {
		d.dropSecret = d.existed && o.secretFile == ""
		d.p.ClientSecretFile, d.p.ClientCertificate, d.p.ClientAssertionFile = "", certificate, assertion
	}
	return nil
}

// leaveOther drops what the profile keeps for another app or tenant, now that it is about to be this one's.
func (d *draft) leaveOther() {
	if !d.existed || d.was.Authority == "" || d.was.ClientID == "" || d.sameApp() {
		return
	}
	d.dropSecret = true
	for _, kept := range []struct{ was, now *string }{
		{&d.was.ClientSecretFile, &d.p.ClientSecretFile}, {&d.was.ClientCertificate, &d.p.ClientCertificate}, {&d.was.ClientAssertionFile, &d.p.ClientAssertionFile},
	} {
		if *kept.now != "" && *kept.now == *kept.was {
			d.warn("profile " + d.p.Name + " no longer names " + *kept.was + ", which is for app " + d.was.ClientID + " in " + d.was.Authority)
			*kept.now = ""
		}
	}
}

// sameApp reports whether the profile is for the app in the tenant that it was for.
func (d *draft) sameApp() bool {
	tenant := d.was.Authority == d.p.Authority || d.was.TenantID != "" && strings.EqualFold(d.was.TenantID, d.p.TenantID)
	return tenant && strings.EqualFold(d.was.ClientID, d.p.ClientID)
}

// keepSecret puts the secret into the token store, beside the session, or takes another app's away.
func (d *draft) keepSecret(ctx context.Context) error {
	if d.secret == "" && !d.dropSecret {
		return nil
	}
	c, err := d.stored(d.p.Name)
	if err != nil {
		return err
	}
	t, err := d.target(ctx, c, credentialOptions{})
	if err != nil {
		return err
	}
	if d.secret != "" {
		return t.fail(t.service.KeepSecret(ctx, t.app, d.secret.Reveal()))
	}
	kept, err := t.service.KeepsSecret(ctx, d.p.Name)
	if err == nil && kept {
		if err = t.service.KeepSecret(ctx, t.app, ""); err == nil {
			d.warn("the client secret that was kept for profile " + d.p.Name + " was deleted")
		}
	}
	return t.fail(err)
}

// tell says what has become of the profile, and what is next.
func (d *draft) tell(file *config.File) {
	verb, flag := "added", ""
	if d.existed {
		verb = "changed"
	}
	if d.p.Name != file.Current() {
		flag = " -p " + d.p.Name
	}
	d.info("%s profile %s was %s; sign in with `ciam login%s`", d.Streams.Green("✓"), d.p.Name, verb, flag)
	if d.o.credential.certificate != "" && d.env.ClientCertificatePassword != "" {
		d.info("  the certificate's password is not kept: CIAM_CLIENT_CERTIFICATE_PASSWORD has to be set each time")
	}
}
