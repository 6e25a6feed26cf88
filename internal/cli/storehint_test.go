package cli

import (
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/keychain"
)

// TestStoreHint names a next step for every state, on every system.
func TestStoreHint(t *testing.T) {
	at := place{login: "ciam login"}
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, s := range keychain.States() {
			if hint := storeHint(&keychain.UnavailableError{State: s}, place{login: at.login, on: systemOf(goos, nil)}); hint == "" || strings.HasSuffix(hint, ".") {
				t.Errorf("%s, %s: %q", goos, s, hint)
			}
		}
	}
	for _, c := range []struct {
		goos  string
		state keychain.State
		hint  string
	}{
		{"linux", keychain.NoBus, "dbus-run-session"}, {"linux", keychain.NoBus, "loginctl"}, {"linux", keychain.NoProvider, "gnome-keyring-daemon"},
		{"linux", keychain.NoCollection, "--unlock"}, {"linux", keychain.Locked, "--unlock"}, {"linux", keychain.Hanging, "--token-store file"},
		{"darwin", keychain.Locked, "security unlock-keychain"}, {"windows", keychain.Absent, "interactive logon"}, {"linux", keychain.NoProvider, "--token-store file"},
		{"linux", keychain.WrongKey, "ciam login --replace"}, {"linux", keychain.Other, "--token-store file"},
	} {
		if hint := storeHint(&keychain.UnavailableError{State: c.state}, place{login: at.login, on: systemOf(c.goos, nil)}); !strings.Contains(hint, c.hint) {
			t.Errorf("%s, %s: %q does not name %q", c.goos, c.state, hint, c.hint)
		}
	}
	for goos, want := range map[string]string{"linux": "chmod 700 '/a b'", "darwin": "chmod 700 '/a b'", "windows": "icacls '/a b' /inheritance:r"} {
		if hint := storeHint(&keychain.UnavailableError{State: keychain.LooseMode, Path: "/a b"}, place{on: systemOf(goos, nil)}); !strings.Contains(hint, want) {
			t.Errorf("%s: %s", goos, hint)
		}
	}
}
