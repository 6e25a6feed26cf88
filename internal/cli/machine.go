package cli

import (
	"context"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/config"
)

// Machine is what the system tells of this machine.
type Machine struct {
	// Name is its own name, and User that of whoever runs the program; "" where they are not known.
	Name, User string
	// Container says that it is one, by its files.
	Container bool
}

// thisMachine asks the system.
func thisMachine() Machine {
	m := Machine{Container: config.InContainer()}
	m.Name, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		m.User = u.Username
	}
	return m
}

func (r *run) machine() Machine {
	if r.Machine != nil {
		return r.Machine()
	}
	return thisMachine()
}

// nameLookup bounds the question whether the machine's name leads to it.
const nameLookup = 300 * time.Millisecond

// reachedAs is how the person's own machine reaches this one: by its name where that leads to the address at which it was
// reached, else by the address.
func (r *run) reachedAs(ctx context.Context, name string) string {
	address := net.ParseIP(r.env.SSHHost)
	if address == nil || name == "" {
		return name
	}
	ctx, cancel := context.WithTimeout(ctx, nameLookup)
	defer cancel()
	found, err := net.DefaultResolver.LookupHost(ctx, name)
	if err == nil && slices.ContainsFunc(found, func(one string) bool { return address.Equal(net.ParseIP(one)) }) {
		return name
	}
	return r.env.SSHHost
}

// forwardLine is the command that brings ports of this machine to the person's own.
func (r *run) forwardLine(ctx context.Context, ports []string) string {
	m := r.machine()
	words := []string{"ssh"}
	for _, port := range ports {
		words = append(words, "-L", port+":localhost:"+port)
	}
	if p := r.env.SSHPort; p != 0 && p != 22 {
		words = append(words, "-p", strconv.Itoa(p))
	}
	host := r.reachedAs(ctx, m.Name)
	if m.User != "" {
		host = m.User + "@" + host
	}
	return strings.Join(append(words, r.system().quote(host)), " ")
}
