package tenant

import (
	"cmp"

	"go.yaml.in/yaml/v3"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// Kinds of app.
const (
	Public = "public" // a public client: desktop, mobile, this program
	Web    = "web"    // a web app with a secret
	SPA    = "spa"    // a single-page app
	API    = "api"
)

// Ways to sign in.
const (
	Password = "password" // an address and a password
	OTP      = "otp"      // a code that is mailed
)

// WebRedirectURI is what Microsoft's tutorial of a web app registers.
const WebRedirectURI = "http://localhost:3000/auth/redirect"

// PostLogoutURI is where its sign-out ends, and a single-page app's sign-in.
const PostLogoutURI = "http://localhost:3000"

// SetupSecret is the display name of the client secret of a web app.
const SetupSecret = "ciam setup"

// Answers are what has to be known of an app to set a tenant up for it, in place of a file.
type Answers struct {
	Kind         string // Public when ""
	Name         string // "" for one that says the kind
	RedirectURIs []string
	Native       bool     // native authentication, of a public client
	Method       string   // Password, OTP; "" leaves a flow that is there alone
	Attributes   []string // that the sign-up asks for
	SignUp       *bool
	UserFlow     string
	Scopes       []string // of an API
	Client       string   // name of the app that may call the API
}

// App is the app's name in a file.
func (a *Answers) App() string {
	return cmp.Or(a.Name, map[string]string{Web: "ciam-web", SPA: "ciam-spa", API: "ciam-api"}[a.Kind], "ciam-cli")
}

// DefaultRedirectURIs are those that an app gets where none are given.
func (a *Answers) DefaultRedirectURIs() []string {
	switch a.Kind {
	case Web:
		return []string{WebRedirectURI, PostLogoutURI}
	case SPA:
		return []string{PostLogoutURI}
	case API:
		return nil
	}
	return []string{"http://localhost"}
}

// nobodysTenant stands for a tenant that was not looked at yet.
var nobodysTenant = directory.Tenant{ID: "00000000-0000-0000-0000-000000000001", Subdomain: "tenant"}

// Wanted is what the answers say as a file would; f is nil before the tenant was looked at. What is there already keeps what the
// answers do not speak of. The error is a *FileError.
func (a *Answers) Wanted(f *Found) (*Wanted, error) {
	t := nobodysTenant
	if f != nil {
		t.ID, t.Subdomain = f.Organization.ID, cmp.Or(f.Subdomain(), t.Subdomain)
	}
	if a.Kind == API {
		a.describeAPI(&t)
	} else {
		a.describeApp(&t, f == nil || f.AppID(a.App()) == "")
		a.describeFlow(&t, f == nil || !f.HasFlow(a.UserFlow))
	}
	data, err := yaml.Marshal(directory.Document{Version: directory.Version, Tenants: []directory.Tenant{t}})
	if err != nil {
		return nil, err
	}
	return Read(data)
}

// describeApp has the app of a person's sign-in.
func (a *Answers) describeApp(t *directory.Tenant, fresh bool) {
	app := directory.App{ShortName: a.App(), AdminConsent: ptr(true), GrantedScopes: []string{"openid", "profile", "offline_access"}}
	uris := a.RedirectURIs
	if len(uris) == 0 && fresh {
		uris = a.DefaultRedirectURIs()
	}
	switch a.Kind {
	case Web:
		app.Web.RedirectURIs = uris
		app.PasswordCredentials = []directory.Secret{{DisplayName: SetupSecret}}
	case SPA:
		app.SPA.RedirectURIs = uris
		if fresh {
			// No program can redeem a code of this platform. The other is for `ciam login`, and has a path of its own, since
			// the port of localhost makes no difference.
			app.PublicClient.RedirectURIs = []string{"http://localhost/ciam"}
		}
	default:
		app.PublicClient.RedirectURIs, app.IsFallbackPublicClient = uris, true
		if a.Native {
			app.NativeAuthenticationAPIsEnabled = "all"
		}
	}
	t.Apps = append(t.Apps, app)
}

// describeFlow has the user flow that the app uses.
func (a *Answers) describeFlow(t *directory.Tenant, fresh bool) {
	f := directory.UserFlow{DisplayName: a.UserFlow, Applications: []string{a.App()}, IsSignUpAllowed: a.SignUp,
		SignInMethod: map[string]string{Password: directory.EmailPassword, OTP: directory.EmailOTP}[a.Method]}
	names := a.Attributes
	if len(names) == 0 && fresh {
		names = []string{"displayName"}
	}
	for _, name := range names {
		f.Attributes = append(f.Attributes, directory.Attribute{Name: name})
	}
	t.UserFlows = append(t.UserFlows, f)
}

// describeAPI has the API, and the app that may call it.
func (a *Answers) describeAPI(t *directory.Tenant) {
	t.APIs = append(t.APIs, directory.API{ShortName: a.App(), Scopes: a.Scopes})
	if a.Client == "" {
		return
	}
	client := directory.App{ShortName: a.Client, AdminConsent: ptr(true)}
	for _, s := range a.Scopes {
		client.GrantedScopes = append(client.GrantedScopes, a.App()+"/"+s)
	}
	t.Apps = append(t.Apps, client)
}
