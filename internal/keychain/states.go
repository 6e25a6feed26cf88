package keychain

// macNotFound is the exit status of /usr/bin/security for errSecItemNotFound (-25300), whatever the language it says it in.
const macNotFound = 44

// macState maps the exit status of /usr/bin/security, which is the low byte of an OSStatus (Security framework,
// SecBase.h), to a state.
func macState(exit int) State {
	switch exit {
	case 36, // errSecInteractionNotAllowed -25308: locked, and no user interface (SSH)
		29, // errSecInteractionRequired -25315
		51: // errSecAuthFailed -25293
		return Locked
	case 128, // errSecUserCanceled -128
		52,  // errSecReadOnly -25292
		101, // errSecNoAccessForItem -25243
		195: // errSecWrPerm -61
		return Denied
	case 37, // errSecNoDefaultKeychain -25307
		50, // errSecNoSuchKeychain -25294
		49, // errSecInvalidKeychain -25295
		53: // errSecNotAvailable -25291
		return Absent
	case 222: // errSecDskFull -34
		return Full
	}
	return Other
}

// windowsState maps the system error codes of CredRead, CredWrite and CredDelete (Microsoft, System Error Codes) to a state.
func windowsState(code uintptr) State {
	switch code {
	case 5, // ERROR_ACCESS_DENIED
		1327: // ERROR_ACCOUNT_RESTRICTION
		return Denied
	case 1312, // ERROR_NO_SUCH_LOGON_SESSION: network logons have no credential set
		50,   // ERROR_NOT_SUPPORTED
		1722, // RPC_S_SERVER_UNAVAILABLE: the Credential Manager service is off
		1058: // ERROR_SERVICE_DISABLED
		return Absent
	case 1783: // RPC_X_BAD_STUB_DATA: the blob is too big
		return TooBig
	case 112, // ERROR_DISK_FULL
		39,   // ERROR_HANDLE_DISK_FULL
		1816: // ERROR_NOT_ENOUGH_QUOTA
		return Full
	}
	return Other
}
