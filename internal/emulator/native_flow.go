package emulator

import (
	"slices"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

const (
	continuationLife = 10 * time.Minute
	maxNativeFlows   = 10_000
)

// nativeStep is how far a flow has got. Steps of different flows differ, so a
// token of one flow is worth nothing in another.
type nativeStep int

const (
	signInStarted    nativeStep = iota + 1 // initiate done; next challenge
	signInPassword                         // next token with the password
	signInCode                             // next token with the code, or challenge for a new one
	mfaDue                                 // token said mfa_required; next introspect or challenge
	mfaCode                                // next token with the code, or challenge for a new one
	registerDue                            // token said registration_required; next register/introspect or challenge
	registerCode                           // next register/continue, or challenge for a new code
	registerProven                         // the address was proven before; next register/continue
	signUpStarted                          // next signup/challenge
	signUpCode                             // next signup/continue, or challenge for a new code
	signUpCredential                       // continue said credential_required; next signup/challenge
	signUpPassword                         // next signup/continue with the password
	signUpAttributes                       // next signup/continue with the attributes
	resetStarted                           // next resetpassword/challenge
	resetCode                              // next resetpassword/continue, or challenge for a new code
	resetPassword                          // next resetpassword/submit
	resetPolling                           // next resetpassword/poll_completion
	nativeDone                             // next token with grant_type=continuation_token
)

// nativeFlow is one walk through native authentication. Exactly one
// continuation token is good at a time.
type nativeFlow struct {
	mu           sync.Mutex // held for a whole request, so that a token is spent once
	continuation string     // the good token; "" when the flow is over
	issued       time.Time  // when it was given
	step         nativeStep
	tenantID     string
	appID        string

	username   string // the address given at the start
	userID     string // its account; "" until a sign-up has made it
	challenges challengeTypes
	canMFA     bool // capabilities of the app
	canEnroll  bool

	code     passwords.Code
	mailedTo string    // where it went
	sent     int       // codes so far
	proven   string    // address proven with a code in this flow
	target   string    // address to register as second factor
	provenAt time.Time // when the first factor was proven
	strong   bool      // the second factor was proven as well
	signUp   nativeSignUp
	resetAt  time.Time // when the new password was taken
}

// begin starts a flow at a step and returns it, locked, without a token.
func (n native) begin(x *exchange, q nativeRequest, step nativeStep) *nativeFlow {
	f := &nativeFlow{step: step, tenantID: x.tenant.ID, appID: q.app.AppID}
	f.canMFA, f.canEnroll = q.capabilities()
	f.mu.Lock()
	return f
}

// take returns the flow of the request's continuation token, locked, when the
// token is good for this app, tenant and step. The caller unlocks it.
func (n native) take(x *exchange, q nativeRequest, steps ...nativeStep) (*nativeFlow, error) {
	token, err := q.require("continuation_token")
	if err != nil {
		return nil, err
	}
	x.secrets.Add(token)
	f, ok := n.flows.Get(token)
	if !ok {
		return nil, badContinuation()
	}
	f.mu.Lock()
	switch {
	case f.continuation != token || f.tenantID != x.tenant.ID || f.appID != q.app.AppID:
		err = badContinuation()
	case x.now.Sub(f.issued) >= continuationLife:
		err = expiredContinuation()
	case !slices.Contains(steps, f.step):
		err = strayContinuation()
	default:
		return f, nil
	}
	f.mu.Unlock()
	return nil, err
}

// advance moves the flow to a step and returns its new continuation token; the
// old one is spent.
func (n native) advance(x *exchange, f *nativeFlow, step nativeStep) string {
	n.spend(f)
	f.step, f.continuation, f.issued = step, x.randomID(96), x.now
	n.flows.Put(f.continuation, f)
	x.secrets.Add(f.continuation)
	return f.continuation
}

// spend makes the flow's continuation token worthless.
func (n native) spend(f *nativeFlow) {
	if f.continuation != "" {
		n.flows.Drop(f.continuation)
		f.continuation = ""
	}
}

// account is the flow's user as they are now; one who is gone or disabled is
// refused, and so is a first factor that was proven before a revocation.
func (x *exchange) account(f *nativeFlow) (*directory.User, error) {
	return x.activeUser(f.userID, x.provenSince(f))
}

// provenSince is when the first factor was proven: now, while it is owed.
func (x *exchange) provenSince(f *nativeFlow) time.Time {
	if f.provenAt.IsZero() {
		return x.now
	}
	return f.provenAt
}
