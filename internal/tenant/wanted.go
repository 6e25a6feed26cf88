package tenant

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// FileError is a file that is not as it has to be.
type FileError = directory.FormatError

// Wanted is a file that says what a tenant should be. Make one with Read.
type Wanted struct {
	tenant directory.Tenant
	apps   []registration
	// written are the paths that the file has, below its tenant, since what is absent is not managed: zero is a value.
	written map[string]bool
	// EmulatorOnly and NotYet are the paths in the file of which a plan takes no notice.
	EmulatorOnly []string
	NotYet       []string
}

// registration is an app registration that the file describes, as an app, as an API or as both.
type registration struct {
	name  string
	app   *directory.App
	appAt string // path of app, "" without one
	api   *directory.API
	apiAt string
}

// Read reads a file. It has to describe one tenant, name its apps and hold no secret. The error is a *directory.FormatError.
func Read(data []byte) (*Wanted, error) {
	d, err := directory.Parse(data)
	if err != nil {
		return nil, err
	}
	if len(d.Tenants) != 1 {
		return nil, bad(data, "tenants", "expected one tenant, the one that is signed in to, got %d", len(d.Tenants))
	}
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return nil, bad(data, "", "%v", err)
	}
	r := reader{data: data, wanted: &Wanted{tenant: d.Tenants[0], written: map[string]bool{}}, decisions: map[string]Decision{}}
	for _, k := range Decisions() {
		r.decisions[k.Key] = k.Decision
	}
	if err := r.object("", reflect.TypeFor[directory.Document](), tree, false); err != nil {
		return nil, err
	}
	for _, check := range []func([]byte) error{r.wanted.register, r.wanted.checkRedirects, r.wanted.checkAttributes} {
		if err := check(data); err != nil {
			return nil, err
		}
	}
	return r.wanted, nil
}

// below is the path of the one tenant.
const below = "tenants[0]."

func bad(data []byte, path, format string, a ...any) error {
	return &directory.FormatError{Line: directory.Line(data, path), Path: path, Problem: fmt.Sprintf(format, a...)}
}

// reader notes what a file has, and what becomes of it.
type reader struct {
	data      []byte
	wanted    *Wanted
	decisions map[string]Decision
}

// object walks the file along the types. told says that a key above spoke for all of it.
func (r *reader) object(at string, typ reflect.Type, tree any, told bool) error {
	switch node := tree.(type) {
	case []any:
		for i, e := range node {
			if err := r.object(at+"["+strconv.Itoa(i)+"]", typ.Elem(), e, told); err != nil {
				return err
			}
		}
	case map[string]any:
		if typ.Kind() != reflect.Struct {
			return nil
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if value := node[name]; value != nil && value != "" { // an empty text says nothing
				if err := r.key(strings.TrimPrefix(at+"."+name, "."), typ.Name()+"."+name, f.Type, value, told); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *reader) key(path, key string, typ reflect.Type, value any, told bool) error {
	inTenant, decision := strings.TrimPrefix(path, below), r.decisions[key]
	r.wanted.written[inTenant] = true
	switch {
	case decision == Refused:
		return bad(r.data, path, "a secret does not belong into a file that describes a tenant: take it out")
	case decision == EmulatorOnly && !told:
		r.wanted.EmulatorOnly = append(r.wanted.EmulatorOnly, inTenant)
	case decision == NotYet && !told:
		r.wanted.NotYet = append(r.wanted.NotYet, inTenant)
	}
	return r.object(path, typ, value, told || decision == EmulatorOnly || decision == NotYet)
}

// register finds the registrations: an app and an API of one name, or of one appId, are one.
func (w *Wanted) register(data []byte) error {
	for i := range w.tenant.Apps {
		a, at := &w.tenant.Apps[i], fmt.Sprintf("apps[%d]", i)
		if a.ShortName == "" {
			return bad(data, below+at, "expected a name, which is how ciam knows the app again; letters, digits, . _ and -, such as web-shop")
		}
		w.apps = append(w.apps, registration{name: a.ShortName, app: a, appAt: at})
	}
	for i := range w.tenant.APIs {
		a, at := &w.tenant.APIs[i], fmt.Sprintf("apis[%d]", i)
		same := slices.IndexFunc(w.apps, func(r registration) bool {
			return r.app != nil && (strings.EqualFold(r.app.AppID, a.AppID) || a.ShortName != "" && strings.EqualFold(r.name, a.ShortName))
		})
		switch {
		case same >= 0 && a.ShortName != "" && !strings.EqualFold(w.apps[same].name, a.ShortName):
			return bad(data, below+at+".name", "expected %s, which is the name of the app of this appId, got %q", w.apps[same].name, a.ShortName)
		case same >= 0:
			w.apps[same].api, w.apps[same].apiAt = a, at
		case a.ShortName == "":
			return bad(data, below+at, "expected a name, which is how ciam knows the API again; letters, digits, . _ and -, such as orders")
		default:
			w.apps = append(w.apps, registration{name: a.ShortName, api: a, apiAt: at})
		}
	}
	return nil
}

// has reports whether the file has a path.
func (w *Wanted) has(path string) bool { return w.written[path] }

// registered reports whether the file has an app of a name.
func (w *Wanted) registered(name string) bool {
	return slices.ContainsFunc(w.apps, func(r registration) bool { return strings.EqualFold(r.name, name) })
}

// named finds a registration by the appId that stands for it in the file.
func (w *Wanted) named(appID string) *registration {
	for i, r := range w.apps {
		if r.app != nil && strings.EqualFold(r.app.AppID, appID) || r.api != nil && strings.EqualFold(r.api.AppID, appID) {
			return &w.apps[i]
		}
	}
	return nil
}

// displayName is the registration's, and whether the file says it.
func (r *registration) displayName(w *Wanted) (string, bool) {
	switch {
	case r.app != nil && w.has(r.appAt+".displayName"):
		return r.app.DisplayName, true
	case r.api != nil && w.has(r.apiAt+".displayName"):
		return r.api.DisplayName, true
	}
	return r.name, false
}

// ReadScopes are the delegated permissions that Look needs: to read, and only what the file has.
func (w *Wanted) ReadScopes() []string {
	scopes := []string{readOrganization}
	if len(w.apps) > 0 {
		scopes = append(scopes, readApps)
	}
	if w.consents() {
		scopes = append(scopes, readGrants)
	}
	if len(w.tenant.UserFlows) > 0 {
		scopes = append(scopes, readFlows, readAttributes)
	}
	return scopes
}

// consents reports whether the file says anything about what apps were granted.
func (w *Wanted) consents() bool {
	return slices.ContainsFunc(w.apps, func(r registration) bool { return r.consents(w) })
}

func (r *registration) consents(w *Wanted) bool {
	return r.app != nil && (w.has(r.appAt+".adminConsent") || w.has(r.appAt+".grantedScopes"))
}

// SignInApp is the first app of the file that a program on this machine can sign in with: it is in a user flow, and has a
// redirect URI on localhost of another platform than that of single-page apps. uris are all of those, confidential says that
// they are of the web platform, whose codes want a credential. "" for none.
func (w *Wanted) SignInApp(f *Found) (name string, uris []string, confidential bool) {
	for _, r := range w.apps {
		if r.app == nil || !slices.ContainsFunc(w.tenant.UserFlows, func(f directory.UserFlow) bool {
			return slices.ContainsFunc(f.Applications, func(id string) bool { return strings.EqualFold(id, r.app.AppID) })
		}) {
			continue
		}
		public, web := r.app.PublicClient.RedirectURIs, r.app.Web.RedirectURIs
		for _, a := range f.Apps {
			if strings.EqualFold(appName(a.Application), r.name) {
				public = union(public, urisOf(a.PublicClient))
				if a.Web != nil {
					web = union(web, a.Web.RedirectURIs)
				}
			}
		}
		if local := onLocalhost(public); len(local) > 0 {
			return r.name, local, false
		}
		if local := onLocalhost(web); len(local) > 0 {
			return r.name, local, true
		}
	}
	return "", nil, false
}

func onLocalhost(uris []string) (local []string) {
	for _, uri := range uris {
		if u, err := url.Parse(uri); err == nil && u.Scheme == "http" && u.Hostname() == "localhost" {
			local = append(local, uri)
		}
	}
	return local
}
