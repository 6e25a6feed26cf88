package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
)

// mostTries is how often a person is asked for one value.
const mostTries = 5

// askUntil asks until take has nothing against the answer; the reason is said before the next time. After mostTries the reason
// is the error. Errors that are no fault of the answer, such as the end of stdin, end it at once.
func (r *run) askUntil(ctx context.Context, ask func(context.Context, string) (string, error), question string, take func(answer string) error) error {
	for try := 1; ; try++ {
		answer, err := ask(ctx, question+": ")
		if err != nil {
			return err
		}
		err = take(strings.TrimSpace(answer))
		if err == nil || try == mostTries || ctx.Err() != nil || !isTypingError(err) {
			return err
		}
		f := r.describe(err)
		r.warn(f.message)
		if f.hint != "" {
			r.Streams.Say("  %s", f.hint)
		}
	}
}

// isTypingError reports whether another answer can be better.
func isTypingError(err error) bool {
	_, form := find[*authority.FormError](err)
	_, unknown := find[*authority.UnknownTenantError](err)
	_, app := find[*authority.ClientIDError](err)
	_, usage := find[*usageError](err)
	setting, wrong := find[*config.Error](err)
	return form || unknown || app || usage || wrong && !setting.IO
}

// ask asks for what the draft lacks, each value by itself. What was given by flags is checked first, since nobody is asked
// about that again.
func (d *draft) ask(ctx context.Context) error {
	if d.p.ClientID != "" {
		if err := authority.ValidClientID(d.p.ClientID); err != nil {
			return err
		}
	}
	var err error
	if d.p.Authority != "" {
		err = d.lookUp(ctx, &d.p, d.offline)
	} else {
		err = d.askUntil(ctx, d.Streams.Ask, "tenant (subdomain, domain, ID or URL)", func(answer string) error {
			p := d.p
			p.Authority, p.TenantID = answer, ""
			if err := d.lookUp(ctx, &p, d.offline); err != nil {
				return err
			}
			d.p = p
			return nil
		})
	}
	if err != nil {
		return err
	}
	if d.p.ClientID == "" {
		if err := d.askUntil(ctx, d.Streams.Ask, "application (client) ID", d.takeClientID); err != nil {
			return err
		}
	}
	if !d.named {
		if err := d.askName(ctx); err != nil {
			return err
		}
	}
	return d.askSecret(ctx)
}

func (d *draft) takeClientID(answer string) error {
	if err := authority.ValidClientID(answer); err != nil {
		return err
	}
	if strings.EqualFold(answer, d.p.TenantID) {
		return &usageError{message: "client id: that is the tenant's ID", hint: "the Application (client) ID stands beside it on the app's overview page"}
	}
	d.p.ClientID = answer
	return nil
}

// askName asks for the profile's name; the tenant's is proposed.
func (d *draft) askName(ctx context.Context) error {
	file, err := d.configFile()
	if err != nil {
		return err
	}
	proposal := d.proposedName(file)
	return d.askUntil(ctx, d.Streams.Ask, "name of the profile, Enter for "+proposal, func(answer string) error {
		name := cmp.Or(answer, proposal)
		if p, known := file.Profile(name); known {
			return &usageError{message: fmt.Sprintf("there is a profile %s, for app %s in %s", name, p.ClientID, p.Authority), hint: "`ciam profile add " + name + "` changes it; this one needs another name"}
		}
		if err := newName(file, name); err != nil {
			return err
		}
		d.p.Name, d.named, d.existed, d.was = name, true, false, config.Profile{}
		return nil
	})
}

// proposedName is a free name for the profile: the tenant's, where it makes one.
func (d *draft) proposedName(file *config.File) string {
	proposal := defaultProfile
	if a, err := authority.Parse(d.p.Authority); err == nil && config.CheckName(a.Subdomain()) == nil {
		proposal = a.Subdomain()
	}
	if slices.Contains(file.Names(), proposal) || config.CheckNewName(proposal, file.Names()) != nil {
		proposal = config.FreeName(proposal, file.Names())
	}
	return proposal
}

// askSecret asks for a client secret where nothing says how the app proves itself. Most apps of a terminal are public and
// have none.
func (d *draft) askSecret(ctx context.Context) error {
	o := d.o.credential
	if d.secret != "" || o.secretFile+o.certificate+o.assertionFile+d.p.ClientSecretFile+d.p.ClientCertificate+d.p.ClientAssertionFile != "" || d.env.ClientSecret != "" || d.existed {
		return nil
	}
	return d.askUntil(ctx, d.Streams.AskSecret, "client secret, Enter for none (not shown)", func(answer string) error {
		if answer != "" && authority.ValidClientID(answer) == nil {
			return &usageError{message: "that is the secret's ID, or another; the secret itself is the column Value", hint: "it is shown once, when the secret is made: App registrations > your app > Certificates & secrets"}
		}
		if strings.ContainsAny(answer, " \t") {
			return &usageError{message: "a client secret has no blanks", hint: "paste the column Value alone"}
		}
		d.secret = config.Secret(answer)
		return nil
	})
}
