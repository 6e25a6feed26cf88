package authority

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// publishes answers for every host with one metadata document.
type publishes struct{ body string }

func (p publishes) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(p.body)), Request: req}, nil
}

// TestAdministrators: to each host of Graph there is one place, always the tenant by its ID; Parse makes no such place.
func TestAdministrators(t *testing.T) {
	for _, tt := range []struct{ graph, tenant, want string }{
		{"graph.microsoft.com", testTenant, "https://login.microsoftonline.com/" + testTenant},
		{"graph.microsoft.com", strings.ToUpper(testTenant), "https://login.microsoftonline.com/" + testTenant},
		{"graph.microsoft.us", testTenant, "https://login.microsoftonline.us/" + testTenant},
		{"dod-graph.microsoft.us", testTenant, "https://login.microsoftonline.us/" + testTenant},
		{"microsoftgraph.chinacloudapi.cn", testTenant, "https://login.partner.microsoftonline.cn/" + testTenant},
		{"graph.microsoft.com", "common", ""},
		{"graph.microsoft.com", "contoso.onmicrosoft.com", ""},
		{"graph.microsoft.com", "", ""},
		{"graph.microsoft.com.evil.example", testTenant, ""},
		{"localhost", testTenant, ""},
		{"", testTenant, ""},
	} {
		a, ok := Administrators(tt.graph, tt.tenant)
		if ok != (tt.want != "") || ok && (a.String() != tt.want || a.TenantID() != testTenant || a.Loopback()) || !ok && a != (Authority{}) {
			t.Errorf("%s, %s: %v, %t", tt.graph, tt.tenant, a, ok)
		}
		if !ok {
			continue
		}
		if _, err := Parse(tt.want); err == nil {
			t.Errorf("Parse takes %s, where no customer signs in", tt.want)
		}
		if again, err := reparse(a.String()); err != nil || again != a {
			t.Errorf("reparse: %v, %v", again, err)
		}
	}
}

// TestAdministrators_metadata: what the page for organizations publishes is taken when it is about this tenant and about itself.
func TestAdministrators_metadata(t *testing.T) {
	const base = "https://login.microsoftonline.com"
	at, _ := Administrators("graph.microsoft.com", testTenant)
	for name, tt := range map[string]struct {
		changes members
		field   string
	}{
		"its own issuer":                   {members{"issuer": base + "/" + testTenant + "/v2.0"}, ""},
		"the tenant's issuer":              {members{}, ""},
		"of another tenant":                {members{"issuer": base + "/" + otherTenant + "/v2.0"}, "issuer"},
		"of any tenant":                    {members{"issuer": base + "/{tenantid}/v2.0"}, "issuer"},
		"of version 1":                     {members{"issuer": "https://sts.windows.net/" + testTenant + "/"}, "issuer"},
		"of another cloud":                 {members{"issuer": "https://login.microsoftonline.us/" + testTenant + "/v2.0"}, "issuer"},
		"a token endpoint elsewhere":       {members{"token_endpoint": "https://evil.example/token"}, "token_endpoint"},
		"a token endpoint of customers":    {members{"token_endpoint": "https://" + testTenant + ".ciamlogin.com/" + testTenant + "/oauth2/v2.0/token"}, "token_endpoint"},
		"a token endpoint by http":         {members{"token_endpoint": "http://login.microsoftonline.com/x/token"}, "token_endpoint"},
		"keys elsewhere":                   {members{"jwks_uri": "https://localhost/keys"}, "jwks_uri"},
		"a page for codes elsewhere":       {members{"device_authorization_endpoint": "https://login.microsoftonline.us/devicecode"}, "device_authorization_endpoint"},
		"the page for organizations' twin": {members{"authorization_endpoint": "https://login.microsoftonline.com.evil.example/authorize"}, "authorization_endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := &Resolver{HTTP: &http.Client{Transport: publishes{metadataDocument(base, tt.changes)}}, CacheDir: dir}
			md, err := r.Metadata(context.Background(), at, testTenant)
			var untrusted *UntrustedMetadataError
			if tt.field != "" {
				if !errors.As(err, &untrusted) || untrusted.Field != tt.field {
					t.Errorf("%+v, %v", md, err)
				}
				return
			}
			if err != nil || md.TenantID != testTenant || md.TokenEndpoint != base+"/"+testTenant+"/oauth2/v2.0/token" {
				t.Fatalf("%+v, %v", md, err)
			}
			kept, err := (&Resolver{CacheDir: dir, Offline: true}).Metadata(context.Background(), at, testTenant)
			if err != nil || kept != md {
				t.Errorf("from the disk: %+v, %v", kept, err)
			}
			if again, err := r.Refetch(context.Background(), md); err != nil || again.Issuer != md.Issuer {
				t.Errorf("again: %v", err)
			}
			if _, err := r.Metadata(context.Background(), at, otherTenant); !errors.As(err, &untrusted) {
				t.Errorf("pinned to another tenant: %v", err)
			}
		})
	}
}
