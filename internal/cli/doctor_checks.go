package cli

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/doctor"
	"github.com/ciam-cli/ciam/internal/wire"
)

// diagnosis is what the checks hand on to those that rest on them. Each field is written by one check and read by checks
// after it.
type diagnosis struct {
	r *run
	o doctorOptions
	// asked says that somebody is there to answer, though the checks ask nothing.
	asked bool
	// tell tells the person something, whatever is kept quiet.
	tell func(string)

	// By profile.
	choice choice
	app    auth.App
	item   string // where the session is kept, "" where that cannot be told without the tenant
	store  string // the kind of token store
	// By proxy, which makes the first request to the tenant: what the checks up to issuer tell of.
	transport http.RoundTripper
	proxy     *url.URL
	service   *auth.Service
	clock     *doctor.Clock
	trace     doctor.Trace
	md        authority.Metadata
	trouble   error                  // of the request
	reached   *wire.UnreachableError // trouble as such; nil where it is another
	// By app.
	credential    auth.Credential
	credentialErr error
	redirect      string
	sight         auth.Sight
	control       bool // the tenant refuses a redirect URI that is not registered
}

func newDiagnosis(r *run, o doctorOptions) *diagnosis {
	return &diagnosis{r: r.quietly(), o: o, store: cmp.Or(r.global.tokenStore, r.env.TokenStore, "keychain"), asked: !r.global.noInput, tell: func(text string) { r.Streams.Say("%s", text) }}
}

// checks are all there are, in the order in which they are shown.
func (d *diagnosis) checks() []doctor.Check {
	return []doctor.Check{
		{ID: "version", About: "ciam, Go, the system, MSAL", Run: d.checkVersion},
		{ID: "config", About: "the configuration file and the files that variables name", Run: d.checkConfig},
		{ID: "profile", About: "which app in which tenant", After: []string{"config"}, Limit: 15 * time.Second, Run: d.checkProfile},
		{ID: "proxy", About: "the way to the tenant: which proxy, and who says so", After: []string{"profile"}, Limit: visitLimit + time.Second, Run: d.checkProxy},
		{ID: "dns", About: "the name of the tenant's host", After: []string{"proxy"}, Run: d.checkDNS},
		{ID: "tcp", About: "a connection to it", After: []string{"dns"}, Run: d.checkTCP},
		{ID: "tls", About: "its certificate: who signed it, and until when", After: []string{"tcp"}, Run: d.checkTLS},
		{ID: "clock", About: "this machine's clock against the tenant's", After: []string{"tls"}, Run: d.checkClock},
		{ID: "tenant", About: "the tenant's metadata (discovery)", After: []string{"tls"}, Run: d.checkTenant},
		{ID: "issuer", About: "whether they are those of the tenant, as pinned", After: []string{"tenant"}, Run: d.checkIssuer},
		{ID: "keys", About: "the keys that sign its tokens", After: []string{"issuer"}, Limit: visitLimit, Run: d.checkKeys},
		{ID: "app", About: "whether the tenant knows the app", After: []string{"issuer"}, Limit: visitLimit, Run: d.checkApp},
		{ID: "redirect-uri", About: "whether its redirect URI is registered", After: []string{"app"}, Run: d.checkRedirect},
		{ID: "scope", About: "whether the scopes can be asked for", After: []string{"redirect-uri"}, Run: d.checkScope},
		{ID: "user-flow", About: "whether the app is linked to a user flow", After: []string{"app"}, Run: d.checkUserFlow},
		{ID: "secret", About: "the app's secret or certificate", After: []string{"app"}, Limit: visitLimit, Run: d.checkSecret},
		{ID: "device-code", About: "whether the app may use device codes", After: []string{"app"}, Limit: visitLimit, Run: d.checkDeviceCode},
		{ID: "native", About: "whether the app may use native authentication", After: []string{"app"}, Limit: visitLimit, Run: d.checkNative},
		{ID: "port", About: "the listener for the tenant's answer, on both address families", Behind: []string{"profile"}, Run: d.checkPort},
		{ID: "browser", About: "what a sign-in would do here", Behind: []string{"profile"}, Run: d.checkBrowser},
		{ID: "keychain", About: "the token store: write, read, size, delete", Behind: []string{"profile"}, Limit: 25 * time.Second, Run: d.checkStore},
		{ID: "session", About: "who is signed in", After: []string{"profile", "keychain"}, Behind: []string{"issuer"}, Run: d.checkSession},
		{ID: "slots", About: "the other sessions that are kept", After: []string{"keychain"}, Limit: 15 * time.Second, Run: d.checkSlots},
	}
}

// warned, failed and unseen make results with something to do.
func warned(found, next string) doctor.Result {
	return doctor.Result{State: doctor.Warn, Found: found, Next: next}
}

func failed(found, next string) doctor.Result {
	return doctor.Result{State: doctor.Fail, Found: found, Next: next}
}

func unseen(found, next string) doctor.Result {
	return doctor.Result{State: doctor.Unknown, Found: found, Next: next}
}

// pasted marks words that can be pasted.
func pasted(words string) string { return "`" + words + "`" }

// flag names the profile for a suggested command, where it was named for this one.
func (d *diagnosis) flag() string {
	return (&target{choice: d.choice}).flag()
}

// loginLine is the command that signs in to what is looked at.
func (d *diagnosis) loginLine() string { return (&target{choice: d.choice}).loginLine() }

// settleLine is the command that has the profile be for another tenant or app.
func (d *diagnosis) settleLine(tenant, clientID string) string {
	return pasted("ciam login -p " + d.choice.name + " --tenant " + tenant + " --client-id " + clientID + " --replace")
}

// heading says what is looked at.
func (d *diagnosis) heading() string {
	c := d.choice
	if c.settings.Authority == "" && c.settings.ClientID == "" {
		return ""
	}
	tenant := c.settings.Authority
	if c.name == demoProfile {
		tenant = "the embedded tenant"
	}
	text := tenant + " · app " + c.settings.ClientID
	if c.name == "" {
		return text + " · no profile"
	}
	return text + " · profile " + c.name
}
