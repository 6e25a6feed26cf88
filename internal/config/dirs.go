package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// Dirs are the per-user folders of ciam. None of them has to exist.
type Dirs struct {
	// Config holds config.yaml.
	Config string
	// Cache holds public metadata of tenants; it can be deleted at any time.
	Cache string
	// State holds lock files and the embedded tenant of the demo profile.
	State string
}

// SystemDirs returns the folders for this user: the XDG base directories where they are set, otherwise what the
// system calls its own (Library/Application Support on macOS, AppData on Windows). It creates nothing.
// It fails where the system does not say where the user's home is.
func SystemDirs(getenv func(string) string) (Dirs, error) {
	pick := func(variable string, fallback func() (string, error)) (string, error) {
		// The XDG specification has relative paths ignored.
		if dir := getenv(variable); filepath.IsAbs(dir) {
			return filepath.Join(dir, "ciam"), nil
		}
		dir, err := fallback()
		if err != nil {
			return "", err
		}
		return filepath.Join(dir, "ciam"), nil
	}
	var dirs Dirs
	var errs [3]error
	dirs.Config, errs[0] = pick("XDG_CONFIG_HOME", os.UserConfigDir)
	dirs.Cache, errs[1] = pick("XDG_CACHE_HOME", os.UserCacheDir)
	dirs.State, errs[2] = pick("XDG_STATE_HOME", userStateDir)
	if err := errors.Join(errs[:]...); err != nil {
		return Dirs{}, &Error{Where: "the user's folders", Problem: err.Error(), Want: "a home folder (HOME), or XDG_CONFIG_HOME, XDG_CACHE_HOME and XDG_STATE_HOME"}
	}
	return dirs, nil
}

// userStateDir is where state that should outlive a restart goes; Go has no call of its own for it.
func userStateDir() (string, error) {
	switch runtime.GOOS {
	case "windows":
		return os.UserCacheDir() // LocalAppData, which does not roam: locks and the demo tenant belong to this machine
	case "darwin", "ios":
		return os.UserConfigDir()
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state"), nil
}
