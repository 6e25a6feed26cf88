// Package host puts the embedded tenant on a socket: it listens, on loopback
// unless told otherwise in so many words, serves https with a certificate
// authority of its own or plain http, locks the data folder, and reads and writes
// seed files.
//
// The certificate authority is kept in a folder and installed nowhere. Its
// certificate may vouch for this machine's own names and *.ciamlogin.com only
// (name constraints, RFC 5280 section 4.2.1.10), so that a client that was told
// to trust it trusts no other site through it.
//
//	Start ─┬─ lock.go     one process per data folder
//	       ├─ emulator    the tenant, an http.Handler
//	       ├─ ca.go       authority.pem (key and certificate), ca.pem (certificate)
//	       ├─ leaf.go     the server's certificate, made at start, renewed while running
//	       └─ listen.go   127.0.0.1, ::1 and what else was asked for, on one port
package host
