package config

import (
	"cmp"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
)

// Dirs are the per-user folders of ciam. None of them has to exist. One that the system does not tell is "": what can do
// without it does, and Missing says why for what cannot.
type Dirs struct {
	// Config holds config.yaml.
	Config string
	// Cache holds public metadata of tenants; it can be deleted at any time.
	Cache string
	// State holds lock files, the list of sessions and the embedded tenant of the demo profile.
	State string
}

// SystemDirs returns the folders for this user: the XDG base directories where they are set, otherwise what the
// system calls its own (Library/Application Support on macOS, AppData on Windows). It creates nothing.
// userHome is where the user's home is when HOME does not say; nil asks the system's list of users.
func SystemDirs(getenv func(string) string, userHome func() string) Dirs {
	home := getenv("HOME")
	if home == "" && userHome == nil {
		userHome = listedHome
	}
	if home == "" {
		home = userHome()
	}
	var base Dirs
	switch {
	case runtime.GOOS == "windows":
		base.Config, base.Cache = getenv("AppData"), getenv("LocalAppData")
		base.State = base.Cache // LocalAppData, which does not roam: locks and the demo tenant belong to this machine
	case home == "":
	case runtime.GOOS == "darwin" || runtime.GOOS == "ios":
		base.Config = filepath.Join(home, "Library", "Application Support")
		base.Cache = filepath.Join(home, "Library", "Caches")
		base.State = base.Config
	default:
		base = Dirs{Config: filepath.Join(home, ".config"), Cache: filepath.Join(home, ".cache"), State: filepath.Join(home, ".local", "state")}
	}
	pick := func(variable, fallback string) string {
		dir := getenv(variable)
		if !filepath.IsAbs(dir) { // the XDG specification has relative paths ignored
			dir = fallback
		}
		if dir == "" {
			return ""
		}
		return filepath.Join(dir, "ciam")
	}
	return Dirs{Config: pick("XDG_CONFIG_HOME", base.Config), Cache: pick("XDG_CACHE_HOME", base.Cache), State: pick("XDG_STATE_HOME", base.State)}
}

// listedHome is what the system's list of users says, unless that is nobody's: services and containers have users whose
// home is "/", or does not exist, or is somebody else's.
func listedHome() string {
	u, err := user.Current()
	if err != nil || !filepath.IsAbs(u.HomeDir) || u.HomeDir == "/" || u.HomeDir == "/nonexistent" {
		return ""
	}
	if info, err := os.Stat(u.HomeDir); err != nil || !info.IsDir() || !ownedByUser(info) {
		return ""
	}
	return u.HomeDir
}

// Missing is the *Error for something that needs a folder which the system does not tell; what names it, such as
// "a list of locks". nil when dir is known.
func Missing(dir, what string) error {
	if dir != "" {
		return nil
	}
	return &Error{Where: cmp.Or(what, "the user's folders"), Problem: "this user has no home folder", Want: "HOME, or XDG_CONFIG_HOME, XDG_CACHE_HOME and XDG_STATE_HOME"}
}
