package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/graph"
)

// saidToken is an access whose token says what it is told to.
type saidToken struct {
	says     auth.GraphToken
	readable bool
	who      string
}

func (s saidToken) permit(context.Context, []string) error { return nil }
func (s saidToken) token(context.Context) (string, error)  { return "", nil }
func (s saidToken) name() string                           { return s.who }
func (s saidToken) about() (auth.GraphToken, bool)         { return s.says, s.readable }

// testAdministrator is one of contoso's whose access is given.
func testAdministrator(t *testing.T, from graphAccess) *administrator {
	t.Helper()
	cmd := &cobra.Command{Use: "probe"}
	root := &cobra.Command{Use: "ciam"}
	root.AddCommand(cmd)
	a := &administrator{TenantID: directory.DefaultTenantID, Authority: "contoso", Subdomain: "contoso", run: &run{Env: &Env{}}, from: from}
	a.options.add(cmd)
	return a
}

// TestAdministrator_explain: what Graph refuses is told as step, permission, role, and how to grant what lacks.
func TestAdministrator_explain(t *testing.T) {
	refused := func(status int, code string) error {
		return fmt.Errorf("wrapped: %w", &graph.Error{Method: "POST", URL: "https://graph.microsoft.com/v1.0/x", Status: status, Code: code, Message: "Insufficient privileges.", ClientRequestID: "c"})
	}
	const role = "External ID User Flow Administrator"
	admin := []string{"62e90394-69f5-4237-9190-012177145e10"}
	for name, row := range map[string]struct {
		err   error
		from  graphAccess
		ownID string
		code  string
		exit  int
		says  []string
	}{
		"the token lacks the permission": {refused(403, ""), saidToken{auth.GraphToken{Permissions: []string{readOrg}, DirectoryRoles: admin}, true, adminEmail}, "",
			"permission_missing", exitRefused, []string{"making the user flow", adminEmail + " lacks the permission " + writeFlows, "consent to what it asks for"}},
		"and the app is one's own": {refused(403, ""), saidToken{auth.GraphToken{Permissions: []string{readOrg}, DirectoryRoles: admin}, true, adminEmail}, appA,
			"permission_missing", exitRefused, []string{"Delegated permissions", "Grant admin consent"}},
		"below /identity": {refused(400, "AADB2C"), saidToken{auth.GraphToken{Permissions: []string{readOrg}, DirectoryRoles: admin}, true, adminEmail}, "",
			"permission_missing", exitRefused, []string{"lacks the permission " + writeFlows}},
		"the role is another": {refused(403, "Authorization_RequestDenied"), saidToken{auth.GraphToken{Permissions: []string{writeFlows}, DirectoryRoles: admin}, true, adminEmail}, "",
			"role_missing", exitRefused, []string{adminEmail + " lacks the role " + role, "Roles & admins > " + role + " > Add assignments"}},
		"a role that everybody has": {refused(403, ""), saidToken{auth.GraphToken{Permissions: []string{writeFlows}, DirectoryRoles: []string{"b79fbf4d-3ef9-4689-8143-76b194e85509"}}, true, ada}, "",
			"customer_signed_in", exitRefused, []string{ada + " has no directory role in contoso", "Use another account", role}},
		"no role": {refused(403, ""), saidToken{auth.GraphToken{Permissions: []string{writeFlows}}, true, ada}, "",
			"customer_signed_in", exitRefused, []string{"as its customers have none"}},
		"an app without the permission": {refused(403, ""), saidToken{auth.GraphToken{App: true, Permissions: []string{readOrg}}, true, "app " + appA}, "",
			"permission_missing", exitRefused, []string{"app " + appA + " lacks the permission " + writeFlows, "Application permissions"}},
		"an app with it": {refused(403, ""), saidToken{auth.GraphToken{App: true, Permissions: []string{writeFlows}}, true, "app " + appA}, "",
			"permission_missing", exitRefused, []string{"lacks a right", "Application permissions"}},
		"a token that says nothing": {refused(403, ""), saidToken{who: ""}, "",
			"permission_missing", exitRefused, []string{"whoever the access token is for lacks a right", "or the role is missing, which is given at", role}},
		"the token is not taken": {refused(401, "InvalidAuthenticationToken"), saidToken{auth.GraphToken{Permissions: []string{writeFlows}}, true, adminEmail}, "",
			"graph_token", exitLogin, []string{"does not take the access token", "run `ciam probe` again"}},
		"something else": {refused(503, ""), saidToken{}, "", "graph_trouble", exitUnreachable, []string{"HTTP status 503"}},
		"no refusal":     {errAnything, saidToken{}, "", "error", exitOther, []string{"anything"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := testAdministrator(t, row.from)
			a.options.clientID = row.ownID
			f := describe(a.explain(row.err, "making the user flow", writeFlows, role))
			text := f.message + "\n" + strings.Join(f.details, "\n") + "\n" + f.hint
			if f.exit != row.exit || f.code != row.code && row.code != "error" {
				t.Errorf("exit %d, code %s; want %d, %s\n%s", f.exit, f.code, row.exit, row.code, text)
			}
			for _, says := range row.says {
				if !strings.Contains(text, says) {
					t.Errorf("lacks %q:\n%s", says, text)
				}
			}
			if row.exit == exitRefused && row.code != "graph_refused" && !strings.Contains(text, "permission: "+writeFlows) {
				t.Errorf("the permission is not named:\n%s", text)
			}
		})
	}
}
