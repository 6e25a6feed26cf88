package config

import "github.com/ciam-cli/ciam/internal/files"

// Edit changes the file at path: it reads it again, applies change and writes it, all under the lock, so that processes
// that edit at the same time lose nothing of each other's. lock returns the function that releases it. A change that ends
// with an error, or changes nothing, writes nothing. It returns the file as it is then.
func Edit(path string, lock func() (release func(), err error), change func(*File) error) (*File, error) {
	release, err := lock()
	if err != nil {
		return nil, err
	}
	defer release()
	file, err := Load(path)
	if err != nil {
		return nil, err
	}
	before, err := file.encode()
	if err != nil {
		return nil, err
	}
	if err := change(file); err != nil {
		return nil, err
	}
	after, err := file.encode()
	if err != nil || string(after) == string(before) {
		return file, err
	}
	return file, file.Save()
}

// Writable returns *Error when the file at path, or the folder to make it in, cannot be written to. It leaves nothing
// behind: it is for knowing so before a person is asked to sign in.
func Writable(path string) error {
	if err := Missing(path, "a configuration file"); err != nil {
		return err
	}
	if err := files.Writable(path); err != nil {
		return unwritable(path, err)
	}
	return nil
}
