package idtokentest

import "strings"

// audiences are for another app, or for several.
func audiences() []Case {
	const fails = "audience"
	other := "99999999-aaaa-2222-bbbb-3333cccc4444"
	cases := claimCases("aud", fails, append(otherKinds(),
		named{"another app", other}, named{"empty", ""}, named{"in other case", strings.ToUpper(ClientID)}, named{"with a space", ClientID + " "}, named{"with a line break", ClientID + "\n"}, named{"with NUL", ClientID + "\x00"},
		named{"a prefix", ClientID[:8]}, named{"with a tail", ClientID + "x"}, named{"as an API's name", "api://" + ClientID}, named{"as a URL", "https://" + ClientID}, named{"two in one text", ClientID + " " + other}, named{"with commas", ClientID + "," + other},
		named{"Microsoft Graph", "00000003-0000-0000-c000-000000000000"}, named{"Microsoft Graph by name", "https://graph.microsoft.com"}, named{"a wildcard", "*"}, named{"the issuer", Issuer}, named{"without hyphens", strings.ReplaceAll(ClientID, "-", "")}, named{"in braces", "{" + ClientID + "}"},
		named{"a list of this app", []string{ClientID}}, named{"a list of two", []string{ClientID, other}}, named{"a list that ends with this app", []string{other, ClientID}}, named{"a list in a list", [][]string{{ClientID}}}, named{"an object with this app", object{"0": ClientID}},
	))
	return append(cases, claimCases("azp", "authorized party", []named{
		{"another app", other}, {"empty", ""}, {"null", nil}, {"a number", 1}, {"a list of this app", []string{ClientID}}, {"in other case", strings.ToUpper(ClientID)}, {"an object", object{"a": ClientID}},
	})...)
}

// issuers are not the tenant's, however much they look like it.
func issuers() []Case {
	other := "99999999-0000-cccc-1111-dddd2222eeee"
	host, path := "https://"+TenantID+".ciamlogin.com", "/"+TenantID+"/v2.0"
	return claimCases("iss", "issuer", append(otherKinds(),
		named{"empty", ""}, named{"elsewhere", "https://evil.example" + path}, named{"with a slash more", Issuer + "/"}, named{"with two slashes", host + "/" + path}, named{"without v2.0", strings.TrimSuffix(Issuer, "/v2.0")}, named{"v1.0", host + "/" + TenantID + "/v1.0"},
		named{"over http", strings.Replace(Issuer, "https:", "http:", 1)}, named{"with the port said", host + ":443" + path}, named{"with another port", host + ":8443" + path}, named{"with a user", strings.Replace(Issuer, "https://", "https://evil@", 1)},
		named{"as a user of another host", "https://" + TenantID + ".ciamlogin.com@evil.example" + path}, named{"as a name below another host", "https://" + TenantID + ".ciamlogin.com.evil.example" + path}, named{"a name that ends alike", "https://" + TenantID + "ciamlogin.com" + path},
		named{"by subdomain", "https://contoso.ciamlogin.com" + path}, named{"another tenant's", "https://" + other + ".ciamlogin.com/" + other + "/v2.0"}, named{"another tenant's path", host + "/" + other + "/v2.0"}, named{"another tenant's host", "https://" + other + ".ciamlogin.com" + path},
		named{"of workforce tenants", "https://login.microsoftonline.com" + path}, named{"of workforce tenants, v1", "https://sts.windows.net/" + TenantID + "/"}, named{"of Azure AD B2C", "https://contoso.b2clogin.com" + path}, named{"in other case", strings.ToUpper(Issuer)}, named{"the host in other case", "https://" + strings.ToUpper(TenantID) + ".ciamlogin.com" + path},
		named{"with a placeholder", "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0"}, named{"with a query", Issuer + "?x=1"}, named{"with a fragment", Issuer + "#x"}, named{"with a space", Issuer + " "}, named{"with NUL", Issuer + "\x00"}, named{"with dots in the path", host + "/x/.." + path},
		named{"percent-encoded", strings.Replace(Issuer, "/v2.0", "%2Fv2.0", 1)}, named{"in other writing", strings.Replace(Issuer, "ciamlogin", "cіamlogin", 1)}, named{"a full stop at the host's end", strings.Replace(Issuer, ".com/", ".com./", 1)}, named{"a list with it", []string{Issuer}}, named{"common", "https://login.microsoftonline.com/common/v2.0"},
	))
}

// identities are about another person or of another sign-in.
func identities() []Case {
	cases := claimCases("nonce", "nonce", append(otherKinds(),
		named{"empty", ""}, named{"of another sign-in", "nonce-of-another-one"}, named{"a prefix", Nonce[:4]}, named{"with a tail", Nonce + "x"}, named{"in other case", strings.ToUpper(Nonce)}, named{"with NUL", Nonce + "\x00"}, named{"a list with it", []string{Nonce}},
	))
	return append(cases, claimCases("sub", "subject", append(otherKinds(), named{"empty", ""}, named{"of 256 bytes", longText(256)}, named{"of 20,000 bytes", longText(20000)}, named{"a list", []string{"pairwise-subject"}}))...)
}

// tenants are other ones, and other versions of the token.
func tenants() []Case {
	cases := claimCases("tid", "tenant", append(otherKinds(),
		named{"empty", ""}, named{"another", "99999999-0000-cccc-1111-dddd2222eeee"}, named{"in other case", strings.ToUpper(TenantID)}, named{"without hyphens", strings.ReplaceAll(TenantID, "-", "")}, named{"in braces", "{" + TenantID + "}"}, named{"with a space", " " + TenantID},
		named{"a list with it", []string{TenantID}}, named{"of Microsoft accounts", "9188040d-6c67-4c5b-b112-36a304b66dad"}, named{"a name", "contoso.onmicrosoft.com"}, named{"common", "common"},
	))
	cases = append(cases, claimCases("ver", "version", append(otherKinds(), named{"1.0", "1.0"}, named{"a number 2.0", raw("2.0")}, named{"2", "2"}, named{"2.00", "2.00"}, named{"with a space", "2.0 "}, named{"3.0", "3.0"}, named{"empty", ""}))...)
	return append(cases,
		Case{"everything of another tenant", signed(nil, object{"iss": "https://evil.example", "aud": "x", "tid": "y", "nonce": "z"}), "issuer,audience,tenant,nonce"},
		Case{"an access token of the tenant", signed(nil, object{"aud": "api://" + ClientID, "scp": "Orders.Read", "azp": ClientID, "nonce": drop}), "audience,nonce"},
		Case{"an app's token", signed(nil, object{"idtyp": "app", "roles": []string{"Orders.All"}, "nonce": drop, "sub": drop}), "nonce,subject"},
		Case{"a logout token", signed(nil, object{"events": object{"http://schemas.openid.net/event/backchannel-logout": object{}}, "nonce": drop}), "nonce"},
		Case{"a client assertion", signed(nil, object{"iss": ClientID, "sub": ClientID, "aud": Issuer, "nonce": drop}), "issuer,audience,nonce"},
	)
}
