package idtoken

import (
	"slices"
	"strings"
	"testing"
)

// aboutPerson are the claims of the catalogue that are about the person. With the two other lists it has to make up the
// catalogue: a claim that is added there is put into a group on purpose.
const aboutPerson = "acct ctry email email_verified family_name given_name groups locale middle_name name nickname oid onprem_sid phone_number " +
	"preferred_username roles sub unique_name upn verified_primary_email verified_secondary_email wids xms_edov xms_pdl xms_pl zoneinfo ztdid"

func TestGroupOf(t *testing.T) {
	for _, list := range [][]string{sessionClaims[:], protocolClaims[:]} {
		if !slices.IsSorted(list) {
			t.Errorf("not sorted: %v", list)
		}
	}
	all := slices.Concat(strings.Fields(aboutPerson), sessionClaims[:], protocolClaims[:])
	slices.Sort(all)
	var known []string
	for _, m := range catalogue {
		known = append(known, m.Claim)
	}
	if !slices.Equal(all, known) {
		t.Errorf("groups\n%v\ncatalogue\n%v", all, known)
	}
	for _, claim := range []string{"loyaltyId", "country", "displayName", "extension_0123456789abcdef0123456789abcdef_x", "EXP", ""} {
		if GroupOf(claim) != GroupPerson {
			t.Errorf("%q is about %s", claim, GroupOf(claim))
		}
	}
}

func TestToken_Reading(t *testing.T) {
	token := &Token{}
	for name := range strings.FieldsSeq("ver iss sub aud exp iat oid country name nonce sid auth_time email loyaltyId tid idp preferred_username") {
		token.Claims = append(token.Claims, Claim{Name: name})
	}
	var got []string
	for _, c := range token.Reading() {
		got = append(got, c.Name)
	}
	if want := "name preferred_username email country loyaltyId oid sub auth_time iat exp idp sid ver iss aud nonce tid"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if token.Claims[0].Name != "ver" {
		t.Error("the token's own order was lost")
	}
}
