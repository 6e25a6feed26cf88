package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/host"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
)

// ready is what a program has to know of a running emulator: stdout of `ciam emulator -o json`, and the ready file.
type ready struct {
	Authority  string        `json:"authority"` // of the tenant of the chosen app
	Issuer     string        `json:"issuer"`
	TenantID   string        `json:"tenant_id"`
	ClientID   string        `json:"client_id"` // the chosen app; "" for a tenant without apps
	URL        string        `json:"url"`
	ControlURL string        `json:"control_url"`
	CAFile     string        `json:"ca_file"` // "" for plain http
	PID        int           `json:"pid"`
	Tenants    []readyTenant `json:"tenants"`

	secret string // of the chosen app, when the seed tells it
}

type readyTenant struct {
	ID          string     `json:"id"`
	Subdomain   string     `json:"subdomain"`
	DisplayName string     `json:"display_name"`
	Authority   string     `json:"authority"`
	Issuer      string     `json:"issuer"`
	Apps        []readyApp `json:"apps"`

	users []string
}

type readyApp struct {
	ClientID     string   `json:"client_id"`
	DisplayName  string   `json:"display_name"`
	RedirectURIs []string `json:"redirect_uris"`
	UserFlow     string   `json:"user_flow"` // "" for an app that is linked to none

	secret string
}

// maxListed bounds the users that are listed by name.
const maxListed = 10

func describeEmulator(h *host.Host, o emulatorOptions) (ready, error) {
	about := ready{URL: h.URL(), ControlURL: h.URL() + "/_emulator", PID: os.Getpid()}
	if ca := h.CA(); ca != nil {
		about.CAFile = ca.File()
	}
	for _, t := range h.Tenants() {
		rt := readyTenant{ID: t.ID, Subdomain: t.Subdomain, DisplayName: t.Name(), Authority: about.URL + "/" + t.ID, Apps: []readyApp{}}
		rt.Issuer = "https://" + t.ID + ".ciamlogin.com/" + t.ID + "/v2.0"
		if o.issuer == "origin" {
			rt.Issuer = rt.Authority + "/v2.0"
		}
		for _, a := range t.Apps {
			ra := readyApp{ClientID: a.AppID, DisplayName: a.Name(), RedirectURIs: []string{}}
			for _, p := range [][]string{a.Web.RedirectURIs, a.SPA.RedirectURIs, a.PublicClient.RedirectURIs} {
				ra.RedirectURIs = append(ra.RedirectURIs, p...)
			}
			if flow := t.Flow(a.AppID); flow != nil {
				ra.UserFlow = flow.DisplayName
			}
			if len(a.PasswordCredentials) > 0 {
				ra.secret = a.PasswordCredentials[0].SecretText
			}
			rt.Apps = append(rt.Apps, ra)
		}
		for _, u := range t.Users[:min(len(t.Users), maxListed+1)] {
			rt.users = append(rt.users, u.Email)
		}
		about.Tenants = append(about.Tenants, rt)
	}
	return about, about.choose(o.app)
}

// choose fills in the app that name means, by client id or display name; the first app of the first tenant for "".
func (a *ready) choose(name string) error {
	if first := a.Tenants[0]; name == "" {
		a.Authority, a.Issuer, a.TenantID = first.Authority, first.Issuer, first.ID
	}
	var known []string
	for _, t := range a.Tenants {
		for _, app := range t.Apps {
			if name == "" || strings.EqualFold(name, app.ClientID) || name == app.DisplayName {
				a.Authority, a.Issuer, a.TenantID, a.ClientID, a.secret = t.Authority, t.Issuer, t.ID, app.ClientID, app.secret
				return nil
			}
			known = append(known, app.DisplayName)
		}
		if name == "" {
			return nil // the first tenant has no apps
		}
	}
	return &notFoundError{message: fmt.Sprintf("no tenant has an app %q", name), hint: "there are: " + strings.Join(known, ", ")}
}

// line is the JSON as one line, for programs that read lines.
func (a ready) line() ([]byte, error) {
	return render.Line(a)
}

func (r *run) printReady(format string, about ready) error {
	switch {
	case r.global.jq != "":
		return r.printJSON(about)
	case format == "json":
		line, err := about.line()
		if err == nil {
			err = r.printData(line)
		}
		return err
	}
	return r.printLine(about.Authority)
}

// explainEmulator tells a person on stderr what runs and how to point a client at it.
func (r *run) explainEmulator(h *host.Host, about ready) {
	r.info("%s  in a browser: tenants, users, outbox and settings\n", r.Streams.Bold(about.URL))
	kept := "in memory, gone when it ends"
	if h.DataFile() != "" {
		kept = "kept in " + h.DataFile()
	}
	for _, t := range about.Tenants {
		r.info("%s  %s (%s)\n  authority  %s\n  issuer     %s", r.Streams.Bold("tenant"), t.DisplayName, t.Subdomain, t.Authority, t.Issuer)
		for _, a := range t.Apps {
			r.info("  app        %s  %s  %s", a.ClientID, a.DisplayName, strings.Join(a.RedirectURIs, " "))
		}
		for i, u := range t.users {
			if i == maxListed {
				u = "…"
			}
			r.info("  user       %s", u)
		}
		if len(t.users) == 0 {
			r.info("  no users yet: sign up, or name some in a seed")
		}
	}
	r.info("\n%s  %s", r.Streams.Bold("state "), kept)
	r.info("%s  %s/outbox has the one-time codes", r.Streams.Bold("outbox"), about.ControlURL)
	if about.CAFile != "" {
		r.info("%s  %s, installed nowhere", r.Streams.Bold("CA    "), about.CAFile)
	}
	r.info("\nTo use it from")
	for _, s := range clientSettings(r.system(), about) {
		for i, line := range s.lines {
			if i > 0 {
				s.client = ""
			}
			r.info("  %-10s %s", s.client, term.Whole(line))
		}
	}
	r.info("\nCtrl-C ends it.")
}

// clientSetting is what a kind of client needs to use the emulator.
type clientSetting struct {
	client string
	lines  []string
}

// variable is an environment variable to set.
type variable struct{ name, value string }

// exports are lines that set variables when they are pasted into a shell.
func exports(s system, variables []variable) []string {
	var lines []string
	for _, v := range variables {
		lines = append(lines, s.setVariable(v.name, v.value))
	}
	return lines
}

func clientSettings(on system, about ready) []clientSetting {
	origin := strings.TrimPrefix(strings.TrimPrefix(about.URL, "https://"), "http://")
	// A name of its own: the sessions of other profiles stay out of it.
	variables := []variable{{"CIAM_PROFILE", emulatorProfile}, {"CIAM_AUTHORITY", about.Authority}, {"CIAM_CLIENT_ID", about.ClientID}}
	var then []string
	if about.ClientID == "" { // nothing to sign in to yet
		variables = []variable{{"CIAM_GRAPH_URL", about.URL + "/graph/v1.0"}}
		then = []string{"ciam setup --tenant " + on.quote(about.Authority)}
	}
	if about.CAFile == "" {
		return []clientSetting{
			{"ciam", append(exports(on, variables), then...)},
			{"curl", []string{"curl " + about.Authority + "/v2.0/.well-known/openid-configuration"}},
			{"MSAL", []string{"needs https: leave --http out"}},
		}
	}
	settings := []clientSetting{
		{"ciam", append(exports(on, append(variables, variable{"CIAM_CA_FILE", about.CAFile})), then...)},
		{"Node", exports(on, []variable{{"NODE_EXTRA_CA_CERTS", about.CAFile}})},
		{"MSAL JS", []string{fmt.Sprintf("auth: { authority: %q, knownAuthorities: [%q] }", about.Authority, origin)}},
	}
	if on.goos != "darwin" && on.goos != "windows" { // where Go asks the system alone
		settings = append(settings, clientSetting{"Go", append(exports(on, []variable{{"SSL_CERT_FILE", about.CAFile}}), "(in place of the system's)")})
	}
	return append(settings,
		clientSetting{"MSAL Go", []string{fmt.Sprintf("WithAuthority(%q), WithInstanceDiscovery(false); and start with --issuer origin", about.Authority)}},
		clientSetting{"curl", []string{"curl --cacert " + on.quote(about.CAFile) + " " + about.Authority + "/v2.0/.well-known/openid-configuration"}})
}
