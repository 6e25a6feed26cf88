// Command writer stores what a keychain holds for one profile once more, under another profile's name and with the
// item sizes of another system. formats_make_test.go compiles it inside the source tree of the commit whose formats it
// makes, so the codec is that commit's.
//
//	writer SYSTEM ROUNDS PROFILE < items.json > items.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/ciam-cli/ciam/internal/keychain"
)

type items struct {
	Profile string            `json:"profile"`
	System  string            `json:"system"`
	Items   map[string][]byte `json:"items"`
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(system, rounds, profile string) error {
	limits, ok := map[string]keychain.Limits{"Windows": keychain.WindowsLimits, "macOS": keychain.MacLimits}[system]
	n, err := strconv.Atoi(rounds)
	if !ok || err != nil {
		return fmt.Errorf("%s %s: expected Windows or macOS, and a number", system, rounds)
	}
	var in items
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return err
	}
	var from, to keychain.Map
	for name, value := range in.Items {
		from.SetItem(name, string(value))
	}
	record, err := keychain.NewMemory(keychain.MemoryOptions{Map: &from}).Get(context.Background(), in.Profile)
	if err != nil {
		return err
	}
	out := items{Profile: profile, System: system, Items: map[string][]byte{}}
	for range n {
		store := keychain.NewMemory(keychain.MemoryOptions{Map: &to, Limits: limits, Observe: func(o keychain.Op) { out.Items[o.Item] = nil }})
		if err := store.Set(context.Background(), profile, record); err != nil {
			return err
		}
	}
	for name := range out.Items {
		value, ok := to.Item(name)
		if !ok { // it was looked for, or removed
			delete(out.Items, name)
			continue
		}
		out.Items[name] = []byte(value)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}
