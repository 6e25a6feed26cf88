package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// kindOf is what a mode stands for; "" for a regular file.
func kindOf(mode fs.FileMode) Kind {
	switch {
	case mode.IsRegular():
		return ""
	case mode.IsDir():
		return Folder
	case mode&fs.ModeNamedPipe != 0:
		return Pipe
	case mode&fs.ModeDevice != 0:
		return Device
	case mode&fs.ModeSocket != 0:
		return Socket
	}
	return Irregular
}

// stat follows links and says in which way they lead nowhere.
func stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil:
		return info, nil
	case isLoop(err):
		return nil, &Error{Path: path, Kind: Loop, Err: err}
	case errors.Is(err, fs.ErrNotExist) && isLink(path):
		return nil, &Error{Path: path, Kind: Dangling, Err: err}
	}
	return nil, err
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// descriptor is the number of the open file that path names, as /dev/stdin and a shell's <(command) do; -1 for any other path.
func descriptor(path string) int {
	if runtime.GOOS == "windows" {
		return -1
	}
	path = filepath.Clean(path)
	switch path {
	case "/dev/stdin":
		return 0
	case "/dev/stdout":
		return 1
	case "/dev/stderr":
		return 2
	}
	for _, folder := range []string{"/dev/fd/", "/proc/self/fd/"} {
		if number, ok := strings.CutPrefix(path, folder); ok {
			if n, err := strconv.ParseUint(number, 10, 16); err == nil {
				return int(n)
			}
		}
	}
	return -1
}
