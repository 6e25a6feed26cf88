package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/render"
)

// givenToken is an access token that somebody else got.
type givenToken struct {
	of     *administrator
	by     string // what gave it
	secret string
	says   auth.GraphToken
	// readable says that says is what the token says; otherwise nothing is known of it.
	readable bool
	judged   bool
}

// givenTokenError is a given token that cannot be what is meant.
type givenTokenError struct {
	by      string
	problem string
	expired bool
}

func (e *givenTokenError) Error() string {
	return fmt.Sprintf("the access token of %s %s", e.by, e.problem)
}

func explainGivenToken(e *givenTokenError, _ place, f *failure) {
	f.hint = "get one for Microsoft Graph in this tenant, for example with `az account get-access-token --tenant TENANT-ID --resource https://graph.microsoft.com --query accessToken -o tsv`, or leave it out to sign in"
	if e.expired {
		f.exit = exitLogin
	}
}

// givenToken reads the token of stdin or of the environment.
func (r *run) givenToken(ctx context.Context, a *administrator, by string) (*givenToken, error) {
	t := &givenToken{of: a, by: by, secret: r.env.GraphToken.Reveal()}
	if a.options.tokenStdin {
		if r.Streams.InTTY {
			return nil, &givenTokenError{by: by, problem: "would have to be typed at the terminal, where it stays on the screen; expected it through a pipe or from a file"}
		}
		data, err := r.readInput("-", "an access token for Microsoft Graph", files.Options{Limit: 1 << 20, Empty: true})
		if err != nil {
			return nil, err
		}
		t.secret = string(data)
	}
	t.secret, _ = bareToken(t.secret)
	switch {
	case t.secret == "":
		return nil, &givenTokenError{by: by, problem: "is empty"}
	case strings.HasPrefix(t.secret, "{"):
		return nil, &givenTokenError{by: by, problem: "is in a JSON object; expected the token alone"}
	case checkBearer(t.secret) != nil:
		return nil, &givenTokenError{by: by, problem: "is none: expected letters, digits and -._~+/= (RFC 6750 section 2.1)"}
	}
	t.says, t.readable = auth.ReadGraphToken(t.secret)
	return t, nil
}

// permit implements graphAccess. What the token says of itself can only tell early what Graph would refuse later: a token that
// says nothing passes.
func (t *givenToken) permit(_ context.Context, permissions []string) error {
	if err := t.misfit(); err != nil {
		return err
	}
	if missing := missingPermissions(t.says.Permissions, permissions, t.says.App); t.readable && t.says.Permissions != nil && len(missing) > 0 {
		return &permissionError{missing: missing, has: t.says.Permissions, by: "the access token of " + t.by, given: true, app: t.says.App, clientID: t.says.ClientID}
	}
	if !t.judged {
		t.judged = true
		t.of.run.info("Microsoft Graph is asked with the access token of %s, as %s", t.by, cmp.Or(nameOf(t.says), "whoever it is for"))
	}
	return nil
}

// misfit says why the token is not for this tenant's Graph now; nil where nothing speaks against it.
func (t *givenToken) misfit() error {
	now, about := t.of.run.Now(), t.says
	switch {
	case !t.readable:
		return nil
	case about.Audience != "" && !isGraph(about.Audience):
		return &givenTokenError{by: t.by, problem: fmt.Sprintf("is for %s; expected one for Microsoft Graph (%s)", about.Audience, graphResource(t.of.root))}
	case about.TenantID != "" && !strings.EqualFold(about.TenantID, t.of.TenantID):
		return &givenTokenError{by: t.by, problem: fmt.Sprintf("is of the tenant %s; expected %s", about.TenantID, t.of.TenantID)}
	case !about.ExpiresAt.IsZero() && !about.ExpiresAt.After(now):
		return &givenTokenError{by: t.by, problem: "expired " + render.Relative(about.ExpiresAt, now), expired: true}
	}
	return nil
}

// graphAppID is Microsoft Graph, which tokens name as their audience by this or by its address.
const graphAppID = "00000003-0000-0000-c000-000000000000"

func isGraph(audience string) bool {
	return strings.EqualFold(audience, graphAppID) || !onThisMachine(strings.TrimSuffix(audience, "/"))
}

// about implements graphAccess.
func (t *givenToken) about() (auth.GraphToken, bool) { return t.says, t.readable }

// token implements graphAccess.
func (t *givenToken) token(context.Context) (string, error) { return t.secret, nil }

// name implements graphAccess.
func (t *givenToken) name() string {
	if !t.judged {
		return ""
	}
	return nameOf(t.says)
}

// nameOf is whose token it is.
func nameOf(about auth.GraphToken) string {
	if about.App {
		return "app " + about.ClientID
	}
	return about.Person
}

// permissionError is permissions that a token does not have, by what it says or by what the tenant granted.
type permissionError struct {
	missing, has []string
	by           string // "the access token of CIAM_GRAPH_TOKEN"
	given, app   bool
	clientID     string // of the app that it was issued to
}

func (e *permissionError) Error() string {
	has := "no permission of Microsoft Graph"
	if len(e.has) > 0 {
		has = strings.Join(e.has, ", ")
	}
	return fmt.Sprintf("%s lacks %s; it has %s", e.by, strings.Join(e.missing, ", "), has)
}

// missingPermissions are those of wanted that a token with has cannot do. What Microsoft's permissions reference lists as a
// wider permission for the same calls counts.
func missingPermissions(has, wanted []string, app bool) []string {
	var missing []string
	for _, w := range wanted {
		if !slices.ContainsFunc(has, func(h string) bool { return covers(h, w, app) }) {
			missing = append(missing, w)
		}
	}
	return missing
}

// covers reports whether a permission allows what another does.
func covers(has, wanted string, app bool) bool {
	if strings.EqualFold(has, wanted) {
		return true
	}
	what, reads := strings.CutSuffix(wanted, ".Read.All")
	if reads && strings.EqualFold(has, what+".ReadWrite.All") {
		return true
	}
	if !reads {
		what = strings.TrimSuffix(wanted, ".ReadWrite.All")
	}
	switch what {
	case "Application", "DelegatedPermissionGrant", "Organization":
		if strings.EqualFold(has, "Directory.ReadWrite.All") || !app && strings.EqualFold(has, "Directory.AccessAsUser.All") || reads && strings.EqualFold(has, "Directory.Read.All") {
			return true
		}
	}
	return app && wanted == "Application.ReadWrite.All" && strings.EqualFold(has, "Application.ReadWrite.OwnedBy")
}
