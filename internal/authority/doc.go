// Package authority turns what people call "the tenant" into endpoints that may be trusted.
//
// # Derivation
//
// Parse accepts every form of an External ID authority and yields a Base (scheme and host) and a Tenant (path segment):
//
//	contoso                                    https://contoso.ciamlogin.com  contoso.onmicrosoft.com
//	contoso.onmicrosoft.com                    https://contoso.ciamlogin.com  contoso.onmicrosoft.com
//	<tenant id>                                https://<tenant id>.ciamlogin.com  <tenant id>
//	https://contoso.ciamlogin.com[/<tenant>]   https://contoso.ciamlogin.com  <tenant>, or contoso.onmicrosoft.com
//	https://login.contoso.com/<tenant>         https://login.contoso.com  <tenant>
//	http://localhost:8443/<tenant>             http://localhost:8443  <tenant>   (http on loopback only)
//
// # Trust
//
// A Resolver fetches the metadata of OpenID Connect Discovery 1.0 and accepts it by a rule of its own, because the issuer of an
// external tenant is not the authority it was asked for: the issuer is https://<tid>.ciamlogin.com/<tid>/v2.0, where <tid> is the
// tenant id that the authority carries, that the caller pinned, or, when neither is known, that the issuer itself names.
// An authority on loopback may also use its own origin: <base>/<tid>/v2.0.
//
// Endpoints are https and on the authority's own origin or on https://<tid>.ciamlogin.com. For an authority on loopback they
// are on its own origin and nowhere else: a program that answers on a local port must not be able to send a sign-in to
// another place, and keys of a real tenant must not vouch for a local one, nor the reverse. userinfo_endpoint is not used.
//
// Administrators of an external tenant are not its customers: they sign in where the people of any organization do, see
// Administrators. There the issuer is https://login.microsoftonline.com/<tid>/v2.0 or the tenant's own, and the endpoints are on
// that host and nowhere else.
//
// Metadata and keys are kept on disk for 24 hours. The disk is not trusted: what is read back passes the same rules.
package authority
