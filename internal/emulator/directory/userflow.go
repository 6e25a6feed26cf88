package directory

// Values of UserFlow.SignInMethod; "" means EmailPassword. Graph's identity
// provider ids EmailPassword-OAUTH and EmailOtpSignup-OAUTH are read as well.
const (
	EmailPassword = "emailPassword"
	EmailOTP      = "emailOtp"
)

// Method is how new users of the flow will sign in, EmailPassword or EmailOTP;
// "" when SignInMethod is neither. A user who exists keeps the way they signed
// up: see User.Method.
func (f *UserFlow) Method() string {
	switch f.SignInMethod {
	case "", EmailPassword, "EmailPassword-OAUTH":
		return EmailPassword
	case EmailOTP, "EmailOtpSignup-OAUTH":
		return EmailOTP
	}
	return ""
}

// Method is how the user signs in: EmailPassword, or EmailOTP when there is no
// password.
func (u *User) Method() string {
	if u.HasPassword() {
		return EmailPassword
	}
	return EmailOTP
}

// Consented reports whether an administrator granted the app its permissions;
// customers cannot.
func (a *App) Consented() bool { return a.AdminConsent == nil || *a.AdminConsent }

// validate checks everything of a flow but its links to apps.
func (f *UserFlow) validate(at string) error {
	if f.DisplayName == "" {
		return bad(at+".displayName", "expected a name")
	}
	if f.Method() == "" {
		return bad(at+".signInMethod", "expected %s or %s, got %q", EmailPassword, EmailOTP, f.SignInMethod)
	}
	return nil
}
