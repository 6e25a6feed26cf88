package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// TestFormats_readByBinary has today's binary read what the binaries of earlier commits have written: it answers every
// question as that one did, offline and without changing a file, and goes on from there with the tenant that was kept.
func TestFormats_readByBinary(t *testing.T) {
	for _, c := range corpora(t) {
		t.Run(filepath.Base(c.dir), func(t *testing.T) {
			read := newTally()
			for _, f := range c.Files {
				folder, _, _ := strings.Cut(f.Path, "/")
				switch f.Kind {
				case kindAnswers:
					read.run(t, folder, func(t *testing.T) { replayFolder(t, &c, folder) }, kindAnswers)
				case kindSeed:
					read.run(t, f.Path, func(t *testing.T) {
						newProgram(t).must("emulator", "run", "--http", "--seed", c.path(f.Path), "--", os.Args[0], "-test.run=^$")
					}, kindSeed)
				}
			}
			read.run(t, "emulator", func(t *testing.T) { serveKept(t, &c) }, kindTenant, kindAuthority, kindAuthority)
			read.run(t, "demo", func(t *testing.T) { signInToKeptDemo(t, &c) }, kindTenant)
			// The others are read along with these; TestFormats_read counts them.
			read.enough(t, c, kindAnswers, kindSeed, kindTenant, kindAuthority)
		})
	}
}

// home is today's binary with a folder of the corpus as its home.
func (c *corpus) home(t *testing.T, folder string) *program {
	t.Helper()
	dir := copyPrivate(t, c.path(folder))
	p := newProgram(t)
	p.env = append(p.env, "HOME="+dir, "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	if key := filepath.Join(dir, "key"); slices.Contains(filesBelow(t, dir), "key") {
		p.env = append(p.env, "CIAM_STORE_KEY_FILE="+key)
	}
	return p
}

// replayFolder asks again what was asked when the folder was made.
func replayFolder(t *testing.T, c *corpus, folder string) {
	switch folder {
	case "keychain":
		keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
			for _, f := range c.Files {
				if f.Kind == kindItems {
					var all items
					readJSON(t, c.path(f.Path), &all)
					store(t, all)
				}
			}
			p := c.home(t, folder)
			replay(t, p, c.answers(t, folder), p.start)
		})
	case "passphrase":
		p := c.home(t, folder)
		replay(t, p, c.answers(t, folder), func(args ...string) *process {
			return p.typing(t, askedForPassphrase, c.passphrase(t), args...)
		})
	default:
		p := c.home(t, folder)
		replay(t, p, c.answers(t, folder), p.start)
	}
}

func replay(t *testing.T, p *program, answers []answer, start func(args ...string) *process) {
	t.Helper()
	before := contents(t, p.setting("HOME"))
	for _, was := range answers {
		is := start(was.Args...).answer(t)
		if spent(was) {
			if is.Exit == 0 {
				t.Errorf("%q printed a token that has run out", was.Args)
			}
			continue
		}
		if is.Exit != was.Exit || is.Code != was.Code {
			t.Errorf("%q ended with %d %q, and with %d %q when it was written", was.Args, is.Exit, is.Code, was.Exit, was.Code)
			continue
		}
		if was.Exit == 0 {
			within(t, strings.Join(was.Args, " "), was.Stdout, is.Stdout)
		}
	}
	for name, data := range contents(t, p.setting("HOME")) {
		if !bytes.Equal(before[name], data) {
			t.Errorf("reading changed %s", name)
		}
		delete(before, name)
	}
	if len(before) > 0 {
		t.Errorf("reading removed %d files", len(before))
	}
	t.Logf("%d answers are the same", len(answers))
}

// spent reports a token whose ten years are over: nothing but the tenant that issued it could give another.
func spent(a answer) bool {
	var token struct {
		ExpiresOn int64 `json:"expires_on"`
	}
	return a.Args[0] == "token" && json.Unmarshal(a.Stdout, &token) == nil && time.Until(time.Unix(token.ExpiresOn, 0)) < time.Hour
}

func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range filesBelow(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	return all
}

// said is what the answers of a folder have for a claim of the session of a profile.
func (c *corpus) said(t *testing.T, folder, profile, claim string) string {
	t.Helper()
	for _, a := range c.answers(t, folder) {
		if a.Args[0] == "claims" && slices.Contains(a.Args, profile) {
			var claims map[string]any
			mustJSON(t, a.Stdout, &claims)
			if value, ok := claims[claim].(string); ok {
				return value
			}
		}
	}
	t.Fatalf("%s has no claim %s of %s", folder, claim, profile)
	return ""
}

// serveKept serves the kept tenant with today's emulator and the kept authority. The kept refresh tokens are good there,
// the kept secret is, and the kept person can sign in and is the same one.
func serveKept(t *testing.T, c *corpus) {
	server := c.home(t, "emulator")
	e := runEmulator(t, server, "--data", filepath.Join(server.setting("HOME"), "data"))
	for _, name := range []string{"authority.pem", "ca.pem"} {
		before := c.read(t, "emulator/state/ciam/emulator/"+name)
		after, err := os.ReadFile(filepath.Join(filepath.Dir(e.CAFile), name))
		if err != nil {
			t.Fatal(err)
		}
		sameAuthority(t, before, after)
		// It is renewed two months before its year is over, on a day that comes.
		if time.Now().Before(c.MadeAt.AddDate(0, 9, 0)) && !bytes.Equal(before, after) {
			t.Errorf("%s was replaced", name)
		}
	}
	p := c.home(t, "keyfile")
	p.env = append(p.env, "CIAM_AUTHORITY="+e.Authority, "CIAM_CA_FILE="+e.CAFile)
	for _, profile := range []string{"small", "web"} {
		if profile == "web" {
			p.must(asApp("web", "--force-refresh")...)
		}
		p.must("token", "-p", profile, "--force-refresh")
		login := p.start("login", "-p", profile)
		if page := e.walk(e.visitor(), login.opened()); page.Status != http.StatusOK {
			t.Errorf("the sign-in ended on %+v", page)
		}
		login.must()
		for _, claim := range []string{"oid", "sub"} {
			if got, want := strings.TrimSpace(p.must("claims", claim, "-p", profile).stdout), c.said(t, "keyfile", profile, claim); got != want {
				t.Errorf("%s: %s is %q, expected %q", profile, claim, got, want)
			}
		}
	}
}

// signInToKeptDemo signs in to the demo tenant that was kept.
func signInToKeptDemo(t *testing.T, c *corpus) {
	p := c.home(t, "keyfile")
	login := p.start("login", "--demo")
	v := visitor.New(http.DefaultTransport)
	v.Email, v.Password = email, password
	if page, err := v.Visit(t.Context(), login.opened()); err != nil {
		t.Fatalf("page %q: %v", page.Name, err)
	}
	login.must()
	for _, claim := range []string{"oid", "sub"} {
		if got, want := strings.TrimSpace(p.must("claims", claim, "-p", "demo").stdout), c.said(t, "keyfile", "demo", claim); got != want {
			t.Errorf("%s is %q, expected %q", claim, got, want)
		}
	}
	p.must("logout", "--local", "-p", "demo")
}
