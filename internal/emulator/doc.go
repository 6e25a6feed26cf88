// Package emulator is the embedded External ID tenant.
package emulator
