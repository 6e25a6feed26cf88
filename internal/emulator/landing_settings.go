package emulator

import (
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// settings are the ready-to-copy settings of the clients for an app.
func (x *exchange) settings(app *directory.App) []web.Setting {
	s := setup{x: x, app: app, host: x.r.Host, authority: x.endpoint(""), ca: x.caFile}
	if s.ca == "" {
		s.ca = "/path/to/ca.pem"
	}
	return []web.Setting{s.msalNode(), s.msalBrowser(), s.msalGo(), s.ciam(), s.generic()}
}

// setup is what the settings are made of.
type setup struct {
	x                   *exchange
	app                 *directory.App
	host, authority, ca string
}

func (s setup) tls() bool { return s.x.r.TLS != nil }

// redirect is the app's first redirect URI of the platforms, "" without one.
func (s setup) redirect(platforms ...platform) string {
	for _, p := range platforms {
		uris := s.app.Web.RedirectURIs
		switch p {
		case platformSPA:
			uris = s.app.SPA.RedirectURIs
		case platformPublic:
			uris = s.app.PublicClient.RedirectURIs
		}
		if len(uris) > 0 {
			return uris[0]
		}
	}
	return ""
}

// secret is what to write for the client secret: the default app's, which is
// none, and a placeholder for all others.
func (s setup) secret() string {
	if match, _ := s.app.CheckSecret(directory.DefaultClientSecret, s.x.now); match {
		return directory.DefaultClientSecret
	}
	return "the app's client secret"
}

func (s setup) confidential() bool {
	return len(s.app.PasswordCredentials) > 0 && len(s.app.Web.RedirectURIs) > 0
}

// notes are what keeps MSAL from working as it is.
func (s setup) notes() []string {
	if !s.tls() {
		return []string{"MSAL accepts https only: start the emulator without --http."}
	}
	return nil
}

func (s setup) msalNode() web.Setting {
	kind, secret := "PublicClientApplication", ""
	if s.confidential() {
		kind, secret = "ConfidentialClientApplication", fmt.Sprintf("\n    clientSecret: %q,", s.secret())
	}
	return web.Setting{ID: "msal-node", Client: "MSAL Node", Notes: s.notes(), Code: fmt.Sprintf(`// NODE_EXTRA_CA_CERTS=%s node app.js
const { %s } = require("@azure/msal-node");
const client = new %[2]s({
  auth: {
    clientId: %q,
    authority: %q,
    knownAuthorities: [%q],%s
  },
});
`, shellWord(s.ca), kind, s.app.AppID, s.authority, s.host, secret)}
}

func (s setup) msalBrowser() web.Setting {
	notes := s.notes()
	uri := s.redirect(platformSPA)
	if uri == "" {
		uri = "https://localhost:3000/"
		notes = append(notes, "This app has no redirect URI of the platform spa: add one to the seed.")
	}
	if s.tls() {
		notes = append(notes, "The browser has to trust the emulator's certificate authority.")
	}
	return web.Setting{ID: "msal-browser", Client: "MSAL Browser", Notes: notes, Code: fmt.Sprintf(`import { PublicClientApplication } from "@azure/msal-browser";
const client = new PublicClientApplication({
  auth: {
    clientId: %q,
    authority: %q,
    knownAuthorities: [%q],
    redirectUri: %q,
  },
});
await client.initialize();
`, s.app.AppID, s.authority, s.host, uri)}
}

func (s setup) msalGo() web.Setting {
	notes := s.notes()
	if s.x.issuer != IssuerOrigin && !strings.HasSuffix(hostName(s.host), ".ciamlogin.com") {
		notes = append(notes, "MSAL Go wants the issuer to be the authority: start the emulator with --issuer origin.")
	}
	code := fmt.Sprintf(`// SSL_CERT_FILE=%s
// on Linux; elsewhere public.WithHTTPClient with that CA
client, err := public.New(%q,
	public.WithAuthority(%q),
	public.WithInstanceDiscovery(false))
`, shellWord(s.ca), s.app.AppID, s.authority)
	if s.confidential() {
		code = fmt.Sprintf(`// SSL_CERT_FILE=%s
// on Linux; elsewhere confidential.WithHTTPClient with that CA
cred, err := confidential.NewCredFromSecret(%q)
if err != nil {
	return err
}
client, err := confidential.New(%q, %q, cred,
	confidential.WithInstanceDiscovery(false))
`, shellWord(s.ca), s.secret(), s.authority, s.app.AppID)
	}
	return web.Setting{ID: "msal-go", Client: "MSAL Go", Notes: notes, Code: code}
}

func (s setup) ciam() web.Setting {
	lines := []string{"export CIAM_AUTHORITY=" + shellWord(s.authority), "export CIAM_CLIENT_ID=" + s.app.AppID}
	if s.tls() {
		lines = append(lines, "export CIAM_CA_FILE="+shellWord(s.ca))
	}
	if s.confidential() {
		lines = append(lines, "export CIAM_CLIENT_SECRET="+shellWord(s.secret()))
	}
	return web.Setting{ID: "ciam", Client: "ciam", Code: strings.Join(append(lines, "ciam login\n"), "\n")}
}

func (s setup) generic() web.Setting {
	var notes []string
	if s.x.issuer != IssuerOrigin {
		notes = append(notes, "Most libraries want the issuer to be where they found the metadata: start the emulator with --issuer origin.")
	}
	lines := []string{
		"issuer        " + s.x.issuerURL(),
		"metadata      " + s.authority + "/v2.0/.well-known/openid-configuration",
		"client_id     " + s.app.AppID,
	}
	if s.confidential() {
		lines = append(lines, "client_secret "+s.secret())
	}
	if uri := s.redirect(platformWeb, platformSPA, platformPublic); uri != "" {
		lines = append(lines, "redirect_uri  "+uri)
	}
	lines = append(lines, "scope         openid profile offline_access", "flow          authorization code with PKCE (S256)\n")
	return web.Setting{ID: "oidc", Client: "Other OpenID Connect clients", Notes: notes, Code: strings.Join(lines, "\n")}
}

// shellWord quotes text for a POSIX shell where it has to be.
func shellWord(text string) string {
	if text != "" && !strings.ContainsAny(text, " \t\r\n'\"\\$`&|;<>()*?[]#~!{}") {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
