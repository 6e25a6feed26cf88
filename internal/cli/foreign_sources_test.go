package cli

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// foreignSources are all the ways.
func foreignSources() map[string]foreignSource {
	const challenge = "/oauth2/v2.0/challenge"
	device := func(m *machine, text string) {
		m.answer = func(r *http.Request) *http.Response {
			switch {
			case strings.HasSuffix(r.URL.Path, "/devicecode"):
				return page(200, "application/json", `{"device_code":"d","user_code":`+quoted(text[:20])+`,"verification_uri":`+quoted(text)+`,"expires_in":60,"interval":1}`)(r)
			case strings.HasSuffix(r.URL.Path, "/token"):
				return page(400, "application/json", `{"error":"access_denied","error_description":`+quoted(text)+`}`)(r)
			}
			return nil
		}
	}
	return map[string]foreignSource{
		// Claims, and what is made of them.
		"claims, a value":      {prepare: plant(map[string]any{"name": "TEXT"}), args: always("claims"), jq: ".name"},
		"claims, a name":       {prepare: plant(map[string]any{"TEXT": "v"}), args: always("claims"), jq: `keys[] | select(startswith("zqA"))`},
		"claims, deep":         {prepare: plant(map[string]any{"x": []any{map[string]any{"y": foreignText()}}}), args: always("claims"), jq: ".x[0].y"},
		"claims NAME":          {prepare: plant(map[string]any{"name": "TEXT"}), args: always("claims", "name"), jq: ".", exact: true},
		"claims NAME, deep":    {prepare: plant(map[string]any{"x": []any{foreignText()}}), args: always("claims", "x"), jq: ".[0]", exact: true},
		"claims NAME, none":    {prepare: plant(map[string]any{"TEXT": "v"}), args: always("claims", "nosuch")},
		"a jq error":           {prepare: plant(map[string]any{"name": "TEXT"}), args: always("claims", "--jq", "error(.name)"), onlyText: true},
		"whoami":               {prepare: plant(map[string]any{"name": "TEXT", "preferred_username": "a@b.c"}), args: always("whoami"), jq: ".account.name"},
		"whoami, the address":  {prepare: plant(map[string]any{"preferred_username": "TEXT"}), args: always("whoami"), jq: ".account.username"},
		"whoami --all":         {prepare: inProfile(plant(map[string]any{"name": "TEXT", "preferred_username": "TEXT"})), args: always("whoami", "--all"), jq: ".[0].account.name"},
		"--account of another": {prepare: inProfile(plant(map[string]any{"preferred_username": "TEXT"})), args: always("whoami", "--account", "nobody@example.com")},
		"login": {prepare: func(m *machine, text string) {
			m.visitor.SignUp = true
			name := strings.Map(func(r rune) rune { // the form takes no control characters
				if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
					return -1
				}
				return r
			}, text)
			m.visitor.Email, m.visitor.Attributes = "new@example.com", map[string]string{"displayName": name}
			m.visitor.Code = func(context.Context, string) (string, error) { return m.tenant.Outbox()[0].Code, nil }
		}, args: always("login", "--signup", "--timeout", "20s"), jq: ".account.name", cut: true},

		// An API's answer.
		"api, the body":         {prepare: apiAnswer(200, "X", "", "TEXT"), args: always("api", "https://contoso.ciamlogin.com/api"), exact: true, onlyText: true},
		"api, JSON":             {prepare: apiAnswer(200, "X", "", `{"a":"TEXT"}`), args: always("api", "https://contoso.ciamlogin.com/api"), jq: ".a", exact: true, exactJSON: true},
		"api, JSON, not ended":  {prepare: apiAnswer(200, "X", "", `{"a":"TEXT`), args: always("api", "https://contoso.ciamlogin.com/api"), exact: true, onlyText: true},
		"api, a failure":        {prepare: apiAnswer(404, "X", "", "TEXT"), args: always("api", "https://contoso.ciamlogin.com/api"), exact: true, onlyText: true},
		"api, a header":         {prepare: apiAnswer(200, "X", "TEXT", ""), args: always("api", "-i", "https://contoso.ciamlogin.com/api"), exact: true, onlyText: true},
		"api, a redirect":       {prepare: apiAnswer(302, "Location", "https://zqA\u202e\u200bBqz.example/", ""), args: always("api", "https://contoso.ciamlogin.com/api"), cut: true},
		"api, a file's name":    {prepare: signedInThen(func(*machine, string) {}), args: func(text string) []string { return []string{"api", "https://x.example", "-d", "@" + text} }},
		"api, the URL":          {args: func(text string) []string { return []string{"api", "ftp://" + text} }, cut: true},
		"token, a scope":        {prepare: func(m *machine, text string) { grantScope(m, strings.ReplaceAll(text, "\u2028", "")) }, args: always("token", "-o", "json"), jq: `.scopes[] | select(startswith("zqA"))`, onlyText: true, cut: true},
		"token, a file's name":  {prepare: signedInThen(func(*machine, string) {}), args: func(text string) []string { return []string{"token", "--to-file", "/nosuch/" + text} }, onlyText: true},
		"token, refused":        {prepare: signedInThen(answers("/token", 400, `{"error":"invalid_request","error_description":"TEXT","trace_id":"TEXT","correlation_id":"TEXT"}`)), args: always("token", "--force-refresh"), onlyText: true},
		"token, an odd refusal": {prepare: signedInThen(answers("/token", 400, `{"error":"TEXT","error_description":"","suberror":"TEXT"}`)), args: always("token", "--force-refresh"), onlyText: true},

		// The tenant, and whoever comes by in a browser.
		"discovery, an issuer": {prepare: answers("/openid-configuration", 200, `{"issuer":"TEXT","authorization_endpoint":"TEXT","token_endpoint":"TEXT","jwks_uri":"TEXT"}`), args: always("login")},
		"discovery, an endpoint": {prepare: func(m *machine, text string) {
			m.answer = m.edited("/openid-configuration", `"token_endpoint":"https://contoso.ciamlogin.com`, `"token_endpoint":"https://zqA\u202eBqz`)
		}, args: always("login"), cut: true},
		"the callback, an error":     {prepare: comesBack(url.Values{"error": {"access_denied"}, "error_description": {"AADSTS65004: TEXT"}}, ""), args: always("login")},
		"the callback, an odd error": {prepare: comesBack(url.Values{"error": {"TEXT"}, "error_subcode": {"TEXT"}}, ""), args: always("login")},
		"the callback, ids":          {prepare: comesBack(url.Values{"error": {"server_error"}, "error_description": {"AADSTS90014: zqA\nTrace ID: TEXT\nCorrelation ID: TEXT\nTimestamp: TEXT"}}, ""), args: always("login"), cut: true},
		"a stray path, in the log":   {prepare: comesBack(url.Values{"error": {"access_denied"}}, "zqA"), args: always("login", "--debug"), cut: true, onlyText: true},
		"redeeming, refused":         {prepare: answers("/token", 400, `{"error":"invalid_request","error_description":"AADSTS9002327: TEXT"}`), args: always("login")},
		"a device code":              {prepare: device, args: always("login", "--device-code")},
		"native, refused":            {prepare: answers("/initiate", 400, `{"error":"user_not_found","error_description":"AADSTS50034: TEXT"}`), args: always("login", "--native", "--email", "a@b.example", "--password-stdin")},
		"native, to the browser":     {prepare: answers("/initiate", 200, `{"challenge_type":"redirect","redirect_reason":"TEXT"}`), args: always("login", "--native", "--email", "a@b.example", "--password-stdin")},
		"native, where a code went":  {prepare: answers(challenge, 200, `{"challenge_type":"oob","continuation_token":"c","challenge_channel":"TEXT","challenge_target_label":"TEXT","code_length":8}`), args: always("login", "--native", "--email", "ada@example.com", "--code-command", "/nosuch"), cut: true, onlyText: true},

		// What is typed, and found on the machine.
		"a command":            {args: func(text string) []string { return []string{text} }},
		"a flag":               {args: func(text string) []string { return []string{"token", "--" + text} }},
		"a flag's value":       {args: func(text string) []string { return []string{"login", "--timeout", text} }},
		"an argument":          {args: func(text string) []string { return []string{"whoami", text} }},
		"an output format":     {args: func(text string) []string { return []string{"whoami", "-o", text} }, onlyText: true},
		"a token store":        {args: func(text string) []string { return []string{"whoami", "--token-store", text} }},
		"a jq expression":      {prepare: signedInThen(func(*machine, string) {}), args: func(text string) []string { return []string{"whoami", "--jq", text} }, onlyText: true},
		"a profile's name":     {args: always("whoami", "-p", "zqA\x1b[2J\u202eB"), cut: true},
		"a tenant":             {args: func(text string) []string { return []string{"login", "--tenant", text, "--client-id", "x"} }},
		"a variable":           {prepare: func(m *machine, text string) { m.env["CIAM_TENANT"] = text }, args: always("login")},
		"a variable, no store": {prepare: func(m *machine, text string) { m.env["CIAM_TOKEN_STORE"] = text }, args: always("whoami")},
		"a missing profile":    {prepare: configuredAs("profiles: {}\ncurrent_profile: \"zqA\\e[2J\\u202e\"\n"), args: always("whoami"), cut: true},
		"a password's file": {args: func(text string) []string {
			return []string{"login", "--native", "--email", "a@b.example", "--password-file", text}
		}},
		"the configuration":                         {args: func(text string) []string { return []string{"whoami", "--config", "/dev/null/" + text} }},
		"a profile of the configuration, its name":  {prepare: configuredAs("profiles:\n  \"zqA\\e[2J\\u202e\": {tenant: contoso}\n"), args: always("whoami"), cut: true, onlyText: true}, // a warning
		"a profile of the configuration, its store": {prepare: configuredAs("profiles:\n  a: {tenant: contoso, token_store: TEXT}\n"), args: always("whoami")},
		"a profile of the configuration, its type":  {prepare: configuredAs("profiles:\n  a: {scopes: TEXT}\n"), args: always("whoami"), cut: true},
		"profile show":                              {prepare: configuredAs("current_profile: a\nprofiles:\n  a: {tenant: TEXT, client_id: TEXT, scopes: [TEXT]}\n"), args: always("profile", "show"), jq: ".tenant"},
		"profile list":                              {prepare: configuredAs("current_profile: a\nprofiles:\n  a: {tenant: TEXT}\n"), args: always("profile", "list"), jq: ".[0].tenant"},
		"a seed's file":                             {args: func(text string) []string { return []string{"emulator", "--seed", text} }},
		"a seed's key":                              {prepare: func(m *machine, text string) { brokenSeed(m, text) }, args: always("emulator", "--seed", "SEED"), cut: true},
		"the emulator's app":                        {args: func(text string) []string { return []string{"emulator", "--app", text, "--port", "0"} }},
		"the emulator":                              {prepare: func(m *machine, text string) { emulatorSeed(m, text) }, args: always("emulator", "--seed", "SEED", "--port", "0"), jq: ".tenants[0].display_name"},
		"a program to run":                          {prepare: signedInThen(func(*machine, string) {}), args: func(text string) []string { return []string{"exec", "--", text} }},
		"a command for assertions": {args: func(text string) []string {
			return []string{"token", "--client-credentials", "--scope", "api://x/.default", "--client-assertion-command", "/nosuch/" + text}
		}, onlyText: true, cut: true},
	}
}
