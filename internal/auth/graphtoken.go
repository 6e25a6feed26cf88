package auth

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
)

// GraphToken is what an access token for Microsoft Graph says of itself. Such a token is for Graph to read, and may say
// nothing to anybody else tomorrow: what is here is unverified, and explains what Graph said or is going to say.
type GraphToken struct {
	Audience, TenantID, ClientID string
	// Person is a name of who signed in, "" for an app of its own.
	Person string
	// App says that an app acts for itself.
	App bool
	// Permissions are scp or roles; nil where the token says nothing of them.
	Permissions []string
	// DirectoryRoles are the template ids of the person's directory roles (wids); nil where the token says nothing of them.
	DirectoryRoles []string
	// ExpiresAt is zero where the token does not say.
	ExpiresAt time.Time
}

// Format prints what the value is, not what it holds, for every verb: it names a person.
func (GraphToken) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "access token for Microsoft Graph")
}

// everybody are the directory roles that a user or a guest has without having been given one.
const everybody = "b79fbf4d-3ef9-4689-8143-76b194e85509 10dae51f-b6af-4016-8d66-8c2a99b929b3 a0b1b346-4d3e-4e8b-98f8-753987be4970"

// Administers reports whether the token names a directory role that somebody gave to the person. known is false where the
// token says nothing of roles.
func (t GraphToken) Administers() (yes, known bool) {
	for _, id := range t.DirectoryRoles {
		if !strings.Contains(everybody, strings.ToLower(id)) {
			return true, true
		}
	}
	return false, t.DirectoryRoles != nil
}

// ReadGraphToken reads a token, and returns false where it is not of a form that can be read.
func ReadGraphToken(raw string) (GraphToken, bool) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return GraphToken{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return GraphToken{}, false
	}
	o, err := strictjson.Parse(payload)
	if err != nil {
		return GraphToken{}, false
	}
	t := GraphToken{Audience: o.Text("aud"), TenantID: o.Text("tid"), ClientID: cmp.Or(o.Text("appid"), o.Text("azp")),
		Person: cmp.Or(o.Text("upn"), o.Text("unique_name"), o.Text("preferred_username"), o.Text("name"))}
	var exp float64
	if json.Unmarshal(o.Get("exp"), &exp) == nil && exp > 0 && exp < maxTime {
		t.ExpiresAt = time.Unix(int64(exp), 0)
	}
	var roles []string
	_ = json.Unmarshal(o.Get("roles"), &roles)           // another form says nothing
	_ = json.Unmarshal(o.Get("wids"), &t.DirectoryRoles) // likewise
	switch {
	case o.Get("scp") != nil:
		t.Permissions = strings.Fields(o.Text("scp"))
	case o.Text("idtyp") == "app" || roles != nil:
		t.App, t.Person, t.Permissions = true, "", append([]string{}, roles...)
	}
	return t, true
}

// maxTime is 9999-12-31T23:59:59Z.
const maxTime = 253402300799
