package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// The readers of records: in a keychain's items and in sealed files.

// recordForms are the records of the keychain home: what their heads say of the layout, and what they hold.
func recordForms() map[string]struct{ head, holds string } {
	return map[string]struct{ head, holds string }{
		"small": {"ciam1:text:-:0:", "session"}, "web": {"ciam1:text:-:0:", "secret session app"},
		"secret": {"ciam1:text:-:0:", "secret"}, "app": {"ciam1:text:-:0:", "app"},
		"many": {"ciam1:deflate:-:0:", "session"}, "windows": {"ciam1:deflate:a:", "session"},
		"windows-again": {"ciam1:deflate:b:", "session"}, "macos": {"ciam1:deflate:a:", "session"},
	}
}

func readItems(t *testing.T, c *corpus, name string) {
	var stored items
	readJSON(t, c.path(name), &stored)
	form := recordForms()[stored.Profile]
	if head := string(stored.Items[stored.Profile]); !strings.HasPrefix(head, form.head) || form.head == "" {
		t.Errorf("the head is %.20q, expected %q", head, form.head)
	}
	var all keychain.Map
	for item, value := range stored.Items {
		all.SetItem(item, string(value))
	}
	record := load(t, keychain.NewMemory(keychain.MemoryOptions{Map: &all}), stored.Profile)
	if got := holds(record); got != form.holds {
		t.Errorf("the record holds %q, expected %q", got, form.holds)
	}
	if record.ClientSecret != "" && record.ClientSecret != directory.DefaultClientSecret {
		t.Error("the client secret is another")
	}
	recordIsAnswered(t, record, c.answers(t, "keychain"), stored.Profile)
}

func load(t *testing.T, from tokencache.Items, profile string) tokencache.Record {
	t.Helper()
	record, err := tokencache.Load(context.Background(), from, profile)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func holds(r tokencache.Record) string {
	var all []string
	for what, there := range map[string]bool{"1 secret": r.ClientSecret != "", "2 session": r.Session != nil, "3 app": r.App != nil} {
		if there {
			all = append(all, what)
		}
	}
	slices.Sort(all)
	for i := range all {
		all[i] = all[i][2:]
	}
	return strings.Join(all, " ")
}

// recordIsAnswered wants the record to say what the binary that wrote it said of it.
func recordIsAnswered(t *testing.T, r tokencache.Record, answers []answer, profile string) {
	t.Helper()
	asked := 0
	for _, a := range answers {
		if at := slices.Index(a.Args, "-p"); at < 0 || a.Args[at+1] != profile {
			continue
		}
		asked++
		if a.Exit != 0 {
			if r.Session != nil {
				t.Errorf("%q answered %s, and the record has a session", a.Args, a.Code)
			}
			continue
		}
		switch a.Args[0] {
		case "whoami":
			var said struct{ Account struct{ OID string } }
			mustJSON(t, a.Stdout, &said)
			token, err := idtoken.Decode(r.Session.IDToken)
			if err != nil || token.ObjectID != said.Account.OID || !tokencache.HasRefreshToken(r.Session.MSAL) {
				t.Errorf("the session is of %+v (%v), expected %s and a refresh token", token, err, said.Account.OID)
			}
		case "claims":
			token, err := idtoken.Decode(r.Session.IDToken)
			if err != nil {
				t.Fatal(err)
			}
			within(t, "claims", a.Stdout, token.JSON)
		case "token":
			session := r.Session
			if slices.Contains(a.Args, "--client-credentials") {
				session = r.App
			}
			tokenIsIn(t, session, a.Stdout)
		}
	}
	if asked == 0 {
		t.Errorf("nothing was ever asked of profile %q", profile)
	}
}

func tokenIsIn(t *testing.T, session *tokencache.Session, said json.RawMessage) {
	t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
		ExpiresOn   int64  `json:"expires_on"`
	}
	mustJSON(t, said, &token)
	if session == nil || !slices.ContainsFunc(session.AccessTokens, func(a tokencache.AccessToken) bool {
		return a.Secret == token.AccessToken && a.ExpiresAt.Unix() == token.ExpiresOn
	}) {
		t.Error("the access token is not in the record")
	}
}

func mustJSON(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// readSealed opens a sealed file with the key or the passphrase of its home.
func readSealed(t *testing.T, c *corpus, name string) {
	folder, _, _ := strings.Cut(name, "/")
	home := copyPrivate(t, c.path(folder))
	o := keychain.FileOptions{Dir: filepath.Join(home, "state", "ciam", "tokens"), KeyFile: filepath.Join(home, "key")}
	if _, err := os.Stat(o.KeyFile); err != nil {
		o.KeyFile = ""
		o.Passphrase = func(context.Context) ([]byte, error) { return []byte(c.passphrase(t)), nil }
	}
	store, err := keychain.File(o)
	if err != nil {
		t.Fatal(err)
	}
	profile := strings.TrimSuffix(strings.TrimPrefix(path.Base(name), "ciam-"), ".sealed")
	recordIsAnswered(t, load(t, store, profile), c.answers(t, folder), profile)
}

func (c *corpus) passphrase(t *testing.T) string {
	t.Helper()
	return strings.TrimSuffix(string(c.read(t, "passphrase/passphrase")), "\n")
}
