package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// foreignSource is a way by which somebody else's text comes to a stream.
type foreignSource struct {
	prepare func(m *machine, text string)
	args    func(text string) []string
	// jq yields the text from the JSON; "" when the text is in no result.
	jq string
	// exact says that a pipe gets the text as it is, exactJSON that it does so with JSON too: it is the API's own.
	exact, exactJSON bool
	// onlyText has no other format.
	onlyText bool
	// cut says that not all of the text arrives: that letters stay is not to be seen.
	cut bool
}

func always(args ...string) func(string) []string { return func(string) []string { return args } }

// plant puts an ID token with these claims into the session.
func plant(claims map[string]any) func(m *machine, text string) {
	return func(m *machine, text string) {
		m.must("login")
		session := m.session()
		payload := map[string]any{"sub": "s", "exp": m.now().Add(time.Hour).Unix(), "tid": session.TenantID}
		for name, value := range claims {
			if value == "TEXT" {
				value = text
			}
			payload[strings.ReplaceAll(name, "TEXT", text)] = value
		}
		data, err := json.Marshal(payload)
		if err != nil {
			m.t.Fatal(err)
		}
		head, _, _ := strings.Cut(session.IDToken, ".")
		session.IDToken = head + "." + base64.RawURLEncoding.EncodeToString(data) + ".c2ln"
		record, err := json.Marshal(tokencache.Record{Version: 1, Session: session})
		if err != nil {
			m.t.Fatal(err)
		}
		m.put(m.item(), string(record))
	}
}

// quoted is text as JSON writes it.
func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

// within is text inside a JSON string.
func within(text string) string { return strings.Trim(quoted(text), `"`) }

// answers has the tenant answer requests of one path with JSON, whose TEXT is the text.
func answers(path string, status int, body string) func(m *machine, text string) {
	return func(m *machine, text string) {
		m.answer = only(path, page(status, "application/json", strings.ReplaceAll(body, "TEXT", within(text))))
	}
}

// signedInThen is a session first.
func signedInThen(next func(m *machine, text string)) func(m *machine, text string) {
	return func(m *machine, text string) {
		m.must("login")
		next(m, text)
	}
}

// configuredAs writes the configuration file.
func configuredAs(content string) func(m *machine, text string) {
	return func(m *machine, text string) {
		dir := filepath.Join(m.home, "xdg_config_home", "ciam")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			m.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(strings.ReplaceAll(content, "TEXT", strconv.QuoteToASCII(text))), 0o600); err != nil {
			m.t.Fatal(err)
		}
		clear(m.env)
	}
}

// inProfile is a profile of the configuration, and what is prepared there.
func inProfile(next func(m *machine, text string)) func(m *machine, text string) {
	return func(m *machine, text string) {
		configuredAs("profiles:\n  "+defaultProfile+": {tenant: contoso, client_id: "+directory.DefaultPublicApp+"}\n")(m, text)
		next(m, text)
	}
}

// apiAnswer has an API, at the tenant's own address for simplicity, answer.
func apiAnswer(status int, header, value, body string) func(m *machine, text string) {
	return signedInThen(func(m *machine, text string) {
		m.answer = only("/api", func(r *http.Request) *http.Response {
			resp := page(status, "application/json", strings.NewReplacer(`"TEXT"`, quoted(text), "TEXT", text).Replace(body))(r)
			resp.Header[header] = []string{strings.ReplaceAll(value, "TEXT", text)}
			return resp
		})
	})
}

// comesBack has the browser come back to the redirect URI, with parameters and first with a request that is not the answer.
func comesBack(parameters url.Values, stray string) func(m *machine, text string) {
	return func(m *machine, text string) {
		m.open = func(address string) {
			u, err := url.Parse(address)
			if err != nil {
				m.t.Error(err)
				return
			}
			back := u.Query().Get("redirect_uri")
			query := url.Values{"state": {u.Query().Get("state")}}
			for name, values := range parameters {
				query.Set(name, strings.ReplaceAll(values[0], "TEXT", text))
			}
			go func() {
				for _, where := range []string{back + "/" + url.PathEscape(stray+text), back + "?" + query.Encode()} {
					if resp, err := http.Get(where); err == nil {
						resp.Body.Close()
					}
				}
			}()
		}
	}
}

// emulatorSeed writes a seed whose names are the text.
func emulatorSeed(m *machine, text string) string {
	seed := fmt.Sprintf(`version: 1
tenants:
- id: 11112222-aaaa-bbbb-cccc-333344445555
  subdomain: fabrikam
  displayName: %[1]s
  apps:
  - appId: 22223333-aaaa-bbbb-cccc-333344445555
    displayName: %[1]s
    publicClient: {redirectUris: ["http://localhost"]}
`, strconv.QuoteToASCII(text))
	file := filepath.Join(m.home, "seed.yaml")
	if err := os.WriteFile(file, []byte(seed), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return file
}

// grantScope has the tenant grant a scope that nobody asked for.
func grantScope(m *machine, text string) {
	m.answer = m.editedJSON("/token", func(answer map[string]any) {
		answer["scope"] = fmt.Sprint(answer["scope"]) + " " + strings.Join(strings.Fields(text), "")
	})
	m.must("login")
}

func brokenSeed(m *machine, text string) {
	if err := os.WriteFile(filepath.Join(m.home, "seed.yaml"), []byte("version: 1\n"+strconv.QuoteToASCII(text)+": 1\n"), 0o600); err != nil {
		m.t.Fatal(err)
	}
}
