package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

const (
	adminEmail = directory.DefaultAdministrator
	readOrg    = "Organization.Read.All"
	writeApps  = "Application.ReadWrite.All"
	writeFlows = "EventListener.ReadWrite.All"
	// hereTenant is the embedded tenant as one on this machine, and hereGraph its Graph.
	hereOrigin = "https://localhost:8443"
	hereTenant = hereOrigin + "/" + directory.DefaultTenantID
	hereGraph  = hereOrigin + "/graph/v1.0"
)

// newAdministrators is a machine with an empty tenant on it, whose tree has a command that speaks to Graph: `ciam probe`. Each
// of its arguments is permissions to have; then the tenant's name is read and printed.
func newAdministrators(t *testing.T, edit ...func(*emulator.Seed)) *machine {
	t.Helper()
	m := newMachine(t, append([]func(*emulator.Seed){func(s *emulator.Seed) {
		keys := s.Tenants[0].Keys
		*s = *directory.Empty()
		s.Tenants[0].Keys = keys
		s.Tenants[0].Users = append(s.Tenants[0].Users, directory.User{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: "ada@example.com", Password: "Correct-Horse-9"})
	}}, edit...)...)
	m.env = map[string]string{"CIAM_TENANT": hereTenant, "CIAM_GRAPH_URL": hereGraph}
	m.tree = probeTree
	m.visitor = visitor.New(hereNetwork{browserNetwork{m}})
	m.visitor.Email, m.visitor.Password = adminEmail, directory.DefaultAdministratorPassword
	return m
}

// hereNetwork has the embedded tenant on this machine.
type hereNetwork struct{ browserNetwork }

func (n hereNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasPrefix(hereOrigin, req.URL.Scheme+"://"+req.URL.Host) {
		return n.m.tenant.Transport().RoundTrip(req)
	}
	return n.browserNetwork.RoundTrip(req)
}

func probeTree(r *run) *cobra.Command {
	root := newRootCmd(r)
	var o administratorOptions
	cmd := &cobra.Command{Use: "probe [PERMISSIONS...]", Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, args []string) error {
		a, err := r.administrator(cmd.Context(), o)
		if err != nil {
			return err
		}
		r.print("%s %s %s %q\n", a.TenantID, a.Authority, a.Subdomain, a.name())
		for _, permissions := range args {
			if err := a.permit(cmd.Context(), strings.Fields(permissions)); err != nil {
				return err
			}
			org, err := a.graph().Organization(cmd.Context())
			if err != nil {
				return a.explain(err, "reading the tenant", readOrg, "Global Reader")
			}
			if err := a.external(*org); err != nil {
				return err
			}
			r.print("%s as %s\n", org.DisplayName, a.name())
		}
		return nil
	}}
	o.add(cmd)
	cmd.Flags().Bool("yes", false, "")
	root.AddCommand(cmd)
	return root
}

// print is a result of the probe.
func (r *run) print(format string, args ...any) { fmt.Fprintf(r.Streams.Out, format, args...) }

// accessToken has the embedded tenant make a token for Graph.
func (m *machine) accessToken(origin, user string, permissions ...string) string {
	m.t.Helper()
	var scopes []string
	for _, p := range permissions {
		scopes = append(scopes, "https://graph.microsoft.com/"+p)
	}
	body, err := json.Marshal(map[string]any{"user": user, "app": directory.GraphCommandLineTools, "scopes": scopes})
	if err != nil {
		m.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, origin+"/_emulator/tokens", bytes.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := m.tenant.Transport().RoundTrip(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	var made struct {
		Token string `json:"access_token"`
	}
	if err != nil || json.Unmarshal(data, &made) != nil || made.Token == "" {
		m.t.Fatalf("status %d: %s", resp.StatusCode, data)
	}
	return made.Token
}

const (
	daemonApp    = "77778888-aaaa-bbbb-cccc-ddddeeee0000"
	daemonSecret = "emulator-only-daemon-secret"
)

// daemon is an app of the tenant's that acts for itself, with application permissions.
func daemon(permissions ...string) func(*emulator.Seed) {
	return func(s *emulator.Seed) {
		app := directory.App{AppID: daemonApp, DisplayName: "automation", PasswordCredentials: []directory.Secret{{SecretText: daemonSecret}}}
		for _, p := range permissions {
			app.AppRoleAssignments = append(app.AppRoleAssignments, directory.AppRoleAssignment{Resource: graphAppID, Role: p})
		}
		s.Tenants[0].Apps = append(s.Tenants[0].Apps, app)
	}
}

// seesText waits for text on a screen that is still growing; nil when it does not come.
func (m *machine) seesText(screen func() string, find *regexp.Regexp) []string {
	for range 4000 {
		if found := find.FindStringSubmatch(screen()); found != nil {
			return found
		}
		time.Sleep(5 * time.Millisecond)
	}
	m.t.Errorf("%s did not come:\n%s", find, screen())
	return nil
}
