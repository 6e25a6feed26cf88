package auth

import (
	"errors"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/wire"
)

// TestReadSight has the answers of the authorize endpoint: the emulator's, those that the live service is known to give, and
// some that nobody gives.
func TestReadSight(t *testing.T) {
	const redirect = "http://localhost:3000"
	const config = `<!DOCTYPE html><html><script>$Config={"fShowPersistentCookiesWarning":false,"sErrorCode":"50011","strServiceExceptionMessage":"AADSTS50011: The redirect URI \u0027http://localhost:3000\u0027 specified in the request does not match the redirect URIs configured for the application. Trace ID: 0a1b2c3d-0000-1111-2222-333344445555 Correlation ID: 9f8e7d6c-aaaa-bbbb-cccc-ddddeeeeffff Timestamp: 2026-11-23 10:00:00Z","urlX":"AADSTS1: no"}`
	for _, row := range []struct {
		name     string
		reply    wire.Reply
		code     int    // of the refusal, 0 for none
		oauth    string // of the refusal
		returned bool
		fails    bool
	}{
		{name: "the sign-in page", reply: wire.Reply{Status: 200, Body: []byte("<html>Sign in</html>")}},
		{name: "on to a page", reply: wire.Reply{Status: 303, Location: "/tid/userflow/signin?flow=x"}},
		{name: "on to an identity provider", reply: wire.Reply{Status: 302, Location: "https://accounts.example/auth?error=none"}},
		{name: "an error page", reply: wire.Reply{Status: 400, Body: []byte("<p>AADSTS50011: The redirect URI &#39;x&#39; does not match.</p>")}, code: 50011, oauth: "invalid_request"},
		{name: "an error page with status 200", reply: wire.Reply{Status: 200, Body: []byte(config)}, code: 50011, oauth: "invalid_request"},
		{name: "an error page in a paragraph", reply: wire.Reply{Status: 200, Body: []byte("<div>Sorry, but we're having trouble signing you in.</div><div>AADSTS700016: Application with identifier 'x' was not found</div>")}, code: 700016, oauth: "invalid_request"},
		{name: "text that is no error", reply: wire.Reply{Status: 200, Body: []byte(`see AADSTS, AADSTSx and AADSTS99999999999999999999`)}},
		{name: "sent back", reply: wire.Reply{Status: 302, Location: redirect + "/?error=invalid_client&error_description=AADSTS650053%3A+The+application+asked+for+scope+%27x%27&state=s"}, code: 650053, oauth: "invalid_client", returned: true},
		{name: "sent back in a fragment", reply: wire.Reply{Status: 302, Location: redirect + "#error=invalid_scope&error_description=AADSTS70011%3A+no"}, code: 70011, oauth: "invalid_scope", returned: true},
		{name: "sent back without a number", reply: wire.Reply{Status: 302, Location: redirect + "/?error=server_error"}, oauth: "server_error", returned: true},
		{name: "sent to another port", reply: wire.Reply{Status: 302, Location: "http://localhost:3001/?error=invalid_scope"}},
		{name: "a redirect to nowhere", reply: wire.Reply{Status: 302}, fails: true},
		{name: "a redirect that is none", reply: wire.Reply{Status: 302, Location: "http://[::1"}, fails: true},
		{name: "not found", reply: wire.Reply{Status: 404, Body: []byte("no")}, fails: true},
		{name: "in trouble", reply: wire.Reply{Status: 503, Body: []byte("<html>")}, fails: true},
	} {
		sight, err := readSight(row.reply, redirect)
		var answer *AnswerError
		if row.fails {
			if !errors.As(err, &answer) || answer.Status != row.reply.Status {
				t.Errorf("%s: %+v, %v", row.name, sight, err)
			}
			continue
		}
		switch refused := sight.Refused; {
		case err != nil || sight.Returned != row.returned || (refused != nil) != (row.oauth != ""):
			t.Errorf("%s: %+v, %v", row.name, sight, err)
		case refused != nil && (refused.Details.Code != row.code || refused.Code != row.oauth):
			t.Errorf("%s: %+v", row.name, refused)
		case refused != nil && strings.ContainsAny(refused.Details.Message, `<"`):
			t.Errorf("%s: more than the sentence: %q", row.name, refused.Details.Message)
		}
	}
}

func FuzzReadSight(f *testing.F) {
	f.Add(200, "AADSTS50011: x", "")
	f.Add(302, "", "http://localhost:3000/?error=x&error_description=AADSTS1%3A+y")
	f.Fuzz(func(t *testing.T, status int, body, location string) {
		sight, err := readSight(wire.Reply{Status: status, Body: []byte(body), Location: location}, "http://localhost:3000")
		if err != nil && sight.Refused != nil || sight.Returned && sight.Refused == nil {
			t.Errorf("%+v, %v", sight, err)
		}
		if r := sight.Refused; r != nil && (len(r.Code) > 300 || len(r.Details.Message) > 4096) {
			t.Errorf("unbounded: %+v", r)
		}
	})
}
