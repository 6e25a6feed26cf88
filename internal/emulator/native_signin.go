package emulator

// initiate starts a sign-in: oauth2/v2.0/initiate.
func (n native) initiate(x *exchange, q nativeRequest) error {
	name, err := q.username()
	if err != nil {
		return err
	}
	kinds, err := q.challengeTypes(nil)
	if err != nil {
		return err
	}
	user := n.store.User(x.tenant.ID, name)
	switch {
	case user == nil:
		return userNotFound(x.tenant.ID)
	case user.Disabled:
		return userDisabled()
	case !kinds.offers(firstFactor(user)):
		return x.sendRedirect("")
	}
	f := n.begin(x, q, signInStarted)
	defer f.mu.Unlock()
	f.username, f.userID, f.challenges = name, user.ID, kinds
	return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, signInStarted)})
}

// challenge chooses how the user proves who they are, and sends the code when it
// is one, for the first factor and for the second: oauth2/v2.0/challenge. Asked
// again it sends a new code.
func (n native) challenge(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, signInStarted, signInPassword, signInCode, mfaDue, mfaCode)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	kinds, err := q.challengeTypes(&f.challenges)
	if err != nil {
		return err
	}
	user, err := x.account(f)
	if err != nil {
		return err
	}
	if f.step == mfaDue || f.step == mfaCode {
		return n.challengeMFA(x, q, f, user.EmailAuthenticationMethod)
	}
	method := firstFactor(user)
	if !kinds.offers(method) {
		return x.sendRedirect("")
	}
	if method == challengePassword {
		return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, signInPassword), ChallengeType: challengePassword})
	}
	if err := f.mail(x, user.Email, forSignIn); err != nil {
		return err
	}
	return x.sendOOB(n.advance(x, f, signInCode), user.Email, 0)
}

// emailMethodID is the id that Graph gives every user's email method.
const emailMethodID = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"

// challengeMFA sends the code of the second factor.
func (n native) challengeMFA(x *exchange, q nativeRequest, f *nativeFlow, address string) error {
	switch {
	case q.Get("id") != "" && q.Get("id") != emailMethodID:
		return badParameter("id")
	case q.Get("challenge_channel") != "" && q.Get("challenge_channel") != "email":
		return badParameter("challenge_channel")
	case address == "":
		return strayContinuation()
	}
	if err := f.mail(x, address, forMFA); err != nil {
		return err
	}
	return x.sendOOB(n.advance(x, f, mfaCode), address, 0)
}

// introspect lists the second factors of the user: oauth2/v2.0/introspect.
func (n native) introspect(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, mfaDue, mfaCode)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	user, err := x.account(f)
	if err != nil {
		return err
	}
	return x.sendNative(nativeAnswer{
		ContinuationToken: n.advance(x, f, mfaDue),
		Methods:           []nativeMethod{{emailMethodID, challengeOOB, "email", maskEmail(user.EmailAuthenticationMethod)}},
	})
}
