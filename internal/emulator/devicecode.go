package emulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"

	deviceLife     = 15 * time.Minute
	deviceInterval = 5 // seconds
	maxDevices     = 5_000

	// pollSlack is how much sooner than the interval a poll may come: timers and
	// networks are not exact.
	pollSlack = 500 * time.Millisecond

	// microsoftDevicePage is what the real service names, also in external
	// tenants, whose customers cannot sign in there (AADSTS500208).
	microsoftDevicePage = "https://microsoft.com/devicelogin"
	devicePage          = "/common/oauth2/deviceauth"

	// userCodeAlphabet leaves out what is easily mistaken: I, O, 0, 1.
	userCodeAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	userCodeLength   = 9
)

// deviceCode is the area of the device authorization endpoint (RFC 8628 section 3.1).
type deviceCode struct{ *Server }

// Mount adds the area's routes.
func (d deviceCode) Mount(mux *http.ServeMux) {
	d.api(mux, "/{tenant}/oauth2/v2.0/devicecode", only(d.begin, http.MethodPost))
	d.page(mux, devicePage, only(devicePages(d).serve, http.MethodGet, http.MethodPost))
}

// deviceGrant is what a device code stands for.
type deviceGrant struct {
	tenantID, appID string
	userCode, scope string
	issued          time.Time

	mu       sync.Mutex
	state    deviceState
	polled   time.Time // the last time while pending
	userID   string
	sid      string
	authTime time.Time
}

// deviceState is how far a device code has got.
type deviceState int

const (
	devicePendingState deviceState = iota
	deviceApprovedState
	deviceDeclinedState
	deviceSpentState
)

// deviceResponse is the endpoint's answer (RFC 8628 section 3.2). Like the real
// one it has no verification_uri_complete.
type deviceResponse struct {
	UserCode        string `json:"user_code"`
	DeviceCode      string `json:"device_code"`
	VerificationURI string `json:"verification_uri"`
	ExpiresIn       int    `json:"expires_in"`
	Interval        int    `json:"interval"`
	Message         string `json:"message"`
}

// begin starts a device flow for a public app.
func (d deviceCode) begin(x *exchange) error {
	v, err := x.form()
	if err != nil {
		return err
	}
	c, err := readClientCredentials(x, v)
	if err != nil {
		return err
	}
	if !c.app.AllowsDeviceCode() {
		return missingSecret()
	}
	scope := v.Get("scope")
	if strings.TrimSpace(scope) == "" {
		return missingParameter("scope")
	}
	if _, err := parseScopes(x.tenant, scope, false); err != nil {
		return err
	}
	g := &deviceGrant{tenantID: x.tenant.ID, appID: c.app.AppID, scope: scope, issued: x.now}
	for {
		g.userCode = x.newUserCode()
		if d.userCodes.add(g.userCode, g) {
			break
		}
	}
	code := "1.D" + x.randomID(48)
	d.devices.put(code, g)
	d.secrets.add(code) // the user code is there to be shown
	page := microsoftDevicePage
	if x.tenant.DeviceCodeOwnPage {
		page = x.origin() + devicePage
	}
	return x.sendJSON(http.StatusOK, deviceResponse{
		UserCode: g.userCode, DeviceCode: code, VerificationURI: page, ExpiresIn: int(deviceLife / time.Second), Interval: deviceInterval,
		Message: fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, g.userCode),
	})
}

func (s *Server) newUserCode() string {
	b := make([]byte, userCodeLength)
	for i := range b {
		b[i] = userCodeAlphabet[s.randomBelow(uint64(len(userCodeAlphabet)))]
	}
	return string(b)
}

// redeemDevice answers a poll (RFC 8628 section 3.4).
func (t token) redeemDevice(x *exchange, c clientCredentials, v url.Values) error {
	code := v.Get("device_code")
	x.secrets.add(code)
	if code == "" {
		return missingParameter("device_code")
	}
	if err := c.authenticate(x, platformPublic); err != nil {
		return err
	}
	if err := checkOrigin(x, platformPublic); err != nil {
		return err
	}
	g, ok := t.devices.get(code)
	if !ok || g.tenantID != x.tenant.ID || g.appID != c.app.AppID {
		return deviceUnknown()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.poll(x.now); err != nil {
		return err
	}
	s, err := g.subject(x, c.app)
	if err != nil {
		return err
	}
	g.state = deviceSpentState
	return t.issue(x, s, v.Get("client_info") == "1", x.now)
}

// poll returns nil when the person has agreed, and otherwise what the device is
// told. g.mu is held.
func (g *deviceGrant) poll(now time.Time) error {
	switch {
	case g.state == deviceSpentState:
		return codeRedeemed()
	case g.state == deviceDeclinedState:
		return deviceDeclined()
	case g.expired(now):
		return deviceExpired()
	case g.state == deviceApprovedState:
		return nil
	}
	last := g.polled
	g.polled = now
	if !last.IsZero() && now.Sub(last) < deviceInterval*time.Second-pollSlack {
		return deviceTooFast()
	}
	return devicePending()
}

func (g *deviceGrant) expired(now time.Time) bool { return now.Sub(g.issued) >= deviceLife }

// subject is who the tokens are for. g.mu is held.
func (g *deviceGrant) subject(x *exchange, app *directory.App) (subject, error) {
	scopes, err := parseScopes(x.tenant, g.scope, true)
	if err != nil {
		return subject{}, err
	}
	if err := scopes.consent(x.tenant, app); err != nil {
		return subject{}, err
	}
	user, err := x.activeUser(g.userID, g.authTime)
	if err != nil {
		return subject{}, err
	}
	return subject{app: app, user: user, scopes: scopes, sid: g.sid, authTime: g.authTime, platform: platformPublic}, nil
}
