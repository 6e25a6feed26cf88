package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/graph"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
	"github.com/ciam-cli/ciam/internal/tokencache"
	"github.com/ciam-cli/ciam/internal/wire"
)

// TestMeanings is every row of the table from errors to exit codes and hints, through the program's own report: exit
// code, stable code, hint, and the JSON of the contract.
func TestMeanings(t *testing.T) {
	refused := func(code string, number int, description string) *auth.RefusedError {
		return &auth.RefusedError{During: "sign-in", Code: code, Description: description, Details: aadsts.Details{Code: number, Message: "m", TraceID: "t", CorrelationID: "c"}}
	}
	waited := func(what string, opened bool, stray string) error {
		s := &seen{opened: opened}
		if stray != "" {
			s.stray.Store(&stray)
		}
		return &unanswered{&auth.TimeoutError{Waited: time.Second, RedirectURI: "http://localhost:3000/auth/redirect"}, what, s}
	}
	administrators := func(number int, clientID string, app bool) error {
		return &administratorRefusal{RefusedError: refused("invalid_grant", number, "d"), clientID: clientID, app: app}
	}
	mismatch := &auth.ForeignCredentialError{Kind: "secret", Owner: auth.Owner{Keeper: "profile shop"}}
	rows := []struct {
		err  error
		code string
		exit int
		hint string // a part of it; "" wants none
	}{
		{&stoppedError{os.Interrupt}, "interrupted", exitInterrupted, ""},
		{&stoppedError{syscall.SIGTERM}, "terminated", exitTerminated, ""},
		{&stoppedError{syscall.SIGHUP}, "hung_up", exitHungUp, ""},
		{context.Canceled, "interrupted", exitInterrupted, ""},
		{&usageError{message: "m", hint: "see x"}, "usage", exitUsage, "see x"},
		{&commandError{exit: exitNoProgram, code: "program_not_found", message: "m", hint: "check its name"}, "program_not_found", exitNoProgram, "check its name"},
		{&config.Error{Where: "CIAM_X", Problem: "p", Want: "w"}, "config", exitUsage, ""},
		{&config.Error{Where: "file", Problem: "p", Want: "w", IO: true}, "config", exitOther, ""},
		{&config.Error{Where: "file", Problem: "p", Want: "w", Err: &files.Error{Path: "file", Kind: files.WorldWritable}}, "config", exitUsage, "take that away with `"},
		{&files.Error{Path: "file", Kind: files.Folder}, "file", exitUsage, "name an ordinary file"},
		{&files.Error{Path: "file", Kind: files.Device, Replacing: true}, "file", exitUsage, "name a new file"},
		{&files.Error{Path: "a file", Kind: files.WorldReadable}, "file", exitUsage, "take that away with `"},
		{&files.Error{Path: "file", Kind: files.Foreign, Replacing: true}, "file", exitUsage, "in a folder of your own"},
		{&files.Error{Path: "file", Kind: files.Silent}, "file", exitUsage, "whatever is to write to it"},
		{&files.Error{Path: "file", Kind: files.Empty}, "file", exitUsage, "the file that is meant"},
		{&keychain.UnavailableError{State: keychain.LooseMode, Message: "m", Err: &files.Error{Path: "file", Kind: files.WorldWritable}}, "file", exitUsage, "take that away with `"},
		{&authority.FormError{}, "tenant_form", exitUsage, ""},
		{&authority.ClientIDError{Problem: "p"}, "client_id", exitUsage, "overview page"},
		{mismatch, "foreign_credential", exitUsage, "CIAM_CLIENT_SECRET"},
		{&graph.RootError{Got: "x", Problem: "p"}, "graph_url", exitUsage, "CIAM_GRAPH_URL"},
		{&graphPlaceError{root: "http://localhost:1"}, "graph_url", exitUsage, "unset CIAM_GRAPH_URL"},
		{&graphPlaceError{root: graph.DefaultRoot, tenant: authority.Authority{Base: "http://localhost:1", Tenant: appA}}, "graph_url", exitUsage, "http://localhost:1/graph/v1.0"},
		{&givenTokenError{by: "x", problem: "is empty"}, "graph_token", exitUsage, "az account get-access-token"},
		{&givenTokenError{by: "x", problem: "expired", expired: true}, "graph_token", exitLogin, "az account get-access-token"},
		{&graph.Error{Method: "GET", URL: "u", Status: 404}, "graph_refused", exitRefused, "run the command again"},
		{&graph.Error{Method: "GET", URL: "u", Status: 429, RetryAfter: time.Minute}, "graph_trouble", exitUnreachable, "left alone for 1m"},
		{&graph.Error{Method: "GET", URL: "u", Status: 403, WebPage: true}, "graph_trouble", exitUnreachable, "a proxy"},
		{&notExternalError{"Contoso", "a workforce tenant"}, "not_external", exitUsage, "Manage tenants > Create > External"},
		{&permissionError{missing: []string{"x"}, given: true}, "permission_missing", exitRefused, "sign in"},
		{&permissionError{missing: []string{"x"}, clientID: graphTools}, "permission_missing", exitRefused, "run `ciam login -p web` and consent"},
		{&deniedError{refused: &graph.Error{Status: 403}, why: noRole, step: "s", scope: "x", role: "Some Administrator"}, "role_missing", exitRefused, "Roles & admins > Some Administrator"},
		{&deniedError{refused: &graph.Error{Status: 403}, why: nobody, step: "s"}, "customer_signed_in", exitRefused, "Use another account"},
		{&deniedError{refused: &graph.Error{Status: 403}, why: nobody, step: "s", given: true}, "customer_signed_in", exitRefused, "get an access token as an administrator"},
		{&deniedError{refused: &graph.Error{Status: 403}, why: noScope, own: true}, "permission_missing", exitRefused, "Delegated permissions"},
		{&deniedError{refused: &graph.Error{Status: 403}}, "permission_missing", exitRefused, "or the role is missing"},
		{&deniedError{refused: &graph.Error{Status: 401}, why: noToken}, "graph_token", exitLogin, "run `ciam login -p web` again"},
		{&deniedError{refused: &graph.Error{Status: 401}, why: noToken, given: true}, "graph_token", exitLogin, "get a new access token"},
		{&otherTenantError{&idtoken.VerificationError{}, "a", "b"}, "other_tenant", exitUnverified, "nothing was sent"},
		{&declinedToolsError{}, "cancelled", exitRefused, "`--client-id`"},
		{&nobodyAdministratorError{&nobodyError{}}, "nobody_there", exitLogin, "`ciam login -p web --device-code` shows a code to type in elsewhere; scripts give an access token"},
		{administrators(65001, graphTools, false), "consent_missing", exitRefused, "Cloud Application Administrator"},
		{administrators(65001, appA, false), "consent_missing", exitRefused, "Delegated permissions, and then choose Grant admin consent"},
		{administrators(65001, appA, true), "consent_missing", exitRefused, "Application permissions"},
		{administrators(90094, graphTools, false), "consent_missing", exitRefused, "Privileged Role Administrator"},
		{administrators(65004, graphTools, false), "consent_refused", exitRefused, "and accept"},
		{administrators(65002, appA, false), "refused", exitRefused, "leave `--client-id` out"},
		{administrators(500208, graphTools, false), "customer_signed_in", exitRefused, "Use another account"},
		{administrators(50020, graphTools, false), "customer_signed_in", exitRefused, "Use another account"},
		{administrators(700016, graphTools, false), "refused", exitRefused, "once an administrator has consented"},
		{administrators(700016, appA, false), "refused", exitRefused, "check the client id"},
		{administrators(50011, appA, false), "refused", exitRefused, "Mobile and desktop applications"},
		{administrators(50105, graphTools, false), "refused", exitRefused, "Users and groups"},
		{administrators(53003, graphTools, false), "refused", exitRefused, "Sign-in logs"},
		{&administratorRefusal{RefusedError: refused("access_denied", 53003, "d"), clientID: graphTools, device: true}, "refused", exitRefused, "without `--device-code`"},
		{administrators(7000215, appA, true), "refused", exitRefused, "secret"},
		{&permissionError{missing: []string{"x"}, app: true}, "permission_missing", exitRefused, "Entra admin center"},
		{&render.JQError{}, "jq", exitUsage, ""},
		{&lostError{syscall.ENOSPC}, "result_lost", exitOther, "see where stdout leads to"},
		{&notFoundError{message: "m", hint: "there are: a"}, "not_found", exitNotFound, "there are: a"},
		{&auth.NotKeptError{Err: &keychain.UnavailableError{State: keychain.Full, Message: "m"}}, "not_kept", exitStore, "free some space"},
		{&auth.NotKeptError{Err: errors.New("x")}, "not_kept", exitStore, ""},
		{&auth.LoginRequiredError{Reason: "r"}, "login_required", exitLogin, "run `ciam login -p web`"},
		{errNothingConfigured(), "login_required", exitLogin, "`ciam login --demo`"},
		{&auth.LoginRequiredError{Reason: "r", Kept: []string{"ada@example.com"}}, "login_required", exitLogin, "run `ciam switch ada@example.com -p web`, or `ciam login -p web`"},
		{&auth.LoginRequiredError{Reason: "r", Err: refused("invalid_grant", 50173, "")}, "login_required", exitLogin, "ciam login -p web"},
		{&authority.UnreachableError{URL: "u"}, "unreachable", exitUnreachable, "CIAM_CA_FILE"},
		{&authority.UnreachableError{URL: "https://contoso.ciamlogin.com/x", Cause: wire.CauseProxyRefused}, "unreachable", exitUnreachable, "let *.ciamlogin.com through"},
		{&authority.UnreachableError{URL: "https://login.microsoftonline.com/x", Cause: wire.CauseProxyRefused}, "unreachable", exitUnreachable, "let login.microsoftonline.com through"},
		{&authority.UnreachableError{URL: "https://graph.microsoft.com/v1.0/x", Cause: wire.CauseProxyRefused}, "unreachable", exitUnreachable, "let graph.microsoft.com through"},
		{&authority.UnknownTenantError{AADSTS: 90002}, "unknown_tenant", exitUnreachable, "overview page"},
		{&authority.UntrustedMetadataError{}, "untrusted_metadata", exitUnverified, "typing error"},
		{&idtoken.VerificationError{}, "verification_failed", exitUnverified, "nothing was stored"},
		{&auth.InputError{Kind: auth.InputPassword, Refused: refused("invalid_grant", 50126, "")}, "password_refused", exitRefused, "--reset-password"},
		{&auth.InputError{Kind: auth.InputCode, Refused: refused("invalid_grant", 50181, "")}, "code_refused", exitRefused, "has a new code sent"},
		{&auth.InputError{Kind: auth.InputNewPassword, Refused: refused("invalid_grant", 0, "")}, "new_password_refused", exitRefused, "choose another password"},
		{&auth.InputError{Kind: auth.InputAttributes, Refused: refused("invalid_grant", 0, "")}, "attributes_refused", exitRefused, "correct it"},
		{refused("invalid_request", 50011, "d"), "refused", exitRefused, "redirect"},
		{refused("invalid_client", 1, "d"), "refused", exitRefused, ""},
		{refused("temporarily_unavailable", 1, "d"), "tenant_trouble", exitUnreachable, "try again later"},
		{refused("server_error", 1, "d"), "tenant_trouble", exitUnreachable, "try again later"},
		{&auth.RefusedError{Code: "invalid_client", Suberror: "nativeauthapi_disabled"}, "refused", exitRefused, "Enable native authentication"},
		{refused("access_denied", 65004, "AADSTS65004: the user cancelled"), "cancelled", exitRefused, "run `ciam login -p web` to try again"},
		{&auth.BrowserRequiredError{}, "browser_required", exitLogin, "run `ciam login -p web`"},
		{auth.ErrNativeSecret, "native_secret", exitUsage, "ciam login -p web"},
		{&auth.TimeoutError{Waited: time.Second}, "timeout", exitRefused, "--timeout"},
		{&nobodyError{login: "ciam login -p web"}, "nobody_there", exitLogin, "`ciam login -p web --device-code` shows a code"},
		{&nobodyError{login: "ciam login --demo"}, "nobody_there", exitLogin, "`ciam login --demo --native`"},
		{&wrongPastesError{}, "wrong_pastes", exitRefused, "run `ciam login -p web`"},
		{waited("sign in", true, ""), "timeout", exitRefused, "http://localhost/auth/redirect is not registered"},
		{waited("sign in", false, ""), "timeout", exitRefused, "`ciam login -p web --device-code`"},
		{waited("sign in", true, loopback.StrayState), "timeout", exitRefused, "another sign-in"},
		{waited("sign in", true, loopback.StrayHTTPS), "timeout", exitRefused, "HSTS"},
		{waited("sign in", true, "a request for another path"), "timeout", exitRefused, "not registered"},
		{waited("sign out", true, ""), "timeout", exitRefused, "`ciam logout --local`"},
		{auth.ErrNoCredential, "no_credential", exitUsage, "CIAM_CLIENT_SECRET"},
		{auth.ErrAppScopes, "scope", exitUsage, "--scope"},
		{term.ErrNoAnswer, "cancelled", exitRefused, "run it again and answer"},
		{loopback.ErrNoCode, "no_code", exitRefused, "RFC 6749"},
		{&auth.AnswerError{During: "d"}, "bad_answer", exitUnreachable, "--debug"},
		{&keychain.UnavailableError{State: keychain.Locked, Message: "m"}, "store_unavailable", exitStore, "--token-store file"},
		{&keychain.UnavailableError{State: keychain.WrongKey, Message: "m"}, "store_unavailable", exitStore, "`ciam login -p web --replace`"},
		{&keychain.NewerError{}, "store_newer", exitStore, "`ciam login -p web --replace`"},
		{&keychain.CorruptError{}, "store_corrupt", exitStore, "`ciam login -p web`, which replaces it"},
		{&tokencache.FormatError{}, "store_corrupt", exitStore, "`ciam login -p web`, which replaces it"},
		{&tokencache.FormatError{Newer: true}, "store_newer", exitStore, "`ciam login -p web --replace`"},
		{&directory.StateError{}, "state_damaged", exitUsage, "move it away"},
		{&directory.StateError{Newer: true}, "store_newer", exitUsage, "update ciam"},
		{&graph.Error{Status: 400, RequestID: "r"}, "graph_refused", exitRefused, "Microsoft's support"},
		{&graph.Error{Status: 400}, "graph_refused", exitRefused, "change what it says against"},
		{&graph.Error{Status: 404}, "graph_refused", exitRefused, "may not be known everywhere"},
		{&graph.Error{Status: 409}, "graph_refused", exitRefused, "at the same time"},
		{&graph.Error{Status: 400, WebPage: true}, "graph_trouble", exitUnreachable, "a proxy"},
		{&graph.Error{Status: 503}, "graph_trouble", exitUnreachable, "try again later"},
		{&graph.Error{Status: 429, RetryAfter: time.Minute}, "graph_trouble", exitUnreachable, "left alone for 1m0s"},
		{&tokencache.LockError{}, "locked", exitUnreachable, "wait for it"},
		{&loopback.PortError{}, "port_taken", exitOther, "--port"},
		{context.DeadlineExceeded, "timeout", exitUnreachable, "try again"},
		{errors.New("anything else"), "error", exitOther, ""},
	}
	known := meanings()
	met := make([]bool, len(known))
	for _, row := range rows {
		t.Run(row.code, func(t *testing.T) {
			err := error(&locatedError{err: fmt.Errorf("wrapped: %w", row.err), login: "ciam login -p web", flag: " -p web"})
			for i, m := range known {
				var f failure
				if m.is(err, place{}, &f) {
					met[i] = true
					break
				}
			}
			for _, words := range commandsNamed(describe(err).hint) {
				if err := checkCommand(words); err != nil {
					t.Errorf("the hint names ciam %s: %v", strings.Join(words, " "), err)
				}
			}
			m := newMachine(t)
			exit, stderr := m.reportOf(err, "json")
			var got errorJSON
			if err := json.Unmarshal([]byte(stderr), &got); err != nil {
				t.Fatal(err)
			}
			e := got.Error
			if exit != row.exit || e.Code != row.code || e.Message == "" || (e.Hint == "") != (row.hint == "") || !strings.Contains(e.Hint, row.hint) {
				t.Errorf("%T: exit %d, %+v; want exit %d, code %s, hint %q", row.err, exit, e, row.exit, row.code, row.hint)
			}
			exit, stderr = m.reportOf(err, "")
			if exit != row.exit || !strings.HasPrefix(stderr, "ciam: ") || strings.Contains(stderr, "hint: ") != (row.hint != "") {
				t.Errorf("%T in text: exit %d, %s", row.err, exit, stderr)
			}
		})
	}
	for i, ok := range met {
		if !ok {
			t.Errorf("row %d of the table (%s) is not tested", i, known[i].code)
		}
	}
	t.Logf("%d rows, %d errors", len(known), len(rows))
}
