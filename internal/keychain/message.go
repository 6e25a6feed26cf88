package keychain

// unavailable builds the error for a state. err may be nil.
func unavailable(state State, err error) *UnavailableError {
	return &UnavailableError{State: state, Message: message(state), Err: err}
}

// States are all states.
func States() []State {
	return []State{NoBus, NoProvider, NoCollection, Locked, Hanging, TooBig, Full, Denied, Absent, LooseMode, NoKey, WrongKey, Other}
}

// message says what a state means.
func message(state State) string {
	switch state {
	case NoBus:
		return "there is no D-Bus session bus, so no keychain can be reached (usual over SSH, in containers, cron and CI)"
	case NoProvider:
		return "no keychain service is running: nothing provides org.freedesktop.secrets on the session bus"
	case NoCollection:
		return "the keychain service runs, but has no keyring to store in yet"
	case Locked:
		return "the keychain is locked"
	case Hanging:
		return "the keychain does not answer"
	case TooBig:
		return "the keychain refused the data as too big"
	case Full:
		return "there is no space left to store the tokens"
	case Denied:
		return "access to the token store was refused"
	case Absent:
		return "this system or logon session has no keychain"
	case LooseMode:
		return "the token store's files are open to other users"
	case NoKey:
		return "the key of the file token store cannot be used"
	case WrongKey:
		return "the stored tokens are sealed with another key"
	}
	return "the keychain failed"
}
