package loopback

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Bounds of the search for a port's holder, which is a courtesy: it must not cost a noticeable wait.
const (
	holderTime    = time.Second
	maxSocketList = 4 << 20
	maxHolders    = 3
)

// socket is a row of /proc/net/tcp: a listener on the port that was wanted.
type socket struct{ inode, uid string }

// holder names who listens on the port of this machine, as in "pid 1234 (node)"; "" when it cannot be told. Sockets of
// other users are known by their user id only, since their descriptors cannot be read.
func holder(ctx context.Context, port int) string {
	ctx, cancel := context.WithTimeout(ctx, holderTime)
	defer cancel()
	var sockets []socket
	for _, file := range [...]string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if f, err := os.Open(file); err == nil {
			sockets = append(sockets, listening(f, port)...)
			f.Close()
		}
	}
	if len(sockets) == 0 {
		return ""
	}
	if names := processes(ctx, sockets); len(names) > 0 {
		return strings.Join(names, " and ")
	}
	if uid := sockets[0].uid; uid != strconv.Itoa(os.Getuid()) {
		return "a process of user id " + uid
	}
	return ""
}

// listening reads the kernel's table of sockets (proc(5), /proc/net/tcp) for listeners on the port that stand in the
// way of 127.0.0.1 or [::1].
func listening(table io.Reader, port int) []socket {
	const stateListen = "0A"
	suffix := fmt.Sprintf(":%04X", port)
	var found []socket
	lines := bufio.NewScanner(io.LimitReader(table, maxSocketList))
	for lines.Scan() && len(found) < maxHolders {
		// sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
		f := strings.Fields(lines.Text())
		if len(f) < 10 || f[3] != stateListen || !isNumber(f[7]) || !isNumber(f[9]) {
			continue
		}
		if address, ok := strings.CutSuffix(f[1], suffix); ok && inTheWay(address) {
			found = append(found, socket{inode: f[9], uid: f[7]})
		}
	}
	return found
}

// inTheWay reports whether an address, in 32-bit words of the machine's byte order, is a wildcard or a loopback one.
func inTheWay(address string) bool {
	if strings.Trim(address, "0") == "" {
		return true
	}
	switch address {
	case "0100007F", "7F000001", // 127.0.0.1
		"00000000000000000000000001000000", "00000000000000000000000000000001", // ::1
		"0000000000000000FFFF00000100007F", "00000000000000000000FFFF7F000001": // ::ffff:127.0.0.1
		return true
	}
	return false
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// processes finds who has one of the sockets open, by reading the descriptors of every process until ctx ends.
func processes(ctx context.Context, sockets []socket) []string {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	var names []string
	for ctx.Err() == nil && len(names) < maxHolders {
		entries, err := proc.Readdirnames(64)
		if err != nil {
			break
		}
		for _, pid := range entries {
			if ctx.Err() == nil && isNumber(pid) && hasOpen(ctx, pid, sockets) && len(names) < maxHolders {
				names = append(names, processName(pid))
			}
		}
	}
	return names
}

func hasOpen(ctx context.Context, pid string, sockets []socket) bool {
	dir, err := os.Open(filepath.Join("/proc", pid, "fd"))
	if err != nil {
		return false
	}
	defer dir.Close()
	for ctx.Err() == nil {
		descriptors, err := dir.Readdirnames(256)
		if err != nil {
			return false
		}
		for _, fd := range descriptors {
			target, _ := os.Readlink(filepath.Join("/proc", pid, "fd", fd))
			inode, ok := strings.CutPrefix(target, "socket:[")
			if ok && slices.ContainsFunc(sockets, func(s socket) bool { return s.inode+"]" == inode }) {
				return true
			}
		}
	}
	return false
}

// processName is "pid 1234 (node)". A process chooses its name itself, so what could upset a terminal is left out.
func processName(pid string) string {
	comm, err := os.ReadFile(filepath.Join("/proc", pid, "comm"))
	if err != nil {
		return "pid " + pid
	}
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.TrimSpace(string(comm)))
	return fmt.Sprintf("pid %s (%s)", pid, name)
}
