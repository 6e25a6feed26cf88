package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/wire"
)

func TestRoot(t *testing.T) {
	for _, tt := range []struct{ address, want, problem string }{
		{"", "https://graph.microsoft.com/v1.0", ""},
		{"https://graph.microsoft.com", "https://graph.microsoft.com/v1.0", ""},
		{"https://graph.microsoft.com/v1.0/", "https://graph.microsoft.com/v1.0", ""},
		{"HTTPS://GRAPH.MICROSOFT.COM:443/v1.0", "https://graph.microsoft.com/v1.0", ""},
		{"https://graph.microsoft.us", "https://graph.microsoft.us/v1.0", ""},
		{"http://localhost:8400/graph/v1.0", "http://localhost:8400/graph/v1.0", ""},
		{"https://127.0.0.1:8400/graph/v1.0/", "https://127.0.0.1:8400/graph/v1.0", ""},
		{"http://[::1]:1", "http://[::1]:1", ""},
		{"http://graph.microsoft.com", "", "expected https"},
		{"https://graph.microsoft.com:8443", "", "no port"},
		{"https://graph.microsoft.com/beta", "", "no path but /v1.0"},
		{"https://graph.microsoft.com.evil.example", "", "Microsoft's Graph hosts"},
		{"https://graph.microsoft.com@evil.example", "", "user name"},
		{"https://evil.example/graph.microsoft.com", "", "Microsoft's Graph hosts"},
		{"https://evil.localhost", "", "Microsoft's Graph hosts"},
		{"https://localhost.evil.example", "", "Microsoft's Graph hosts"},
		{"http://localhost@evil.example/", "", "user name"},
		{"http://127.0.0.1.nip.io", "", "Microsoft's Graph hosts"},
		{"http://2130706433/", "", "Microsoft's Graph hosts"},
		{"http://0.0.0.0:1", "", "Microsoft's Graph hosts"},
		{"https://graph.microsoft.com?x=SECRET", "", "query"},
		{"https://user:SECRET@localhost/", "", "user name"},
		{"https://graph.microsoft.com/v1.0#x", "", "fragment"},
		{"http://localhost/../x", "", "plain segments"},
		{"graph.microsoft.com", "", "expected https://graph.microsoft.com/v1.0"},
		{"file:///etc/passwd", "", "expected https://graph.microsoft.com/v1.0"},
		{"https://", "", "expected https://graph.microsoft.com/v1.0"},
		{"://\x00", "", "expected https://graph.microsoft.com/v1.0"},
	} {
		got, err := Root(tt.address)
		var bad *RootError
		switch {
		case tt.problem == "" && (err != nil || got != tt.want):
			t.Errorf("%q: got %q, %v", tt.address, got, err)
		case tt.problem != "" && (!errors.As(err, &bad) || got != "" || !strings.Contains(err.Error(), tt.problem)):
			t.Errorf("%q: got %q, %v; want %q", tt.address, got, err, tt.problem)
		case err != nil && strings.Contains(err.Error(), "SECRET"):
			t.Errorf("%q: a secret is in %v", tt.address, err)
		}
	}
}

// TestFailures has what can come in place of an answer, for a call that only reads and one that makes: what is said, how
// often it is tried.
func TestFailures(t *testing.T) {
	const refused = `{"error":{"code":"%s","message":"%s","innerError":{"date":"2026-11-24T09:00:00","request-id":"r-1","client-request-id":"c-1"}}}`
	after := http.Header{"Retry-After": {"7"}}
	for _, tt := range []struct {
		name       string
		status     int
		body       string
		header     http.Header
		get, post  int // how often it is sent
		is         string
		code, said string
	}{
		{"no scope", 403, fmt.Sprintf(refused, "Authorization_RequestDenied", "Insufficient privileges"), nil, 1, 1, "forbidden", "Authorization_RequestDenied", "Insufficient privileges [Authorization_RequestDenied] (HTTP status 403, request ID r-1)"},
		{"no role", 400, fmt.Sprintf(refused, "AADB2C", "User Authorization: Access is denied"), nil, 1, 1, "forbidden", "AADB2C", "Access is denied [AADB2C]"},
		{"nested", 403, `{"error":{"code":"UnknownError","message":"m","innerError":{"code":"PermissionScopeNotGranted","innerError":{}}}}`, nil, 1, 1, "forbidden", "PermissionScopeNotGranted", "our request ID 00000000-"},
		{"not replicated", 400, fmt.Sprintf(refused, "Request_BadRequest", "The appId 'x' does not reference a valid application object."), nil, 1, 1, "not replicated", "Request_BadRequest", "valid application"},
		{"throttled", 429, fmt.Sprintf(refused, "TooManyRequests", "slow"), after, 4, 4, "", "TooManyRequests", "slow"},
		{"overloaded", 503, `<html>x</html>`, nil, 4, 1, "", "", "answered with a web page"},
		{"gateway", 504, "", nil, 4, 1, "", "", "refused without a reason (HTTP status 504"},
		{"broken error", 500, `{"error":`, nil, 4, 1, "", "", "refused without a reason"},
		{"a portal", 200, `<html>sign in</html>`, nil, 1, 1, "unreachable", "", "web page"},
		{"half", 200, `{"value":[{"id":"1"`, nil, 1, 1, "unreachable", "", "the answer"},
		{"empty", 200, "", nil, 1, 1, "unreachable", "", "empty"},
		{"another shape", 200, `{"value":"SECRET","id":7}`, nil, 1, 1, "unreachable", "", "has "},
		{"nothing in it", 200, `{}`, nil, 1, 1, "unreachable", "", "the answer"},
		{"redirect", 302, "", http.Header{"Location": {"https://evil.example/"}}, 1, 1, "", "", "HTTP status 302"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sent := map[string]int{}
			c := client(t, func(req *http.Request) (int, string, http.Header) {
				sent[req.Method]++
				return tt.status, tt.body, tt.header
			})
			_, getErr := c.UserFlowAttributes(t.Context())
			_, postErr := c.CreateUserFlowAttribute(t.Context(), UserFlowAttribute{DisplayName: "x"})
			if sent["GET"] != tt.get || sent["POST"] != tt.post {
				t.Errorf("GET was sent %d times, POST %d times", sent["GET"], sent["POST"])
			}
			for _, err := range []error{getErr, postErr} {
				if err == nil || !strings.Contains(err.Error(), tt.said) || strings.Contains(err.Error(), "SECRET") {
					t.Errorf("got %v", err)
				}
				var e *Error
				var u *wire.UnreachableError
				if errors.As(err, &u) != (tt.is == "unreachable") || errors.As(err, &e) == (tt.is == "unreachable") {
					t.Errorf("got a %T", err)
				}
				if e != nil && (e.Code != tt.code || e.Status != tt.status) {
					t.Errorf("got code %q, status %d", e.Code, e.Status)
				}
				if Forbidden(err) != (tt.is == "forbidden") || NotReplicated(err) != (tt.is == "not replicated") {
					t.Errorf("forbidden %v, not replicated %v", Forbidden(err), NotReplicated(err))
				}
				if tt.header != nil && e != nil && tt.status == 429 && e.RetryAfter != 7*time.Second {
					t.Errorf("got Retry-After %v", e.RetryAfter)
				}
			}
		})
	}
}

// TestUnsure has a connection that breaks after each request was carried out: what can be repeated is.
func TestUnsure(t *testing.T) {
	sent := map[string]int{}
	c := client(t, nil)
	c, _ = New("", Options{Token: c.options.Token, RequestID: c.options.RequestID, Pause: c.options.Pause,
		HTTP: &http.Client{Transport: breaking{sent}}})
	ctx := t.Context()
	_, e1 := c.PutApplication(ctx, "x", Application{})
	_, e2 := c.CreateServicePrincipal(ctx, guid)
	for method, err := range map[string]error{"PATCH": e1, "POST": e2, "DELETE": c.DeleteApplication(ctx, "1")} {
		want := 4
		if method == "POST" {
			want = 1
		}
		var u *wire.UnreachableError
		if !errors.As(err, &u) || sent[method] != want {
			t.Errorf("%s: sent %d times, %v", method, sent[method], err)
		}
	}
}

type breaking struct{ sent map[string]int }

func (b breaking) RoundTrip(req *http.Request) (*http.Response, error) {
	b.sent[req.Method]++
	return nil, errors.New("http: server closed idle connection")
}

func TestPages(t *testing.T) {
	for _, tt := range []struct {
		name, next string
		want       int
		said       string
	}{
		{"two", "https://graph.microsoft.com/v1.0/applications?$skiptoken=2", 2, ""},
		{"another host", "https://evil.example/v1.0/applications?$skiptoken=2", 0, "another place"},
		{"another path", "https://graph.microsoft.com/beta/applications", 0, "another place"},
		{"a host that begins so", "https://graph.microsoft.com/v1.0.evil.example/", 0, "another place"},
		{"itself", "https://graph.microsoft.com/v1.0/applications", 0, "at the same"},
		{"no end", "https://graph.microsoft.com/v1.0/applications?$skiptoken=%d", 0, "more than 500 pages"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			c := client(t, func(req *http.Request) (int, string, http.Header) {
				n++
				next := tt.next
				if strings.Contains(next, "%d") {
					next = fmt.Sprintf(next, n)
				}
				if req.URL.Host != "graph.microsoft.com" {
					t.Errorf("asked %s", req.URL.Host)
				}
				if req.URL.RawQuery != "" && n == 2 && tt.want == 2 {
					return 200, `{"value":[{"id":"2"}]}`, nil
				}
				return 200, fmt.Sprintf(`{"value":[{"id":"%d"}],"@odata.nextLink":%q}`, n, next), nil
			})
			got, err := c.Applications(t.Context(), "")
			if len(got) != tt.want || (err == nil) != (tt.said == "") || err != nil && !strings.Contains(err.Error(), tt.said) {
				t.Errorf("got %d, %v", len(got), err)
			}
		})
	}
}

// TestRequests has what is the same in every request: where it goes and what it carries.
func TestRequests(t *testing.T) {
	var urls []string
	c := client(t, func(req *http.Request) (int, string, http.Header) {
		urls = append(urls, req.Method+" "+req.URL.RequestURI())
		if req.Header.Get("Authorization") != "Bearer TOKEN-SECRET" || req.Header.Get("client-request-id") == "" {
			t.Errorf("%s %s: the headers are %v", req.Method, req.URL, req.Header)
		}
		if prefer := req.Header.Get("Prefer"); (prefer == "create-if-missing") != (req.Method == "PATCH" && strings.Contains(req.URL.Path, "uniqueName=")) {
			t.Errorf("%s %s: Prefer is %q", req.Method, req.URL, prefer)
		}
		return agreeable(req)
	})
	everyCall(t.Context(), c)
	all := "\n" + strings.Join(urls, "\n") + "\n"
	for _, want := range []string{
		"PATCH /v1.0/applications(uniqueName=%27ciam-o%27%27neil%27)",
		"GET /v1.0/applications?$filter=displayName%20eq%20%27a%20%26%20b%27",
		"GET /v1.0/applications?$filter=tags%2Fany%28t%3At%20eq%20%27ciam-setup%27%29",
		"GET /v1.0/identity/authenticationEventsFlows/1/conditions/applications/includeApplications",
		"DELETE /v1.0/identity/authenticationEventsFlows/1/conditions/applications/includeApplications/" + guid,
		"DELETE /v1.0/directory/deletedItems/1",
	} {
		if !strings.Contains(all, "\n"+want+"\n") {
			t.Errorf("not asked: %s\nof %s", want, all)
		}
	}
}

// TestNoID checks that an id that is missing does not name a whole collection.
func TestNoID(t *testing.T) {
	c := client(t, func(req *http.Request) (int, string, http.Header) {
		t.Errorf("sent %s %s", req.Method, req.URL)
		return 204, "", nil
	})
	for _, err := range []error{c.DeleteApplication(t.Context(), ""), c.UnlinkApplication(t.Context(), "", "x"), c.RemoveAttribute(t.Context(), "1", ""), c.UpdateGrant(t.Context(), "", "x")} {
		if !errors.Is(err, errNoID) {
			t.Errorf("got %v", err)
		}
	}
}

func TestPutApplication(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		gets   int
	}{{"made", 201, 0}, {"changed", 204, 1}} {
		gets := 0
		c := client(t, func(req *http.Request) (int, string, http.Header) {
			if req.Method == http.MethodGet {
				gets++
				return 200, `{"id":"1","appId":"a"}`, nil
			}
			if tt.status == 201 {
				return 201, `{"id":"1","appId":"a"}`, nil
			}
			return 204, "", nil
		})
		app, err := c.PutApplication(t.Context(), "x", Application{DisplayName: "x"})
		if err != nil || app.AppID != "a" || gets != tt.gets {
			t.Errorf("%s: got %+v, %v, %d GETs", tt.name, app, err, gets)
		}
	}
}

// TestAbsent checks what it means that something is not there: nothing to find, nothing to delete.
func TestAbsent(t *testing.T) {
	c := client(t, func(*http.Request) (int, string, http.Header) {
		return 404, `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'x' does not exist."}}`, nil
	})
	if app, err := c.Application(t.Context(), "x"); app != nil || err != nil {
		t.Errorf("got %v, %v", app, err)
	}
	if err := c.DeleteUserFlow(t.Context(), "x"); err != nil {
		t.Errorf("got %v", err)
	}
	if err := c.UpdateGrant(t.Context(), "x", "y"); !NotFound(err) {
		t.Errorf("got %v", err)
	}
}

func TestSecret_hides(t *testing.T) {
	c := client(t, agreeable)
	p, err := c.AddPassword(t.Context(), "1", "x", nil)
	if err != nil || string(p.SecretText) != "PASSWORD-SECRET" {
		t.Fatalf("got %v, %v", p, err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if s := fmt.Sprintf(format, *p) + fmt.Sprintf(format, p.SecretText); strings.Contains(s, "PASSWORD") {
			t.Errorf("%s shows %s", format, s)
		}
	}
}

// TestToken_trouble passes on what the caller's own function says.
func TestToken_trouble(t *testing.T) {
	want := errors.New("no administrator")
	c, err := New("", Options{Token: func(context.Context) (string, error) { return "", want }, RequestID: func() string { return "x" }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Organization(t.Context()); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	if _, err := New("https://evil.example", Options{}); err == nil {
		t.Error("a token would go to another host")
	}
}
