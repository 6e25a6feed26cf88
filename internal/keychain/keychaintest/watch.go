package keychaintest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	dbus "github.com/godbus/dbus/v5"
)

// Call is one call to the Secret Service that somebody made on the session bus.
type Call struct {
	Sender string // the caller's connection
	Method string // without its interface
	// Answered is false for a call that failed or got no answer before the watch ended.
	Answered bool
}

// Calls runs f and returns, in their order, the calls to the Secret Service that were made meanwhile, by whomever. It
// watches as a monitor of the bus, which costs time: watch beside a measurement, not during it.
func Calls(t testing.TB, f func()) []Call {
	t.Helper()
	monitor, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer monitor.Close()
	if err := monitor.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, []string{}, uint32(0)).Err; err != nil {
		t.Fatalf("becoming a monitor of the bus: %v", err)
	}
	messages := make(chan *dbus.Message, 1<<14) // godbus drops what does not fit
	monitor.Eavesdrop(messages)
	defer monitor.Eavesdrop(nil) // else Close closes the channel while a message is being sent to it
	f()
	end := fmt.Sprintf("ciam.end.n%d", time.Now().UnixNano())
	ask(t, end)
	return collect(t, messages, end)
}

// ask asks the bus who owns a name: a message that the monitor sees after all earlier ones.
func ask(t testing.TB, name string) {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Err; err != nil {
		t.Fatal(err)
	}
}

// collect reads messages up to the question about the name end.
func collect(t testing.TB, messages <-chan *dbus.Message, end string) []Call {
	t.Helper()
	var calls []Call
	index := map[string]int{} // by caller and serial
	limit := time.After(10 * time.Second)
	for {
		var m *dbus.Message
		var open bool
		select {
		case m, open = <-messages:
		case <-limit:
		}
		if !open {
			t.Fatal("the monitor of the bus lost its connection, or missed its end")
		}
		path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
		sender, _ := m.Headers[dbus.FieldSender].Value().(string)
		switch m.Type {
		case dbus.TypeMethodCall:
			if len(m.Body) == 1 && m.Body[0] == end {
				return calls
			}
			if strings.HasPrefix(string(path), "/org/freedesktop/secrets") {
				method, _ := m.Headers[dbus.FieldMember].Value().(string)
				index[sender+" "+strconv.Itoa(int(m.Serial()))] = len(calls)
				calls = append(calls, Call{Sender: sender, Method: method})
			}
		case dbus.TypeMethodReply:
			to, _ := m.Headers[dbus.FieldDestination].Value().(string)
			serial, _ := m.Headers[dbus.FieldReplySerial].Value().(uint32)
			if i, ok := index[to+" "+strconv.Itoa(int(serial))]; ok {
				calls[i].Answered = true
			}
		}
	}
}

// Reads returns how many of the calls read a secret and were answered.
func Reads(calls []Call) int { return count(calls, "GetSecret", "GetSecrets") }

// Writes returns how many of the calls stored a secret and were answered.
func Writes(calls []Call) int { return count(calls, "CreateItem", "SetSecret") }

func count(calls []Call, methods ...string) int {
	n := 0
	for _, c := range calls {
		for _, m := range methods {
			if c.Answered && c.Method == m {
				n++
			}
		}
	}
	return n
}

// Connections counts the connections that are made to the session bus from now on: the function it returns says how many
// were made since, by whomever. It costs nothing while they are made, for the bus numbers its connections in order.
func Connections(t testing.TB) (since func() int) {
	t.Helper()
	start := connectionNumber(t)
	return func() int {
		t.Helper()
		return connectionNumber(t) - start - 1
	}
}

// connectionNumber makes a connection and returns the N of its name, which is :1.N on the reference bus.
func connectionNumber(t testing.TB) int {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	name := conn.Names()[0]
	number, err := strconv.Atoi(name[strings.LastIndex(name, ".")+1:])
	if err != nil {
		t.Fatalf("the bus names a connection %q", name)
	}
	return number
}
