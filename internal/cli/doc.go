// Package cli is the command tree of ciam: one file per command, each with its options, its constructor and its run
// function in that order. Parsing and talking to the person happen here; deciding happens in auth and the leaves.
//
// Results go to stdout, everything else to stderr. Errors are returned, never printed: exit.go turns them into a
// message, a hint and an exit code in one table. How the program speaks is in the comment of package term, "The voice".
package cli
