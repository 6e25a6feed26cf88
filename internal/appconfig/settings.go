package appconfig

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Secret is a client secret. It prints as "[redacted]".
type Secret string

// String implements fmt.Stringer without telling the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[redacted]"
}

// GoString implements fmt.GoStringer for %#v.
func (s Secret) GoString() string { return s.String() }

// Settings are how an app signs in. What the file does not say is empty.
type Settings struct {
	// Section is where in the file the settings are, "" for the top.
	Section string
	// Tenant is the authority in a form that authority.Parse takes, if it is an external tenant's.
	Tenant string
	// ClientID is the application (client) ID.
	ClientID string
	// RedirectURI is as the file has it, and Scopes are.
	RedirectURI string
	Scopes      []string
	// ClientSecret is a secret that the file holds; Certificate is the path of a PEM or PFX file.
	ClientSecret Secret
	Certificate  string
	// Placeholders are settings that the sample left to be filled in, and Unknown those that mean nothing here, by name.
	Placeholders, Unknown []string
}

// raw are the settings of a section before they are put together.
type raw struct {
	Settings
	authority, instance, domain, subdomain, tenantID string
	found                                            bool
}

// Parse reads a file. fileName tells a .env from a script or JSON, and where it says nothing, the content does. There is one
// result for each section that names an app. Errors: *SyntaxError.
func Parse(fileName, src string) ([]Settings, error) {
	read := readObjects
	if isEnv(fileName, src) {
		read = readEnv
	}
	pairs, err := read(src)
	if err != nil {
		return nil, err
	}
	var sections []string
	for _, p := range pairs {
		if key(p.path) == "clientid" && !slices.Contains(sections, section(p.path)) {
			sections = append(sections, section(p.path))
		}
	}
	if len(sections) == 0 {
		for _, p := range pairs {
			if use(p.path) != nil && !slices.Contains(sections, section(p.path)) {
				sections = append(sections, section(p.path)) // one that is to be completed
			}
		}
	}
	var all []Settings
	for _, s := range sections {
		if one := collect(s, pairs); one.found {
			if len(one.Scopes) == 0 {
				one.takeScopes(pairs)
			}
			all = append(all, one.together())
		}
	}
	return all, nil
}

func isEnv(fileName, src string) bool {
	base := strings.ToLower(path.Base(strings.ReplaceAll(fileName, `\`, "/")))
	switch path.Ext(base) {
	case ".json", ".jsonc", ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx":
		return false
	}
	if strings.Contains(base, "env") {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimSpace(src), "\n")
	return !strings.HasPrefix(first, "{") && !strings.HasPrefix(first, "/") && strings.Contains(first, "=") && !strings.HasPrefix(first, "const ") && !strings.HasPrefix(first, "module.")
}

// section is the object that a setting stands in.
func section(path string) string {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i]
	}
	return ""
}

// key is a setting's own name, without case, separators and the prefixes with which builders let a variable through to the
// browser.
func key(path string) string {
	k := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	k = strings.NewReplacer("_", "", "-", "").Replace(k)
	for _, prefix := range []string{"nextpublic", "reactapp", "vite", "expopublic", "vueapp", "azuread", "azure", "entra", "msal", "ciam"} {
		k = strings.TrimPrefix(k, prefix)
	}
	return k
}

// use is where a setting goes, nil for one that is not known.
func use(path string) func(*raw, []string) {
	one := func(to func(*raw) *string) func(*raw, []string) {
		return func(r *raw, values []string) { *to(r) = values[0] }
	}
	switch key(path) {
	case "clientid", "appid", "applicationid":
		return one(func(r *raw) *string { return &r.ClientID })
	case "clientsecret":
		return func(r *raw, values []string) { r.ClientSecret = Secret(values[0]) }
	case "authority":
		return one(func(r *raw) *string { return &r.authority })
	case "instance", "cloudinstance", "authorityhost":
		return one(func(r *raw) *string { return &r.instance })
	case "domain":
		return one(func(r *raw) *string { return &r.domain })
	case "tenant", "tenantid", "directoryid":
		return one(func(r *raw) *string { return &r.tenantID })
	case "tenantsubdomain", "subdomain", "tenantname":
		return one(func(r *raw) *string { return &r.subdomain })
	case "redirecturi":
		return one(func(r *raw) *string { return &r.RedirectURI })
	case "certificatediskpath", "clientcertificate", "clientcertificatepath", "certificatepath":
		return one(func(r *raw) *string { return &r.Certificate })
	case "scopes", "scope":
		return func(r *raw, values []string) {
			for _, v := range values {
				r.Scopes = append(r.Scopes, strings.Fields(v)...)
			}
		}
	}
	return nil
}

// known are settings of these files that have no place in a profile, and nothing that somebody would miss.
var known = [...]string{"postlogoutredirecturi", "knownauthorities", "protocolmode", "sourcetype", "signeduppolicyid", "callbackpath", "signedoutcallbackpath", "port"}

// collect takes a section with the objects in it, such as ClientCredentials.
func collect(section string, pairs []pair) raw {
	r := raw{Settings: Settings{Section: section}}
	for _, p := range pairs {
		name, inside := p.path, section == ""
		if section != "" {
			name, inside = strings.CutPrefix(p.path, section+".")
		}
		if !inside {
			continue
		}
		to := use(name)
		switch {
		case to == nil && !slices.Contains(known[:], key(name)):
			r.Unknown = append(r.Unknown, name)
		case to == nil || p.values[0] == "":
		case isPlaceholder(p.values[0]):
			r.Placeholders = append(r.Placeholders, name)
			r.found = true
		default:
			to(&r, p.values)
			r.found = true
		}
	}
	return r
}

// takeScopes finds the scopes where MSAL's samples have them: in a request of their own, beside the app.
func (r *raw) takeScopes(pairs []pair) {
	for _, p := range pairs {
		if key(p.path) == "scopes" && strings.HasPrefix(strings.ToLower(section(p.path)), "loginrequest") {
			use(p.path)(r, p.values)
		}
	}
}

// isPlaceholder knows what Microsoft's samples and templates leave to be filled in.
func isPlaceholder(value string) bool {
	lower := strings.ToLower(value)
	for _, p := range []string{"enter_the_", "enter-the-", "[enter", "<", "your_", "your-", "{{", "00000000-0000-0000-0000-000000000000"} {
		if strings.Contains(lower, p) {
			return true
		}
	}
	return false
}

// together makes one tenant of its parts. The samples' authority is the host alone, which the tenant's domain completes.
func (r raw) together() Settings {
	s := r.Settings
	tenant := firstOf(r.tenantID, r.domain, r.subdomain)
	base := firstOf(r.authority, r.instance)
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		host := strings.ToLower(u.Hostname())
		if strings.Trim(u.Path, "/") == "" && tenant != "" && (tenant != r.subdomain || !strings.HasSuffix(host, ".ciamlogin.com")) {
			if tenant == r.subdomain && !strings.Contains(tenant, ".") {
				tenant += ".onmicrosoft.com"
			}
			base = strings.TrimSuffix(base, "/") + "/" + tenant
		}
	}
	s.Tenant = firstOf(strings.TrimSuffix(base, "/"), tenant)
	return s
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// String names the section in a message.
func (s Settings) String() string {
	if s.Section == "" {
		return fmt.Sprintf("app %s", s.ClientID)
	}
	return fmt.Sprintf("%s (app %s)", s.Section, s.ClientID)
}
