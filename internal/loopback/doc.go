// Package loopback receives the answer of a sign-in, or the return from a sign-out, on a temporary HTTP listener of
// this machine (RFC 8252 sections 7.3 and 8.3).
//
// The port is bound on 127.0.0.1 and on [::1] before the redirect URI is known: whichever of them "localhost" means to
// the browser, nobody else sits there. From then on everything that arrives is a stranger's until it carries the state
// of this sign-in:
//
//	request                                          reply                     the wait
//	another Host than this machine and port          421 (DNS rebinding)       goes on
//	the short address, if one was offered            302 to the tenant         goes on
//	the same from a page of the web, 20 guesses      404                       goes on
//	another path, a favicon                          404                       goes on
//	another method than GET, and POST of a form      405, 415                  goes on
//	a body over 64 KiB, or one that does not end     413, 408                  goes on
//	no state, a wrong one, more than one             400                       goes on
//	the right state, a parameter twice               400                       goes on
//	the right state                                  303 to the result page    ends
//	anything on the path after that                  409                       has ended
//	a TLS handshake                                  alert                     goes on
//
// The right state with neither code nor error ends the wait too, with ErrNoCode: the tenant has spoken, and waiting
// for the time-out would hide it.
//
// The redirect (303) takes a code that came in the query out of the address bar, and makes a reload harmless. Its path
// cannot be guessed, because the page there tells who signed in. That page is held back until the caller knows how the
// sign-in ended and calls Reply: success is never shown early. Pages hold no script, no cookie and nothing remote.
//
// Where the browser cannot reach the listener, a person carries the address that it ends at here: Paste takes it under the
// same rules.
//
// Sizes, times and the number of connections are bounded, the connections of 127.0.0.1 and of [::1] apart. When there are
// too many, the one that has waited longest goes, so that strangers who send nothing, or never stop sending, hold nobody
// up. The browser that has shown the state, or asks for the result page, stays.
//
// Any local user can ask the listener, and learns nothing from it: no answer to a stranger holds the state, the path that is
// waited for, or that of the result page.
package loopback
