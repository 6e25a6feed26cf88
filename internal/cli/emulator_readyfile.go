package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ciam-cli/ciam/internal/files"
)

// The file of --ready-file replaces only what a ready file was, and only what this run wrote is taken back: its path was
// typed, and may be that of anything. Path "" is no such file.

// maxReady bounds what is looked at of a file that may be a ready file.
const maxReady = 1 << 20

// clearReady checks that path is free to become the ready file, and takes away one of an earlier run, which would be
// believed. It returns the mode for the new one, which is that of the old.
func clearReady(path string) (fs.FileMode, error) {
	if path == "" {
		return 0, nil
	}
	if err := files.Replaceable(path); err != nil {
		return 0, fileError("--ready-file", path, err)
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	data, err := files.Read(context.Background(), path, files.Options{Limit: maxReady, Raw: true, Empty: true})
	var wrong *files.Error
	switch {
	case errors.As(err, &wrong) && wrong.Kind != files.TooLarge, err != nil && wrong == nil:
		return 0, fileError("--ready-file", path, err)
	case err != nil || !isReady(data) && len(data) > 0: // mktemp makes an empty one, which nobody believes
		return 0, &usageError{message: fmt.Sprintf("--ready-file %s holds something else and is left alone", path), hint: "name a new file, or the ready file of an earlier run"}
	case len(data) == 0:
		return 0, nil
	}
	if err := files.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fileError("--ready-file", path, err)
	}
	return info.Mode().Perm(), nil
}

// isReady reports whether data is what an emulator writes to its ready file.
func isReady(data []byte) bool {
	var old struct {
		Authority  *string `json:"authority"`
		ControlURL *string `json:"control_url"`
		PID        *int    `json:"pid"`
	}
	return json.Unmarshal(data, &old) == nil && old.Authority != nil && old.ControlURL != nil && old.PID != nil
}

func (r *run) writeReady(path string, about ready, mode fs.FileMode) error {
	if path == "" {
		return nil
	}
	data, err := about.line()
	if err != nil {
		return err
	}
	if err := files.Replace(path, data, files.ReplaceOptions{Mode: mode, Cached: true, Warn: r.warnOfFile}); err != nil {
		return fileError("--ready-file", path, err)
	}
	return nil
}

// takeBackReady removes the ready file if it is still what this run wrote; another emulator may have its own there by now.
func takeBackReady(path string, about ready) {
	if path == "" {
		return
	}
	want, err := about.line()
	if err != nil {
		return
	}
	got, err := files.Read(context.Background(), path, files.Options{Limit: maxReady, Raw: true})
	if err == nil && bytes.Equal(got, want) {
		_ = files.Remove(path) // somebody may have moved it
	}
}
