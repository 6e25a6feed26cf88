package idtoken

// Where claims are defined.
const (
	sourceJWT        = "RFC 7519 section 4.1"
	sourceJWS        = "RFC 7515 section 4.1"
	sourceJWE        = "RFC 7516 section 4.1"
	sourceOIDC       = "OpenID Connect Core 1.0"
	sourceLogout     = "OpenID Connect Front-Channel Logout 1.0"
	sourceRFC8176    = "RFC 8176"
	sourceID         = "Microsoft: ID token claims reference"
	sourceAccess     = "Microsoft: Access token claims reference"
	sourceOptional   = "Microsoft: Optional claims reference"
	sourceAttributes = "Microsoft: Add attributes to the ID token (external tenants)"
	sourceBuiltIn    = "Microsoft: User attributes in external tenants"
)

// catalogue is sorted by claim (byte order); a test holds it so. Constant data, so that it costs nothing at start.
var catalogue = [...]Meaning{
	{"_claim_names", "says which claims did not fit into the token, such as the groups of a person with very many", sourceID, KindText},
	{"_claim_sources", "says where the claims that did not fit into the token can be asked for", sourceID, KindText},
	{"acct", "kind of account in the tenant: 0 is a member, as customers are, 1 is a guest", sourceOptional, KindText},
	{"acr", "strength of the sign-in as the tenant graded it (1.0 tokens): \"0\" did not meet ISO/IEC 29115", sourceOIDC, KindText},
	{"acrs", "authentication contexts (rules of Conditional Access) that this sign-in satisfies", sourceOptional, KindList},
	{"aio", "internal to Microsoft's service; apps ignore it", sourceID, KindOpaque},
	{"amr", "how the person proved who they are, such as pwd or mfa (1.0 tokens)", sourceRFC8176, KindList},
	{"appid", "the app that asked for the token (1.0 access tokens)", sourceAccess, KindGUID},
	{"appidacr", "how that app proved itself: 0 not at all, 1 by a secret, 2 by a certificate (1.0 access tokens)", sourceAccess, KindText},
	{"at_hash", "fingerprint of the access token that was issued with this token", sourceOIDC, KindOpaque},
	{"aud", "the app or API this token is for: its client id", sourceJWT, KindGUID},
	{"auth_time", "when the person last signed in by hand", sourceOIDC, KindTime},
	{"azp", "the app that asked for the token: its client id", sourceOIDC, KindGUID},
	{"azpacr", "how that app proved itself: 0 not at all (public app), 1 by a secret, 2 by a certificate", sourceAccess, KindText},
	{"c_hash", "fingerprint of the authorization code that was issued with this token", sourceOIDC, KindOpaque},
	{"cloud_instance_host_name", "the Microsoft cloud that serves the tenant: host of its sign-in", sourceID, KindText},
	{"cloud_instance_name", "the Microsoft cloud that serves the tenant", sourceID, KindText},
	{"ctry", "country or region of this person, two letters", sourceOptional, KindText},
	{"email", "email address; may change, so do not use it to recognise a person or to grant access", sourceID, KindText},
	{"email_verified", "whether the address was proven to be this person's", sourceOIDC, KindBool},
	{"exp", "when this token stops being valid", sourceJWT, KindTime},
	{"family_name", "last name", sourceOIDC, KindText},
	{"fwd", "network address of the person's device, when a virtual network is in between", sourceOptional, KindText},
	{"given_name", "first name", sourceOIDC, KindText},
	{"groups", "groups of the tenant this person is in, by object id", sourceID, KindList},
	{"hasgroups", "true when the person is in more groups than fit into the token", sourceID, KindBool},
	{"iat", "when this token was issued", sourceJWT, KindTime},
	{"idp", "who checked the person's identity when it was not this tenant, such as google.com", sourceID, KindText},
	{"idtyp", "app when the token is for a program and not for a person", sourceOptional, KindText},
	{"in_corp", "true when the sign-in came from the organization's own network", sourceOptional, KindBool},
	{"ipaddr", "network address from which the person signed in", sourceOptional, KindText},
	{"iss", "who issued the token: the tenant's token service", sourceJWT, KindText},
	{"jti", "identifier of this very token", sourceJWT, KindText},
	{"locale", "language of this person", sourceOIDC, KindText},
	{"login_hint", "names this session to the tenant, so that sign-out need not ask which account is meant", sourceOptional, KindOpaque},
	{"middle_name", "middle name", sourceOIDC, KindText},
	{"name", "display name, for showing; may change and need not be unique (\"unknown\" when none was collected)", sourceID, KindText},
	{"nbf", "before this time the token is not valid", sourceJWT, KindTime},
	{"nickname", "nickname", sourceOIDC, KindText},
	{"nonce", "ties the token to the one sign-in that asked for it", sourceOIDC, KindOpaque},
	{"oid", "this person in the whole tenant: the same for all its apps, and the user id in Microsoft Graph; never changes", sourceID, KindGUID},
	{"onprem_sid", "identifier of this person in a local Active Directory", sourceOptional, KindText},
	{"phone_number", "telephone number", sourceOIDC, KindText},
	{"preferred_username", "sign-in name, for showing; may change, so do not use it to recognise a person", sourceID, KindText},
	{"pwd_exp", "when the password expires: so many seconds after iat; there only when that is soon", sourceOptional, KindText},
	{"pwd_url", "address where the password can be changed; there only when it expires soon", sourceOptional, KindText},
	{"rh", "internal to Microsoft's service; apps ignore it", sourceID, KindOpaque},
	{"roles", "roles of this app that the person was given", sourceID, KindList},
	{"scp", "what the app may do for the person, as words separated by spaces (access tokens)", sourceAccess, KindText},
	{"sid", "this browser session, the same in all apps the person is signed in to; named when the tenant asks apps to sign out", sourceLogout, KindGUID},
	{"signin_state", "what is known of the device and the session, such as kmsi for \"stay signed in\"", sourceOptional, KindList},
	{"sub", "this person for this app: another app sees another value; never changes, so it is the one to recognise people by", sourceJWT, KindText},
	{"tenant_ctry", "country of the tenant, two letters", sourceOptional, KindText},
	{"tenant_region_scope", "part of the world where the tenant is kept, such as EU or NA", sourceOptional, KindText},
	{"tenant_region_sub_scope", "finer part of the world where the tenant is kept", sourceOptional, KindText},
	{"tid", "the tenant: its id", sourceID, KindGUID},
	{"unique_name", "sign-in name, for showing (1.0 tokens); may change and need not be unique", sourceID, KindText},
	{"upn", "user principal name: the account's name inside the tenant; for a customer often made up by the service", sourceOptional, KindText},
	{"uti", "identifier of this very token, to look it up in the tenant's logs", sourceID, KindText},
	{"ver", "version of the token's format", sourceID, KindText},
	{"verified_primary_email", "main email addresses that were proven to be this person's", sourceOptional, KindList},
	{"verified_secondary_email", "further email addresses that were proven to be this person's", sourceOptional, KindList},
	{"vnet", "virtual network from which the request came", sourceOptional, KindText},
	{"wids", "administrative roles of the tenant that this person has", sourceAccess, KindList},
	{"xms_cc", "what the app told of itself, such as cp1: it understands claims challenges", sourceOptional, KindList},
	{"xms_edov", "whether the owner of the email address's domain was verified", sourceOptional, KindBool},
	{"xms_pdl", "preferred place where this person's data is kept", sourceOptional, KindText},
	{"xms_pl", "preferred language of this person", sourceOptional, KindText},
	{"xms_tpl", "preferred language of the tenant", sourceOptional, KindText},
	{"zoneinfo", "time zone of this person", sourceOIDC, KindText},
	{"ztdid", "identity of the device as set up by Windows Autopilot", sourceOptional, KindGUID},
}

// headers are the members of a token's header (RFC 7515 section 4.1, RFC 7516 section 4.1), sorted as above.
var headers = [...]Meaning{
	{"alg", "how the token is signed; a tenant signs with RS256", sourceJWS, KindText},
	{"crit", "extensions that a reader has to know; ciam knows none", sourceJWS, KindList},
	{"cty", "what is inside", sourceJWS, KindText},
	{"enc", "how the content is encrypted", sourceJWE, KindText},
	{"jku", "an address of keys; never followed", sourceJWS, KindText},
	{"jwk", "a key; never used", sourceJWS, KindText},
	{"kid", "which of the tenant's keys signed", sourceJWS, KindText},
	{"nonce", "sets tokens for Microsoft Graph apart: only Graph can verify their signature", sourceAccess, KindOpaque},
	{"typ", "kind of token: JWT", sourceJWS, KindText},
	{"x5c", "a certificate; never used", sourceJWS, KindText},
	{"x5t", "fingerprint of the signing certificate", sourceJWS, KindText},
	{"x5u", "an address of certificates; never followed", sourceJWS, KindText},
	{"zip", "how the content is compressed", sourceJWE, KindText},
}

// attributes are the built-in attributes a user flow can collect, under the names that an administrator usually gives them
// as claims, in lower case because the spelling differs. Sorted as above.
var attributes = [...]Meaning{
	{"city", "city, as the user flow collected it", sourceBuiltIn, KindText},
	{"country", "country or region, as the user flow collected it", sourceBuiltIn, KindText},
	{"displayname", "display name, as the user flow collected it", sourceBuiltIn, KindText},
	{"givenname", "first name, as the user flow collected it", sourceBuiltIn, KindText},
	{"jobtitle", "job title, as the user flow collected it", sourceBuiltIn, KindText},
	{"postalcode", "postal code, as the user flow collected it", sourceBuiltIn, KindText},
	{"state", "state or province, as the user flow collected it", sourceBuiltIn, KindText},
	{"streetaddress", "street address, as the user flow collected it", sourceBuiltIn, KindText},
	{"surname", "last name, as the user flow collected it", sourceBuiltIn, KindText},
}
