package auth

import (
	"context"
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// Owner is what a kept credential is for: one app in one tenant. Any https host can call itself a tenant, so what was
// kept for one is never sent to another.
type Owner struct {
	// Keeper names where the credential is kept, for messages: "profile shop", "CIAM_CLIENT_SECRET".
	Keeper string
	// Authority is the tenant as the keeper names it; the zero value when it names none, and then it owns nothing.
	Authority authority.Authority
	// TenantID is the tenant's GUID, "" when the keeper has not learnt it.
	TenantID string
	// ClientID is the app.
	ClientID string
}

// owns reports whether a request of clientID to the tenant of md at a is one that the credential is for.
// The host counts beside the tenant's ID, which a stranger's host can claim too.
func (o Owner) owns(a authority.Authority, md authority.Metadata, clientID string) bool {
	if o.Authority == (authority.Authority{}) || o.ClientID == "" || !strings.EqualFold(o.ClientID, clientID) {
		return false
	}
	if o.TenantID != "" && !strings.EqualFold(o.TenantID, md.TenantID) || o.TenantID == "" && o.Authority != a {
		return false
	}
	return o.Authority.Vouches(a)
}

// ForeignCredentialError is a request for which a kept credential is not: nothing was sent.
type ForeignCredentialError struct {
	// Kind is that of the credential: secret, certificate or assertion.
	Kind string
	// Owner is what it is for.
	Owner Owner
	// Authority and ClientID are what the request was for.
	Authority, ClientID string
}

// Error implements error.
func (e *ForeignCredentialError) Error() string {
	request := fmt.Sprintf("this request is for app %s in %s", e.ClientID, e.Authority)
	if e.Owner.Authority == (authority.Authority{}) || e.Owner.ClientID == "" {
		return fmt.Sprintf("nothing says which app and tenant the %s kept in %s is for; %s", e.Kind, e.Owner.Keeper, request)
	}
	return fmt.Sprintf("the %s kept in %s is for app %s in %s; %s", e.Kind, e.Owner.Keeper, e.Owner.ClientID, e.Owner.Authority, request)
}

// credential is what a request to the tenant of md proves itself with: what this run was given, else the secret that the
// token store keeps. Neither, and the app is a public client. Errors: *ForeignCredentialError.
func (a App) credential(md authority.Metadata, record tokencache.Record) (Credential, error) {
	c := a.Credential
	if !c.Confidential() && record.ClientSecret != "" {
		c = Credential{Secret: record.ClientSecret, Owner: &a.Owner}
	}
	if c.Confidential() && c.Owner != nil && !c.Owner.owns(a.Authority, md, a.ClientID) {
		return Credential{}, &ForeignCredentialError{Kind: c.Kind(), Owner: *c.Owner, Authority: a.Authority.String(), ClientID: a.ClientID}
	}
	return c, nil
}

// CredentialOf is what a request of app to the tenant of md proves itself with: what this run was given, else the secret that
// the token store keeps, which takes one read of it. Neither, and the credential is the zero value. Errors:
// *ForeignCredentialError, and the keychain's.
func (s *Service) CredentialOf(ctx context.Context, app App, md authority.Metadata) (Credential, error) {
	var record tokencache.Record
	if !app.Credential.Confidential() {
		home, err := s.homeRecord(ctx, app)
		if err != nil {
			return Credential{}, err
		}
		record = home.record
	}
	return app.credential(md, record)
}
