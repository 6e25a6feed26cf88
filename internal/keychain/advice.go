package keychain

import "runtime"

const elsewhere = "choose another store with `--token-store file`"

// unavailable builds the error for a state, with this system's words. err may be nil.
func unavailable(state State, err error) *UnavailableError {
	message, next := advice(runtime.GOOS, state)
	return &UnavailableError{State: state, Message: message, Next: next, Err: err}
}

// advice returns what a state means and what to do about it on the given GOOS.
func advice(goos string, state State) (message, next string) {
	switch state {
	case NoBus:
		return "there is no D-Bus session bus, so no keychain can be reached (usual over SSH, in containers, cron and CI)",
			"log in through the desktop or a systemd user session (`loginctl enable-linger`), or run `dbus-run-session -- bash` and in it `gnome-keyring-daemon --unlock`, or " + elsewhere
	case NoProvider:
		return "no keychain service is running: nothing provides org.freedesktop.secrets on the session bus",
			"install and start one, for example package gnome-keyring and `gnome-keyring-daemon --unlock --components=secrets`, or turn on the Secret Service in KWallet or KeePassXC, or " + elsewhere
	case NoCollection:
		return "the keychain service runs, but has no keyring to store in yet",
			"create one: log in to the desktop once, open Passwords and Keys, or run `gnome-keyring-daemon --replace --unlock --components=secrets` and type a password for it; or " + elsewhere
	case Locked:
		return "the keychain is locked", lockedNext(goos)
	case Hanging:
		return "the keychain does not answer", hangingNext(goos)
	case TooBig:
		return "the keychain refused the data as too big", "ask for fewer scopes, or " + elsewhere
	case Full:
		return "there is no space left to store the tokens", "free some space and try again"
	case Denied:
		return "access to the token store was refused", deniedNext(goos)
	case Absent:
		return "this system or logon session has no keychain", absentNext(goos)
	case LooseMode:
		return "the token store's files are open to other users", "take the access of others away with chmod"
	case NoKey:
		return "the key of the file token store cannot be used",
			"make one with `head -c 32 /dev/urandom > FILE && chmod 600 FILE` and name it in CIAM_STORE_KEY_FILE"
	case WrongKey:
		return "the stored tokens are sealed with another key",
			"use the key file or passphrase they were stored with, or sign in again with `ciam login`"
	}
	return "the keychain failed", "try again, or " + elsewhere
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
