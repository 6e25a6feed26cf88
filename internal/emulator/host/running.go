package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ciam-cli/ciam/internal/files"
)

// Running is what an emulator says of itself to the other programs of its user.
type Running struct {
	URL    string `json:"url"`     // as of Host.URL
	CAFile string `json:"ca_file"` // "" for plain http
	PID    int    `json:"pid"`
}

const (
	maxRunning  = 64 << 10        // bytes of such a file
	dialRunning = 5 * time.Second // to this machine; Windows takes two to refuse
)

// Announce tells in a folder that an emulator runs, until drop. Its file is named after the port, so that one which was
// killed is replaced by whoever is next there.
func Announce(dir string, r Running) (drop func(), err error) {
	path, err := runningFile(dir, r.URL)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of running emulators: %w", err)
	}
	data, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if err := files.Replace(path, data, files.ReplaceOptions{Fixed: true, Private: true, Cached: true}); err != nil {
		return nil, err
	}
	return func() {
		if now, ok := readRunning(path); ok && now == r {
			_ = files.Remove(path) // the next one there replaces it otherwise
		}
	}, nil
}

// Announced are the emulators of a folder that listen, by their addresses. Those that were killed are forgotten; one that is only
// slow to answer is not.
func Announced(dir string) []Running {
	found, _ := filepath.Glob(filepath.Join(dir, "*.json")) // the pattern is well-formed
	var all []Running
	for _, path := range found {
		r, ok := readRunning(path)
		if !ok {
			continue
		}
		if !listens(r.URL) {
			if now, ok := readRunning(path); ok && now == r {
				_ = files.Remove(path)
			}
			continue
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Running) int { return cmp.Compare(a.URL, b.URL) })
	return all
}

// StillAnnounced reports whether an emulator has not taken back what it said.
func StillAnnounced(dir string, r Running) bool {
	path, err := runningFile(dir, r.URL)
	if err != nil {
		return false
	}
	now, ok := readRunning(path)
	return ok && now == r
}

// IsLoopback reports whether an address is this machine's own.
func IsLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func runningFile(dir, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" {
		return "", fmt.Errorf("%q is no address of an emulator", address)
	}
	return filepath.Join(dir, u.Port()+".json"), nil
}

func readRunning(path string) (r Running, ok bool) {
	data, err := files.Read(context.Background(), path, files.Options{Limit: maxRunning})
	return r, err == nil && json.Unmarshal(data, &r) == nil && r.URL != ""
}

// listens reports whether anything does at an address, as far as can be told.
func listens(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	c, err := net.DialTimeout("tcp", u.Host, dialRunning)
	if err != nil {
		var late net.Error
		return errors.As(err, &late) && late.Timeout()
	}
	_ = c.Close()
	return true
}
