package web

import "fmt"

// Strings are all words of the pages in one language. Entries with a verb are
// formats for fmt.Sprintf. A further language is one more function like english,
// and a case in For.
type Strings struct {
	Lang string // BCP 47, for the lang attribute

	SignInHeading, SignInText, PasswordHeading, SignUpHeading, SignUpText        string
	CodeHeading, CodeText, NewPasswordHeading, NewPasswordText                   string
	AttributesHeading, AttributesText, PickHeading, PickText                     string
	FinishedHeading, FinishedText, ErrorHeading, SignedOutHeading, SignedOutText string
	FormPostHeading, FormPostText                                                string

	Email, Password, Code, NewPassword, ConfirmPassword, PasswordRules, Optional string
	Next, SignIn, Create, Cancel, Resend, Continue                               string
	NoAccount, CreateOne, HaveAccount, SignInInstead, UseAnother                 string

	OutboxLead, OutboxLink, Footer, CodeSent, NotLinked, SignUpOff string

	EnterEmail, EnterPassword, EnterCode, UnknownAccount, WrongPassword, Locked, Disabled string
	AccountExists, WrongCode, CodeUsedUp, CodeExpired, TooManyCodes                       string
	PasswordLength, PasswordClasses, PasswordMismatch, AttributeMissing, AttributeTooLong string
	Busy                                                                                  string

	ForgotPassword, ForgotHeading, ForgotText, ResetHeading, ResetText, ResetPassword string
	NoPassword, CodesLocked, CodeSignInHeading, PasswordBanned, PasswordGarbled       string
	ConsentHeading, ConsentText, ReturnToApp                                          string
	ProblemsHeading, ChooseOption                                                     string

	AttributeTooShort, AttributeGarbled, AttributePattern, AttributeNoNumber   string
	AttributeTooSmall, AttributeTooLarge, AttributeNoOption, AttributeUnticked string

	ExpiredHeading, ExpiredText                  string
	TraceID, CorrelationID, Timestamp, ErrorCode string
	AttributeLabels                              func(name string) string
}

// Format fills a string that has a verb.
func Format(format string, a ...any) string { return fmt.Sprintf(format, a...) }

func english() *Strings {
	return &Strings{
		Lang: "en",

		SignInHeading: "Sign in", SignInText: "to continue to %s",
		PasswordHeading: "Enter password",
		SignUpHeading:   "Create account", SignUpText: "Enter your email address. We'll send a code to make sure it's yours.",
		CodeHeading: "Verify your email", CodeText: "Enter the code sent to the address above.",
		NewPasswordHeading: "Create a password", NewPasswordText: "You'll use it with your email address to sign in.",
		AttributesHeading: "Add details", AttributesText: "We need a little more information to set up your account.",
		PickHeading: "Pick an account", PickText: "to continue to %s",
		FinishedHeading: "This step is done", FinishedText: "This sign-in has already been completed. You can close this page, or go back to the app to start again.",
		ErrorHeading:     "Sorry, we couldn't sign you in",
		SignedOutHeading: "You're signed out", SignedOutText: "It's a good idea to close all browser windows.",
		FormPostHeading: "Taking you back to the app", FormPostText: "If nothing happens, choose Continue.",

		Email: "Email address", Password: "Password", Code: "Verification code",
		NewPassword: "New password", ConfirmPassword: "Confirm password",
		PasswordRules: "8 to 256 characters, with at least three of: lowercase letters, uppercase letters, digits, symbols.",
		Optional:      "optional",
		Next:          "Next", SignIn: "Sign in", Create: "Create account", Cancel: "Cancel", Resend: "Send a new code", Continue: "Continue",
		NoAccount: "No account?", CreateOne: "Create one", HaveAccount: "Already have an account?", SignInInstead: "Sign in instead", UseAnother: "Use another account",

		OutboxLead: "This is an emulated tenant: it sends no mail. Read the code in its", OutboxLink: "outbox",
		Footer:    "Emulated tenant %s",
		CodeSent:  "A new code was sent. Earlier codes no longer work.",
		NotLinked: "This app isn't linked to a user flow, so nobody can sign up here.",
		SignUpOff: "Sign-up is turned off for this app. Sign in with an existing account.",

		EnterEmail: "Enter a valid email address.", EnterPassword: "Enter your password.", EnterCode: "Enter the code: %d digits.",
		UnknownAccount: "We couldn't find an account with this email address.",
		WrongPassword:  "The email address or the password is incorrect.",
		Locked:         "Your account is temporarily locked to prevent unauthorized use. Try again in a minute.",
		Disabled:       "This account has been disabled.",
		AccountExists:  "An account with this email address already exists. Sign in instead.",
		WrongCode:      "That code isn't right. Check it and try again.",
		CodeUsedUp:     "Too many wrong codes. Send a new one.",
		CodeExpired:    "That code has expired. Send a new one.",
		TooManyCodes:   "Too many codes were sent. Cancel and start again later.",
		PasswordLength: "The password must have 8 to 256 characters.", PasswordClasses: "The password is too simple: use at least three of lowercase letters, uppercase letters, digits and symbols.",
		PasswordMismatch: "The passwords don't match.",
		AttributeMissing: "Enter a value for %s.", AttributeTooLong: "%s can have at most %d characters.",
		Busy: "The account couldn't be saved because the tenant is busy. Try again.",

		ForgotPassword: "Forgot password?",
		ForgotHeading:  "Reset your password", ForgotText: "Enter your email address. We'll send a code to make sure it's you.",
		ResetHeading: "Choose a new password", ResetText: "It replaces the old one. Apps that are signed in will ask you to sign in again.",
		ResetPassword: "Set password and sign in",
		NoPassword:    "This account has no password: it signs in with a code sent by email.",
		CodesLocked:   "There were too many wrong codes for this email address. Try again in a minute.",

		CodeSignInHeading: "Enter code",
		PasswordBanned:    "Choose a password that's harder to guess.",
		PasswordGarbled:   "The password has characters that are not allowed.",

		ConsentHeading: "Need admin approval",
		ConsentText:    "%s needs permissions that only an administrator of %s can grant. Ask one to grant them, then try again.",
		ReturnToApp:    "Return to the app without signing in",

		ProblemsHeading: "Check these entries:", ChooseOption: "Choose…",

		AttributeTooShort: "%s must have at least %d characters.",
		AttributeGarbled:  "%s has characters that aren't allowed.",
		AttributePattern:  "%s isn't in the expected form.",
		AttributeNoNumber: "Enter a whole number for %s.",
		AttributeTooSmall: "%s must be %d or more.", AttributeTooLarge: "%s must be %d or less.",
		AttributeNoOption: "Choose one of the options for %s.",
		AttributeUnticked: "Tick the box to continue: %s",

		ExpiredHeading: "This page has expired", ExpiredText: "The sign-in took too long, or it was started in another browser. Go back to the app and start again.",
		TraceID: "Trace ID", CorrelationID: "Correlation ID", Timestamp: "Timestamp", ErrorCode: "Error code",
		AttributeLabels: englishAttribute,
	}
}

// englishAttribute labels the built-in attributes as the portal does.
func englishAttribute(name string) string {
	switch name {
	case "city":
		return "City"
	case "country":
		return "Country/Region"
	case "displayName":
		return "Display Name"
	case "givenName":
		return "Given Name"
	case "jobTitle":
		return "Job Title"
	case "postalCode":
		return "Postal Code"
	case "state":
		return "State/Province"
	case "streetAddress":
		return "Street Address"
	case "surname":
		return "Surname"
	}
	return name
}
