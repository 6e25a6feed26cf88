package config

import (
	"net"
	"os"
	"strconv"
	"strings"
)

// Surroundings are what the environment tells of where this machine is, as seen from the person's browser.
type Surroundings struct {
	// SSH says that the person has come over SSH (SSH_CONNECTION, SSH_CLIENT or SSH_TTY, sshd(8)). SSHHost is the address of
	// this machine as the person's reached it, and SSHPort the port there; "" and 0 where that is not told.
	SSH     bool
	SSHHost string
	SSHPort int
	// Codespaces is a GitHub codespace (CODESPACES).
	Codespaces bool
	// VSCode is a terminal of VS Code whose window is on another machine (VSCODE_IPC_HOOK_CLI, REMOTE_CONTAINERS).
	VSCode bool
	// Container says that this is one, by its environment (container, KUBERNETES_SERVICE_HOST). See InContainer.
	Container bool
}

// readSurroundings reads the variables through getenv.
func readSurroundings(getenv func(string) string) Surroundings {
	s := Surroundings{
		SSH:        getenv("SSH_CONNECTION") != "" || getenv("SSH_CLIENT") != "" || getenv("SSH_TTY") != "",
		Codespaces: strings.EqualFold(getenv("CODESPACES"), "true"),
		VSCode:     getenv("VSCODE_IPC_HOOK_CLI") != "" || getenv("REMOTE_CONTAINERS") != "",
		Container:  getenv("KUBERNETES_SERVICE_HOST") != "",
	}
	// SSH_CONNECTION is the client's address and port, and the server's.
	if f := strings.Fields(getenv("SSH_CONNECTION")); len(f) == 4 {
		host, _, _ := strings.Cut(f[2], "%") // the zone is this machine's
		port, err := strconv.Atoi(f[3])
		if net.ParseIP(host) != nil && err == nil && port > 0 && port < 1<<16 {
			s.SSHHost, s.SSHPort = host, port
		}
	}
	switch getenv("container") { // systemd(1), podman-run(1)
	case "", "wsl", "flatpak": // the browser of either is on the same network
	default:
		s.Container = true
	}
	return s
}

// InContainer looks for the marks that Docker and Podman leave in a container's files. One that is covered by something else
// than a file counts as taken away.
func InContainer() bool {
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if info, err := os.Stat(mark); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}
