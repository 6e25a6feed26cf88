// Package graph speaks Microsoft Graph v1.0 as far as an external tenant is set up with it: app registrations with their
// secrets and federated credentials, service principals, delegated permission grants, user flows with their attributes, and
// what was deleted. It is for package tenant, and through it for `ciam setup` and `ciam tenant`.
//
// The package knows calls, bodies and errors, and no purpose: what to call when is for others to say. GET, PATCH and DELETE
// are made again where that may help, POST where it was certainly not carried out, as when Graph throttles: who gets no answer
// to one has to look first (package wire has the rules). The bodies are checked against Microsoft's published types, which testdata keeps, in TestBodies.
//
// A nil slice or pointer is left out of a body, an empty slice is sent: Graph replaces a collection as a whole, so that
// "nothing said" and "none" have to differ. The bodies and the URLs hold no secret; the two answers that do, the token and a
// password that was just made, appear in no error.
package graph
