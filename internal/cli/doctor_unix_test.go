//go:build !windows

package cli

import "os"

// systemFaults are those of systems whose files have a mode.
func systemFaults() []fault {
	return []fault{{name: "config that anybody can write", plant: func(m *machine, _ *wires) {
		if err := os.Chmod(m.configFile(), 0o666); err != nil {
			m.t.Fatal(err)
		}
	}, check: "config", state: "fail", says: "every user"}}
}
