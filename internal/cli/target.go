package cli

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// target is what a command works on: an app in a tenant, where its session is kept, and what the verbs need.
type target struct {
	choice
	run     *run
	app     auth.App
	service *auth.Service
	// store is the kind of token store.
	store string
	// implied says that nothing tells of a session there: it is looked for, and trouble with that is nobody's concern.
	implied bool
}

// open finds the target that flags, environment and configuration name, and the person of --account.
// Nothing is read from the token store yet, unless the person has to be found there.
func (r *run) open(ctx context.Context, o appOptions) (*target, error) {
	account := cmp.Or(r.global.account, r.env.Account)
	c, err := r.choose(ctx, o)
	if err != nil {
		return nil, err
	}
	if account != "" {
		return r.findAccount(ctx, c, o.credential, account)
	}
	if c.settings.Authority == "" {
		return nil, errNothingConfigured()
	}
	return r.target(ctx, c, o.credential)
}

// target builds what the verbs of auth need for a choice.
func (r *run) target(ctx context.Context, c choice, o credentialOptions) (*target, error) {
	t := &target{choice: c, run: r}
	var err error
	if t.app, err = r.app(c.settings, o); err != nil {
		return nil, t.fail(err)
	}
	if c.environment || c.create && c.name == "" {
		if t.app.Slot, err = r.environmentSlot(ctx, c, t.app); err != nil {
			return nil, t.fail(err)
		}
	}
	t.store = r.storeKind(ctx, c, cmp.Or(t.app.Slot.Item, c.name))
	if t.service, err = r.service(c.settings, t.store); err != nil {
		return nil, t.fail(err)
	}
	return t, nil
}

// storeKind is the kind of token store for a choice whose session is in item.
func (r *run) storeKind(ctx context.Context, c choice, item string) string {
	kind := cmp.Or(r.global.tokenStore, r.env.TokenStore, r.slotStore(item), c.own.TokenStore)
	switch {
	case kind != "":
		return kind
	case c.name == demoProfile:
		return r.demoKeeps(ctx)
	}
	return cmp.Or(c.settings.TokenStore, "keychain")
}

// slotStore is the kind of store that the index names for an item, "" for none.
func (r *run) slotStore(item string) string {
	for _, e := range r.sessions() {
		if e.Item == item {
			return e.Store
		}
	}
	return ""
}

// sessions are the entries of the index; an unreadable one is told and counts as empty.
func (r *run) sessions() []tokencache.Entry {
	entries, err := r.index().Entries()
	if err != nil {
		r.warn(err.Error())
	}
	return entries
}

// environmentSlot is the slot of a session beside the profiles. Its name follows from the tenant's ID, which is looked for
// without a request first.
func (r *run) environmentSlot(ctx context.Context, c choice, a auth.App) (auth.Slot, error) {
	if a.Authority == (authority.Authority{}) || a.ClientID == "" {
		return auth.Slot{}, complete(c)
	}
	id := a.TenantID
	if id == "" {
		var err error
		if id, err = r.tenantID(ctx, c.settings, a.Authority); err != nil {
			if id = r.listedTenant(c.name, a.ClientID); id == "" {
				return auth.Slot{}, err
			}
		}
	}
	item := tokencache.SlotItem(c.name, id, a.ClientID, tokencache.EnvironmentSlot)
	slot := auth.Slot{Item: item, Environment: true}
	if !c.known && !c.create {
		slot.Earlier = cmp.Or(c.name, defaultProfile)
	}
	if file, err := r.configFile(); err == nil {
		if _, taken := file.Profile(slot.Earlier); taken {
			slot.Earlier = ""
		}
	}
	return slot, nil
}

// listedTenant is the tenant of the one session of the environment for an app, by the index: a way to find it offline.
func (r *run) listedTenant(profile, clientID string) string {
	id := ""
	for _, e := range r.sessions() {
		if e.Profile == profile && strings.EqualFold(e.ClientID, clientID) && e.Item == tokencache.SlotItem(profile, e.TenantID, e.ClientID, tokencache.EnvironmentSlot) {
			if id != "" {
				return ""
			}
			id = e.TenantID
		}
	}
	return id
}

// app turns the settings into what auth works with. Settings that are missing stay empty: a session names its own.
func (r *run) app(p config.Profile, o credentialOptions) (auth.App, error) {
	a := auth.App{Profile: p.Name, TenantID: strings.ToLower(p.TenantID), ClientID: strings.ToLower(p.ClientID), Scopes: p.Scopes}
	var err error
	if a.Owner, err = r.profileOwner(p.Name); err != nil {
		return a, err
	}
	if a.Credential, err = r.credential(p, o, a.Owner); err != nil {
		return a, err
	}
	if p.Authority != "" {
		parsed, err := authority.Parse(p.Authority)
		if err != nil {
			return a, err
		}
		a.Authority = parsed
		if a.TenantID == "" {
			a.TenantID = parsed.TenantID()
		}
	}
	if p.ClientID != "" {
		if err := authority.ValidClientID(p.ClientID); err != nil {
			return a, err
		}
	}
	return a, nil
}

// profileOwner is the app and tenant that a profile is for by the file, whatever environment and flags say.
func (r *run) profileOwner(name string) (auth.Owner, error) {
	file, err := r.configFile()
	if err != nil {
		return auth.Owner{}, err
	}
	own, _ := file.Profile(name)
	return ownerOf("profile "+name, own.Authority, own.TenantID, own.ClientID)
}

// service builds what the verbs of auth need. A store in memory is seen by no other process: it needs neither lock nor list.
func (r *run) service(p config.Profile, kind string) (*auth.Service, error) {
	if kind == demoStore && p.Name != demoProfile {
		kind = "keychain" // a list of sessions that somebody has edited
	}
	store, err := r.store(kind)
	if err != nil {
		return nil, err
	}
	client, err := r.httpClient(p)
	if err != nil {
		return nil, err
	}
	r.log.Debug("profile", "name", p.Name, "tenant", p.Authority, "tenant_id", p.TenantID, "client_id", p.ClientID, "secret", p.Secret != "", "store", kind)
	s := &auth.Service{HTTP: client, Authorities: r.resolver(client, p), Store: store, Now: r.Now, Rand: r.Rand, Warn: r.warn}
	if kind != "memory" {
		if err := config.Missing(r.dirs.State, "the folder of locks"); err != nil {
			return nil, err
		}
		s.Locks, s.Index = r.locks(), r.index()
	}
	return s, nil
}

// resolver is one for all profiles that are reached in the same way, so that no tenant is asked twice in a run.
func (r *run) resolver(client *http.Client, p config.Profile) *authority.Resolver {
	way := r.caFile(p).path
	if p.Name == demoProfile {
		way = "\x00embedded" // which no file is called
	}
	if r.resolvers == nil {
		r.resolvers = map[string]*authority.Resolver{}
	}
	if r.resolvers[way] == nil {
		r.resolvers[way] = &authority.Resolver{HTTP: client, CacheDir: under(r.dirs.Cache, "tenants"), Now: r.Now, Offline: r.offline}
	}
	return r.resolvers[way]
}

func (r *run) locks() tokencache.Lock {
	return tokencache.Lock{Dir: under(r.dirs.State, "locks"), Limit: lockLimit, OnWait: r.waitingFor}
}

// index lists the sessions that the stores keep.
func (r *run) index() *tokencache.Index {
	return &tokencache.Index{Path: under(r.dirs.State, "sessions.yaml"), Lock: r.locks()}
}

// under is a path below a folder, "" where the folder is not known.
func under(dir string, names ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, names...)...)
}

func (r *run) waitingFor(pid int) {
	if pid == 0 {
		r.info("waiting for another ciam on this profile")
		return
	}
	r.info("waiting for another ciam (pid %d) on this profile", pid)
}

// session reads the target's session and its ID token: one read of the token store, no request. The token is not
// verified again: it was before it was stored, and this works offline and after it has expired.
func (t *target) session(ctx context.Context) (tokencache.Session, *idtoken.Token, error) {
	session, err := t.service.Session(ctx, t.app)
	if err != nil {
		return session, nil, t.fail(err)
	}
	token, err := idtoken.Decode(session.IDToken)
	if err != nil {
		return session, nil, t.fail(&tokencache.FormatError{Profile: t.name, Problem: "has an ID token that cannot be read"})
	}
	return session, token, nil
}

// view describes the target's session.
func (t *target) view(session tokencache.Session, token *idtoken.Token) sessionView {
	v := describeSession(t.name, t.store, session, token, t.run.Now())
	v.Active = t.app.Slot.OID == ""
	return v
}

// tenantName is what a person calls the tenant.
func (t *target) tenantName() string {
	if t.name == demoProfile {
		return "the embedded tenant"
	}
	a, err := authority.Parse(t.settings.Authority)
	if err != nil {
		return cmp.Or(t.name, "the tenant")
	}
	if u, err := url.Parse(a.String()); err == nil && a.Subdomain() == "" {
		return u.Host
	}
	return a.Subdomain()
}

// flag is what to add to a suggested command so that it means the same profile: nothing where the profile is the one
// that is used anyway.
func (t *target) flag() string {
	if t.name == "" || !t.named {
		return ""
	}
	return " -p " + t.name
}

// loginLine is the command that signs in to this target.
func (t *target) loginLine() string {
	switch {
	case t.run != nil && t.run.passing:
		return "ciam demo"
	case t.name == demoProfile:
		return "ciam login --demo"
	case t.replaces:
		return "ciam login -p " + t.name + t.appFlags() + " --replace"
	case t.create && t.named:
		return "ciam login -p " + t.name + t.appFlags()
	case t.create:
		return "ciam login" + t.appFlags()
	case t.environment:
		return "ciam login" // the same variables lead there
	}
	return "ciam login" + t.flag()
}

func (t *target) appFlags() string {
	on := t.run.system()
	return " --tenant " + on.quote(t.settings.Authority) + " --client-id " + on.quote(t.settings.ClientID)
}

// fail makes an error one of this target, so that its hint names the right profile.
func (t *target) fail(err error) error {
	if err == nil {
		return nil
	}
	var located *locatedError
	if errors.As(err, &located) {
		return err
	}
	return &locatedError{err: err, login: t.loginLine(), flag: t.flag()}
}

// locatedError is an error with the profile that it happened to.
type locatedError struct {
	err error
	// login is the command that signs in there, flag what names its profile to any other command.
	login, flag string
}

func (e *locatedError) Error() string { return e.err.Error() }

// Unwrap returns the error.
func (e *locatedError) Unwrap() error { return e.err }
