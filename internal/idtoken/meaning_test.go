package idtoken

import (
	"slices"
	"strings"
	"testing"
)

func TestCatalogue_sorted(t *testing.T) {
	for name, list := range map[string][]Meaning{"catalogue": catalogue[:], "attributes": attributes[:], "headers": headers[:]} {
		for i := 1; i < len(list); i++ {
			if list[i-1].Claim >= list[i].Claim {
				t.Errorf("%s: %q does not come before %q", name, list[i-1].Claim, list[i].Claim)
			}
		}
	}
	for _, m := range slices.Concat(catalogue[:], attributes[:], headers[:]) {
		if m.Text == "" || m.Source == "" || strings.HasSuffix(m.Text, ".") {
			t.Errorf("%s: text %q, source %q", m.Claim, m.Text, m.Source)
		}
	}
}

// TestDescribe_complete names what a token of an external tenant may hold, by Microsoft's claim references.
func TestDescribe_complete(t *testing.T) {
	for claim := range strings.FieldsSeq(`
		aud iss iat nbf exp idp c_hash at_hash aio rh preferred_username email name nonce oid sub tid roles groups hasgroups
		_claim_names _claim_sources sid uti ver unique_name amr
		acct acrs auth_time ctry fwd idtyp login_hint tenant_ctry tenant_region_scope upn verified_primary_email
		verified_secondary_email vnet xms_cc xms_edov xms_pdl xms_pl xms_tpl ztdid
		ipaddr onprem_sid pwd_exp pwd_url in_corp family_name given_name
		azp azpacr scp wids appid appidacr acr
		city country displayName givenName jobTitle postalCode state streetAddress surname
		extension_00001111aaaa2222bbbb3333cccc4444_loyaltyNumber extn.loyaltyNumber`) {
		if m, ok := Describe(claim); !ok || m.Claim != claim {
			t.Errorf("Describe(%q) = %+v, %v", claim, m, ok)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct {
		claim string
		kind  Kind
		text  string // contained; "" = the claim is not known
	}{
		{"exp", KindTime, "stops being valid"},
		{"pwd_exp", KindText, "seconds after iat"},
		{"tid", KindGUID, "tenant"},
		{"aio", KindOpaque, "ignore"},
		{"groups", KindList, "groups"},
		{"xms_edov", KindBool, "verified"},
		{"streetaddress", KindText, "street"},
		{"StreetAddress", KindText, "street"},
		{"extension_00001111aaaa2222bbbb3333cccc4444_a_b", KindText, `"a_b"`},
		{"AUD", KindText, ""},
		{"", KindText, ""},
		{"extension_", KindText, ""},
		{"extension_00001111aaaa2222bbbb3333cccc4444_", KindText, ""},
		{"extension_zzzz1111aaaa2222bbbb3333cccc4444_x", KindText, ""},
		{"extension_short_x", KindText, ""},
		{"extn.", KindText, ""},
		{"favourite_colour", KindText, ""},
	} {
		m, ok := Describe(tt.claim)
		if ok != (tt.text != "") || !strings.Contains(m.Text, tt.text) || m.Kind != tt.kind {
			t.Errorf("Describe(%q) = %+v, %v", tt.claim, m, ok)
		}
	}
}
