package cli

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/term"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// about is a value with a word about it, which a shell shows beside it.
func about(value, text string) string {
	if text == "" {
		return value
	}
	return value + "\t" + text
}

// known are the profiles of the file; none where it cannot be read.
func (r *run) known() (profiles []config.Profile) {
	f, err := r.configFile()
	if err != nil {
		return nil
	}
	for _, name := range f.Names() {
		p, _ := f.Profile(name)
		profiles = append(profiles, p)
	}
	return profiles
}

func profiles(r *run, cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, p := range r.known() {
		all = append(all, about(p.Name, p.Authority))
	}
	if name := cmd.Name(); name != "add" && name != "remove" { // it is in no file
		all = append(all, about(demoProfile, "the embedded tenant"))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// accounts are the people of the list of sessions: of the profile that was named, or of all.
func accounts(r *run, _ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, e := range r.listedPeople() {
		all = append(all, about(e.Name, e.Profile))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// listedPeople are the entries of people.
func (r *run) listedPeople() []tokencache.Entry {
	name, _, _ := r.profileNamed()
	entries, err := r.index().Entries()
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(entries, func(e tokencache.Entry) bool {
		return e.OID == "" || e.Name == "" || name != "" && e.Profile != name || strings.ContainsFunc(e.Name, term.Acts)
	})
}

func emails(r *run, _ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, e := range r.listedPeople() {
		if looksLikeEmail(e.Name) {
			all = append(all, about(e.Name, e.Profile))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

func formats(_ *run, cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	meaning := map[string]string{"text": "for people", "json": "for programs", "token": "the token and a line break", "header": "Authorization: Bearer TOKEN",
		"env": "sets a variable, for eval", "kubernetes": "for a kubeconfig", "curl-config": "for curl -K -", "appsettings": "for ASP.NET", "msal": "for MSAL, as JSON", "github": "for a step of GitHub Actions", "aws": "a file for AWS programs"}
	var all []string
	for _, f := range formatsOf(cmd) {
		all = append(all, about(f, meaning[f]))
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

func tenants(r *run, _ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, p := range r.known() {
		if p.Authority != "" {
			all = append(all, about(p.Authority, "of profile "+p.Name))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

func clientIDs(r *run, _ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, p := range r.known() {
		if p.ClientID != "" {
			all = append(all, about(p.ClientID, "of profile "+p.Name))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

func scopes(r *run, _ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, p := range r.known() {
		all = append(all, p.Scopes...)
	}
	return append(all, "openid", "profile", "email", "offline_access"), cobra.ShellCompDirectiveNoFileComp
}

func locales(*run, *cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"ar\tArabic", "cs\tCzech", "da\tDanish", "de\tGerman", "en\tEnglish", "es\tSpanish", "fi\tFinnish", "fr\tFrench", "he\tHebrew", "hi\tHindi", "hu\tHungarian", "it\tItalian",
		"ja\tJapanese", "ko\tKorean", "nl\tDutch", "no\tNorwegian", "pl\tPolish", "pt\tPortuguese", "ru\tRussian", "sv\tSwedish", "th\tThai", "tr\tTurkish", "uk\tUkrainian", "zh-CN\tChinese, simplified", "zh-TW\tChinese, traditional"}, cobra.ShellCompDirectiveNoFileComp
}

// attributes are the built-in ones of a user flow; the value is the person's own.
func attributes(*run, *cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"city=", "country=", "displayName=", "givenName=", "jobTitle=", "postalCode=", "state=", "streetAddress=", "surname="},
		cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func claimNames(*run, *cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, m := range idtoken.Catalogue() {
		all = append(all, about(m.Claim, m.Text))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// codes are those of the catalogue, as they are being typed: with AADSTS before the number, or without.
func codes(_ *run, _ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	prefix := "AADSTS"
	if typed != "" && typed[0] >= '0' && typed[0] <= '9' {
		prefix = ""
	} else if n := min(len(typed), len(prefix)); strings.EqualFold(typed[:n], prefix[:n]) {
		prefix = typed[:n] + prefix[n:]
	}
	var all []string
	for _, e := range aadsts.All() {
		name := e.Name
		if e.Code != 0 {
			name = prefix + strconv.Itoa(e.Code)
		}
		all = append(all, about(name, e.Meaning))
	}
	return all, cobra.ShellCompDirectiveDefault // a file is explained too
}

// topics are the commands below those that were typed, and at first the topics too.
func topics(_ *run, cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	at := cmd.Root()
	for _, word := range args {
		if at = child(at, word); at == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
	var all []string
	for _, c := range at.Commands() {
		if !c.Hidden {
			all = append(all, about(c.Name(), c.Short))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// addresses are where an emulator can listen: those of this machine, and all of them.
func addresses(*run, *cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	all := []string{"0.0.0.0\tevery address", "::\tevery address"}
	own, err := net.InterfaceAddrs() // asks the system, not the network
	if err != nil {
		return all, cobra.ShellCompDirectiveNoFileComp
	}
	for _, a := range own {
		if prefix, ok := a.(*net.IPNet); ok && !prefix.IP.IsLoopback() && !prefix.IP.IsLinkLocalUnicast() {
			all = append(all, about(prefix.IP.String(), "of this machine"))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// apps are those of the seed that the line names, or of the one that is used without.
func apps(r *run, cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	seed := emulator.DefaultSeed()
	if f := cmd.Flag("seed"); f != nil && f.Changed {
		read, err := r.readSeed(f.Value.String())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		seed = read
	}
	var all []string
	for _, t := range seed.Tenants {
		for _, a := range t.Apps {
			all = append(all, about(a.AppID, a.DisplayName), about(a.DisplayName, fmt.Sprintf("app of %s", t.Subdomain)))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// programsIn are the names of the programs in a folder; extensions is PATHEXT, "" where a mode says what a program is.
func programsIn(dir, extensions string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if extensions != "" {
			extension := filepath.Ext(e.Name())
			if slices.ContainsFunc(strings.Split(extensions, ";"), func(known string) bool { return known != "" && strings.EqualFold(known, extension) }) {
				names = append(names, strings.TrimSuffix(e.Name(), extension))
			}
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			names = append(names, e.Name())
		}
	}
	return names
}
