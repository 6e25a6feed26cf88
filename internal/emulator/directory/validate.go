package directory

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// SealingKeySize is the size of Document.SealingKey before base64, in bytes.
const SealingKeySize = 32

// Validate checks forms, uniqueness and references. The error is a *FormatError
// without a line.
func (d *Document) Validate() error {
	if d.Version != Version {
		return bad("version", "expected %d, got %d", Version, d.Version)
	}
	if d.SealingKey != "" {
		if k, err := base64.StdEncoding.DecodeString(d.SealingKey); err != nil || len(k) != SealingKeySize {
			return bad("sealingKey", "expected %d bytes in base64", SealingKeySize)
		}
	}
	if len(d.Tenants) == 0 {
		return bad("tenants", "expected at least one tenant")
	}
	names := uniquely{}
	for i := range d.Tenants {
		if err := d.Tenants[i].validate(fmt.Sprintf("tenants[%d]", i), names); err != nil {
			return err
		}
	}
	return nil
}

func bad(path, format string, a ...any) error {
	return &FormatError{Path: path, Problem: fmt.Sprintf(format, a...)}
}

// uniquely remembers values that may occur once.
type uniquely map[string]string

func (u uniquely) add(path, value string) error {
	key := strings.ToLower(value)
	if at, ok := u[key]; ok {
		return bad(path, "%q is already used at %s", value, at)
	}
	u[key] = path
	return nil
}

func (u uniquely) addGUID(path, value string) error {
	if !IsGUID(value) {
		return bad(path, "expected a GUID, got %q", value)
	}
	return u.add(path, value)
}

func (t *Tenant) validate(at string, names uniquely) error {
	if err := t.validateConfiguration(at, names); err != nil {
		return err
	}
	return t.validateUsers(at)
}

// validateConfiguration checks everything but the users.
func (t *Tenant) validateConfiguration(at string, names uniquely) error {
	if err := names.addGUID(at+".id", t.ID); err != nil {
		return err
	}
	if !isLabel(t.Subdomain) || IsGUID(t.Subdomain) {
		return bad(at+".subdomain", "expected letters, digits and hyphens such as contoso, got %q", t.Subdomain)
	}
	if t.Subdomain == "common" || t.Subdomain == "organizations" || t.Subdomain == "consumers" {
		return bad(at+".subdomain", "%q is reserved", t.Subdomain)
	}
	if err := names.add(at+".subdomain", t.Subdomain); err != nil {
		return err
	}
	for i, h := range t.CustomDomains {
		if !isHostName(h) {
			return bad(fmt.Sprintf("%s.customDomains[%d]", at, i), "expected a host name such as login.contoso.com, got %q", h)
		}
	}
	for i, k := range t.Keys {
		if _, _, err := k.Parse(); err != nil {
			return bad(fmt.Sprintf("%s.keys[%d]", at, i), "%v", err)
		}
	}
	if err := t.Branding.validate(at + ".branding"); err != nil {
		return err
	}
	for _, check := range []func(string) error{t.validateApps, t.validateFlows, t.validateTypes, t.validateNative, t.validateCode, t.validateProtocol, t.validateRegistrations} {
		if err := check(at); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tenant) validateApps(at string) error {
	if err := t.validateNames(at); err != nil {
		return err
	}
	ids, uris := uniquely{}, uniquely{}
	for i := range t.Apps {
		if err := t.Apps[i].validate(fmt.Sprintf("%s.apps[%d]", at, i), ids); err != nil {
			return err
		}
	}
	ids = uniquely{}
	for i, a := range t.APIs {
		p := fmt.Sprintf("%s.apis[%d]", at, i)
		if err := ids.addGUID(p+".appId", a.AppID); err != nil {
			return err
		}
		u, err := url.Parse(a.IdentifierURI)
		if err != nil || (u.Scheme != "api" && u.Scheme != "https") || u.Host == "" || hasSpace(a.IdentifierURI) {
			return bad(p+".identifierUri", "expected api://%s or an https URI, got %q", a.AppID, a.IdentifierURI)
		}
		if err := uris.add(p+".identifierUri", a.IdentifierURI); err != nil {
			return err
		}
		for j, s := range a.Scopes {
			if s == "" || hasSpace(s) || strings.ContainsAny(s, "/\"\\") {
				return bad(fmt.Sprintf("%s.scopes[%d]", p, j), "expected a scope name such as Forecast.Read, got %q", s)
			}
		}
	}
	return nil
}

func (a *App) validate(at string, ids uniquely) error {
	if err := ids.addGUID(at+".appId", a.AppID); err != nil {
		return err
	}
	platforms := []struct {
		name string
		uris []string
	}{{"web", a.Web.RedirectURIs}, {"spa", a.SPA.RedirectURIs}, {"publicClient", a.PublicClient.RedirectURIs}}
	for _, pl := range platforms {
		for i, u := range pl.uris {
			if err := checkRedirectURI(u); err != "" {
				return bad(fmt.Sprintf("%s.%s.redirectUris[%d]", at, pl.name, i), "%s, got %q", err, u)
			}
		}
	}
	for i, s := range a.PasswordCredentials {
		if s.digest() == nil && (s.SecretSHA256 != "" || s.DisplayName == "") {
			return bad(fmt.Sprintf("%s.passwordCredentials[%d]", at, i), "expected secretText, or secretSha256 with 64 hex digits, or only a displayName for a secret that is kept elsewhere")
		}
	}
	for i, m := range a.ClaimMappings {
		if m.Attribute == "" || m.Claim == "" || protocolClaim(m.Claim) {
			return bad(fmt.Sprintf("%s.claimMappings[%d]", at, i), "expected attribute and claim, and a claim the protocol does not own; got %q to %q", m.Attribute, m.Claim)
		}
	}
	return nil
}

// protocolClaim reports claims a mapping must not overwrite.
func protocolClaim(name string) bool {
	switch name {
	case "iss", "sub", "aud", "exp", "iat", "nbf", "tid", "oid", "ver", "nonce", "sid", "uti", "azp", "azpacr", "scp", "rh", "aio":
		return true
	}
	return false
}

func (t *Tenant) validateFlows(at string) error {
	linked, flows, apps := uniquely{}, uniquely{}, map[string]bool{}
	for i := range t.Apps {
		apps[strings.ToLower(t.Apps[i].AppID)] = true
	}
	for i, f := range t.UserFlows {
		p := fmt.Sprintf("%s.userFlows[%d]", at, i)
		if err := f.validate(p); err != nil {
			return err
		}
		if err := flows.add(p+".displayName", f.DisplayName); err != nil {
			return err
		}
		for j, id := range f.Applications {
			pj := fmt.Sprintf("%s.applications[%d]", p, j)
			if !apps[strings.ToLower(id)] && t.App(id) == nil {
				return bad(pj, "no app has the appId or the displayName %q", id)
			}
			if err := linked.add(pj, id); err != nil {
				return err
			}
		}
		seen := uniquely{}
		for j, a := range f.Attributes {
			pj := fmt.Sprintf("%s.attributes[%d]", p, j)
			if err := a.validate(pj); err != nil {
				return err
			}
			if err := seen.add(pj+".name", a.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// reservedField reports names that the pages' own controls have.
func reservedField(name string) bool {
	switch strings.ToLower(name) {
	case "email", "password", "newpassword", "confirmpassword", "code", "flow", "action", "next", "create", "cancel",
		"resend", "username", "alert", "problems", "heading", "outbox":
		return true
	}
	return false
}

func (t *Tenant) validateUsers(at string) error {
	ids, emails := uniquely{}, uniquely{}
	for i := range t.Users {
		u, p := &t.Users[i], fmt.Sprintf("%s.users[%d]", at, i)
		if err := ids.addGUID(p+".id", u.ID); err != nil {
			return err
		}
		if err := t.validateUser(p, u); err != nil {
			return err
		}
		if err := emails.add(p+".email", u.Email); err != nil {
			return err
		}
	}
	return nil
}

// validateUser checks one user but for being the only one of that id and address.
func (t *Tenant) validateUser(at string, u *User) error {
	if !IsGUID(u.ID) {
		return bad(at+".id", "expected a GUID, got %q", u.ID)
	}
	if !IsEmail(u.Email) {
		return bad(at+".email", "expected an email address, got %q", u.Email)
	}
	if err := u.validateRoles(at); err != nil {
		return err
	}
	if err := t.validateValues(at+".attributes", u); err != nil {
		return err
	}
	if m := u.EmailAuthenticationMethod; m != "" && !IsEmail(m) {
		return bad(at+".emailAuthenticationMethod", "expected an email address, got %q", m)
	}
	return nil
}
