package host

import "io/fs"

// ownedByUser: each user has a folder for temporary files of his own.
func ownedByUser(fs.FileInfo) bool { return true }
