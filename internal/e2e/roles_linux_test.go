package e2e

import (
	"fmt"
	"os"
)

// runOtherRoles makes the test binary what only Linux has tests with, and does not return then.
func runOtherRoles() {
	if job := os.Getenv(farVariable); job != "" {
		if err := runFar(job); err != nil {
			fmt.Fprintln(os.Stderr, "far machine:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if origin := os.Getenv(strangerVariable); origin != "" {
		if err := askAround(origin); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}
