package directory

// Identifiers of the default tenant, for examples and tests.
const (
	DefaultTenantID        = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	DefaultSubdomain       = "contoso"
	DefaultPublicApp       = "00001111-aaaa-2222-bbbb-3333cccc4444" // "ciam-cli"
	DefaultConfidentialApp = "22223333-cccc-4444-dddd-5555eeee6666" // "ciam-client-app"
	// DefaultClientSecret is the secret of DefaultConfidentialApp. It is no
	// secret: it opens nothing but the embedded tenant.
	DefaultClientSecret = "emulator-only-not-a-secret"
	// DefaultAdministrator may set the empty tenant up; DefaultAdministratorPassword is no secret either.
	DefaultAdministrator         = "admin@contoso.onmicrosoft.com"
	DefaultAdministratorPassword = "Emulator-only-9"
)

// Default returns the tenant that exists when nobody gave a seed: the apps of
// Microsoft's two tutorials (a command line app on http://localhost, a web app on
// http://localhost:3000/auth/redirect) in the user flow SignInSignUpSample, and
// no users. Each call returns a new document.
func Default() *Document {
	optional := OptionalClaims{IDToken: []string{"login_hint"}}
	mappings := []ClaimMapping{
		{Attribute: "givenName", Claim: "given_name"},
		{Attribute: "surname", Claim: "family_name"},
	}
	return &Document{
		Version: Version,
		Tenants: []Tenant{{
			ID: DefaultTenantID, Subdomain: DefaultSubdomain, DisplayName: "Contoso", Region: "EU",
			Apps: []App{{
				AppID: DefaultPublicApp, DisplayName: "ciam-cli",
				PublicClient:           Platform{RedirectURIs: []string{"http://localhost"}},
				IsFallbackPublicClient: true,
				OptionalClaims:         optional, ClaimMappings: mappings,

				NativeAuthenticationAPIsEnabled: NativeAll,
			}, {
				AppID: DefaultConfidentialApp, DisplayName: "ciam-client-app",
				Web:                 Platform{RedirectURIs: []string{"http://localhost:3000/auth/redirect", "http://localhost:3000"}},
				PasswordCredentials: []Secret{{DisplayName: "web app client secret", SecretText: DefaultClientSecret}},
				OptionalClaims:      optional, ClaimMappings: mappings,
			}},
			UserFlows: []UserFlow{{
				DisplayName:  "SignInSignUpSample",
				Applications: []string{DefaultPublicApp, DefaultConfidentialApp},
				Attributes: []Attribute{
					{Name: "displayName", Required: true},
					{Name: "givenName"},
					{Name: "surname"},
					{Name: "country"},
				},
			}},
		}},
	}
}

// Empty returns the default tenant with nothing in it: no apps, no user flows, no
// users but the administrator who sets it up. Each call returns a new document.
func Empty() *Document {
	d := Default()
	t := &d.Tenants[0]
	t.Apps, t.UserFlows = nil, nil
	t.Users = []User{{
		ID: nameGUID("tenant", t.Subdomain, "user", DefaultAdministrator), Email: DefaultAdministrator, Password: DefaultAdministratorPassword,
		Attributes: map[string]string{"displayName": "Administrator"}, Roles: []string{GlobalAdministrator},
	}}
	return d
}
