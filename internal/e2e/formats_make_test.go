package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
	"github.com/ciam-cli/ciam/internal/needtest"
)

// makeVariable names the commit whose corpus TestFormats_make writes into testdata/formats.
const makeVariable = "CIAM_FORMATS_MAKE"

// firstFormats is the first commit whose formats are kept, and promised.
const firstFormats = "56f90ac"

// TestFormats_make makes a corpus of stored formats with the binary of a commit, which is built from the history:
//
//	CIAM_FORMATS_MAKE=56f90ac go test -run '^TestFormats_make$' ./internal/e2e
//
// replaces testdata/formats/56f90ac. Without the variable the corpus goes to a folder of the test's, and has to have the
// files that the kept one has: so it can be made again, and testdata/formats/README.md says how it was made.
func TestFormats_make(t *testing.T) {
	commit := os.Getenv(makeVariable)
	keep := commit != ""
	if !keep {
		needtest.Long(t, "makes a whole corpus of stored formats")
		commit = firstFormats
	}
	source := os.Getenv(builtVariable + "SOURCE")
	if source == "" {
		source = checkout(t, commit)
		t.Setenv(builtVariable+"SOURCE", source)
	}
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		m := newMaker(t, commit, source)
		m.makeHomes()
		m.makeConfigs()
		m.makeTenants()
		m.finish()
		if keep {
			m.replace(filepath.Join(formatsDir, commit))
			return
		}
		var kept manifest
		readJSON(t, filepath.Join(formatsDir, commit, "manifest.json"), &kept)
		for k, n := range kept.Counts {
			if m.Counts[k] != n {
				t.Errorf("made %d files of kind %q, the corpus that is kept has %d", m.Counts[k], k, n)
			}
		}
	})
}

// maker makes a corpus in dir.
type maker struct {
	t              *testing.T
	dir            string
	binary, writer string
	tenant         *liveEmulator
	server         *program // that the tenant's emulator is
	manifest
}

func newMaker(t *testing.T, commit, source string) *maker {
	t.Helper()
	m := &maker{t: t, dir: t.TempDir()}
	full, err := git("rev-parse", commit+"^{commit}")
	if err != nil {
		t.Fatal(err)
	}
	m.Commit = strings.TrimSpace(string(full))
	bin := t.TempDir()
	m.binary, m.writer = executable(bin, "ciam"), executable(bin, "writer")
	buildIn(t, source, m.binary, "./cmd/ciam")
	if err := os.CopyFS(filepath.Join(source, "internal", "e2e", "writer"), os.DirFS(filepath.Join(formatsDir, "writer"))); err != nil {
		t.Fatal(err)
	}
	buildIn(t, source, m.writer, "./internal/e2e/writer")
	m.server = m.program()
	m.tenant = runEmulator(t, m.server, "--seed", filepath.Join(formatsDir, "seed.yaml"), "--data", filepath.Join(m.server.setting("HOME"), "data"))
	return m
}

// program is the commit's binary with an empty home of its own.
func (m *maker) program() *program {
	m.t.Helper()
	p := newProgram(m.t).as(m.binary)
	if m.tenant != nil {
		p.env = append(p.env, "CIAM_CA_FILE="+m.tenant.CAFile)
	}
	return p
}

// file writes a file that only its owner can read into a folder.
func (m *maker) file(dir, name, text string) string {
	m.t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// signIn runs `ciam login` with a person at the browser.
func (m *maker) signIn(p *program, v *visitor.Visitor, args ...string) {
	m.t.Helper()
	m.visit(p.start(append([]string{"login"}, args...)...), v)
}

func (m *maker) visit(login *process, v *visitor.Visitor) {
	m.t.Helper()
	if page, err := v.Visit(m.t.Context(), login.opened()); err != nil {
		m.t.Fatalf("page %q: %v", page.Name, err)
	}
	login.must()
}

// ada is a person of the seed.
func (m *maker) ada() *visitor.Visitor { return m.tenant.visitor() }

// ask adds what the binary says to answers.
func (m *maker) ask(answers *[]answer, p *program, args ...string) {
	m.t.Helper()
	args = append(args, "-o", "json")
	*answers = append(*answers, p.answer(m.t, args...))
}

// answer runs a command that prints JSON.
func (p *program) answer(t *testing.T, args ...string) answer {
	t.Helper()
	return p.start(args...).answer(t)
}

// answer waits for a run that prints JSON, on stderr when it fails.
func (r *process) answer(t *testing.T) answer {
	t.Helper()
	out := r.wait()
	a := answer{Args: r.cmd.Args[1:], Exit: out.code}
	if out.code != 0 {
		a.Code = errorCode(out.stderr)
		return a
	}
	if err := json.Unmarshal([]byte(out.stdout), &a.Stdout); err != nil {
		t.Fatalf("%q: %v\n%s", a.Args, err, out.stdout)
	}
	return a
}

// errorCode reads error.code of the JSON that a failed command ends its stderr with.
func errorCode(stderr string) string {
	var failed struct {
		Error struct{ Code string }
	}
	at := strings.Index("\n"+stderr, "\n{")
	if at < 0 || json.Unmarshal([]byte(stderr[at:]), &failed) != nil {
		return ""
	}
	return failed.Error.Code
}

// keep adds a file to the corpus.
func (m *maker) keep(k kind, name string, data []byte) {
	m.t.Helper()
	path := filepath.Join(m.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.Files = append(m.Files, manifestFile{Path: name, Kind: k, SHA256: digest(data)})
}

// keepFile adds a copy of a file.
func (m *maker) keepFile(k kind, name, from string) {
	m.t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		m.t.Fatal(err)
	}
	m.keep(k, name, data)
}

func (m *maker) keepJSON(k kind, name string, value any) {
	m.t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(value); err != nil {
		m.t.Fatal(err)
	}
	m.keep(k, name, b.Bytes())
}

// keepHome adds what a program's home holds. A file of a kind that is not known is a mistake.
func (m *maker) keepHome(folder, home string) {
	m.t.Helper()
	for _, name := range filesBelow(m.t, home) {
		m.keepFile(m.kindOf(name), folder+"/"+name, filepath.Join(home, filepath.FromSlash(name)))
	}
}

func (m *maker) kindOf(name string) kind {
	m.t.Helper()
	base := name[strings.LastIndex(name, "/")+1:]
	switch {
	case base == "key", base == "passphrase":
		return kindKey
	case base == "config.yaml":
		return kindConfig
	case base == "tenant.yaml":
		return kindTenant
	case strings.HasSuffix(base, ".sealed"):
		return kindSealed
	case strings.HasSuffix(base, ".lock"):
		return kindLock
	case strings.HasSuffix(base, ".pid"):
		return kindPID
	case base == "answers.json":
		return kindAnswers
	case base == "authority.pem", base == "ca.pem":
		return kindAuthority
	case strings.Contains(name, "cache/ciam/tenants/"):
		return kindMetadata
	}
	m.t.Fatalf("%s: what is it?", name)
	return ""
}

func (m *maker) finish() {
	m.t.Helper()
	slices.SortFunc(m.Files, func(a, b manifestFile) int { return strings.Compare(a.Path, b.Path) })
	m.MadeAt, m.Counts = time.Now().UTC().Truncate(time.Second).Add(time.Second), map[kind]int{}
	for _, f := range m.Files {
		m.Counts[f.Kind]++
	}
	made := m.manifest
	m.keepJSON("", "manifest.json", made)
}

// replace puts the corpus in the place of an earlier one.
func (m *maker) replace(dir string) {
	m.t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		m.t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(m.dir)); err != nil {
		m.t.Fatal(err)
	}
}

// items exports what the keychain holds for a profile, with another program than ciam.
func (m *maker) items(profile string) items {
	m.t.Helper()
	out, err := exec.Command("secret-tool", "search", "--all", "--unlock", "service", "ciam").CombinedOutput()
	if err != nil {
		m.t.Fatalf("secret-tool: %v", err)
	}
	found := items{Profile: profile, System: "Secret Service", Items: map[string][]byte{}}
	for line := range strings.Lines(string(out)) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "attribute.username = ")
		if ok && (name == profile || strings.HasPrefix(name, profile+"/")) {
			value, _ := keychaintest.Lookup(m.t, name)
			found.Items[name] = []byte(value)
		}
	}
	if len(found.Items) == 0 {
		m.t.Fatalf("the keychain holds nothing for %s", profile)
	}
	return found
}
