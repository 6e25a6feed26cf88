// Package passwords judges what people type to prove who they are: passwords,
// with their rules and a lockout, and one-time codes.
//
// It is a ground room: it takes nothing from the emulator's other rooms. It
// knows an Account by an id, and neither where accounts are kept nor how a
// password is hashed.
package passwords
