package config

import (
	"os"
	"strings"
	"testing"
)

// TestFile_commentsStay changes files with comments in every place, several times: none is lost or doubled.
func TestFile_commentsStay(t *testing.T) {
	const profiles = "profiles:\n  shop: {tenant: contoso}\n"
	for name, tc := range map[string]struct {
		text     string
		comments []string
	}{
		"above the first key":              {"# one\n" + profiles, []string{"# one"}},
		"above it, with lines of a system": {"# one\r\nprofiles:\r\n  shop: {tenant: contoso}\r\n", []string{"# one"}},
		"above it, with a mark":            {"\ufeff# one\n" + profiles, []string{"# one"}},
		"two, apart":                       {"# one\n\n# two\n" + profiles, []string{"# one", "# two"}},
		"at the end":                       {profiles + "\n# end\n", []string{"# end"}},
		"between keys and behind values":   {"current_profile: shop # one\n# two\n" + profiles + "  # three\n", []string{"# one", "# two", "# three"}},
		"nothing else":                     {"\ufeff# one\r\n\r\n# two\r\n", []string{"# one", "# two"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, path, err := load(t, tc.text)
			if err != nil {
				t.Fatal(err)
			}
			for _, use := range []string{"shop", "other", "shop"} {
				f.Put(Profile{Name: use, Authority: "contoso"})
				f.Use(use)
				if err := f.Save(); err != nil {
					t.Fatal(err)
				}
				if f, err = Load(path); err != nil {
					t.Fatal(err)
				}
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range tc.comments {
				if n := strings.Count(string(after), c); n != 1 {
					t.Errorf("%q is there %d times:\n%s", c, n, after)
				}
			}
			if f.Current() != "shop" || len(f.Names()) != 2 {
				t.Errorf("current %q of %q", f.Current(), f.Names())
			}
		})
	}
}
