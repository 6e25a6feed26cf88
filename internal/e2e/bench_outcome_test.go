package e2e

import (
	"errors"
	"fmt"
)

// unseen is a count that nobody took.
const unseen = -1

// outcome is what a run of a command did, as far as others can see it.
type outcome struct {
	stdout      string
	connections int // to the session bus
	reads       int // of a secret, served by the keychain
	requests    int // to the tenant
}

// nothing is a run that prints this and touches no bus.
func nothing(stdout string) outcome { return outcome{stdout: stdout} }

// keychainRead is a run whose output comes from one read of the keychain.
func keychainRead(stdout string) outcome { return outcome{stdout: stdout, connections: 1, reads: 1} }

// fileRead is a run whose output, a token that is nowhere but in the sealed file, comes from there.
func fileRead(stdout string) outcome { return nothing(stdout) }

// is returns nil when the outcome, as far as it was seen, is the wanted one, and else all that differs. The output is never shown: it is a secret.
func (o outcome) is(want outcome) error {
	var problems []error
	if o.stdout != want.stdout {
		problems = append(problems, fmt.Errorf("it printed %d bytes that are not the %d expected", len(o.stdout), len(want.stdout)))
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"connections to the bus", o.connections, want.connections},
		{"reads served by the keychain", o.reads, want.reads},
		{"requests to the tenant", o.requests, want.requests},
	} {
		if c.got != c.want && c.got != unseen {
			problems = append(problems, fmt.Errorf("%s: %d, not %d", c.what, c.got, c.want))
		}
	}
	return errors.Join(problems...)
}
