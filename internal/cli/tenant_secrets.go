package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/graph"
	"github.com/ciam-cli/ciam/internal/tenant"
)

// tenantSecrets keeps the client secrets that are made of a tenant's apps: each is the credential of the profile of its app.
type tenantSecrets struct {
	*run
	admin *administrator
	// profile is what the profile of a new app is to be called; "" after the app. redirectURI is the one that it keeps.
	profile, redirectURI string
	made                 []madeSecret
	// settled are those, by the names of their steps, that are made, kept, and without what they replace.
	settled map[string]bool
	// failed is why a profile's secret could not be looked for.
	failed error
}

// madeSecret is a client secret that was made.
type madeSecret struct {
	App       string     `json:"app"` // name in the file
	ClientID  string     `json:"client_id"`
	Name      string     `json:"name"`
	KeyID     string     `json:"key_id"`
	ExpiresOn *time.Time `json:"expires_on"`
	Profile   string     `json:"profile"` // that keeps it
	// SecretText is there only where it was asked for.
	SecretText string `json:"secret_text,omitempty"`

	text graph.Secret
}

// profileOf is the profile of an app of the tenant.
func (s *tenantSecrets) profileOf(appID string) (config.Profile, bool) {
	file, err := s.configFile()
	if err != nil || appID == "" {
		return config.Profile{}, false
	}
	for _, name := range file.Names() {
		p, _ := file.Profile(name)
		if strings.EqualFold(p.ClientID, appID) && (strings.EqualFold(p.TenantID, s.admin.TenantID) || p.TenantID == "" && p.Authority == s.admin.Authority) {
			return p, true
		}
	}
	return config.Profile{}, false
}

// keeps says of which client secrets the text is kept here: one read of the token store for each app that has one.
func (s *tenantSecrets) keeps(ctx context.Context, found *tenant.Found) func(app, secret string) bool {
	return func(app, _ string) bool {
		p, ok := s.profileOf(found.AppID(app))
		if !ok || s.failed != nil {
			return false
		}
		kept, err := s.kept(ctx, p)
		s.failed = cmp.Or(s.failed, err)
		return kept
	}
}

func (s *tenantSecrets) kept(ctx context.Context, p config.Profile) (bool, error) {
	t, err := s.place(ctx, p)
	if err != nil {
		return false, err
	}
	return t.service.KeepsSecret(ctx, p.Name)
}

// place is where the secret of a profile is kept.
func (s *tenantSecrets) place(ctx context.Context, p config.Profile) (*target, error) {
	return s.target(ctx, choice{name: p.Name, known: true, settings: p, own: p}, credentialOptions{})
}

// ready sees to it that a secret can be kept before one is made.
func (s *tenantSecrets) ready(ctx context.Context, p *tenant.Plan) error {
	for _, step := range p.Steps {
		if step.Kind != tenant.Secret || !step.Writes() {
			continue
		}
		if err := config.Writable(s.configPath()); err != nil {
			return err
		}
		t, err := s.place(ctx, config.Profile{Name: cmp.Or(s.profile, defaultProfile), TenantID: s.admin.TenantID, Authority: s.admin.Authority})
		if err == nil {
			err = t.service.Store.Probe(ctx)
		}
		return err
	}
	return nil
}

// mark is a file that is there while a client secret is made, and what it replaces removed: one that is left says that its text
// may be lost, or that the old one is still there.
func (s *tenantSecrets) mark(app, secret string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{s.admin.TenantID, strings.ToLower(app), secret}, "\x00")))
	return under(s.dirs.State, "secrets-begun", hex.EncodeToString(sum[:8]))
}

func (s *tenantSecrets) lost(app, secret string) bool {
	path := s.mark(app, secret)
	return path != "" && isFile(path)
}

func (s *tenantSecrets) begin(app, secret string) error {
	path := s.mark(app, secret)
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("note that a client secret is about to be made: %w", reason(err))
	}
	return files.Replace(path, []byte("a client secret of "+app+" is being made\n"), files.ReplaceOptions{Private: true, Warn: s.warnOfFile})
}

// keep puts a client secret that was made into the token store, whatever ends the run meanwhile: it is never to be had again.
// What cannot be kept is printed.
func (s *tenantSecrets) keep(ctx context.Context) func(app, appID string, secret graph.PasswordCredential) error {
	ctx = context.WithoutCancel(ctx)
	return func(app, appID string, secret graph.PasswordCredential) error {
		m := madeSecret{App: app, ClientID: appID, Name: secret.DisplayName, KeyID: secret.KeyID, ExpiresOn: secret.EndDateTime, text: secret.SecretText}
		p, err := s.store(ctx, app, appID, secret)
		if err != nil {
			s.warn("the client secret could not be kept, and is printed once: it is not to be had again")
			if printErr := s.printLine(string(secret.SecretText)); printErr != nil {
				s.warn("it could not be printed either: " + printErr.Error())
			}
			return err
		}
		m.Profile = p.Name
		s.made = append(s.made, m)
		return nil
	}
}

// settle notes that the step of a secret is over: it is made and kept, and what it replaces is gone.
func (s *tenantSecrets) settle(step string) {
	s.settled[step] = true
	app, secret, _ := strings.Cut(step, ": ")
	if path := s.mark(app, secret); path != "" {
		if err := os.Remove(path); err != nil {
			s.log.Debug("secret", "mark", err)
		}
	}
}

// newProfile is a profile for an app of the tenant.
func (s *tenantSecrets) newProfile(name, appID string) (config.Profile, error) {
	ca, err := s.caFileToKeep()
	return config.Profile{Name: name, Authority: s.admin.Authority, TenantID: s.admin.TenantID, ClientID: appID, CAFile: ca, RedirectURI: s.redirectURI}, err
}

// store writes the secret to the profile of the app, which it makes where there is none.
func (s *tenantSecrets) store(ctx context.Context, app, appID string, secret graph.PasswordCredential) (config.Profile, error) {
	p, known := s.profileOf(appID)
	if !known {
		file, err := s.configFile()
		if err != nil {
			return p, err
		}
		if p, err = s.newProfile(config.FreeName(cmp.Or(s.profile, app), file.Names()), appID); err != nil {
			return p, err
		}
	}
	d := &draft{run: s.run, p: p, was: p, named: true, existed: known, secret: config.Secret(secret.SecretText)}
	_, err := s.writeProfile(ctx, d)
	return p, err
}
