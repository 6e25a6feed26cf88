package main

import (
	"cmp"
	"runtime/debug"

	"github.com/ciam-cli/ciam/internal/cli"
)

// version, commit and date (of the commit, RFC 3339) are set by the release build; otherwise the module's version and what
// the go command knows of the repository are told.
var version, commit, date string

// describeBuild says in env what the program was built from. info may be nil.
func describeBuild(env *cli.Env, info *debug.BuildInfo) {
	env.Version, env.Commit, env.CommitDate = version, commit, date
	if info != nil {
		env.Version = cmp.Or(env.Version, info.Main.Version)
		for _, s := range info.Settings {
			switch {
			case commit != "": // another repository's, where a release is built within one
			case s.Key == "vcs.revision":
				env.Commit = s.Value
			case s.Key == "vcs.time":
				env.CommitDate = s.Value
			case s.Key == "vcs.modified":
				env.Modified = s.Value == "true"
			}
		}
	}
	env.Version = cmp.Or(env.Version, "(devel)")
}
