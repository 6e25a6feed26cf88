package idtoken

import (
	"cmp"
	"slices"
)

// Group says what a claim is about, in the order in which people look for it.
type Group int

// Groups of claims.
const (
	GroupPerson   Group = iota // who the person is: what the user flow collected and an administrator added
	GroupSession               // how and when the person signed in, and until when that holds
	GroupProtocol              // what apps and the service tell each other
)

// String is the group's title.
func (g Group) String() string {
	return [...]string{"the person", "the session", "the protocol"}[g]
}

// sessionClaims and protocolClaims are sorted. Whatever is in neither is about the person: custom attributes, claims that an
// administrator named, and those of a custom claims provider.
var sessionClaims = [...]string{"acr", "acrs", "amr", "auth_time", "exp", "fwd", "iat", "idp", "in_corp", "ipaddr", "login_hint", "pwd_exp", "pwd_url", "sid", "signin_state", "vnet"}

var protocolClaims = [...]string{"_claim_names", "_claim_sources", "aio", "appid", "appidacr", "at_hash", "aud", "azp", "azpacr", "c_hash",
	"cloud_instance_host_name", "cloud_instance_name", "hasgroups", "idtyp", "iss", "jti", "nbf", "nonce", "rh", "scp", "tenant_ctry", "tenant_region_scope",
	"tenant_region_sub_scope", "tid", "uti", "ver", "xms_cc", "xms_tpl"}

// leading are the claims that come first in their groups, trailing those that come last: identifiers are not read.
var (
	leading  = [...]string{"name", "preferred_username", "email", "email_verified", "given_name", "middle_name", "family_name", "auth_time", "amr", "iat", "exp"}
	trailing = [...]string{"oid", "sub", "sid", "login_hint"}
)

// GroupOf is the group of a claim.
func GroupOf(claim string) Group {
	if _, ok := slices.BinarySearch(sessionClaims[:], claim); ok {
		return GroupSession
	}
	if _, ok := slices.BinarySearch(protocolClaims[:], claim); ok {
		return GroupProtocol
	}
	return GroupPerson
}

// Reading are the token's claims in the order in which people read them: by group, within a group what identifies at the
// end, and else as the token has them.
func (t *Token) Reading() []Claim {
	claims := slices.Clone(t.Claims)
	slices.SortStableFunc(claims, func(a, b Claim) int {
		return cmp.Or(cmp.Compare(GroupOf(a.Name), GroupOf(b.Name)), cmp.Compare(place(a.Name), place(b.Name)))
	})
	return claims
}

// place is where a claim stands in its group.
func place(claim string) int {
	if i := slices.Index(leading[:], claim); i >= 0 {
		return i
	}
	return len(leading) + 1 + slices.Index(trailing[:], claim)
}
