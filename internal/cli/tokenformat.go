package cli

import (
	"encoding/json"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
)

// tokenFormats are the output formats of `ciam token`, the default first.
func tokenFormats() []string { return []string{"token", "json", "header", "env", "kubernetes"} }

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

// execCredential is what a kubectl credential plugin prints (client.authentication.k8s.io/v1).
type execCredential struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Status     struct {
		ExpirationTimestamp time.Time `json:"expirationTimestamp"`
		Token               string    `json:"token"`
	} `json:"status"`
}

func (r *run) printToken(format, profile string, result auth.TokenResult) error {
	at := result.AccessToken
	switch format {
	case "json":
		return r.printJSON(tokenView{AccessToken: at.Secret, TokenType: at.Type, Scopes: nonNil(at.Scopes), ExpiresOn: at.ExpiresAt.Unix(),
			ExpiresAt: at.ExpiresAt.UTC(), TenantID: result.Session.TenantID, ClientID: result.Session.ClientID, Profile: profile})
	case "header":
		return r.printLine("Authorization: " + at.Type + " " + at.Secret)
	case "env":
		// A JWT is base64url and dots; the quotes are for tokens of another shape.
		return r.printLine("export CIAM_ACCESS_TOKEN=" + shellQuote(at.Secret))
	case "kubernetes":
		var c execCredential
		c.APIVersion, c.Kind = "client.authentication.k8s.io/v1", "ExecCredential"
		c.Status.Token, c.Status.ExpirationTimestamp = at.Secret, at.ExpiresAt.UTC().Truncate(time.Second)
		out, err := json.Marshal(c)
		if err != nil {
			return err
		}
		return r.printLine(string(out))
	}
	return r.printLine(at.Secret)
}
