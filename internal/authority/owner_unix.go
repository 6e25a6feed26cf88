//go:build unix

package authority

import (
	"os"
	"syscall"
)

// ownedByUser reports whether the file belongs to the user of this process or to root.
func ownedByUser(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && (st.Uid == 0 || int(st.Uid) == os.Geteuid())
}
