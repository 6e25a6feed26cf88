package main

import (
	"runtime/debug"
	"testing"

	"github.com/ciam-cli/ciam/internal/cli"
)

// TestDescribeBuild: the release's own words win, then those of the go command; nothing is made up.
func TestDescribeBuild(t *testing.T) {
	vcs := &debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261127032548-3fbc574abcde"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "3fbc574abcde"}, {Key: "vcs.time", Value: "2026-11-27T03:25:48Z"}, {Key: "vcs.modified", Value: "true"}}}
	release := cli.Env{Version: "v1.2.3", Commit: "aaaa", CommitDate: "2026-01-02T03:04:05Z"}
	for _, row := range []struct {
		name    string
		release bool
		info    *debug.BuildInfo
		want    cli.Env
	}{
		{"a release", true, vcs, release},
		{"a release without build information", true, nil, release},
		{"go build", false, vcs, cli.Env{Version: "v0.0.0-20261127032548-3fbc574abcde", Commit: "3fbc574abcde", CommitDate: "2026-11-27T03:25:48Z", Modified: true}},
		{"go install of a version", false, &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, cli.Env{Version: "v1.2.3"}},
		{"nothing known", false, nil, cli.Env{Version: "(devel)"}},
	} {
		version, commit, date = "", "", ""
		if row.release {
			version, commit, date = release.Version, release.Commit, release.CommitDate
		}
		var got cli.Env
		describeBuild(&got, row.info)
		if got.Version != row.want.Version || got.Commit != row.want.Commit || got.CommitDate != row.want.CommitDate || got.Modified != row.want.Modified {
			t.Errorf("%s: %s %s %s %t", row.name, got.Version, got.Commit, got.CommitDate, got.Modified)
		}
	}
	version, commit, date = "", "", ""
}
