package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// whoamiOptions are the flags of `ciam whoami`.
type whoamiOptions struct {
	app appOptions
	all bool
}

func newWhoamiCmd(r *run) *cobra.Command {
	var o whoamiOptions
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Show who is signed in, to which tenant, until when, and where the tokens are",
		Long: `Show who is signed in, to which tenant, until when, and where the tokens are kept.

Reads the token store once and asks nobody: it works offline.`,
		Example: `  ciam whoami
  ciam whoami -p contoso -o json
  ciam whoami --jq .account.email
  ciam whoami --all`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runWhoami(cmd.Context(), r, o) },
	}
	o.app.addApp(cmd)
	cmd.Flags().BoolVar(&o.all, "all", false, "show the sessions of all profiles")
	return cmd
}

func runWhoami(ctx context.Context, r *run, o whoamiOptions) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	if o.all {
		return r.listAccounts(ctx, format)
	}
	t, err := r.open(ctx, o.app)
	if err != nil {
		return err
	}
	session, token, err := t.session(ctx)
	if err != nil {
		return err
	}
	return r.printWhoami(format, t.view(session, token))
}

// sessionView is the JSON of `whoami` (contract).
type sessionView struct {
	Profile      string            `json:"profile"`
	Tenant       tenantView        `json:"tenant"`
	ClientID     string            `json:"client_id"`
	Account      accountView       `json:"account"`
	SignedInAt   time.Time         `json:"signed_in_at"`
	IDToken      lifetimeView      `json:"id_token"`
	AccessTokens []accessTokenView `json:"access_tokens"`
	Refreshable  bool              `json:"refreshable"`
	TokenStore   string            `json:"token_store"`
	// Active is false for another person of the profile, whom --account and ciam switch name.
	Active bool `json:"active"`

	now    time.Time
	person idtoken.Person
}

type tenantView struct {
	ID        string `json:"id"`
	Subdomain string `json:"subdomain"`
	Authority string `json:"authority"`
}

type accountView struct {
	OID      string `json:"oid"`
	Sub      string `json:"sub"`
	Name     string `json:"name"`
	Username string `json:"username"`
	Email    string `json:"email"`
}

type lifetimeView struct {
	ExpiresOn int64     `json:"expires_on"` // seconds since 1970
	ExpiresAt time.Time `json:"expires_at"`
	Expired   bool      `json:"expired"`
}

type accessTokenView struct {
	Scopes    []string  `json:"scopes"`
	ExpiresOn int64     `json:"expires_on"`
	ExpiresAt time.Time `json:"expires_at"`
}

func describeSession(profile, store string, s tokencache.Session, token *idtoken.Token, now time.Time) sessionView {
	person := auth.PersonOf(s, token)
	view := sessionView{
		Profile:      profile,
		Tenant:       tenantView{ID: s.TenantID, Authority: s.Authority},
		ClientID:     s.ClientID,
		Account:      accountView{OID: person.ObjectID, Sub: token.Subject, Name: person.Name, Username: person.Username, Email: person.Email},
		SignedInAt:   s.SignedInAt.UTC(),
		IDToken:      lifetimeView{ExpiresOn: token.ExpiresAt.Unix(), ExpiresAt: token.ExpiresAt.UTC(), Expired: !token.ExpiresAt.After(now)},
		AccessTokens: []accessTokenView{},
		Refreshable:  tokencache.HasRefreshToken(s.MSAL),
		TokenStore:   store,
		now:          now,
		person:       person,
	}
	if parsed, err := authority.Parse(s.Authority); err == nil {
		view.Tenant.Subdomain = parsed.Subdomain()
	}
	for _, t := range s.AccessTokens {
		view.AccessTokens = append(view.AccessTokens, accessTokenView{Scopes: nonNil(t.Scopes), ExpiresOn: t.ExpiresAt.Unix(), ExpiresAt: t.ExpiresAt.UTC()})
	}
	return view
}

func (r *run) printWhoami(format string, v sessionView) error {
	if format == "json" {
		return r.printJSON(v)
	}
	facts := []render.Fact{
		{Name: "tenant", Value: tenantFact(v)},
		{Name: "tenant id", Value: v.Tenant.ID},
		{Name: "app", Value: v.ClientID},
		{Name: "profile", Value: profileFact(v)},
		{Name: "signed in", Value: render.Time(v.SignedInAt, v.now)},
		{Name: "id token", Value: expiry(v.IDToken.ExpiresAt, v.now)},
	}
	for _, t := range v.AccessTokens {
		scopes := strings.Join(t.Scopes, " ")
		if scopes == "" {
			scopes = "no scope told"
		}
		facts = append(facts, render.Fact{Name: "access token", Value: expiry(t.ExpiresAt, v.now) + " for " + scopes})
	}
	renewal := "yes, without a browser (`ciam token`)"
	if r.passing {
		renewal = "yes, without a browser"
	}
	if !v.Refreshable {
		renewal = "no, sign in again when the tokens have expired"
	}
	facts = append(facts, render.Fact{Name: "renewable", Value: renewal}, render.Fact{Name: "kept in", Value: storeName(v.TokenStore)})
	return render.Facts(r.Streams.Out, "Signed in as "+v.person.String(), facts, render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut})
}

func expiry(at, now time.Time) string {
	if !at.After(now) {
		return "expired " + render.Time(at, now)
	}
	return "until " + render.Time(at, now)
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// tenantFact names the tenant by its address; that of the embedded one is gone when no page is open.
func tenantFact(v sessionView) string {
	if v.Profile == demoProfile {
		return "the embedded one"
	}
	return v.Tenant.Authority
}

// profileFact names the profile, and says what the session is to it where it is not its active one.
func profileFact(v sessionView) string {
	switch {
	case v.Profile == "":
		return "none: set up by the environment"
	case !v.Active:
		return v.Profile + ", not the active person"
	}
	return v.Profile
}
