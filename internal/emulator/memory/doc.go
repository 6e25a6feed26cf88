// Package memory is what the emulator remembers between requests and forgets
// with the process: values on a shelf for a time, the outbox, a ring of the
// newest entries, and the secrets that a test looks for. All of it is bounded.
//
// It is a ground room: it takes nothing from the emulator's other rooms, and
// knows neither what a flow nor what a session is.
package memory
