package tenant

import "errors"

// Permissions to read.
const (
	readOrganization = "Organization.Read.All"
	readApps         = "Application.Read.All"
	readGrants       = "DelegatedPermissionGrant.Read.All"
	readFlows        = "EventListener.Read.All"
	readAttributes   = "IdentityUserFlow.Read.All"
)

// ReadError is a tenant of which a part could not be read.
type ReadError struct {
	What  string // in plain words
	Scope string // the permission that reading it needs
	Err   error
}

func (e *ReadError) Error() string { return e.What + " cannot be read: " + e.Err.Error() }

func (e *ReadError) Unwrap() error { return e.Err }

// Role is the least directory role of an administrator who may read it.
func (e *ReadError) Role() string { return "Global Reader" }

// reading says what was to be read.
func reading(scope string, err error) error {
	var known *ReadError
	if err == nil || errors.As(err, &known) {
		return err
	}
	what := map[string]string{readOrganization: "the tenant", readApps: "the apps", readGrants: "the consents",
		readFlows: "the user flows", readAttributes: "the custom attributes"}[scope]
	return &ReadError{What: what, Scope: scope, Err: err}
}
