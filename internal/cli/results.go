package cli

// results remembers the first write to stdout that failed: a result that is lost is never a success, also where whoever
// wrote it looked away, as the library does that prints help.
type results struct {
	lost error // nil, or a *lostError
}

func (o *results) failed(err error) error {
	err = &lostError{err}
	if o.lost == nil {
		o.lost = err
	}
	return err
}

// lostError is a result that could not be written. A pipe that nobody reads any more ends the program silently instead,
// by SIGPIPE where there is one.
type lostError struct{ err error }

func (e *lostError) Error() string { return "the result is lost: stdout: " + reason(e.err).Error() }

// Unwrap returns the cause.
func (e *lostError) Unwrap() error { return e.err }
