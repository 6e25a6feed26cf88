package emulator

func devicePending() *fault {
	return fail(70016, "authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
}
func deviceTooFast() *fault {
	return fail(70016, "slow_down", "OAuth 2.0 device flow error. Authorization is pending. Poll no faster than every %d seconds.", deviceInterval)
}
func deviceDeclined() *fault {
	return fail(65004, "authorization_declined", "User declined to consent to access the app.")
}
func deviceUnknown() *fault {
	return fail(70018, "bad_verification_code", "The provided value for the input parameter 'device_code' is not valid.")
}
func deviceExpired() *fault {
	return fail(70020, "expired_token", "The provided value for the input parameter 'device_code' is not valid. This device code has expired.")
}
