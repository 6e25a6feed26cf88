// Command gokeyring prints an item of the keychain as a program does that leaves it to go-keyring. The benchmarks compare
// ciam with it.
package main

import (
	"fmt"
	"os"

	keyring "github.com/zalando/go-keyring"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gokeyring SERVICE USERNAME")
		os.Exit(2)
	}
	value, err := keyring.Get(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(value)
}
