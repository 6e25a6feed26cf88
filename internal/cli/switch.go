package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
)

func newSwitchCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use:   "switch [ACCOUNT]",
		Short: "Make another person of the same app the active one",
		Long: `Make another person who is signed in to the same app the active one, whose tokens the
other commands use. Nobody is signed out, and the tenant is not asked.

ACCOUNT is an email address, a sign-in name, a name or an object ID. Without it, the other
of two people is taken, and among more you are asked.`,
		Example: `  ciam switch
  ciam switch ada@example.com
  ciam token --account ada@example.com   # without switching`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return noArgs(cmd, args[1:])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSwitch(cmd.Context(), r, strings.Join(args, ""))
		},
	}
}

func runSwitch(ctx context.Context, r *run, account string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	c, err := r.choose(ctx, appOptions{})
	if err != nil {
		return err
	}
	if c.settings.Authority == "" {
		return errNothingConfigured()
	}
	home, err := r.target(ctx, c, credentialOptions{})
	if err != nil {
		return err
	}
	next, err := r.nextPerson(ctx, home, account)
	if err != nil {
		return home.fail(err)
	}
	if next.app.Slot.OID != "" { // who is active already stays so
		from := next.service
		if next.store == home.store {
			from = home.service
		}
		if _, err := home.service.Switch(ctx, next.app, from); err != nil {
			return home.fail(err)
		}
	}
	session, token, err := home.session(ctx)
	if err != nil {
		return err
	}
	if format == "json" {
		return r.printJSON(home.view(session, token))
	}
	r.info("%s %s is active now%s", r.Streams.Green("✓"), auth.PersonOf(session, token), r.inProfile(home))
	return nil
}

// nextPerson chooses whom to make active.
func (r *run) nextPerson(ctx context.Context, home *target, account string) (*target, error) {
	slots, err := home.slots(ctx, credentialOptions{})
	if err != nil {
		return nil, err
	}
	if account != "" {
		if found := home.listedAs(slots, account); found != nil {
			return found, nil
		}
	}
	people, err := r.people(ctx, slots)
	if err != nil {
		return nil, err
	}
	if account != "" {
		var found []person
		for _, p := range people {
			if p.view.person.Called(account) {
				found = append(found, p)
			}
		}
		return oneOf(people, found, account)
	}
	var others []person
	for _, p := range people {
		if p.app.Slot.OID != "" {
			others = append(others, p)
		}
	}
	switch {
	case len(people) == 0:
		return nil, &auth.LoginRequiredError{Reason: "nobody is signed in to this app"}
	case len(others) == 0:
		return nil, &usageError{message: people[0].view.person.Short() + " is the only person signed in to this app", hint: "sign another one in with `ciam login --prompt select_account" + home.flag() + "`"}
	case len(others) == 1:
		return others[0].target, nil
	}
	return r.askPerson(ctx, others)
}

// askPerson lets the person at the terminal choose.
func (r *run) askPerson(ctx context.Context, people []person) (*target, error) {
	var names []string
	for _, p := range people {
		names = append(names, p.view.person.Short())
	}
	if r.global.noInput {
		return nil, &usageError{message: "there are several people to switch to: " + strings.Join(names, ", "), hint: "name one: `ciam switch " + r.system().quote(names[0]) + "`"}
	}
	for i, p := range people {
		r.Streams.Say("  %d  %s", i+1, r.Streams.Bold(p.view.person.Short()))
	}
	for range 3 {
		answer, err := r.Streams.Ask(ctx, "number or name: ")
		if err != nil {
			return nil, err
		}
		answer = strings.TrimSpace(answer)
		for i, p := range people {
			if answer == fmt.Sprint(i+1) || p.view.person.Called(answer) {
				return p.target, nil
			}
		}
		r.warn("that is none of them")
	}
	return nil, errors.New("nobody was chosen")
}

// inProfile names the profile of a target where it is not the one that is used anyway.
func (r *run) inProfile(t *target) string {
	if t.flag() == "" {
		return ""
	}
	return " in profile " + t.name
}
