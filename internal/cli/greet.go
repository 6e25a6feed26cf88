package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/term"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// greeting is what `ciam` alone says: what it is, where things stand, and the next commands.
type greeting struct {
	state string
	// next are commands, each with what it does.
	next [][2]string
}

// greet is for somebody who types `ciam` and nothing else. It reads the configuration and the list of sessions: no token store,
// which may ask for a password, and no network.
func (r *run) greet() error {
	g, err := r.standing()
	if err != nil {
		return err
	}
	column := 0
	for _, n := range g.next {
		column = max(column, len(n[0]))
	}
	var b strings.Builder
	b.WriteString(term.Fill("ciam signs people in to a Microsoft Entra External ID tenant from a terminal.", r.Streams.OutProse) + "\n")
	b.WriteString(term.Fill(g.state, r.Streams.OutProse) + "\n\n")
	for _, n := range g.next {
		b.WriteString(term.Fill(fmt.Sprintf("  %-*s  %s", column, n[0], n[1]), r.Streams.OutProse) + "\n")
	}
	b.WriteString("\n`ciam --help` shows all commands.\n")
	return r.Streams.Print(b.String())
}

// standing is how things stand in the place that the next command would use.
func (r *run) standing() (greeting, error) {
	file, err := r.configFile()
	if err != nil {
		return greeting{}, err
	}
	name, by, err := r.profileNamed()
	if err != nil {
		return greeting{}, err
	}
	flag, place := "", ""
	environment := name == "" && r.env.ClientID != ""
	switch {
	case environment:
		place = " with the app that CIAM_CLIENT_ID names"
	case name == "":
		name = ambient(file)
	case by == "--profile":
		flag = " -p " + name
	}
	if _, known := file.Profile(name); name != "" && !known && name != demoProfile {
		return greeting{}, r.noProfile(file, name, by)
	}
	if name != "" {
		place = " with profile " + name
	}
	var people []tokencache.Entry
	active := ""
	for _, e := range r.sessions() {
		own := e.Profile == name && !environment
		if environment {
			own = strings.EqualFold(e.ClientID, r.env.ClientID)
		}
		if !own || e.OID == "" {
			continue
		}
		people = append(people, e)
		if e.Item == e.Profile || e.Item == tokencache.SlotItem(e.Profile, e.TenantID, e.ClientID, tokencache.EnvironmentSlot) {
			active = e.Name
		}
	}
	login := "ciam login" + flag
	if name == demoProfile && flag == "" {
		login = "ciam login --demo"
	}
	switch {
	case active != "":
		return signedInGreeting(term.Plain(active)+" is signed in"+place+".", flag, len(people)), nil
	case len(people) > 0:
		return greeting{"Nobody is active" + place + "; " + fmt.Sprint(len(people)) + " are kept.", [][2]string{
			{"ciam switch" + flag, "make one of them the active one"}, {login, "sign in in the browser"}}}, nil
	case place != "":
		g := greeting{"Nobody is signed in" + place + ".", [][2]string{{login, "sign in in the browser"}}}
		if len(file.Names()) > 1 {
			g.next = append(g.next, [2]string{"ciam profile list", "the other profiles, and who is signed in"})
		}
		g.next = append(g.next, [2]string{"ciam demo", "see it all on an embedded tenant"})
		return g, nil
	}
	return r.newcomer(file.Names()), nil
}

// newcomer is for a machine on which nothing is chosen.
func (r *run) newcomer(profiles []string) greeting {
	if len(profiles) > 0 {
		slices.Sort(profiles)
		return greeting{"No profile is chosen; there are " + strings.Join(profiles, ", ") + ".", [][2]string{
			{"ciam profile use " + profiles[0], "choose it for the next commands"}, {"ciam login -p " + profiles[0], "sign in with it"}}}
	}
	return greeting{"No tenant is set up yet.", [][2]string{
		{"ciam demo", "see it all on an embedded tenant: no account, no network"},
		{"ciam setup", "your own tenant: makes app, consent and user flow"},
		{"ciam profile add", "or an app that your tenant has already"},
		{"ciam login", "then sign in, in the browser"},
		{"ciam claims", "and see what your tenant says of you"}}}
}

func signedInGreeting(state, flag string, people int) greeting {
	g := greeting{state, [][2]string{
		{"ciam whoami" + flag, "until when, and where the tokens are"},
		{"ciam claims" + flag, "what the tenant says of this person"},
		{"ciam token" + flag, "an access token for a script"}}}
	if people > 1 {
		g.next = append(g.next, [2]string{"ciam switch" + flag, "another of the " + fmt.Sprint(people) + " people"})
	}
	g.next = append(g.next, [2]string{"ciam logout" + flag, "the end of it"})
	return g
}
