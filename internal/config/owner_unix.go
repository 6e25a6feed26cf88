//go:build unix

package config

import (
	"os"
	"syscall"
)

// ownedByUser reports whether the file belongs to the user of this process.
func ownedByUser(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
