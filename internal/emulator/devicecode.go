package emulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/memory"
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

// device is the area of the device authorization endpoint (RFC 8628 section 3.1)
// and of the page where a person enters its user code.
type device struct {
	*Server
	start     startFlow
	devices   *memory.Shelf[*deviceGrant] // by device code
	userCodes *memory.Shelf[*deviceGrant]
	visits    *memory.Shelf[*deviceVisit]
}

func newDevice(s *Server, start startFlow) device {
	return device{
		Server: s, start: start,
		devices:   memory.NewShelf[*deviceGrant](s.memory, maxDevices, codeMemory),
		userCodes: memory.NewShelf[*deviceGrant](s.memory, maxDevices, deviceLife),
		visits:    memory.NewShelf[*deviceVisit](s.memory, maxDevices, codeMemory),
	}
}

// Mount adds the area's routes.
func (d device) Mount(mux *http.ServeMux) {
	d.api(mux, "/{tenant}/oauth2/v2.0/devicecode", only(d.begin, http.MethodPost))
	d.page(mux, devicePage, only(d.visit, http.MethodGet, http.MethodPost))
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
func (d device) begin(x *exchange) error {
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
	if _, err := parseScopes(x.tenant, c.app, scope, false); err != nil {
		return err
	}
	g := &deviceGrant{tenantID: x.tenant.ID, appID: c.app.AppID, scope: scope, issued: x.now}
	for {
		g.userCode = x.newUserCode()
		if d.userCodes.Add(g.userCode, g) {
			break
		}
	}
	code := "1.D" + x.randomID(48)
	d.devices.Put(code, g)
	d.secrets.Add(code) // the user code is there to be shown
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

// grants are the rows of the token endpoint's table: MSAL Go and older MSALs send
// the short name.
func (d device) grants() []grantType {
	return []grantType{{name: deviceGrantType, open: d.openCode}, {name: "device_code", open: d.openCode}}
}

// openCode presents a device code, by polling (RFC 8628 section 3.4).
func (d device) openCode(x *exchange, c clientCredentials, v url.Values) (*presented, error) {
	code := v.Get("device_code")
	x.secrets.Add(code)
	if code == "" {
		return nil, missingParameter("device_code")
	}
	p := &presented{platform: platformPublic, first: x.now}
	g, ok := d.devices.Get(code)
	if !ok || g.tenantID != x.tenant.ID || g.appID != c.app.AppID {
		p.check = func() error { return deviceUnknown() }
		return p, nil
	}
	g.mu.Lock()
	p.release = g.mu.Unlock
	p.check = func() error { return g.poll(x.now) }
	p.userID, p.since, p.scope, p.sid, p.authTime = g.userID, g.authTime, g.scope, g.sid, g.authTime
	p.spend = func(*directory.User) error { g.state = deviceSpentState; return nil }
	return p, nil
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
