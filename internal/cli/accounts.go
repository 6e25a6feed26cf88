package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/idtoken"
)

// account is a signed-in person and the profile whose session it is.
type account struct {
	profile config.Profile
	view    sessionView
}

// names says whether a person means this account: by sign-in name, email address or object id, in any case.
func (a account) named(name string) bool {
	for _, known := range []string{a.view.Account.Username, a.view.Account.Email, a.view.Account.OID} {
		if known != "" && strings.EqualFold(known, name) {
			return true
		}
	}
	return false
}

// accounts reads the session of every profile: one read of the token store each, no request. Profiles without a
// session are left out; one that cannot be read is told and left out.
func (r *run) accounts(ctx context.Context) ([]account, error) {
	file, err := r.configFile()
	if err != nil {
		return nil, err
	}
	names := file.Names()
	if _, ok := file.Profile(demoProfile); !ok {
		names = append(names, demoProfile)
	}
	var all []account
	for _, name := range names {
		a, err := r.accountOf(ctx, name)
		var none *auth.LoginRequiredError
		switch {
		case err == nil:
			all = append(all, a)
		case errors.As(err, &none):
		case ctx.Err() != nil:
			return nil, err
		default:
			r.warn(name + ": " + err.Error())
		}
	}
	return all, nil
}

// accountOf reads the session of one profile, as if it had been named with --profile.
func (r *run) accountOf(ctx context.Context, name string) (account, error) {
	chosen := r.global.profile
	r.global.profile = name
	defer func() { r.global.profile = chosen }()
	profile, session, token, err := r.currentSession(ctx)
	if err != nil {
		return account{}, err
	}
	return account{profile: profile, view: describeSession(profile, session, token, r.Now())}, nil
}

// chooseAccount makes the profile of the account that --account names the one of this run.
func (r *run) chooseAccount(ctx context.Context) error {
	name := r.global.account
	if name == "" {
		return nil
	}
	if r.global.profile != "" {
		return &usageError{message: "--account finds the profile, and --profile names one", hint: "leave one of them out"}
	}
	r.global.account = "" // the profiles are resolved without it
	all, err := r.accounts(ctx)
	if err != nil {
		return err
	}
	var found, signedIn []string
	for _, a := range all {
		signedIn = append(signedIn, displayAccount(a.view)+" ("+a.profile.Name+")")
		if a.named(name) {
			found = append(found, a.profile.Name)
		}
	}
	switch {
	case len(found) == 1:
		r.global.profile = found[0]
		return nil
	case len(found) > 1:
		return &usageError{message: fmt.Sprintf("%s is signed in with several profiles: %s", name, strings.Join(found, ", ")), hint: "name one with `--profile`"}
	case len(signedIn) == 0:
		return &auth.LoginRequiredError{Reason: fmt.Sprintf("nobody is signed in, %s neither", name)}
	}
	return &notFoundError{message: fmt.Sprintf("%s is signed in with no profile", name), hint: "signed in: " + strings.Join(signedIn, ", ")}
}

func displayAccount(v sessionView) string {
	for _, name := range []string{v.Account.Username, v.Account.Email} {
		if name != "" {
			return name
		}
	}
	return v.Account.OID
}

// listAccounts is `whoami --all`.
func (r *run) listAccounts(ctx context.Context, format string) error {
	all, err := r.accounts(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return &auth.LoginRequiredError{Reason: "nobody is signed in with any profile"}
	}
	if format == "json" {
		views := make([]sessionView, len(all))
		for i, a := range all {
			views[i] = a.view
		}
		return r.printJSON(views)
	}
	for i, a := range all {
		if i > 0 {
			if err := r.printLine(""); err != nil {
				return err
			}
		}
		if err := r.printWhoami(format, a.view); err != nil {
			return err
		}
	}
	return nil
}

// signedInAs is how a person is named after a sign-in.
func signedInAs(token *idtoken.Token) string {
	who := token.PreferredUsername
	if name := displayName(token); name != "" && name != who {
		who = strings.TrimSpace(name + " <" + who + ">")
	}
	return who
}
