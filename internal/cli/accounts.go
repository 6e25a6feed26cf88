package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// person is somebody whose session is kept, and where.
type person struct {
	*target
	view sessionView
}

// beside is the target of another person of the same profile, by the entry of the index.
func (t *target) beside(ctx context.Context, e tokencache.Entry, o credentialOptions) (*target, error) {
	c := t.choice
	other, err := t.run.target(ctx, c, o)
	if err != nil {
		return nil, err
	}
	other.app.Slot = auth.Slot{Item: e.Item, Home: t.name, Lock: t.name, OID: e.OID}
	if t.run.global.tokenStore == "" && t.run.env.TokenStore == "" && e.Store != other.store {
		other.store = e.Store
		if other.service, err = t.run.service(c.settings, e.Store); err != nil {
			return nil, t.fail(err)
		}
	}
	return other, nil
}

// slots are the targets of all people of the target's app, the active one first: from the index, without a read of the
// token store.
func (t *target) slots(ctx context.Context, o credentialOptions) ([]*target, error) {
	all := []*target{t}
	if t.app.Slot.Environment {
		return all, nil
	}
	for _, e := range t.run.sessions() {
		if e.Profile != t.name || e.Item == t.name || e.OID == "" || !t.names(e) {
			continue
		}
		other, err := t.beside(ctx, e, o)
		if err != nil {
			return nil, err
		}
		all = append(all, other)
	}
	return all, nil
}

// names reports whether an entry is for the target's app; what the target does not know of itself is no obstacle.
func (t *target) names(e tokencache.Entry) bool {
	return (t.app.ClientID == "" || strings.EqualFold(e.ClientID, t.app.ClientID)) && (t.app.TenantID == "" || strings.EqualFold(e.TenantID, t.app.TenantID))
}

// people reads the sessions of targets: one read of the token store each. Slots without a session are left out; somebody
// who is kept twice, as an interrupted switch leaves them, counts once; what cannot be read is told and left out.
func (r *run) people(ctx context.Context, slots []*target) ([]person, error) {
	var all []person
	for _, t := range slots {
		session, token, err := t.session(ctx)
		var none *auth.LoginRequiredError
		switch {
		case err == nil:
			p := person{t, t.view(session, token)}
			if !slices.ContainsFunc(all, p.same) {
				all = append(all, p)
			}
		case errors.As(err, &none):
		case ctx.Err() != nil:
			return nil, err
		case t.implied:
			r.log.Debug("sessions", "profile", t.name, "error", err.Error())
		default:
			r.warn(cmpName(t.name) + ": " + err.Error())
		}
	}
	return all, nil
}

func cmpName(profile string) string {
	if profile == "" {
		return "a session set up by the environment"
	}
	return profile
}

// same reports whether two are one person in one profile.
func (p person) same(q person) bool {
	return p.name == q.name && p.view.Account.OID == q.view.Account.OID && p.app.Slot.Environment == q.app.Slot.Environment && p.view.ClientID == q.view.ClientID && p.view.Tenant.ID == q.view.Tenant.ID
}

// everything is every slot that the profiles and the index know of, the demo's and those of the environment too. The
// store is that of the slot where the index knows it: "all" is not only what a variable points at.
func (r *run) everything(ctx context.Context) ([]*target, error) {
	file, err := r.configFile()
	if err != nil {
		return nil, err
	}
	names := file.Names()
	for _, name := range []string{demoProfile, defaultProfile} { // an earlier version kept the environment's session as "default"
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var all []*target
	listed := map[string]bool{}
	add := func(t *target, err error) {
		switch {
		case err != nil:
			r.warn(err.Error())
		case !listed[t.store+"/"+t.item()]:
			listed[t.store+"/"+t.item()] = true
			all = append(all, t)
		}
	}
	entries := r.sessions()
	for _, name := range names {
		c, err := r.stored(name)
		if err != nil {
			return nil, err
		}
		t, err := r.storedTarget(ctx, c, "")
		if t != nil {
			t.implied = !slices.Contains(file.Names(), name)
		}
		add(t, err)
	}
	for _, e := range entries {
		add(r.listedTarget(ctx, e))
	}
	return all, nil
}

// item is the token store's item of the target.
func (t *target) item() string {
	if t.app.Slot.Item != "" {
		return t.app.Slot.Item
	}
	return t.name
}

// stored is a profile as it is in the file, without environment and flags.
func (r *run) stored(name string) (choice, error) {
	c := choice{name: name, named: true}
	var err error
	if name == demoProfile {
		c.settings, err = r.demoSettings(appOptions{})
		return c, err
	}
	file, err := r.configFile()
	if err != nil {
		return c, err
	}
	c.own, c.known = file.Profile(name)
	c.own.Name = name
	c.settings = c.own
	return c, nil
}

func (r *run) storedTarget(ctx context.Context, c choice, store string) (*target, error) {
	t, err := r.target(ctx, c, credentialOptions{})
	if err != nil || store == "" || store == t.store || r.global.tokenStore != "" {
		return t, err
	}
	t.store = store
	t.service, err = r.service(c.settings, store)
	return t, err
}

// listedTarget is the target of an entry of the index.
func (r *run) listedTarget(ctx context.Context, e tokencache.Entry) (*target, error) {
	c, err := r.stored(e.Profile)
	if err != nil {
		return nil, err
	}
	if !c.known && e.Profile != demoProfile {
		c.settings = config.Profile{Name: e.Profile}
	}
	c.named = e.Profile != ""
	t, err := r.storedTarget(ctx, c, e.Store)
	if err != nil {
		return nil, err
	}
	switch e.Item {
	case e.Profile:
	case tokencache.SlotItem(e.Profile, e.TenantID, e.ClientID, tokencache.EnvironmentSlot):
		t.app.TenantID, t.app.ClientID = e.TenantID, e.ClientID
		t.app.Slot = auth.Slot{Item: e.Item, Environment: true}
		t.environment = true
	default:
		t.app.Slot = auth.Slot{Item: e.Item, Home: e.Profile, Lock: e.Profile, OID: e.OID}
	}
	return t, nil
}

// findAccount is the target of the person that --account or CIAM_ACCOUNT means: in the profile that was named, else in
// the current one, else in any.
func (r *run) findAccount(ctx context.Context, c choice, o credentialOptions, account string) (*target, error) {
	var near []*target
	if c.settings.Authority != "" {
		t, err := r.target(ctx, c, o)
		if err != nil {
			return nil, err
		}
		if near, err = t.slots(ctx, o); err != nil {
			return nil, err
		}
		if found := t.listedAs(near, account); found != nil {
			return found, nil
		}
	}
	people, err := r.people(ctx, near)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(people), func(p person) bool { return !p.view.person.Called(account) })
	if len(found) == 0 && !c.named && !c.environment && !c.create {
		all, err := r.everything(ctx)
		if err != nil {
			return nil, err
		}
		if people, err = r.people(ctx, all); err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(slices.Clone(people), func(p person) bool { return !p.view.person.Called(account) })
	}
	return oneOf(people, found, account)
}

// listedAs is the one slot that the index lists under a name or object id: found without reading the others.
func (t *target) listedAs(slots []*target, account string) *target {
	var found []*target
	for _, e := range t.run.sessions() {
		if e.Profile != t.name || !t.names(e) || !strings.EqualFold(e.Name, account) && !strings.EqualFold(e.OID, account) {
			continue
		}
		for _, s := range slots {
			if s.item() == e.Item {
				found = append(found, s)
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// oneOf wants exactly one of the people found.
func oneOf(people, found []person, account string) (*target, error) {
	list := func(of []person) string {
		var names []string
		for _, p := range of {
			names = append(names, p.view.person.Short()+" ("+cmpName(p.name)+")")
		}
		return strings.Join(names, ", ")
	}
	switch {
	case len(found) == 1:
		return found[0].target, nil
	case len(found) > 1:
		return nil, &usageError{message: fmt.Sprintf("%s is several people: %s", account, list(found)), hint: "name the profile with `--profile`, or the person by object ID"}
	case len(people) == 0:
		return nil, &auth.LoginRequiredError{Reason: fmt.Sprintf("nobody is signed in, %s neither", account)}
	}
	return nil, &notFoundError{message: fmt.Sprintf("%s is not signed in", account), hint: "signed in: " + list(people)}
}

// listAccounts is `whoami --all`.
func (r *run) listAccounts(ctx context.Context, format string) error {
	all, err := r.everything(ctx)
	if err != nil {
		return err
	}
	people, err := r.people(ctx, all)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		return &auth.LoginRequiredError{Reason: "nobody is signed in with any profile"}
	}
	if format == "json" {
		views := make([]sessionView, len(people))
		for i, p := range people {
			views[i] = p.view
		}
		return r.printJSON(views)
	}
	for i, p := range people {
		if i > 0 {
			if err := r.printLine(""); err != nil {
				return err
			}
		}
		if err := r.printWhoami(format, p.view); err != nil {
			return err
		}
	}
	return nil
}
