package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

// microsoft are the hosts of one of Microsoft's clouds, with an external tenant behind them. What they publish is as Microsoft
// documents it; what they issue is the embedded tenant's, which has no part in who is asked where.
type microsoft struct {
	m            *machine
	login, graph string
	mu           sync.Mutex
	calls        []string // of the program: METHOD host/path
	signIn       url.Values
	scopes       []string // of the program's token requests
	tokensAt     map[string]bool
	// spoil, when set, changes an answer.
	spoil func(*http.Request, *http.Response)
}

// newMicrosoft is a machine whose internet is that of Microsoft, and whose tenant is contoso.
func newMicrosoft(t *testing.T, graphHost, loginHost string, edit ...func(*emulator.Seed)) (*machine, *microsoft) {
	t.Helper()
	m := newAdministrators(t, edit...)
	key, err := tenantKey()
	if err != nil {
		t.Fatal(err)
	}
	seed := directory.Empty()
	seed.Tenants[0].Keys = []directory.Key{key}
	seed.Tenants[0].Users = append(seed.Tenants[0].Users, directory.User{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: "ada@example.com", Password: "Correct-Horse-9"})
	for _, e := range edit {
		e(seed)
	}
	m.tenant, err = emulator.New(emulator.Options{Seed: seed, PasswordCost: 4, RecordSecrets: true, Now: m.now, Issuer: emulator.IssuerOrigin, Hosts: []string{loginHost, graphHost}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.tenant.Close() })
	ms := &microsoft{m: m, login: loginHost, graph: graphHost, tokensAt: map[string]bool{}}
	m.env = map[string]string{"CIAM_TENANT": "contoso"}
	m.network = ms
	m.visitor = visitor.New(browserNetwork{m})
	m.visitor.Email, m.visitor.Password = adminEmail, directory.DefaultAdministratorPassword
	return m, ms
}

// RoundTrip is the program's internet.
func (ms *microsoft) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	host, path := req.URL.Host, req.URL.Path
	ms.mu.Lock()
	ms.calls = append(ms.calls, req.Method+" "+host+path)
	if req.Header.Get("Authorization") != "" {
		ms.tokensAt[host] = true
	}
	if form, err := url.ParseQuery(string(body)); err == nil && strings.HasSuffix(path, "/token") {
		ms.scopes = append(ms.scopes, form.Get("scope"))
	}
	ms.mu.Unlock()
	switch {
	case host == "contoso.ciamlogin.com" && strings.HasSuffix(path, "/v2.0/.well-known/openid-configuration"):
		return ms.json(req, customersMetadata)
	case host == ms.login && path == "/"+directory.DefaultTenantID+"/v2.0/.well-known/openid-configuration":
		return ms.json(req, strings.ReplaceAll(strings.ReplaceAll(workforceMetadata, "LOGIN", ms.login), "GRAPH", ms.graph))
	case host == ms.graph && strings.HasPrefix(path, "/v1.0/"):
		req = req.Clone(req.Context())
		req.URL.Path = "/graph" + path
	case host != ms.login:
		return nil, fmt.Errorf("%s is nobody's host here", host)
	}
	// The embedded tenant has the public cloud's name for Graph.
	body = bytes.ReplaceAll(body, []byte(url.QueryEscape("https://"+ms.graph)), []byte(url.QueryEscape("https://graph.microsoft.com")))
	req = req.Clone(req.Context())
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp, err := ms.m.tenant.Transport().RoundTrip(req)
	if err == nil && strings.HasSuffix(path, "/devicecode") { // so that nobody waits for long
		answer, _ := io.ReadAll(resp.Body)
		answer = bytes.Replace(answer, []byte(`"interval":5`), []byte(`"interval":1`), 1)
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(answer)), int64(len(answer))
		resp.Header.Del("Content-Length")
	}
	if err == nil && ms.spoil != nil {
		ms.spoil(req, resp)
	}
	return resp, err
}

func (ms *microsoft) json(req *http.Request, body string) (*http.Response, error) {
	body = strings.ReplaceAll(body, "TENANT", directory.DefaultTenantID)
	resp := page(200, "application/json; charset=utf-8", body)(req)
	resp.Request = req
	return resp, nil
}

// customersMetadata and workforceMetadata are as the metadata documents of an external tenant and of any tenant at the sign-in
// page of organizations are printed in Microsoft's pages.
const (
	customersMetadata = `{"token_endpoint":"https://contoso.ciamlogin.com/TENANT/oauth2/v2.0/token","jwks_uri":"https://contoso.ciamlogin.com/TENANT/discovery/v2.0/keys",
"issuer":"https://TENANT.ciamlogin.com/TENANT/v2.0","authorization_endpoint":"https://contoso.ciamlogin.com/TENANT/oauth2/v2.0/authorize",
"device_authorization_endpoint":"https://contoso.ciamlogin.com/TENANT/oauth2/v2.0/devicecode","end_session_endpoint":"https://contoso.ciamlogin.com/TENANT/oauth2/v2.0/logout"}`
	workforceMetadata = `{"token_endpoint":"https://LOGIN/TENANT/oauth2/v2.0/token",
"token_endpoint_auth_methods_supported":["client_secret_post","private_key_jwt","client_secret_basic","self_signed_tls_client_auth"],
"jwks_uri":"https://LOGIN/TENANT/discovery/v2.0/keys","response_modes_supported":["query","fragment","form_post"],
"subject_types_supported":["pairwise"],"id_token_signing_alg_values_supported":["RS256"],
"response_types_supported":["code","id_token","code id_token","id_token token"],"scopes_supported":["openid","profile","email","offline_access"],
"issuer":"https://LOGIN/TENANT/v2.0","request_uri_parameter_supported":false,"userinfo_endpoint":"https://GRAPH/oidc/userinfo",
"authorization_endpoint":"https://LOGIN/TENANT/oauth2/v2.0/authorize","device_authorization_endpoint":"https://LOGIN/TENANT/oauth2/v2.0/devicecode",
"http_logout_supported":true,"frontchannel_logout_supported":true,"end_session_endpoint":"https://LOGIN/TENANT/oauth2/v2.0/logout",
"kerberos_endpoint":"https://LOGIN/TENANT/kerberos","tenant_region_scope":"EU","cloud_instance_name":"microsoftonline.com",
"cloud_graph_host_name":"graph.windows.net","msgraph_host":"GRAPH","rbac_url":"https://pas.windows.net"}`
)

// TestAdministrator_clouds: in each of Microsoft's clouds an administrator signs in at that cloud's page for organizations, at
// the tenant by its ID, and an app proves itself there; the tenant's own host is asked for its metadata alone, and the token goes to Graph alone.
func TestAdministrator_clouds(t *testing.T) {
	for _, c := range []struct{ graph, login string }{
		{"graph.microsoft.com", "login.microsoftonline.com"},
		{"graph.microsoft.us", "login.microsoftonline.us"},
		{"dod-graph.microsoft.us", "login.microsoftonline.us"},
		{"microsoftgraph.chinacloudapi.cn", "login.partner.microsoftonline.cn"},
	} {
		for _, way := range []string{"browser", "device", "app"} {
			t.Run(c.graph+" "+way, func(t *testing.T) {
				m, ms := newMicrosoft(t, c.graph, c.login, daemon(readOrg))
				if c.graph != "graph.microsoft.com" {
					m.env["CIAM_GRAPH_URL"] = "https://" + c.graph
				}
				args := []string{"probe", readOrg, "--timeout", "20s"}
				who := adminEmail
				switch way {
				case "browser":
					m.open = func(address string) { ms.visits(address) }
				case "device":
					args = append(args, "--device-code")
				case "app":
					m.env["CIAM_CLIENT_SECRET"], who = daemonSecret, "app "+daemonApp
					args = append(args, "--client-credentials", "--client-id", daemonApp)
				}
				o := m.watching(func(screen func() string) {
					if way == "device" {
						m.typesCode(screen, "https://"+c.login)
					}
				}, args...)
				if want := directory.DefaultTenantID + " contoso contoso \"\"\nContoso as " + who + "\n"; o.code != 0 || o.stdout != want {
					t.Errorf("got %+v, want %q", o, want)
				}
				ms.mu.Lock()
				defer ms.mu.Unlock()
				at := c.login + "/" + directory.DefaultTenantID
				for _, call := range ms.calls {
					method, where, _ := strings.Cut(call, " ")
					switch {
					case method == "GET" && strings.HasPrefix(where, "contoso.ciamlogin.com/") && strings.HasSuffix(where, "/openid-configuration"):
					case strings.HasPrefix(where, at+"/"):
					case method == "GET" && where == c.graph+"/v1.0/organization":
					default:
						t.Errorf("asked for %s", call)
					}
				}
				if len(ms.tokensAt) != 1 || !ms.tokensAt[c.graph] {
					t.Errorf("the token went to %v", ms.tokensAt)
				}
				want := "https://" + c.graph + "/" + readOrg
				if way == "app" {
					want = "https://" + c.graph + "/.default"
				}
				if len(ms.scopes) == 0 || !strings.Contains(" "+ms.scopes[0]+" ", " "+want+" ") {
					t.Errorf("scopes %q, want %s", ms.scopes, want)
				}
				if q := ms.signIn; way == "browser" && (q.Get("client_id") != graphTools || !strings.HasPrefix(q.Get("redirect_uri"), "http://localhost") ||
					q.Get("scope") != "openid profile offline_access "+want || q.Get("code_challenge_method") != "S256" || q.Get("prompt") != "select_account") {
					t.Errorf("authorize %v", q)
				}
				if way == "device" && !strings.Contains(o.stderr, "https://microsoft.com/devicelogin") {
					t.Errorf("the page for the code is not Microsoft's:\n%s", o.stderr)
				}
			})
		}
	}
}

// visits opens the address of a sign-in in the person's browser, and notes what it asks for.
func (ms *microsoft) visits(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Host != ms.login || u.Path != "/"+directory.DefaultTenantID+"/oauth2/v2.0/authorize" {
		ms.m.t.Errorf("the browser is sent to %s", address)
		return
	}
	ms.mu.Lock()
	ms.signIn = u.Query()
	ms.mu.Unlock()
	address = strings.ReplaceAll(address, url.QueryEscape("https://"+ms.graph), url.QueryEscape("https://graph.microsoft.com"))
	ms.m.goes(address)
}

// goes has the person follow an address in the browser.
func (m *machine) goes(address string) {
	m.browsers.Add(0)
	go func() {
		if _, err := m.visitor.Visit(m.t.Context(), address); err != nil && m.t.Context().Err() == nil {
			m.t.Errorf("visit: %v", err)
		}
	}()
}

// typesCode has the person type the code of a sign-in into the page for it.
func (m *machine) typesCode(screen func() string, at string) {
	find := regexp.MustCompile(`type the code  (\w+)`)
	if shown := m.seesText(screen, find); shown != nil {
		m.visitor.Attributes = map[string]string{"userCode": shown[1]}
		if end, err := m.visitor.Visit(m.t.Context(), at+"/common/oauth2/deviceauth"); err != nil {
			m.t.Errorf("visit: %v, %+v", err, end)
		}
	}
}
