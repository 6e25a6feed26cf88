// Package files opens and replaces files whose path a person or another program chose. What a path names is looked at
// first: a pipe is given some seconds, a device, a socket or a folder is refused, and nothing waits for ever. It is the
// only place that renames, so that every file is replaced in one way.
//
// It is a leaf: it knows nothing of what the files hold. Errors are *Error for a path that names the wrong kind of thing,
// and those of package os otherwise.
package files
