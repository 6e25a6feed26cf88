package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

const (
	// storePassphrase seals the corpus's second home.
	storePassphrase = "correct horse battery staple, ümlaut"
	// askedForPassphrase is in the question for it.
	askedForPassphrase = "passphrase"
	// manyTokens is how many access tokens make a record that is too large for an item of any system.
	manyTokens = 40
)

func (m *maker) makeHomes() {
	m.t.Helper()
	m.makeKeyFileHome()
	m.makePassphraseHome()
	m.makeKeychainHome()
}

// app are the flags that name the tenant and one of its apps.
func (m *maker) app(clientID string, more ...string) []string {
	return append([]string{"--tenant", m.tenant.Authority, "--client-id", clientID}, more...)
}

// asApp are the flags for a token of the app itself.
func asApp(profile string, more ...string) []string {
	return append([]string{"token", "-p", profile, "--client-credentials", "--scope", apiScope}, more...)
}

func scope(name string) string { return "api://" + api + "/" + name }

// askSession asks everything that is said of a session without asking the tenant.
func (m *maker) askSession(answers *[]answer, p *program, profile string) {
	m.t.Helper()
	for _, command := range []string{"whoami", "claims", "token"} {
		m.ask(answers, p, command, "-p", profile)
	}
}

func (m *maker) makeKeyFileHome() {
	m.t.Helper()
	p := m.program()
	home := p.setting("HOME")
	p.env = append(p.env, "CIAM_STORE_KEY_FILE="+m.file(home, "key", "0123456789abcdef0123456789abcdef\n"))
	secret := m.file(m.t.TempDir(), "secret", directory.DefaultClientSecret+"\n")
	p.must(append([]string{"profile", "add", "small"}, m.app(directory.DefaultPublicApp, "--token-store", "file")...)...)
	m.signIn(p, m.ada(), "-p", "small")
	p.must("token", "-p", "small", "--scope", scope("Orders.Read"))
	p.must(append([]string{"profile", "add", "web"}, m.app(directory.DefaultConfidentialApp, "--token-store", "file", "--client-secret-file", secret)...)...)
	m.signIn(p, m.ada(), "-p", "web")
	p.must(asApp("web")...)
	m.signUpDemo(p)

	var answers []answer
	m.askSession(&answers, p, "small")
	m.ask(&answers, p, "token", "-p", "small", "--scope", scope("Orders.Read"))
	m.askSession(&answers, p, "web")
	m.ask(&answers, p, asApp("web")...)
	m.ask(&answers, p, "whoami", "-p", "demo") // whose tokens are of an hour
	m.ask(&answers, p, "claims", "-p", "demo")
	m.ask(&answers, p, "profile", "list")
	m.keepHome("keyfile", home)
	m.keepJSON(kindAnswers, "keyfile/answers.json", answers)
}

// signUpDemo makes the demo tenant, with one person in it.
func (m *maker) signUpDemo(p *program) {
	m.t.Helper()
	login := p.start("login", "--demo", "--token-store", "file")
	address := login.opened()
	v := visitor.New(http.DefaultTransport)
	v.Email, v.Password, v.SignUp = email, password, true
	v.Attributes = map[string]string{"displayName": "Grace Example"}
	v.Code = func(_ context.Context, email string) (string, error) { return readCode(address, email) }
	if page, err := v.Visit(m.t.Context(), address); err != nil {
		m.t.Fatalf("page %q: %v", page.Name, err)
	}
	login.must()
}

func (m *maker) makePassphraseHome() {
	m.t.Helper()
	p := m.program()
	home := p.setting("HOME")
	m.file(home, "passphrase", storePassphrase+"\n")
	p.must(append([]string{"profile", "add", "small"}, m.app(directory.DefaultPublicApp, "--token-store", "file", "--offline")...)...)
	m.visit(p.typing(m.t, askedForPassphrase, storePassphrase, "login", "-p", "small"), m.ada())
	var answers []answer
	for _, command := range []string{"whoami", "claims", "token"} {
		r := p.typing(m.t, askedForPassphrase, storePassphrase, command, "-p", "small", "-o", "json")
		answers = append(answers, r.answer(m.t))
	}
	m.keepHome("passphrase", home)
	m.keepJSON(kindAnswers, "passphrase/answers.json", answers)
}

// makeKeychainHome keeps records of every content and size in the keychain, and the largest as Windows and macOS keep
// it: the second one twice, so that it is in the other slot and the first one's chunks are still there.
func (m *maker) makeKeychainHome() {
	m.t.Helper()
	p := m.program()
	secret := m.file(m.t.TempDir(), "secret", directory.DefaultClientSecret+"\n")
	add := func(profile, clientID string, more ...string) {
		p.must(append([]string{"profile", "add", profile}, m.app(clientID, more...)...)...)
	}
	add("small", directory.DefaultPublicApp)
	m.signIn(p, m.ada(), "-p", "small")
	add("web", directory.DefaultConfidentialApp, "--client-secret-file", secret)
	m.signIn(p, m.ada(), "-p", "web")
	p.must(asApp("web")...)
	add("secret", directory.DefaultConfidentialApp, "--client-secret-file", secret)
	add("app", directory.DefaultConfidentialApp)
	p.must(asApp("app", "--client-secret-file", secret)...)
	add("many", directory.DefaultPublicApp)
	m.signIn(p, m.ada(), "-p", "many")
	for i := range manyTokens {
		p.must("token", "-p", "many", "--scope", scope(fmt.Sprintf("S%02d", i+1)))
	}
	all := []items{m.items("small"), m.items("web"), m.items("secret"), m.items("app"), m.items("many")}
	for _, other := range []struct {
		profile, system string
		rounds          int
	}{{"windows", "Windows", 1}, {"windows-again", "Windows", 2}, {"macos", "macOS", 1}} {
		add(other.profile, directory.DefaultPublicApp)
		chunks := m.rewrite(all[len(all)-1], other.system, other.rounds, other.profile)
		store(m.t, chunks)
		m.keepJSON(kindItems, "keychain/items/"+other.profile+".json", chunks)
	}
	var answers []answer
	for _, profile := range []string{"small", "web", "secret", "app", "many", "windows", "windows-again", "macos"} {
		m.askSession(&answers, p, profile)
	}
	m.ask(&answers, p, asApp("web")...)
	m.ask(&answers, p, asApp("app")...)
	m.ask(&answers, p, "token", "-p", "many", "--scope", scope("S01"))
	m.ask(&answers, p, "token", "-p", "windows-again", "--scope", scope("S"+strconv.Itoa(manyTokens)))
	for _, kept := range all {
		m.keepJSON(kindItems, "keychain/items/"+kept.Profile+".json", kept)
	}
	m.keepHome("keychain", p.setting("HOME"))
	m.keepJSON(kindAnswers, "keychain/answers.json", answers)
}

// rewrite stores a profile's record once more with another system's item sizes.
func (m *maker) rewrite(from items, system string, rounds int, profile string) items {
	m.t.Helper()
	in, err := json.Marshal(from)
	if err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.Command(m.writer, system, strconv.Itoa(rounds), profile)
	cmd.Stdin = bytes.NewReader(in)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		m.t.Fatalf("writer: %v: %s", err, stderr.String())
	}
	var to items
	if err := json.Unmarshal(out, &to); err != nil {
		m.t.Fatal(err)
	}
	return to
}

// makeTenants keeps what an emulator leaves behind: its data folder, its certificate authority, exports, a bundle.
func (m *maker) makeTenants() {
	m.t.Helper()
	data := filepath.Join(m.server.setting("HOME"), "data")
	m.keepFile(kindSeed, "seeds/seed.yaml", filepath.Join(formatsDir, "seed.yaml"))
	m.keep(kindSeed, "seeds/default.yaml", []byte(m.server.must("emulator", "export").stdout))
	m.keep(kindSeed, "seeds/export.yaml", []byte(m.server.must("emulator", "export", "--data", data).stdout))
	m.keep(kindSeed, "seeds/export-with-keys.yaml", []byte(m.server.must("emulator", "export", "--data", data, "--with-keys").stdout))
	others := strings.TrimSpace(m.program().must("emulator", "ca").stdout)
	m.server.env = append(m.server.env, "CIAM_CA_FILE="+others)
	bundle := m.server.must("emulator", "run", "--", "sh", "-c", `cat "$CIAM_CA_FILE"`).stdout
	m.keepFile(kindBundle, "bundle/before.pem", others)
	m.keep(kindBundle, "bundle/bundle.pem", []byte(bundle))
	m.tenant.stop()
	m.keepHome("emulator", m.server.setting("HOME"))
}

// makeConfigs keeps configuration files of every shape, each with what the binary makes of it.
func (m *maker) makeConfigs() {
	m.t.Helper()
	add := func(p *program, name string, more ...string) {
		p.must(append([]string{"profile", "add", name, "--offline", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp}, more...)...)
	}
	edited, err := os.ReadFile(filepath.Join(formatsDir, "edited.yaml"))
	if err != nil {
		m.t.Fatal(err)
	}
	for shape, write := range map[string]func(p *program){
		"minimal":  func(p *program) { add(p, "shop") },
		"comments": func(p *program) { m.config(p, "# nothing yet\n") },
		"by-hand":  func(p *program) { m.config(p, string(edited)) },
		"crlf":     func(p *program) { m.config(p, "\ufeff"+strings.ReplaceAll(string(edited), "\n", "\r\n")) },
		"edited": func(p *program) {
			m.config(p, string(edited))
			add(p, "added")
			p.must("profile", "use", "back-office")
			p.must("profile", "remove", "pipeline")
		},
		"full": func(p *program) {
			add(p, "file", "--token-store", "file", "--redirect-uri", "http://localhost:8080/callback", "--scope", scope("Orders.Read"), "--scope", "email")
			add(p, "memory", "--token-store", "memory", "--tenant", "contoso.onmicrosoft.com")
			add(p, "keychain", "--token-store", "keychain", "--tenant", "https://contoso.ciamlogin.com")
			p.must(append([]string{"profile", "add", "pinned"}, m.app(directory.DefaultConfidentialApp)...)...)
			p.must("profile", "use", "pinned")
		},
		// Names that a system, YAML or a later rule may have a word on.
		"names": func(p *program) {
			for _, name := range []string{"CON", "nul", "aux.txt", "com1", "Default", "emulator", "a.", "0", "1e3", "0x10", "true", "null", "y", strings.Repeat("x", 64)} {
				add(p, name)
			}
		},
		// Two names that differ by case are refused by `profile add`, but not by `login`.
		"case": func(p *program) {
			p.env = append(p.env, "CIAM_STORE_KEY_FILE="+m.file(m.t.TempDir(), "key", "0123456789abcdef"))
			for _, name := range []string{"shop", "Shop"} {
				m.signIn(p, m.ada(), append([]string{"-p", name, "--token-store", "file"}, m.app(directory.DefaultPublicApp)...)...)
			}
		},
		"demo": func(p *program) {
			p.env = append(p.env, "CIAM_STORE_KEY_FILE="+m.file(m.t.TempDir(), "key", "0123456789abcdef"))
			m.signUpDemo(p)
		},
	} {
		p := m.program()
		write(p)
		answers := []answer{p.answer(m.t, "profile", "list", "-o", "json")}
		var listed []struct{ Name string }
		if err := json.Unmarshal(answers[0].Stdout, &listed); err != nil {
			m.t.Fatalf("%s: %v", shape, err)
		}
		for _, profile := range listed {
			m.ask(&answers, p, "profile", "show", profile.Name)
		}
		m.keepFile(kindConfig, "config-"+shape+"/config/ciam/config.yaml", p.configPath())
		m.keepJSON(kindAnswers, "config-"+shape+"/answers.json", answers)
	}
}

// config writes the configuration file as a person would.
func (m *maker) config(p *program, text string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.configPath()), 0o700); err != nil {
		m.t.Fatal(err)
	}
	m.file(filepath.Dir(p.configPath()), "config.yaml", text)
}

func (p *program) configPath() string {
	return filepath.Join(p.setting("XDG_CONFIG_HOME"), "ciam", "config.yaml")
}
