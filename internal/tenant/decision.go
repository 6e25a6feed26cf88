package tenant

// Decision says what becomes of a key of the file.
type Decision string

// Decisions.
const (
	Managed      Decision = "managed"           // compared and written
	Contains     Decision = "contains"          // what is in it is decided by itself
	Identity     Decision = "identity"          // names the thing; compared, and never sent
	EmulatorOnly Decision = "only the emulator" // a switch of the emulator, or what Microsoft Graph has no field for
	NotYet       Decision = "not managed yet"   // a tenant has it, and ciam does not write it
	Refused      Decision = "refused"           // a secret: it does not belong into a file that describes a tenant
)

// KeyDecision is the decision for a key of one of the types of package directory: "App.displayName".
type KeyDecision struct {
	Key      string
	Decision Decision
}

// Decisions has one for every key that a file can have.
func Decisions() []KeyDecision {
	return append([]KeyDecision{
		{"Document.version", Identity}, {"Document.sealingKey", Refused}, {"Document.tenants", Contains},

		{"Tenant.id", Identity}, {"Tenant.subdomain", Identity}, {"Tenant.displayName", NotYet}, {"Tenant.customDomains", NotYet},
		{"Tenant.region", EmulatorOnly}, {"Tenant.lifetimes", EmulatorOnly}, {"Tenant.fixedOneTimeCode", EmulatorOnly},
		{"Tenant.branding", NotYet}, {"Tenant.apps", Contains}, {"Tenant.apis", Contains}, {"Tenant.userFlows", Contains},
		{"Tenant.users", NotYet}, {"Tenant.keys", Refused}, {"Tenant.mfa", EmulatorOnly}, {"Tenant.bannedPasswords", EmulatorOnly},
		{"Tenant.deviceCodeOwnPage", EmulatorOnly}, {"Tenant.ownUserinfo", EmulatorOnly}, {"Tenant.accessTokenScopes", EmulatorOnly},
		{"Tenant.refuseAssertionReplay", EmulatorOnly}, {"Tenant.customAttributes", EmulatorOnly}, {"Tenant.deletedApps", EmulatorOnly},

		{"App.appId", Identity}, {"App.name", Identity}, {"App.displayName", Managed}, {"App.web", Contains}, {"App.spa", Contains},
		{"App.publicClient", Contains}, {"App.isFallbackPublicClient", Managed}, {"App.passwordCredentials", Contains},
		{"App.optionalClaims", NotYet}, {"App.claimMappings", NotYet}, {"App.lifetimes", EmulatorOnly}, {"App.adminConsent", Managed},
		{"App.nativeAuthenticationApisEnabled", Managed}, {"App.keyCredentials", NotYet}, {"App.federatedIdentityCredentials", Contains},
		{"App.appRoleAssignments", NotYet}, {"App.grantedScopes", Managed}, {"App.registration", EmulatorOnly}, {"App.noServicePrincipal", EmulatorOnly},

		{"Platform.redirectUris", Managed}, {"Platform.logoutUrl", Managed}, {"Platform.implicitGrantSettings", Contains},
		{"ImplicitGrantSettings.enableIdTokenIssuance", Managed}, {"ImplicitGrantSettings.enableAccessTokenIssuance", Managed},

		{"Secret.displayName", Managed}, {"Secret.keyId", EmulatorOnly}, {"Secret.secretText", Refused}, {"Secret.secretSha256", Refused},
		{"Secret.endDateTime", Managed},

		{"FederatedCredential.name", Identity}, {"FederatedCredential.issuer", Managed}, {"FederatedCredential.subject", Managed},
		{"FederatedCredential.audiences", Managed}, {"FederatedCredential.jwks", EmulatorOnly}, {"FederatedCredential.description", NotYet},

		{"API.appId", Identity}, {"API.name", Identity}, {"API.identifierUri", Managed}, {"API.displayName", Managed},
		{"API.scopes", Managed}, {"API.appRoles", Managed}, {"API.registration", EmulatorOnly},

		{"UserFlow.displayName", Managed}, {"UserFlow.signInMethod", Managed}, {"UserFlow.isSignUpAllowed", Managed},
		{"UserFlow.applications", Managed}, {"UserFlow.attributes", Managed}, {"UserFlow.id", EmulatorOnly}, {"UserFlow.registration", EmulatorOnly},

		{"Attribute.name", Identity}, {"Attribute.id", Identity}, {"Attribute.label", Managed}, {"Attribute.required", Managed},
		{"Attribute.inputType", Managed}, {"Attribute.dataType", Managed}, {"Attribute.options", Managed}, {"Attribute.regex", Managed},
		{"Attribute.hint", EmulatorOnly}, {"Attribute.regexMessage", EmulatorOnly}, {"Attribute.minLength", EmulatorOnly},
		{"Attribute.maxLength", EmulatorOnly}, {"Attribute.minimum", EmulatorOnly}, {"Attribute.maximum", EmulatorOnly},
		{"Option.name", Managed}, {"Option.value", Managed},
	}, unmanaged()...)
}

// unmanaged are keys of things of which nothing is managed; what the thing's own key says is said once, for all of it.
func unmanaged() []KeyDecision {
	return []KeyDecision{
		{"Secret.hint", EmulatorOnly}, {"Secret.startDateTime", EmulatorOnly},
		{"CustomAttribute.id", EmulatorOnly}, {"CustomAttribute.displayName", EmulatorOnly}, {"CustomAttribute.description", EmulatorOnly},
		{"CustomAttribute.dataType", EmulatorOnly}, {"DeletedApp.app", EmulatorOnly}, {"DeletedApp.api", EmulatorOnly},
		{"DeletedApp.deletedAt", EmulatorOnly},
		{"User.id", Identity}, {"User.email", NotYet}, {"User.password", EmulatorOnly}, {"User.passwordHash", Refused},
		{"User.attributes", NotYet}, {"User.disabled", NotYet}, {"User.createdAt", EmulatorOnly}, {"User.revokedBefore", EmulatorOnly},
		{"User.emailAuthenticationMethod", NotYet}, {"User.roles", EmulatorOnly},
		{"Key.privateKey", Refused}, {"Key.certificate", EmulatorOnly}, {"Key.createdAt", EmulatorOnly},
		{"Branding.displayName", NotYet}, {"Branding.color", NotYet}, {"Branding.logo", NotYet},
		{"Lifetimes.accessToken", EmulatorOnly}, {"Lifetimes.idToken", EmulatorOnly}, {"Lifetimes.refreshToken", EmulatorOnly},
		{"OptionalClaims.idToken", NotYet}, {"ClaimMapping.attribute", NotYet}, {"ClaimMapping.claim", NotYet},
		{"KeyCredential.displayName", NotYet}, {"KeyCredential.certificate", NotYet},
		{"AppRoleAssignment.resource", NotYet}, {"AppRoleAssignment.role", NotYet},
	}
}
