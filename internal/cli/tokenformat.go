package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/render"
)

// tokenFormats are the output formats of `ciam token`, the default first.
func tokenFormats() []string {
	return []string{"token", "json", "header", "env", "kubernetes", "curl-config", "github", "aws"}
}

// tokenOutput are the flags of `ciam token` that say what is printed, and where.
type tokenOutput struct {
	format                string
	toFile, shell, envVar string
	idToken               bool
}

func (o *tokenOutput) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.toFile, "to-file", "", "write to `FILE` (replaced as a whole; mode 0600 when it is new) instead of stdout")
	flags.BoolVar(&o.idToken, "id-token", false, "the session's verified ID token instead of an access token")
	flags.StringVar(&o.shell, "shell", "", "`SHELL` that reads -o env: posix, powershell or fish (default posix)")
	flags.StringVar(&o.envVar, "env-var", "", "`NAME` of the variable in -o env (default CIAM_ACCESS_TOKEN, CIAM_ID_TOKEN with --id-token)")
}

// check refuses what cannot be meant before a token is fetched, and fills in the defaults.
func (o *tokenOutput) check(r *run, scopes []string) error {
	var err error
	if o.format, err = r.format(tokenFormats()...); err != nil {
		return err
	}
	bad := func(format string, args ...any) error {
		return &usageError{message: fmt.Sprintf(format, args...), hint: "see `ciam token --help`"}
	}
	switch {
	case o.format != "env" && (o.shell != "" || o.envVar != ""):
		return bad("--shell and --env-var go with `-o env` only")
	case o.shell != "" && !slices.Contains(shells(), o.shell):
		return bad("--shell %q is none of %s", o.shell, strings.Join(shells(), ", "))
	case o.idToken && len(scopes) > 0:
		return bad("--scope chooses an access token, and --id-token asks for the ID token")
	case o.format == "aws" && o.toFile == "":
		return &usageError{message: "-o aws needs --to-file: AWS programs read the token from a file", hint: "give --to-file the path that AWS_WEB_IDENTITY_TOKEN_FILE names"}
	case o.format == "github" && o.toFile != "":
		return bad("-o github writes to the file that GITHUB_OUTPUT names; --to-file does not go with it")
	case o.format == "github" && r.env.GitHubOutput == "":
		return &usageError{message: "-o github needs GITHUB_OUTPUT, which is not set", hint: "GitHub Actions sets it for each step; elsewhere choose another format"}
	}
	if o.format == "kubernetes" {
		if _, err := execCredentialVersion(r.env.KubernetesExecInfo); err != nil {
			return err
		}
	}
	if o.toFile != "" {
		if err := checkToFile(o.toFile); err != nil {
			return err
		}
	}
	if o.envVar == "" {
		o.envVar = "CIAM_ACCESS_TOKEN"
		if o.idToken {
			o.envVar = "CIAM_ID_TOKEN"
		}
	}
	return checkVariableName(o.envVar)
}

// tokenView is the JSON of `token` (contract).
type tokenView struct {
	AccessToken string    `json:"access_token"`
	TokenType   string    `json:"token_type"`
	Scopes      []string  `json:"scopes"`
	ExpiresOn   int64     `json:"expires_on"` // seconds since 1970
	ExpiresAt   time.Time `json:"expires_at"`
	TenantID    string    `json:"tenant_id"`
	ClientID    string    `json:"client_id"`
	Profile     string    `json:"profile"`
}

// idTokenView is the JSON of `token --id-token` (contract).
type idTokenView struct {
	IDToken   string    `json:"id_token"`
	ExpiresOn int64     `json:"expires_on"`
	ExpiresAt time.Time `json:"expires_at"`
	TenantID  string    `json:"tenant_id"`
	ClientID  string    `json:"client_id"`
	Profile   string    `json:"profile"`
}

func (c credential) view() any {
	expiresAt := c.expiresAt.UTC().Truncate(time.Second) // not every parser of dates knows fractions; jq's does not
	if c.isIDToken {
		return idTokenView{IDToken: c.secret, ExpiresOn: expiresAt.Unix(), ExpiresAt: expiresAt, TenantID: c.tenantID, ClientID: c.clientID, Profile: c.profile}
	}
	return tokenView{AccessToken: c.secret, TokenType: c.tokenType, Scopes: nonNil(c.scopes), ExpiresOn: expiresAt.Unix(),
		ExpiresAt: expiresAt, TenantID: c.tenantID, ClientID: c.clientID, Profile: c.profile}
}

// printToken prints c as o says; o was checked.
func (r *run) printToken(o tokenOutput, c credential) error {
	if o.format == "github" {
		return r.giveToGitHub(c)
	}
	text, err := r.formatToken(o, c)
	if err != nil {
		return err
	}
	if o.toFile != "" {
		return r.writeToFile(o.toFile, text)
	}
	return r.printData(text)
}

// formatToken relies on checkBearer: no character of the token needs quoting in any of these.
func (r *run) formatToken(o tokenOutput, c credential) ([]byte, error) {
	switch o.format {
	case "json":
		var b bytes.Buffer
		err := render.JSON(&b, c.view(), r.global.jq)
		return b.Bytes(), err
	case "header":
		return fmt.Appendf(nil, "Authorization: %s %s\n", c.tokenType, c.secret), nil
	case "env":
		return []byte(assignment(o.shell, o.envVar, c.secret) + "\n"), nil
	case "curl-config":
		return fmt.Appendf(nil, "header = \"Authorization: %s %s\"\n", c.tokenType, c.secret), nil
	case "kubernetes":
		version, err := execCredentialVersion(r.env.KubernetesExecInfo)
		if err != nil {
			return nil, err
		}
		answer := execCredential{APIVersion: version, Kind: "ExecCredential", Status: execCredentialStatus{
			ExpirationTimestamp: c.expiresAt.UTC().Truncate(time.Second), Token: c.secret}}
		data, err := json.Marshal(answer)
		return append(data, '\n'), err
	case "aws":
		return []byte(c.secret), nil // as it is: not every AWS SDK drops a line break
	}
	return []byte(c.secret + "\n"), nil
}

// shells are the values of --shell, the default first.
func shells() []string { return []string{"posix", "powershell", "fish"} }

func assignment(shell, name, value string) string {
	switch shell {
	case "powershell":
		return "$env:" + name + " = '" + strings.ReplaceAll(value, "'", "''") + "'"
	case "fish":
		return "set -gx " + name + " '" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(value) + "'"
	}
	return "export " + name + "=" + shellQuote(value)
}

// checkVariableName accepts what every shell accepts as the name of a variable (POSIX.1-2017 section 8.1).
func checkVariableName(name string) error {
	for i, c := range []byte(name) {
		if c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return &usageError{message: fmt.Sprintf("--env-var %q is no name of a variable; expected letters, digits and _, no digit first", name), hint: "take one such as API_TOKEN"}
		}
	}
	return nil
}

// execCredential is what a kubectl credential plugin prints (client.authentication.k8s.io/v1, and v1beta1 alike).
type execCredential struct {
	APIVersion string               `json:"apiVersion"`
	Kind       string               `json:"kind"`
	Status     execCredentialStatus `json:"status"`
}

type execCredentialStatus struct {
	ExpirationTimestamp time.Time `json:"expirationTimestamp"`
	Token               string    `json:"token"`
}

// execCredentialVersion is the API version to answer with: the one of KUBERNETES_EXEC_INFO, which kubectl sets and
// which must be answered in kind, otherwise v1. It returns *config.Error for one that is not known.
func execCredentialVersion(info string) (string, error) {
	const v1, v1beta1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
	if info == "" {
		return v1, nil
	}
	bad := func(problem string) (string, error) {
		return "", &config.Error{Where: "KUBERNETES_EXEC_INFO", Problem: problem, Want: "an ExecCredential of " + v1 + " or " + v1beta1}
	}
	var asked struct{ APIVersion, Kind string }
	if err := json.Unmarshal([]byte(info), &asked); err != nil {
		return bad("it is not the JSON that kubectl sets")
	}
	switch {
	case asked.Kind != "ExecCredential":
		return bad(fmt.Sprintf("its kind is %q", asked.Kind))
	case asked.APIVersion != v1 && asked.APIVersion != v1beta1:
		return bad(fmt.Sprintf("its apiVersion is %q", asked.APIVersion))
	}
	return asked.APIVersion, nil
}
