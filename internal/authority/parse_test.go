package authority

import (
	"errors"
	"strings"
	"testing"
)

const (
	testTenant  = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	otherTenant = "99999999-0000-cccc-1111-dddd2222eeee"
)

func TestParse(t *testing.T) {
	const (
		sub  = "https://contoso.ciamlogin.com"
		guid = "https://" + testTenant + ".ciamlogin.com"
		dom  = "contoso.onmicrosoft.com"
	)
	for _, tt := range []struct{ in, base, tenant, id, subdomain string }{
		{"contoso", sub, dom, "", "contoso"},
		{" Contoso\n", sub, dom, "", "contoso"},
		{"contoso.onmicrosoft.com", sub, dom, "", "contoso"},
		{strings.ToUpper(testTenant), guid, testTenant, testTenant, ""},
		{"https://contoso.ciamlogin.com", sub, dom, "", "contoso"},
		{"https://CONTOSO.ciamlogin.com:443/", sub, dom, "", "contoso"},
		{"contoso.ciamlogin.com", sub, dom, "", "contoso"},
		{"contoso.ciamlogin.com/" + testTenant, sub, testTenant, testTenant, "contoso"},
		{"https://contoso.ciamlogin.com/contoso", sub, dom, "", "contoso"},
		{"https://contoso.ciamlogin.com/contoso.onmicrosoft.com/", sub, dom, "", "contoso"},
		{"https://contoso.ciamlogin.com/customers.example.com", sub, "customers.example.com", "", "contoso"},
		{"https://contoso.ciamlogin.com/" + testTenant + "/v2.0", sub, testTenant, testTenant, "contoso"},
		{"https://contoso.ciamlogin.com/" + testTenant + "/v2.0/.well-known/openid-configuration", sub, testTenant, testTenant, "contoso"},
		{"https://contoso.ciamlogin.com/" + testTenant + "/oauth2/v2.0/authorize", sub, testTenant, testTenant, "contoso"},
		{guid, guid, testTenant, testTenant, ""},
		{guid + "/" + testTenant + "/v2.0", guid, testTenant, testTenant, ""},
		{guid + "/" + testTenant + "/v2.0/", guid, testTenant, testTenant, ""},
		{guid + "/contoso.onmicrosoft.com", guid, dom, testTenant, "contoso"},
		{"https://login.contoso.com/" + testTenant, "https://login.contoso.com", testTenant, testTenant, ""},
		{"https://login.contoso.com/" + strings.ToUpper(testTenant) + "/v2.0/", "https://login.contoso.com", testTenant, testTenant, ""},
		{"https://login.contoso.com:8443/contoso.onmicrosoft.com", "https://login.contoso.com:8443", dom, "", "contoso"},
		{"http://localhost:3001/" + testTenant, "http://localhost:3001", testTenant, testTenant, ""},
		{"http://localhost:80/contoso", "http://localhost", "contoso", "", "contoso"},
		{"https://localhost:8443/contoso.onmicrosoft.com", "https://localhost:8443", dom, "", "contoso"},
		{"http://127.0.0.1:99/" + testTenant, "http://127.0.0.1:99", testTenant, testTenant, ""},
		{"http://[::1]:99/" + testTenant, "http://[::1]:99", testTenant, testTenant, ""},
		{"http://[::1]/" + testTenant, "http://[::1]", testTenant, testTenant, ""},
	} {
		a, err := Parse(tt.in)
		if err != nil || a.Base != tt.base || a.Tenant != tt.tenant {
			t.Errorf("Parse(%q) = %+v, %v; want %s/%s", tt.in, a, err, tt.base, tt.tenant)
			continue
		}
		if a.TenantID() != tt.id || a.Subdomain() != tt.subdomain {
			t.Errorf("%s: tenant id %q, subdomain %q; want %q, %q", tt.in, a.TenantID(), a.Subdomain(), tt.id, tt.subdomain)
		}
		loopback := strings.Contains(tt.base, "localhost") || strings.Contains(tt.base, "127.0.0.1") || strings.Contains(tt.base, "::1")
		if a.Loopback() != loopback {
			t.Errorf("%s: loopback %v", tt.in, a.Loopback())
		}
		if want := tt.base + "/" + tt.tenant + "/v2.0/.well-known/openid-configuration"; a.DiscoveryURL() != want {
			t.Errorf("%s: discovery at %s", tt.in, a.DiscoveryURL())
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Errorf("%s: again %v, %v", a, again, err)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	for _, tt := range []struct{ in, says string }{
		{"", "is empty"},
		{"  ", "is empty"},
		{strings.Repeat("a", 3000), "longer than"},
		{strings.Repeat("a", 64), "not a tenant name"},
		{"con_toso", "not a tenant name"},
		{"-contoso", "not a tenant name"},
		{"con toso", "not a tenant name"},
		{"contöso", "not a tenant name"},
		{"contoso.com", "sign-in host cannot be told"},
		{"mail.contoso.onmicrosoft.com", "sign-in host cannot be told"},
		{"login.contoso.com/" + testTenant, "without its beginning"},
		{"localhost:3000", "without its beginning"},
		{"//contoso.ciamlogin.com", "without its beginning"},
		{"javascript:alert(1)", "without its beginning"},
		{"https://", "no valid host"},
		{"https:///x", "no valid host"},
		{"https://contoso.ciamlogin.com:0/", "no valid host name or port"},
		{"https://contoso.ciamlogin.com:99999/", "no valid host name or port"},
		{"https://contoso.ciamlogin.com:x/", "not a valid URL"},
		{"https://contoso.ciamlogin.com./", "no valid host"},
		{"https://contoso..ciamlogin.com/", "no valid host"},
		{`https://contoso.ciamlogin.com\@evil.example/`, "not a valid URL"},
		{"https://[fe80::1%25eth0]/" + testTenant, "no valid host"},
		{"https://ciamlogin.com/contoso", "not the sign-in host of one tenant"},
		{"https://a.b.ciamlogin.com/", "not the sign-in host of one tenant"},
		{"ftp://contoso.ciamlogin.com", `scheme "ftp"`},
		{"http://contoso.ciamlogin.com", "uses http"},
		{"http://login.contoso.com/" + testTenant, "uses http"},
		{"http://localhost.evil.example/" + testTenant, "uses http"},
		{"http://10.0.0.1/" + testTenant, "uses http"},
		{"https://user:secret@contoso.ciamlogin.com", "user name or password"},
		{"https://contoso.ciamlogin.com?p=x", "query or a fragment"},
		{"https://contoso.ciamlogin.com?", "query or a fragment"},
		{"https://contoso.ciamlogin.com/#x", "query or a fragment"},
		{"https://contoso.ciamlogin.com/contoso.onmicrosoft.com/x", "path that is not"},
		{"https://contoso.ciamlogin.com/a%2fb", "neither a tenant id nor a domain name"},
		{"https://contoso.ciamlogin.com/../x", "path that is not"},
		{"https://contoso.ciamlogin.com/common", "names no tenant (common)"},
		{"https://login.contoso.com/organizations/v2.0", "names no tenant (organizations)"},
		{"https://login.contoso.com", "needs the tenant id"},
		{"http://localhost:3000", "needs the tenant id"},
		{"https://" + testTenant + ".ciamlogin.com/" + otherTenant, "two different tenant ids"},
		{"https://login.microsoftonline.com/" + testTenant, "AADSTS500208"},
		{"https://LOGIN.microsoftonline.com/" + testTenant + "/v2.0", "AADSTS500208"},
		{"https://login.live.com/x", "personal Microsoft accounts"},
		{"https://contoso.b2clogin.com/contoso.onmicrosoft.com", "Azure AD B2C"},
	} {
		a, err := Parse(tt.in)
		var form *FormError
		if !errors.As(err, &form) || form.Placeholder || a != (Authority{}) {
			t.Errorf("Parse(%q) = %v, %v; want a FormError", tt.in, a, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "accepted: contoso, ") {
			t.Errorf("Parse(%q): %v; want %q and the accepted forms", tt.in, err, tt.says)
		}
		if strings.Contains(err.Error(), "secret") || len(err.Error()) > 900 {
			t.Errorf("Parse(%q): %v", tt.in, err)
		}
	}
}

// TestParse_foreign is what people take for an external tenant, with and without its scheme; where a tenant is named in it,
// that is offered.
func TestParse_foreign(t *testing.T) {
	for _, tt := range []struct{ in, says, instead string }{
		{"contoso.b2clogin.com", "Azure AD B2C", ""},
		{"https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1_susi/v2.0/", "Azure AD B2C", "contoso.onmicrosoft.com"},
		{"contoso.b2clogin.com/" + testTenant + "/B2C_1_susi", "Azure AD B2C", testTenant},
		{"https://login.contoso.com/contoso.onmicrosoft.com/B2C_1A_SIGNIN/v2.0", "a policy of Azure AD B2C", ""},
		{"https://login.contoso.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize?p=b2c_1_susi", "a policy of Azure AD B2C", ""},
		{"login.microsoftonline.com", "workforce", ""},
		{"login.microsoftonline.com/" + testTenant, "workforce", testTenant},
		{"https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize?client_id=x", "workforce", "contoso.onmicrosoft.com"},
		{"https://login.microsoftonline.com/common", "workforce", ""},
		{"https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration", "workforce", ""},
		{"https://login.microsoftonline.us/" + testTenant, "workforce", testTenant},
		{"https://sts.windows.net/" + strings.ToUpper(testTenant) + "/", "workforce", testTenant},
		{"https://login.windows.net/00000000-0000-0000-0000-000000000000", "workforce", ""},
		{"login.live.com", "personal Microsoft accounts", ""},
		{"https://entra.microsoft.com/#view/Microsoft_AAD_IAM/TenantOverview.ReactView", "where tenants are looked after", ""},
		{"https://portal.azure.com/contoso.onmicrosoft.com", "where tenants are looked after", "contoso.onmicrosoft.com"},
		{"https://graph.microsoft.com/v1.0", "an API of Microsoft", ""},
		{"https://contoso.eu.auth0.com/", "another vendor's", ""},
		{"contoso.okta.com/oauth2/default", "another vendor's", ""},
		{"https://sso.contoso.com/realms/main", "Keycloak", ""},
		{"https://contoso.onmicrosoft.com", "as a web address", "contoso.onmicrosoft.com"},
		{"admin@contoso.onmicrosoft.com", "is an email address", "contoso.onmicrosoft.com"},
		{"ada@contoso.com", "is an email address", ""},
	} {
		_, err := Parse(tt.in)
		var form *FormError
		if !errors.As(err, &form) || !strings.Contains(form.Problem, tt.says) || form.Instead != tt.instead {
			t.Errorf("Parse(%q): %v, instead %q; want %q, %q", tt.in, err, form.Instead, tt.says, tt.instead)
			continue
		}
		if form.Instead != "" {
			if _, err := Parse(form.Instead); err != nil {
				t.Errorf("%q is offered: %v", form.Instead, err)
			}
		}
		if strings.Contains(err.Error(), "ada") || strings.Contains(err.Error(), "admin@") {
			t.Errorf("a person is in %v", err)
		}
	}
	for _, ours := range []string{"https://b2clogin.contoso.com/" + testTenant, "https://login.tfp.com/" + testTenant, "https://notb2clogin.com/" + testTenant, "b2c", "tfp"} {
		if _, err := Parse(ours); err != nil {
			t.Errorf("%s: %v", ours, err)
		}
	}
}

func TestParse_placeholders(t *testing.T) {
	for _, in := range []string{
		"Enter_the_Tenant_Subdomain_Here", "https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/", "<tenant>", "https://<tenant>.ciamlogin.com",
		"{tenant}", "https://{tenant}.ciamlogin.com/{tenant}", "${TENANT_SUBDOMAIN}", "$TENANT", "your-tenant-name", "YOUR_TENANT",
		"TENANT_SUBDOMAIN", "00000000-0000-0000-0000-000000000000", "https://%7Btenant%7D.ciamlogin.com",
	} {
		_, err := Parse(in)
		var form *FormError
		if !errors.As(err, &form) || !form.Placeholder || !strings.Contains(err.Error(), "placeholder") || !strings.Contains(err.Error(), shorten(in)) {
			t.Errorf("Parse(%q): %v; want it named a placeholder", in, err)
		}
	}
}

func TestValidClientID(t *testing.T) {
	for _, ok := range []string{"00001111-aaaa-2222-bbbb-3333cccc4444", "00001111-AAAA-2222-BBBB-3333CCCC4444"} {
		if err := ValidClientID(ok); err != nil {
			t.Error(err)
		}
	}
	for _, tt := range []struct{ in, says, placeholder string }{
		{"", "is empty", ""},
		{"Enter_the_Application_Id_Here", "placeholder", "Enter_the_Application_Id_Here"},
		{"<client-id>", "placeholder", "<client-id>"},
		{"00000000-0000-0000-0000-000000000000", "placeholder", "00000000-0000-0000-0000-000000000000"},
		{"12341111-aaaa-2222-bbbb-3333cccc444", "not a GUID", ""},
		{"12341111aaaa2222bbbb3333cccc4444", "got 32 characters", ""},
		{"12341111-aaaa-2222-bbbb-3333cccc444g", "not a GUID", ""},
		{"12341111-aaaa-2222-bbbb3-333cccc4444", "not a GUID", ""},
		{"12341111-aaaa-2222-bbbb-3333cccc4444 ", "not a GUID", ""},
		{"S8Q~secret.value", "not a GUID", ""},
	} {
		err := ValidClientID(tt.in)
		var e *ClientIDError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.says) || e.Placeholder != tt.placeholder {
			t.Errorf("ValidClientID(%q): %v", tt.in, err)
		} else if tt.placeholder == "" && tt.in != "" && strings.Contains(err.Error(), tt.in) {
			t.Errorf("the input is in the message: %v", err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"contoso", "https://contoso.ciamlogin.com/" + testTenant + "/v2.0", "http://[::1]:3000/" + testTenant,
		"https://user:p@x/", "contoso.ciamlogin.com:443/a", testTenant, "https://[::ffff:127.0.0.1]/a", "http://127.1/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		ValidClientID(s)
		if err != nil {
			return
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Errorf("Parse(%q) = %v, which parses as %v, %v", s, a, again, err)
		}
		if !strings.HasPrefix(a.Base, "https://") && !a.Loopback() {
			t.Errorf("Parse(%q) = %v: no https", s, a)
		}
		if id := a.TenantID(); id != "" && !isGUID(id) {
			t.Errorf("Parse(%q): tenant id %q", s, id)
		}
		a.Subdomain()
	})
}
