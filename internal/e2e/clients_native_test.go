package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const nativeSeed = "clients/native.yaml"

// nativeFlows are the walks through Microsoft's native authentication client, each at a tenant of clients/native.yaml.
var nativeFlows = []struct {
	name, tenant, offers string
	walk                 func(*nativePage)
}{
	{"sign-up with a wrong code, a resend, and attributes", "contoso", "", walkSignUp},
	{"sign-up with everything at once", "contoso", "", walkSignUpAtOnce},
	{"sign-up, refused", "contoso", "", walkSignUpRefused},
	{"sign-in with a password", "contoso", "", walkSignIn},
	{"password reset", "contoso", "", walkReset},
	{"sign-up and sign-in with one-time codes", "fabrikam", "", walkCodes},
	{"sign-in with a second factor", "wingtip", "", walkMFA},
	{"a second factor is registered", "wingtip", "", walkRegistration},
	{"the address of the sign-up as second factor", "wingtip", "", walkPreverified},
	{"an app that cannot ask for a password", "contoso", "challengeTypes=oob+redirect", walkRedirect},
	{"an app that cannot ask for a second factor", "wingtip", "capabilities=", walkIncapable},
}

// testNative drives Microsoft's client for native authentication in Chromium, behind the proxy that Microsoft documents.
func testNative(t *testing.T, folder string) {
	e := startEmulator(t, "--seed", nativeSeed)
	c := e.chromium()
	homes := map[string]string{}
	for _, tenant := range e.Tenants {
		var home string
		node(t, e.tenant(tenant.Subdomain).environment(spaApp, ordersRead), folder, "native-server.js").read("listening", &home)
		homes[tenant.Subdomain] = home
	}
	for _, flow := range nativeFlows {
		t.Run(flow.name, func(t *testing.T) {
			p := &nativePage{t: t, e: e.tenant(flow.tenant), c: c.tab(t), home: homes[flow.tenant] + "?" + flow.offers}
			p.c.open(p.home)
			p.c.page("ready")
			flow.walk(p)
		})
	}
}

// nativePage is a page of the native app.
type nativePage struct {
	t    *testing.T
	e    *liveEmulator
	c    *chromium
	home string
}

// nativeOutcome is what the client makes of an answer.
type nativeOutcome struct {
	p      *nativePage
	called string
	Is     []string
	Error  *struct {
		Is        []string
		Code, Sub string
		Codes     []int
	}
	CodeLength int
	SentTo     string
	Methods    []map[string]string
	Attributes []string
	tokens
}

// ask calls a method of the app, of the state that the last call led to, or of the account.
func (p *nativePage) ask(on, method string, args ...any) nativeOutcome {
	p.t.Helper()
	list, err := json.Marshal(append([]any{on, method}, args...))
	if err != nil {
		p.t.Fatal(err)
	}
	what := on + "." + method
	got := ask(p.c, what, chromedp.Evaluate[nativeOutcome](fmt.Sprintf("ask(...%s)", list), chromedp.EvalAwaitPromise))
	got.p, got.called = p, what
	return got
}

// want wants the client to say so of the result.
func (o nativeOutcome) want(is string) nativeOutcome {
	o.p.t.Helper()
	if o.Error != nil || !slices.Equal(o.Is, []string{is}) {
		o.p.t.Fatalf("%s: %v, error %+v; want %s", o.called, o.Is, o.Error, is)
	}
	return o
}

// refused wants a failure that the client knows by this predicate, with this code of the service; "" and 0 are none.
func (o nativeOutcome) refused(is string, code int) nativeOutcome {
	o.p.t.Helper()
	var predicates []string
	if is != "" {
		predicates = []string{is}
	}
	if o.Error == nil || !slices.Equal(o.Error.Is, predicates) || code != 0 && !slices.Equal(o.Error.Codes, []int{code}) {
		o.p.t.Fatalf("%s: %v, error %+v; want %s, AADSTS%d", o.called, o.Is, o.Error, is, code)
	}
	return o
}

// wrong is a code of the right form that was not sent.
func wrong(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
}

// signedIn wants the account, an access token for the API from the cache, and another one by refresh through the proxy.
func (p *nativePage) signedIn(o nativeOutcome, username string) {
	p.t.Helper()
	if o.Username != username || o.OID == "" {
		p.t.Fatalf("%s: signed in as %+v, not %s", o.called, o.tokens, username)
	}
	scopes := []string{ordersRead}
	first := p.ask("account", "getAccessToken", map[string]any{"forceRefresh": false, "scopes": scopes}).want("isCompleted")
	checkUserToken(p.t, first.AccessToken)
	fresh := p.ask("account", "getAccessToken", map[string]any{"forceRefresh": true, "scopes": scopes}).want("isCompleted")
	if fresh.FromCache || fresh.AccessToken == first.AccessToken {
		p.t.Errorf("by refresh: from the cache %t", fresh.FromCache)
	}
	checkUserToken(p.t, fresh.AccessToken)
}

// again is another load of the page with nobody signed in.
func (p *nativePage) again() {
	p.t.Helper()
	p.c.do("forget", chromedp.Evaluate[chromedp.Void]("sessionStorage.clear()"))
	p.c.open(p.home)
	p.c.page("ready")
}
