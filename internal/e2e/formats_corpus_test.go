package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	keyring "github.com/zalando/go-keyring"

	"github.com/ciam-cli/ciam/internal/keychain"
)

// formatsDir holds a corpus for each commit whose stored formats are kept: testdata/formats/README.md.
var formatsDir = filepath.Join("testdata", "formats")

// kind is what a file of a corpus is; each has a reader in formatReaders.
type kind string

const (
	kindItems     kind = "keychain items" // of one profile, exported as JSON
	kindSealed    kind = "sealed file"
	kindKey       kind = "key"
	kindConfig    kind = "config"
	kindTenant    kind = "tenant"
	kindSeed      kind = "seed"
	kindAuthority kind = "certificate authority"
	kindBundle    kind = "bundle"
	kindLock      kind = "lock"
	kindPID       kind = "process id"
	kindMetadata  kind = "tenant metadata"
	kindAnswers   kind = "answers" // what the binary itself said of the files beside them
)

// manifest is manifest.json of a corpus.
type manifest struct {
	Commit string         `json:"commit"`
	MadeAt time.Time      `json:"made_at"` // the clock of tests that depend on one
	Counts map[kind]int   `json:"counts"`
	Files  []manifestFile `json:"files"`
}

type manifestFile struct {
	Path   string `json:"path"`
	Kind   kind   `json:"kind"`
	SHA256 string `json:"sha256"`
}

// corpus is what one commit's binary has written.
type corpus struct {
	dir string
	manifest
}

// items are the raw items that a keychain holds for one profile.
type items struct {
	Profile string            `json:"profile"`
	System  string            `json:"system"` // whose item sizes they have
	Items   map[string][]byte `json:"items"`  // base64 in JSON
}

// answer is what the binary said: of JSON on stdout, or of the error on stderr.
type answer struct {
	Args   []string        `json:"args"`
	Exit   int             `json:"exit"`
	Stdout json.RawMessage `json:"stdout,omitempty"`
	Code   string          `json:"code,omitempty"` // error.code
}

// corpora returns those that are kept, and checks that each is whole: what a clone or an archive has changed is told
// here and not as something that cannot be read.
func corpora(t *testing.T) []corpus {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(formatsDir, "*", "manifest.json"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no corpus in %s: %v", formatsDir, err)
	}
	var all []corpus
	for _, path := range found {
		c := corpus{dir: filepath.Dir(path)}
		readJSON(t, path, &c.manifest)
		c.checkWhole(t)
		all = append(all, c)
	}
	return all
}

func (c *corpus) checkWhole(t *testing.T) {
	t.Helper()
	listed, counts := []string{"manifest.json"}, map[kind]int{}
	for _, f := range c.Files {
		listed = append(listed, f.Path)
		counts[f.Kind]++
		if got := digest(c.read(t, f.Path)); got != f.SHA256 {
			t.Errorf("%s/%s is not as it was written: sha256 %s, want %s", c.dir, f.Path, got, f.SHA256)
		}
	}
	for k, n := range c.Counts {
		if counts[k] < n {
			t.Errorf("%s lists %d files of kind %q, expected %d", c.dir, counts[k], k, n)
		}
	}
	slices.Sort(listed)
	if there := filesBelow(t, c.dir); !slices.Equal(there, listed) {
		t.Errorf("%s holds\n%q\nand its manifest lists\n%q", c.dir, there, listed)
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// filesBelow are the slash-separated paths of all files below dir, sorted.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func (c *corpus) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(c.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (c *corpus) path(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

// answers are those of a folder of the corpus.
func (c *corpus) answers(t *testing.T, folder string) []answer {
	t.Helper()
	var all []answer
	readJSON(t, c.path(path.Join(folder, "answers.json")), &all)
	return all
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// copyPrivate copies a folder with the modes that ciam gives its own files: a repository keeps none, and what others
// could have written or read is refused.
func copyPrivate(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range filesBelow(t, from) {
		data, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// tally counts what was read, and what was left out: by -run, or because something that is needed is not there.
type tally struct{ read, left map[kind]int }

func newTally() tally { return tally{map[kind]int{}, map[kind]int{}} }

// run reads a file, or several, in a test of its own.
func (n tally) run(t *testing.T, name string, read func(*testing.T), kinds ...kind) {
	t.Helper()
	count := n.left
	t.Run(name, func(t *testing.T) {
		defer func() {
			if !t.Skipped() {
				count = n.read
			}
		}()
		read(t)
	})
	for _, k := range kinds {
		count[k]++
	}
}

// enough says the counts and wants none lower than in the manifest; without kinds, of all.
func (n tally) enough(t *testing.T, c corpus, kinds ...kind) {
	t.Helper()
	if len(kinds) == 0 {
		kinds = slices.Sorted(maps.Keys(c.Counts))
	}
	var said []string
	for _, k := range kinds {
		words := fmt.Sprintf("%d × %s", n.read[k], k)
		if n.left[k] > 0 {
			words += fmt.Sprintf(" (%d left out)", n.left[k])
		}
		said = append(said, words)
		if got := n.read[k] + n.left[k]; got < c.Counts[k] {
			t.Errorf("read %d files of kind %q, expected %d", got, k, c.Counts[k])
		}
	}
	t.Logf("%s: read %s", filepath.Base(c.dir), strings.Join(said, ", "))
}

// store puts raw items into the keychain. secret-tool would cut them off after 8 KB.
func store(t *testing.T, all items) {
	t.Helper()
	for name, value := range all.Items {
		if err := keyring.Set(keychain.Service, name, string(value)); err != nil {
			t.Fatal(err)
		}
	}
}
