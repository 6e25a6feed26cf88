package config

import (
	"fmt"
	"slices"
	"strings"
)

// DemoName is the profile of the embedded tenant, which nobody else's can be called.
const DemoName = "demo"

// CheckName returns *Error unless name can be a profile's: what every version has accepted.
func CheckName(name string) error {
	bad := func(problem string) error {
		return &Error{Where: "profile name", Problem: problem, Want: "1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit"}
	}
	if name == "" {
		return bad("it is empty")
	}
	if len(name) > 64 {
		return bad(fmt.Sprintf("it has %d characters", len(name)))
	}
	for i := range len(name) {
		c := name[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && (i == 0 || !strings.ContainsRune("._-", rune(c))) {
			return bad(fmt.Sprintf("%q has %q in it", name, c))
		}
	}
	return nil
}

// CheckNewName returns *Error unless a new profile beside existing ones can be called name. It is the one rule for names,
// wherever they come from. Names become those of files and of keychain items, on systems that fold case and keep some
// names for devices. Profiles that an earlier version made under such a name go on working.
func CheckNewName(name string, existing []string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if problem := unsafeName(name); problem != "" {
		return &Error{Where: "profile name", Problem: problem, Want: "another name"}
	}
	for _, other := range existing {
		if other != name && strings.EqualFold(other, name) {
			return &Error{Where: "profile name", Problem: fmt.Sprintf("there is a profile %q already, which differs by letter case only", other), Want: "another name"}
		}
	}
	return nil
}

// unsafeName says why a name that an earlier version accepted is no good for a new profile, or "".
func unsafeName(name string) string {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	device := slices.Contains([]string{"CON", "PRN", "AUX", "NUL"}, stem) ||
		len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
	switch {
	case strings.EqualFold(name, DemoName):
		return "the name demo belongs to the embedded tenant"
	case device:
		return fmt.Sprintf("%q is the name of a device on Windows", name)
	case strings.HasSuffix(name, "."):
		return fmt.Sprintf("%q ends with a dot, which Windows drops from file names", name)
	}
	return ""
}

// FreeName returns want, or want with the first number behind it that makes it a name for a new profile beside existing
// ones: shop, shop-2, shop-3.
func FreeName(want string, existing []string) string {
	taken := func(name string) bool { return slices.Contains(existing, name) || CheckNewName(name, existing) != nil }
	if !taken(want) {
		return want
	}
	for n := 2; ; n++ {
		suffix := fmt.Sprintf("-%d", n)
		if name := want[:min(len(want), 64-len(suffix))] + suffix; !taken(name) {
			return name
		}
		if n > len(existing)+2 { // want is no name at all
			return "tenant"
		}
	}
}
