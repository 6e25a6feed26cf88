package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/tenant"
)

// named refuses, before anything is changed, a name for the profile that cannot be one. --profile with the name of one that is
// there says which tenant is meant, and the new profile gets another name.
func (s *setup) named() error {
	file, err := s.configFile()
	if err != nil {
		return err
	}
	name := s.global.profile
	if _, known := file.Profile(name); name == "" || known {
		return config.Writable(s.configPath())
	}
	if err := config.CheckNewName(name, file.Names()); err != nil {
		return err
	}
	s.profile = name
	return config.Writable(s.configPath())
}

// nameProfile names the profile after the tenant; where that name is taken, after the app.
func (s *setup) nameProfile(found *tenant.Found) error {
	file, err := s.configFile()
	if err != nil || s.profile != "" {
		return err
	}
	name := found.Subdomain()
	if slices.Contains(file.Names(), name) || config.CheckNewName(name, file.Names()) != nil {
		name = s.app
	}
	s.profile = config.FreeName(name, file.Names())
	return nil
}

// signInApp finds the app that people sign in to, and the redirect URI that its profile has to name: none where it is the one
// that ciam takes anyway.
func (s *setup) signInApp(found *tenant.Found) {
	app, uris, confidential := s.wanted.SignInApp(found)
	s.app, s.secrets.redirectURI = app, ""
	usual := "http://localhost"
	if confidential {
		usual = tenant.WebRedirectURI
	}
	if len(uris) > 0 && !slices.Contains(uris, usual) {
		s.secrets.redirectURI = uris[0]
	}
}

// writeProfile writes the profile of the app, and returns its name; nil where there is no app that ciam can sign in with.
func (s *setup) writeProfile(ctx context.Context) (*string, error) {
	appID := s.appIDs[strings.ToLower(s.app)]
	if appID == "" {
		return nil, nil
	}
	if p, known := s.secrets.profileOf(appID); known {
		return &p.Name, s.takeOver(ctx, p.Name)
	}
	p, err := s.secrets.newProfile(s.profile, appID)
	if err != nil {
		return nil, err
	}
	if _, err = s.run.writeProfile(ctx, &draft{run: s.run, p: p, was: p, named: true}); err != nil {
		return nil, err
	}
	return &p.Name, s.takeOver(ctx, p.Name)
}

// takeOver makes the new profile the current one where that is of an app of this tenant which is gone.
func (s *setup) takeOver(ctx context.Context, name string) error {
	file, err := s.configFile()
	if err != nil {
		return err
	}
	current, known := file.Profile(file.Current())
	if !known || current.Name == name || !strings.EqualFold(current.TenantID, s.admin.TenantID) || !s.gone(current.ClientID) {
		return nil
	}
	s.info("%s the app of profile %s was deleted: %s is the current profile now; `ciam profile remove %s` removes the other", s.Streams.Yellow("!"), current.Name, name, current.Name)
	_, err = s.editConfig(ctx, func(file *config.File) error { file.Use(name); return nil })
	return err
}

// next says what has become of it, and what to do now.
func (s *setup) next(profile *string) {
	ok := s.Streams.Green("✓")
	switch {
	case s.o.answers.Kind == tenant.API:
		uri := "api://" + s.appIDs[strings.ToLower(s.o.answers.App())]
		s.info("%s API %s is %s", ok, s.o.answers.App(), uri)
		if p, known := s.secrets.profileOf(s.appIDs[strings.ToLower(s.o.answers.Client)]); s.o.answers.Client != "" && known {
			s.info("  next: `ciam login -p %s --scope %s/%s`", p.Name, uri, s.o.answers.Scopes[0])
		}
	case profile == nil:
		s.info("%s no redirect URI leads to this machine, so ciam has no sign-in to offer: the app's client ID is %s", s.Streams.Yellow("!"), s.appIDs[strings.ToLower(s.o.answers.App())])
	default:
		flag := ""
		if file, err := s.configFile(); err == nil && file.Current() != *profile {
			flag = " -p " + *profile
		}
		s.info("%s profile %s is ready · next: `ciam login%s`", ok, *profile, flag)
	}
}
