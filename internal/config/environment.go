package config

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Environment is what ciam reads from environment variables. Empty means not set.
type Environment struct {
	Profile      string // CIAM_PROFILE
	Account      string // CIAM_ACCOUNT
	Config       string // CIAM_CONFIG: path of the configuration file
	Tenant       string // CIAM_TENANT: any form that --tenant takes
	Authority    string // CIAM_AUTHORITY: full URL; wins over CIAM_TENANT
	ClientID     string // CIAM_CLIENT_ID
	ClientSecret Secret // CIAM_CLIENT_SECRET
	// ClientCertificate names a PEM or PFX file (CIAM_CLIENT_CERTIFICATE), ClientCertificatePassword its password
	// (CIAM_CLIENT_CERTIFICATE_PASSWORD), ClientAssertionFile a federated assertion (CIAM_CLIENT_ASSERTION_FILE).
	ClientCertificate         string
	ClientCertificatePassword Secret
	ClientAssertionFile       string

	RedirectURI  string   // CIAM_REDIRECT_URI
	Scopes       []string // CIAM_SCOPES, separated by spaces
	TokenStore   string   // CIAM_TOKEN_STORE
	StoreKeyFile string   // CIAM_STORE_KEY_FILE
	CAFile       string   // CIAM_CA_FILE
	NoInput      bool     // CIAM_NO_INPUT
	Browser      string   // CIAM_BROWSER, else BROWSER
	Display      bool     // DISPLAY or WAYLAND_DISPLAY is set
	WSL          bool     // WSL_DISTRO_NAME or WSL_INTEROP is set

	ControlToken Secret // CIAM_EMULATOR_CONTROL_TOKEN
	EmulatorURL  string // CIAM_EMULATOR_URL

	GraphURL   string // CIAM_GRAPH_URL: the root of Microsoft Graph
	GraphToken Secret // CIAM_GRAPH_TOKEN: an administrator's access token for it

	Surroundings // where the browser is

	// Files of certificate authorities for other programs; `emulator run` hands them on with its own added.
	SSLCertFile      string // SSL_CERT_FILE: in place of the system's, for OpenSSL and Go
	NodeExtraCACerts string // NODE_EXTRA_CA_CERTS
	CurlCABundle     string // CURL_CA_BUNDLE
	RequestsCABundle string // REQUESTS_CA_BUNDLE, for Python

	Proxies Proxies // HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY

	GitHubOutput       string // GITHUB_OUTPUT: path of the file for a step's outputs in GitHub Actions
	KubernetesExecInfo string // KUBERNETES_EXEC_INFO: the ExecCredential that kubectl hands to a plugin, JSON, unchecked
}

// Variable describes one environment variable for the reference page.
type Variable struct{ Name, Meaning string }

// Variables lists every variable that ciam reads, in the order of the reference page.
func Variables() []Variable {
	return []Variable{
		{"CIAM_PROFILE", "the profile to use, like `--profile`"},
		{"CIAM_ACCOUNT", "the person to use, like `--account`"},
		{"CIAM_CONFIG", "path of the configuration file, like `--config`"},
		{"CIAM_TENANT", "the tenant, in any form that `--tenant` takes"},
		{"CIAM_AUTHORITY", "the authority as a full URL; wins over `CIAM_TENANT`"},
		{"CIAM_CLIENT_ID", "the application (client) ID"},
		{"CIAM_CLIENT_SECRET", "the client secret of a confidential app"},
		{"CIAM_CLIENT_CERTIFICATE", "PEM or PFX file with the client's certificate and key"},
		{"CIAM_CLIENT_CERTIFICATE_PASSWORD", "the password of that PFX file"},
		{"CIAM_CLIENT_ASSERTION_FILE", "file with a federated client assertion"},
		{"CIAM_REDIRECT_URI", "the redirect URI to use, `http://localhost[:port][/path]`"},
		{"CIAM_SCOPES", "scopes to ask for, separated by spaces"},
		{"CIAM_TOKEN_STORE", "where tokens are kept: `keychain`, `file` or `memory`"},
		{"CIAM_STORE_KEY_FILE", "file with the key that seals `--token-store file`"},
		{"CIAM_CA_FILE", "PEM file with further certificate authorities to trust"},
		{"CIAM_EMULATOR_CONTROL_TOKEN", "the token that lets other machines use the emulator's control area, 32 characters or more"},
		{"CIAM_EMULATOR_URL", "the running emulator that `emulator health`, `env` and `stop` mean; `emulator run` sets it"},
		{"CIAM_GRAPH_TOKEN", "an access token for Microsoft Graph, in place of an administrator's sign-in; programs that ciam starts do not get it"},
		{"CIAM_GRAPH_URL", "the root of Microsoft Graph: one of Microsoft's, such as `https://graph.microsoft.us`, or on this machine for a tenant on this machine, where `emulator run` and `emulator env` set it"},
		{"CIAM_NO_INPUT", "`1` never asks anything, like `--no-input`"},
		{"CIAM_BROWSER", "the browser's command, or a list of them; `%s` is the URL, `none` opens none; wins over `BROWSER`"},
		{"BROWSER", "likewise, where `CIAM_BROWSER` is not set"},
		{"DISPLAY", "a graphical session, so a browser to open"},
		{"WAYLAND_DISPLAY", "likewise"},
		{"WSL_DISTRO_NAME", "this is Linux inside Windows, whose browser is opened"},
		{"WSL_INTEROP", "likewise"},
		{"SSH_CONNECTION", "you have come over SSH, and to which address and port"},
		{"SSH_CLIENT", "you have come over SSH"},
		{"SSH_TTY", "likewise"},
		{"CODESPACES", "this is a codespace"},
		{"VSCODE_IPC_HOOK_CLI", "this is a terminal of VS Code on another machine"},
		{"REMOTE_CONTAINERS", "likewise"},
		{"container", "this is a container, unless it is `wsl` or `flatpak`"},
		{"KUBERNETES_SERVICE_HOST", "this is a container"},
		{"SSL_CERT_FILE", "authorities to trust in place of the system's; `emulator run` passes them on with its own"},
		{"NODE_EXTRA_CA_CERTS", "likewise, for Node"},
		{"GITHUB_OUTPUT", "the file that `token -o github` adds the step's outputs to; GitHub Actions sets it"},
		{"KUBERNETES_EXEC_INFO", "the API version that `token -o kubernetes` answers with; kubectl sets it"},
		{"NO_COLOR", "any value turns colours off"},
		{"CLICOLOR_FORCE", "any value but `0` turns colours on in a pipe too"},
		{"COLUMNS", "how many columns messages and help may take, in place of the terminal's"},
		{"HTTPS_PROXY", "the proxy for https: `http://`, `https://`, `socks5://` or `socks5h://`, with `USER:PASSWORD@` where it wants them; lower case too"},
		{"HTTP_PROXY", "likewise for http"},
		{"ALL_PROXY", "the proxy for what has no variable of its own"},
		{"REQUEST_METHOD", "where it is set, as in CGI programs, `HTTP_PROXY` is refused: it may be what a client sent"},
		{"NO_PROXY", "hosts that are reached without a proxy, separated by commas; localhost always is"},
		{"CURL_CA_BUNDLE", "authorities that curl trusts; `emulator run` passes them on with its own"},
		{"REQUESTS_CA_BUNDLE", "authorities that Python trusts; likewise"},
		{"XDG_CONFIG_HOME", "the folder that holds `ciam/config.yaml`"},
		{"XDG_CACHE_HOME", "the folder that holds `ciam/tenants`, public metadata of tenants"},
		{"XDG_STATE_HOME", "the folder that holds `ciam/sessions.yaml`, `ciam/locks`, sealed files and the demo tenant"},
	}
}

// ReadEnvironment reads the variables through getenv. It returns *Error for a value that means nothing.
func ReadEnvironment(getenv func(string) string) (Environment, error) {
	env := Environment{
		Profile:      getenv("CIAM_PROFILE"),
		Account:      getenv("CIAM_ACCOUNT"),
		Config:       getenv("CIAM_CONFIG"),
		Tenant:       getenv("CIAM_TENANT"),
		Authority:    getenv("CIAM_AUTHORITY"),
		ClientID:     getenv("CIAM_CLIENT_ID"),
		ClientSecret: Secret(strings.TrimRight(getenv("CIAM_CLIENT_SECRET"), "\r\n")),
		RedirectURI:  getenv("CIAM_REDIRECT_URI"),

		ClientCertificate:         getenv("CIAM_CLIENT_CERTIFICATE"),
		ClientCertificatePassword: Secret(strings.TrimRight(getenv("CIAM_CLIENT_CERTIFICATE_PASSWORD"), "\r\n")),
		ClientAssertionFile:       getenv("CIAM_CLIENT_ASSERTION_FILE"),

		Scopes:       strings.Fields(getenv("CIAM_SCOPES")),
		TokenStore:   getenv("CIAM_TOKEN_STORE"),
		StoreKeyFile: getenv("CIAM_STORE_KEY_FILE"),
		CAFile:       getenv("CIAM_CA_FILE"),
		Browser:      getenv("CIAM_BROWSER"),
		Display:      getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "",
		WSL:          getenv("WSL_DISTRO_NAME") != "" || getenv("WSL_INTEROP") != "",
		Surroundings: readSurroundings(getenv),

		ControlToken: Secret(strings.TrimRight(getenv("CIAM_EMULATOR_CONTROL_TOKEN"), "\r\n")),
		EmulatorURL:  getenv("CIAM_EMULATOR_URL"),

		GraphURL:   getenv("CIAM_GRAPH_URL"),
		GraphToken: Secret(strings.TrimSpace(getenv("CIAM_GRAPH_TOKEN"))),

		SSLCertFile:      getenv("SSL_CERT_FILE"),
		NodeExtraCACerts: getenv("NODE_EXTRA_CA_CERTS"),
		CurlCABundle:     getenv("CURL_CA_BUNDLE"),
		RequestsCABundle: getenv("REQUESTS_CA_BUNDLE"),

		Proxies: readProxies(getenv),

		GitHubOutput:       getenv("GITHUB_OUTPUT"),
		KubernetesExecInfo: getenv("KUBERNETES_EXEC_INFO"),
	}
	if env.Browser == "" {
		env.Browser = getenv("BROWSER")
	}
	if v := getenv("CIAM_NO_INPUT"); v != "" {
		on, err := strconv.ParseBool(v)
		if err != nil {
			return env, &Error{Where: "CIAM_NO_INPUT", Problem: fmt.Sprintf("%q is neither true nor false", v), Want: "1 or 0"}
		}
		env.NoInput = on
	}
	return env, nil
}

// ChildEnvironment is the environment of a program that ciam starts for the user: that of this process without the
// variables that are or open ciam's own secrets, and with set on top ("NAME=value").
func ChildEnvironment(set ...string) []string {
	secrets := []string{"CIAM_CLIENT_SECRET", "CIAM_CLIENT_CERTIFICATE_PASSWORD", "CIAM_STORE_KEY_FILE", "CIAM_EMULATOR_CONTROL_TOKEN", "CIAM_GRAPH_TOKEN"}
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		// Windows does not distinguish the case of names; elsewhere nobody means another variable by it.
		return slices.ContainsFunc(secrets, func(secret string) bool { return strings.EqualFold(name, secret) })
	})
	return append(env, set...)
}

// Secret is a client secret. It prints as "[redacted]" through fmt, JSON and YAML; Reveal gives the value.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer without telling the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[redacted]"
}

// GoString implements fmt.GoStringer for %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText keeps the secret out of JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
