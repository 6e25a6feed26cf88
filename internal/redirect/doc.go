// Package loopback is the redirect listener of a sign-in (RFC 8252 section 7.3) and its pages.
//
// A Listener is bound on both loopback addresses before the authorize URL exists, takes exactly one answer, and
// cannot be ended by anything else that reaches it:
//
//	request                                   reply                        the wait
//	another host name (DNS rebinding)         421                          goes on
//	another path (favicon …)                  404                          goes on
//	another method or content type            405, 415                     goes on
//	a body over 64 KB, or one that stalls     413, 408                     goes on
//	missing, wrong or repeated state          400                          goes on
//	the right state, a parameter twice        400                          goes on
//	the right state                           303 to the result page       ends
//	anything after that                       409                          has ended
//
// The redirect takes the code out of the address bar, and the result page is held back until the caller has verified
// the tokens and says what to show.
package loopback
