// Command bus prints an item of the keychain with as few D-Bus calls as it takes, and does nothing else: the least that a Go
// program can pay for this read. The benchmarks compare ciam with it.
package main

import (
	"errors"
	"fmt"
	"os"

	dbus "github.com/godbus/dbus/v5"
)

const (
	name    = "org.freedesktop.secrets"
	service = "org.freedesktop.Secret.Service."
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: bus SERVICE USERNAME")
		os.Exit(2)
	}
	value, err := read(map[string]string{"service": os.Args[1], "username": os.Args[2]})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(value)
}

// read takes two round trips after the greeting, and trusts the keyring to be unlocked.
func read(attributes map[string]string) ([]byte, error) {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	secrets := conn.Object(name, "/org/freedesktop/secrets")
	opening := secrets.Go(service+"OpenSession", 0, make(chan *dbus.Call, 1), "plain", dbus.MakeVariant(""))
	searching := secrets.Go(service+"SearchItems", 0, make(chan *dbus.Call, 1), attributes)
	var output dbus.Variant
	var session dbus.ObjectPath
	if err := (<-opening.Done).Store(&output, &session); err != nil {
		return nil, err
	}
	var unlocked, locked []dbus.ObjectPath
	if err := (<-searching.Done).Store(&unlocked, &locked); err != nil {
		return nil, err
	}
	if len(unlocked) == 0 {
		return nil, errors.New("no such item, or it is locked")
	}
	answer := conn.Object(name, unlocked[0]).Call("org.freedesktop.Secret.Item.GetSecret", 0, session)
	if answer.Err != nil {
		return nil, answer.Err
	}
	// Not Store, which copies the value byte by byte.
	if secret, ok := answer.Body[0].([]any); ok && len(secret) == 4 {
		if value, ok := secret[2].([]byte); ok {
			return value, nil
		}
	}
	return nil, errors.New("GetSecret was answered with something else")
}
