package cli

import "github.com/ciam-cli/ciam/internal/keychain"

const elsewhere = "choose another store with `--token-store file`"

// storeHint is what to do about a token store that cannot be used.
func storeHint(e *keychain.UnavailableError, at place) string {
	goos := at.on.goos
	switch e.State {
	case keychain.WrongKey:
		return "use the key file or passphrase they were stored with, or replace them with `" + at.login + " --replace`"
	case keychain.LooseMode:
		if e.Path != "" {
			return "run `" + at.on.makePrivate(e.Path, "700") + "`"
		}
		return "use a file and a folder of your own"
	case keychain.NoBus:
		return "log in through the desktop or a systemd user session (`loginctl enable-linger`), or run `dbus-run-session -- bash` and in it `gnome-keyring-daemon --unlock`, or " + elsewhere
	case keychain.NoProvider:
		return "install and start one, for example package gnome-keyring and `gnome-keyring-daemon --unlock --components=secrets`, or turn on the Secret Service in KWallet or KeePassXC, or " + elsewhere
	case keychain.NoCollection:
		return "create one: log in to the desktop once, open Passwords and Keys, or run `gnome-keyring-daemon --replace --unlock --components=secrets` and type a password for it; or " + elsewhere
	case keychain.Locked:
		return lockedNext(goos)
	case keychain.Hanging:
		return hangingNext(goos)
	case keychain.TooBig:
		return "ask for fewer scopes, or " + elsewhere
	case keychain.Full:
		return "free some space and try again"
	case keychain.Denied:
		return deniedNext(goos)
	case keychain.Absent:
		return absentNext(goos)
	case keychain.NoKey:
		return "make one with `" + at.on.makeKeyFile() + "` and name it in CIAM_STORE_KEY_FILE"
	}
	return "try again, or " + elsewhere
}

func lockedNext(goos string) string {
	switch goos {
	case "darwin":
		return "run `security unlock-keychain` (over SSH macOS cannot ask for the password itself), or " + elsewhere
	case "windows":
		return "log on to Windows again, or " + elsewhere
	}
	return "unlock it: log in to the desktop, open Passwords and Keys, or run `gnome-keyring-daemon --replace --unlock --components=secrets` and type its password; or " + elsewhere
}

func hangingNext(goos string) string {
	switch goos {
	case "darwin":
		return "look for a password dialog on the screen, or run `security unlock-keychain`, then try again"
	case "windows":
		return "restart the Credential Manager service (VaultSvc), or " + elsewhere
	}
	return "look for a password prompt on the desktop, or restart the keychain service with `gnome-keyring-daemon --replace --unlock --components=secrets`; or " + elsewhere
}

func deniedNext(goos string) string {
	switch goos {
	case "darwin":
		return "allow /usr/bin/security in Keychain Access, or run `security unlock-keychain`, then try again"
	case "windows":
		return "check the policy `Network access: Do not allow storage of passwords and credentials`, or " + elsewhere
	}
	return "run ciam as the user who owns the session (without sudo) and outside a sandbox, or " + elsewhere
}

func absentNext(goos string) string {
	switch goos {
	case "darwin":
		return "create a login keychain with `security create-keychain login.keychain` and `security default-keychain -s login.keychain`, or " + elsewhere
	case "windows":
		return "run ciam in an interactive logon (a network logon over SSH or WinRM has no Credential Manager), or " + elsewhere
	}
	return elsewhere
}
