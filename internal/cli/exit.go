package cli

// Exit codes. They are part of the contract and only ever gain members.
const (
	exitOK          = 0
	exitOther       = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitLogin       = 4
	exitUnreachable = 5
	exitUnverified  = 6
	exitStore       = 7
	exitRefused     = 8
	exitUnexpected  = 9
	exitHungUp      = 129
	exitInterrupted = 130
	exitTerminated  = 143
)

// exitCodes documents them for the reference page and `ciam help exit-codes`.
func exitCodes() []struct {
	Code    int
	Meaning string
} {
	return []struct {
		Code    int
		Meaning string
	}{
		{exitOK, "it worked"},
		{exitOther, "any other error; also a result that could not be written to stdout"},
		{exitUsage, "the command line or a setting is wrong"},
		{exitNotFound, "no such profile, person, claim or error code"},
		{exitLogin, "sign-in required: run `ciam login`"},
		{exitUnreachable, "the network or the tenant cannot be reached, or its answer makes no sense"},
		{exitUnverified, "a token or the tenant's metadata failed verification"},
		{exitStore, "the token store is not available"},
		{exitRefused, "refused by the tenant, cancelled by the person, or timed out waiting for the person"},
		{exitUnexpected, "checked, and not as expected: a check of `ciam doctor` or an assertion that does not hold, a difference that `--exit-code` asks for; also a token that nothing says what to hold against"},
		{exitHungUp, "ended by SIGHUP: the terminal was closed"},
		{exitInterrupted, "interrupted with Ctrl-C (SIGINT)"},
		{exitTerminated, "ended by SIGTERM; on Windows by a closed window, a log-off or a shutdown"},
	}
}

// usageError is a command line that cannot be carried out.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

// notFoundError is a profile or claim that does not exist.
type notFoundError struct{ message, hint string }

func (e *notFoundError) Error() string { return e.message }

// commandError is an error whose exit code, code and hint only its own command can know: a program that does not start,
// an API that says no.
type commandError struct {
	exit                int
	code, message, hint string
	details             []string // lines for a person, below the message
}

func (e *commandError) Error() string { return e.message }
