package appconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// Formats are the kinds of file that Write makes.
func Formats() []string { return []string{"env", "appsettings", "msal"} }

// Export is what an app needs to sign in. It has no place for a secret.
type Export struct {
	Base, Tenant               string // the parts of the authority: https://contoso.ciamlogin.com and contoso.onmicrosoft.com
	Subdomain                  string // "" where it is not known
	ClientID                   string
	RedirectURI, PostLogoutURI string
	Scopes                     []string
	Confidential               bool // the app has a secret or a certificate, which is left out
	External                   bool // the host is one of Microsoft's for external tenants
}

// Write is the settings in a format of Formats.
func Write(format string, e Export) []byte {
	switch format {
	case "appsettings":
		return indented(e.appsettings())
	case "msal":
		return indented(e.msal())
	}
	return e.env()
}

func indented(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // texts and lists only
	return b.Bytes()
}

// env is for Microsoft's Node samples, whose AUTHORITY ends with the host: the domain of TENANT_SUBDOMAIN completes it.
func (e Export) env() []byte {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s=%s\n", name, value)
		}
	}
	if e.Subdomain != "" {
		line("TENANT_SUBDOMAIN", e.Subdomain)
		line("AUTHORITY", e.Base+"/")
	} else {
		line("AUTHORITY", e.Base+"/"+e.Tenant)
	}
	line("CLIENT_ID", e.ClientID)
	line("REDIRECT_URI", e.RedirectURI)
	line("POST_LOGOUT_REDIRECT_URI", e.PostLogoutURI)
	if len(e.Scopes) > 0 {
		line("SCOPES", `"`+strings.Join(e.Scopes, " ")+`"`)
	}
	if e.Confidential {
		b.WriteString("# CLIENT_SECRET is not exported\n")
	}
	return []byte(b.String())
}

type appsettings struct {
	Authority    string
	ClientID     string `json:"ClientId"`
	CallbackPath string `json:",omitempty"`
}

func (e Export) appsettings() any {
	section := appsettings{Authority: e.Base + "/", ClientID: e.ClientID}
	if !e.External {
		section.Authority += e.Tenant
	}
	if u, err := url.Parse(e.RedirectURI); err == nil && len(u.Path) > 1 {
		section.CallbackPath = u.Path
	}
	return map[string]any{"AzureAd": section}
}

type msalAuth struct {
	ClientID         string   `json:"clientId"`
	Authority        string   `json:"authority"`
	KnownAuthorities []string `json:"knownAuthorities,omitempty"`
	RedirectURI      string   `json:"redirectUri,omitempty"`
	PostLogoutURI    string   `json:"postLogoutRedirectUri,omitempty"`
}

func (e Export) msal() any {
	auth := msalAuth{ClientID: e.ClientID, Authority: e.Base + "/", RedirectURI: e.RedirectURI, PostLogoutURI: e.PostLogoutURI}
	if !e.External { // MSAL asks Microsoft about hosts that it does not know
		auth.Authority += e.Tenant
		if u, err := url.Parse(e.Base); err == nil {
			auth.KnownAuthorities = []string{u.Host}
		}
	}
	return struct {
		Auth         msalAuth            `json:"auth"`
		LoginRequest map[string][]string `json:"loginRequest"`
	}{auth, map[string][]string{"scopes": append([]string{}, e.Scopes...)}}
}
