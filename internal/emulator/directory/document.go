package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Version is the only document format this package reads and writes.
const Version = 1

// Document is a whole seed or state file. The zero value is not valid: it needs
// at least one tenant.
type Document struct {
	Version int `yaml:"version"`
	// SealingKey is 32 bytes in standard base64. Refresh tokens are sealed with
	// it and pairwise subjects derive from it. Empty in a seed: one is made.
	SealingKey string   `yaml:"sealingKey,omitempty"`
	Tenants    []Tenant `yaml:"tenants"`
}

// Tenant is one external tenant.
type Tenant struct {
	ID            string    `yaml:"id"`        // GUID
	Subdomain     string    `yaml:"subdomain"` // "contoso" of contoso.ciamlogin.com and contoso.onmicrosoft.com
	DisplayName   string    `yaml:"displayName,omitempty"`
	CustomDomains []string  `yaml:"customDomains,omitempty"` // host names, e.g. login.contoso.com
	Region        string    `yaml:"region,omitempty"`        // tenant_region_scope; empty means EU
	Lifetimes     Lifetimes `yaml:"lifetimes,omitempty"`
	// FixedOneTimeCode is every one-time code of the tenant, 8 digits, for tests
	// that cannot read the outbox; empty means random ones.
	FixedOneTimeCode string     `yaml:"fixedOneTimeCode,omitempty"`
	Branding         Branding   `yaml:"branding,omitempty"`
	Apps             []App      `yaml:"apps,omitempty"`
	APIs             []API      `yaml:"apis,omitempty"`
	UserFlows        []UserFlow `yaml:"userFlows,omitempty"`
	Users            []User     `yaml:"users,omitempty"`
	Keys             []Key      `yaml:"keys,omitempty"` // newest first; the first signs, all are published

	CustomAttributes []CustomAttribute `yaml:"customAttributes,omitempty"`
	DeletedApps      []DeletedApp      `yaml:"deletedApps,omitempty"`

	// MFA is off (also when empty) or required: native authentication then asks
	// for a second factor.
	MFA string `yaml:"mfa,omitempty"`
	// BannedPasswords are words of 4 to 16 characters that make a password weak,
	// as in the custom banned password list of Entra.
	BannedPasswords []string `yaml:"bannedPasswords,omitempty"`

	// DeviceCodeOwnPage sends people with a device code to the tenant's own
	// page; the real service names Microsoft's, where customers cannot sign in.
	DeviceCodeOwnPage bool `yaml:"deviceCodeOwnPage,omitempty"`
	// OwnUserinfo has discovery name the emulator's userinfo endpoint in place
	// of Microsoft Graph's, which knows nobody of this tenant.
	OwnUserinfo bool `yaml:"ownUserinfo,omitempty"`
	// AccessTokenScopes is consented (also when empty): scp of an access token has
	// all scopes of its resource that the app was granted, as with the real
	// service; or asked: those that the client asked for.
	AccessTokenScopes string `yaml:"accessTokenScopes,omitempty"`
	// RefuseAssertionReplay refuses a client assertion whose jti was seen
	// before. MSAL Node sends one assertion for its ten minutes, so it is off.
	RefuseAssertionReplay bool `yaml:"refuseAssertionReplay,omitempty"`
}

// Lifetimes of tokens; zero means the service's default (access token a random
// 60 to 90 minutes, ID token 60 minutes, refresh token 90 days).
type Lifetimes struct {
	AccessToken  Duration `yaml:"accessToken,omitempty"`
	IDToken      Duration `yaml:"idToken,omitempty"`
	RefreshToken Duration `yaml:"refreshToken,omitempty"`
}

// App is an app registration with its service principal.
type App struct {
	AppID string `yaml:"appId"`
	// ShortName is a name that refers to the app in the file. ciam tenant knows
	// the app by it; to the emulator it is a label.
	ShortName              string         `yaml:"name,omitempty"`
	DisplayName            string         `yaml:"displayName,omitempty"`
	Web                    Platform       `yaml:"web,omitempty"`
	SPA                    Platform       `yaml:"spa,omitempty"`
	PublicClient           Platform       `yaml:"publicClient,omitempty"`
	IsFallbackPublicClient bool           `yaml:"isFallbackPublicClient,omitempty"`
	PasswordCredentials    []Secret       `yaml:"passwordCredentials,omitempty"`
	OptionalClaims         OptionalClaims `yaml:"optionalClaims,omitempty"`
	ClaimMappings          []ClaimMapping `yaml:"claimMappings,omitempty"`
	Lifetimes              Lifetimes      `yaml:"lifetimes,omitempty"` // over the tenant's
	// AdminConsent false means that nobody granted the app its permissions, so
	// that no one can sign in to it; nil means true.
	AdminConsent *bool `yaml:"adminConsent,omitempty"`

	// NativeAuthenticationAPIsEnabled is none (also when empty) or all.
	NativeAuthenticationAPIsEnabled string `yaml:"nativeAuthenticationApisEnabled,omitempty"`

	KeyCredentials               []KeyCredential       `yaml:"keyCredentials,omitempty"`
	FederatedIdentityCredentials []FederatedCredential `yaml:"federatedIdentityCredentials,omitempty"`
	AppRoleAssignments           []AppRoleAssignment   `yaml:"appRoleAssignments,omitempty"`
	// GrantedScopes are the delegated scopes that an administrator granted; none
	// listed means all that exist, but for Graph's administrative permissions.
	GrantedScopes []string `yaml:"grantedScopes,omitempty"`

	// Registration has the properties of the registration that signing in does
	// not need, by their names in Microsoft Graph.
	Registration map[string]any `yaml:"registration,omitempty"`
	// NoServicePrincipal is true between the making of an app and that of its
	// service principal.
	NoServicePrincipal bool `yaml:"noServicePrincipal,omitempty"`
}

// Platform holds the redirect URIs of one kind of client.
type Platform struct {
	RedirectURIs []string `yaml:"redirectUris,omitempty"`

	// Of the web platform only, for every kind of app. LogoutURL is loaded in a
	// hidden frame when a user signs out (front-channel logout).
	LogoutURL             string                `yaml:"logoutUrl,omitempty"`
	ImplicitGrantSettings ImplicitGrantSettings `yaml:"implicitGrantSettings,omitempty"`
}

// Secret is a client secret. One with a name only opens nothing: a file for a live
// tenant has it so. A seed gives SecretText; the kept state holds only
// its SHA-256, which is enough for a value with the entropy of a generated
// secret and keeps a token request cheap.
type Secret struct {
	DisplayName  string    `yaml:"displayName,omitempty"`
	KeyID        string    `yaml:"keyId,omitempty"`
	SecretText   string    `yaml:"secretText,omitempty"`
	SecretSHA256 string    `yaml:"secretSha256,omitempty"` // hex
	EndDateTime  time.Time `yaml:"endDateTime,omitempty"`  // zero: never expires

	Hint          string    `yaml:"hint,omitempty"`          // its first characters
	StartDateTime time.Time `yaml:"startDateTime,omitempty"` // when it was made
}

// OptionalClaims lists the optional claims an app asks for, by token.
type OptionalClaims struct {
	IDToken []string `yaml:"idToken,omitempty"`
}

// ClaimMapping puts a user attribute into an app's ID token under a claim name.
type ClaimMapping struct {
	Attribute string `yaml:"attribute"` // email, displayName, givenName, extension_<appid>_<name> ...
	Claim     string `yaml:"claim"`     // given_name, family_name ...
}

// API is a protected resource with its delegated scopes.
type API struct {
	AppID         string   `yaml:"appId"`          // aud of its access tokens
	ShortName     string   `yaml:"name,omitempty"` // as App.ShortName; an app and an API of one name are one registration
	IdentifierURI string   `yaml:"identifierUri"`  // api://<appId>
	DisplayName   string   `yaml:"displayName,omitempty"`
	Scopes        []string `yaml:"scopes,omitempty"` // names after the last slash
	AppRoles      []string `yaml:"appRoles,omitempty"`
}

// UserFlow is a sign-up and sign-in user flow.
type UserFlow struct {
	DisplayName     string      `yaml:"displayName"`
	SignInMethod    string      `yaml:"signInMethod,omitempty"`    // of new users; see UserFlow.Method
	IsSignUpAllowed *bool       `yaml:"isSignUpAllowed,omitempty"` // nil means true
	Applications    []string    `yaml:"applications,omitempty"`    // app ids; an app is in one flow at most
	Attributes      []Attribute `yaml:"attributes,omitempty"`      // collected at sign-up, in this order

	ID string `yaml:"id,omitempty"` // see Tenant.FlowID
	// Registration has what Microsoft Graph knows of the flow beyond that.
	Registration map[string]any `yaml:"registration,omitempty"`
}

// SignUpAllowed reports whether the flow lets new users in.
func (f *UserFlow) SignUpAllowed() bool { return f.IsSignUpAllowed == nil || *f.IsSignUpAllowed }

// User is a customer account. In the journal of a Store it is JSON, with the names that it has in YAML.
type User struct {
	ID    string `yaml:"id" json:"id"` // oid, a GUID
	Email string `yaml:"email" json:"email"`
	// Password is a seed's; see Store.HashPasswords for when it is hashed.
	Password     string            `yaml:"password,omitempty" json:"password,omitempty"`
	PasswordHash string            `yaml:"passwordHash,omitempty" json:"passwordHash,omitempty"` // bcrypt over SHA-256
	Attributes   map[string]string `yaml:"attributes,omitempty" json:"attributes,omitempty"`     // by Graph name, without email
	Disabled     bool              `yaml:"disabled,omitempty" json:"disabled,omitempty"`
	CreatedAt    time.Time         `yaml:"createdAt,omitempty" json:"createdAt,omitzero"`
	// RevokedBefore ends every refresh token and session issued before it
	// (AADSTS50173); zero revokes nothing.
	RevokedBefore time.Time `yaml:"revokedBefore,omitempty" json:"revokedBefore,omitzero"`

	// Roles are the directory roles of an administrator, by name; see Roles.
	Roles []string `yaml:"roles,omitempty" json:"roles,omitempty"`

	// EmailAuthenticationMethod is the address registered as second factor; ""
	// when none is.
	EmailAuthenticationMethod string `yaml:"emailAuthenticationMethod,omitempty" json:"emailAuthenticationMethod,omitempty"`
}

// Attribute returns an attribute by its Graph name, email included; "" when the
// user has none.
func (u *User) Attribute(name string) string {
	if name == "email" {
		return u.Email
	}
	return u.Attributes[name]
}

// Key is a signing key: RSA, PKCS #8 and X.509, both PEM.
type Key struct {
	PrivateKey  string    `yaml:"privateKey"`
	Certificate string    `yaml:"certificate"`
	CreatedAt   time.Time `yaml:"createdAt,omitempty"`
}

// Duration is a time.Duration written as Go writes it: 90m, 1h30m.
type Duration time.Duration

// UnmarshalYAML reads "75m"; anything else is an error that names the line.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("line %d: %q is not a duration such as 90s, 75m or 24h", n.Line, n.Value)
	}
	*d = Duration(v)
	return nil
}

// MarshalYAML writes the form UnmarshalYAML reads.
func (d Duration) MarshalYAML() (any, error) { return time.Duration(d).String(), nil }

// Domain is the tenant's initial domain.
func (t *Tenant) Domain() string { return t.Subdomain + ".onmicrosoft.com" }

// Name is the tenant's display name, or its subdomain.
func (t *Tenant) Name() string {
	if t.DisplayName != "" {
		return t.DisplayName
	}
	return t.Subdomain
}

// App finds an app by its client id, whatever the case; nil when there is none.
// Where there are administrators, Microsoft's app for them is known, too.
func (t *Tenant) App(id string) *App {
	for i := range t.Apps {
		if strings.EqualFold(t.Apps[i].AppID, id) {
			return &t.Apps[i]
		}
	}
	if strings.EqualFold(id, GraphCommandLineTools) && t.hasAdministrators() {
		return commandLineTools()
	}
	return nil
}

// Name is the app's display name, or its id.
func (a *App) Name() string {
	if a.DisplayName != "" {
		return a.DisplayName
	}
	return a.AppID
}

// Flow finds the user flow an app is linked to; nil when it is linked to none.
func (t *Tenant) Flow(appID string) *UserFlow {
	for i := range t.UserFlows {
		for _, id := range t.UserFlows[i].Applications {
			if strings.EqualFold(id, appID) {
				return &t.UserFlows[i]
			}
		}
	}
	return nil
}

// Tenant finds a tenant by id, subdomain or initial domain; nil when unknown.
func (d *Document) Tenant(segment string) *Tenant {
	for i := range d.Tenants {
		t := &d.Tenants[i]
		if strings.EqualFold(segment, t.ID) || strings.EqualFold(segment, t.Subdomain) || strings.EqualFold(segment, t.Domain()) {
			return t
		}
	}
	return nil
}

// Clone returns a copy whose users, keys, apps, APIs and flows can be changed
// without touching d; see cloneRegistrations for the last three.
func (d *Document) Clone() *Document {
	c := *d
	c.Tenants = slices.Clone(d.Tenants)
	for i := range c.Tenants {
		t := &c.Tenants[i]
		t.cloneRegistrations()
		t.Users = slices.Clone(t.Users)
		for j := range t.Users {
			t.Users[j].Attributes = maps.Clone(t.Users[j].Attributes)
		}
	}
	return &c
}
