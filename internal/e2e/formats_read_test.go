package e2e

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/host"
)

// formatReaders read a file of each kind through today's packages and compare it with what the binary that wrote it
// said of it. A kind without a reader fails.
func formatReaders() map[kind]func(*testing.T, *corpus, string) {
	return map[kind]func(*testing.T, *corpus, string){
		kindItems: readItems, kindSealed: readSealed, kindKey: readKey, kindConfig: readConfig, kindTenant: readTenant,
		kindSeed: readSeed, kindAuthority: readAuthority, kindBundle: readBundle, kindLock: readLock, kindPID: readPID,
		kindMetadata: readMetadata, kindAnswers: readAnswers,
	}
}

// TestFormats_read reads every file that the binaries of earlier commits have written, and says how many of which kind.
func TestFormats_read(t *testing.T) {
	readers := formatReaders()
	for _, c := range corpora(t) {
		t.Run(filepath.Base(c.dir), func(t *testing.T) {
			read := newTally()
			for _, f := range c.Files {
				reader := readers[f.Kind]
				if reader == nil {
					t.Errorf("%s: nothing reads the kind %q", f.Path, f.Kind)
					continue
				}
				read.run(t, f.Path, func(t *testing.T) { reader(t, &c, f.Path) }, f.Kind)
			}
			read.enough(t, c)
		})
	}
}

func readKey(t *testing.T, c *corpus, name string) {
	if len(c.read(t, name)) < 16 {
		t.Error("too short")
	}
}

func readAnswers(t *testing.T, c *corpus, name string) {
	if len(c.answers(t, path.Dir(name))) == 0 {
		t.Error("no answers")
	}
}

// readConfig compares every profile with what `profile list` said, and changes the file: what this ciam does not know,
// and what a person wrote, survives.
func readConfig(t *testing.T, c *corpus, name string) {
	folder, _, _ := strings.Cut(name, "/")
	file, err := config.Load(filepath.Join(copyPrivate(t, c.path(folder)), "config", "ciam", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range c.answers(t, folder) {
		if slices.Equal(a.Args[:2], []string{"profile", "list"}) {
			sameProfiles(t, file, a.Stdout)
		}
	}
	names, current := file.Names(), file.Current()
	file.Put(config.Profile{Name: "one-more", Authority: "fabrikam"})
	if err := file.Save(); err != nil {
		t.Fatal(err)
	}
	again, err := config.Load(file.Path())
	if err != nil || again.Current() != current || len(again.Names()) != len(names)+1 {
		t.Errorf("after a change: profiles %q, current %q, expected %q with one more, and %q: %v", again.Names(), again.Current(), names, current, err)
	}
	after, err := os.ReadFile(file.Path())
	if err != nil {
		t.Fatal(err)
	}
	before := string(c.read(t, name))
	for _, mark := range []string{"# nothing yet", "# My tenants", "theme: dark", "colour: green", "# of some later ciam"} {
		if strings.Contains(before, mark) && !strings.Contains(string(after), mark) {
			t.Errorf("a change loses %q", mark)
		}
	}
}

func sameProfiles(t *testing.T, file *config.File, listed json.RawMessage) {
	t.Helper()
	var said []struct {
		Name, Tenant string
		Current      bool
		TenantID     string   `json:"tenant_id"`
		ClientID     string   `json:"client_id"`
		RedirectURI  string   `json:"redirect_uri"`
		Scopes       []string `json:"scopes"`
		TokenStore   string   `json:"token_store"`
		SecretFile   string   `json:"client_secret_file"`
	}
	mustJSON(t, listed, &said)
	if len(said) != len(file.Names()) {
		t.Errorf("profiles %q, and `profile list` told %d", file.Names(), len(said))
	}
	for _, s := range said {
		p, ok := file.Profile(s.Name)
		if !ok || p.Authority != s.Tenant || p.TenantID != s.TenantID || p.ClientID != s.ClientID || p.RedirectURI != s.RedirectURI ||
			!slices.Equal(p.Scopes, s.Scopes) || p.TokenStore != s.TokenStore || p.ClientSecretFile != s.SecretFile || s.Current != (file.Current() == s.Name) {
			t.Errorf("profile %q is %+v, and `profile list` told %+v", s.Name, p, s)
		}
	}
}

// readTenant opens a kept tenant as the emulator does, and finds a person with their password and a key to sign with.
func readTenant(t *testing.T, c *corpus, name string) {
	dir := copyPrivate(t, filepath.Dir(c.path(name)))
	doc, err := host.ReadState(dir)
	if err != nil {
		t.Fatal(err)
	}
	server, err := emulator.New(emulator.Options{DataFile: filepath.Join(dir, path.Base(name)), Now: c.clock})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if server.Tenants()[0].ID != doc.Tenants[0].ID || doc.SealingKey == "" || len(doc.Tenants[0].Keys) == 0 {
		t.Errorf("%d tenants, %d keys of the first", len(doc.Tenants), len(doc.Tenants[0].Keys))
	}
	if users := doc.Tenants[0].Users; len(users) != 1 || !users[0].CheckPassword(password) || users[0].CheckPassword("another") {
		t.Errorf("%d users, or another password", len(users))
	}
}

// clock stands where it stood when the corpus was made.
func (c *corpus) clock() time.Time { return c.MadeAt }

func readSeed(t *testing.T, c *corpus, name string) {
	seed, err := host.ParseSeed(c.path(name), c.read(t, name))
	if err != nil {
		t.Fatal(err)
	}
	server, err := emulator.New(emulator.Options{Seed: seed, PasswordCost: 4, Now: c.clock})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if seed.Tenants[0].ID != directory.DefaultTenantID {
		t.Errorf("the first tenant is %s", seed.Tenants[0].ID)
	}
}

// readMetadata has a resolver without a network answer from the cache.
func readMetadata(t *testing.T, c *corpus, name string) {
	var cached struct {
		Authority string
		Metadata  authority.Metadata
		Keys      struct {
			JWKS struct{ Keys []struct{ Kid string } }
		}
	}
	mustJSON(t, c.read(t, name), &cached)
	a, err := authority.Parse(cached.Authority)
	if err != nil {
		t.Fatal(err)
	}
	r := &authority.Resolver{HTTP: &http.Client{Transport: noNetwork{}}, CacheDir: filepath.Dir(filepath.Join(copyPrivate(t, filepath.Dir(c.path(name))), path.Base(name))), Now: c.clock}
	md, err := r.Metadata(context.Background(), a, directory.DefaultTenantID)
	if err != nil || md != cached.Metadata {
		t.Fatalf("metadata %+v, expected %+v: %v", md, cached.Metadata, err)
	}
	for _, k := range cached.Keys.JWKS.Keys {
		if _, err := r.Keys(md).Key(context.Background(), k.Kid); err != nil {
			t.Error(err)
		}
	}
	if len(cached.Keys.JWKS.Keys) == 0 {
		t.Error("no keys")
	}
}

type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("there is no network in this test")
}

func certificates(t *testing.T, data []byte) []*x509.Certificate {
	t.Helper()
	var all []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cert)
	}
	return all
}
