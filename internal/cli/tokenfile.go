package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// checkReplaceable refuses a target that replaceFile would turn into something else: a device, a pipe, a link.
func checkReplaceable(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write the token to %s: %w", path, reason(err))
	}
	if !info.Mode().IsRegular() {
		return &usageError{message: fmt.Sprintf("--to-file %s is not a regular file and is left alone", path), hint: "name a new file, or an ordinary one, in a folder that only you can write to"}
	}
	return nil
}

// replaceFile writes data to path with mode 0600 whatever was there: a reader sees the old content or the new, never a
// part. The folder has to exist. On Windows the folder's own permissions hold.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".ciam-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the token to %s: %w", path, reason(err))
	}
	defer os.Remove(f.Name()) // fails once the file was renamed, which is the good case
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write the token to %s: %w", path, reason(err))
	}
	return nil
}

// giveToGitHub masks the token in the log of the job, and then makes it the output of the step (GitHub Actions:
// workflow commands, add-mask and GITHUB_OUTPUT).
func (r *run) giveToGitHub(c credential) error {
	if err := r.printLine("::add-mask::" + c.secret); err != nil {
		return err
	}
	path := r.env.GitHubOutput
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the token to GITHUB_OUTPUT %s: %w", path, reason(err))
	}
	_, err = fmt.Fprintf(f, "token=%s\nexpires_at=%s\n", c.secret, c.expiresAt.UTC().Format(time.RFC3339))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the token to GITHUB_OUTPUT %s: %w", path, reason(err))
	}
	return nil
}

// reason drops the path from a file system error, which names a temporary file or the path again.
func reason(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
