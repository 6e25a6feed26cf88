package loopback

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// holder names the process that listens on port, from /proc; "" when it is not ours to see. It takes 100 ms at most.
func holder(port int) string {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		addListeners(inodes, table, port)
	}
	if len(inodes) == 0 {
		return ""
	}
	deadline := time.Now().Add(100 * time.Millisecond)
	fds, err := filepath.Glob("/proc/[0-9]*/fd")
	if err != nil {
		return ""
	}
	for _, dir := range fds {
		if time.Now().After(deadline) {
			return ""
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // another user's process
		}
		for _, e := range entries {
			if target, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && inodes[target] {
				return describeProcess(filepath.Dir(dir))
			}
		}
	}
	return ""
}

// addListeners collects the sockets in state LISTEN (0A) on port, as links in /proc/PID/fd name them.
func addListeners(inodes map[string]bool, table string, port int) {
	f, err := os.Open(table)
	if err != nil {
		return
	}
	defer f.Close()
	suffix := fmt.Sprintf(":%04X", port)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) > 9 && strings.HasSuffix(fields[1], suffix) && fields[3] == "0A" {
			inodes["socket:["+fields[9]+"]"] = true
		}
	}
}

func describeProcess(dir string) string {
	pid := filepath.Base(dir)
	name, err := os.ReadFile(filepath.Join(dir, "comm"))
	if err != nil {
		return "pid " + pid
	}
	return fmt.Sprintf("%.32s (pid %s)", strings.TrimSpace(string(name)), pid)
}
