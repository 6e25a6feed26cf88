package cli

import (
	"fmt"
	"time"

	"github.com/ciam-cli/ciam/internal/files"
)

// checkToFile refuses a target that cannot hold a token before one is fetched: a device, a pipe, a folder.
func checkToFile(path string) error {
	if err := files.Replaceable(path); err != nil {
		return fileError("--to-file", path, err)
	}
	return nil
}

// writeToFile gives path the content data: a reader sees the old content or the new, never a part. The folder has to exist.
// A file that is there keeps its mode, a new one has 0600; on Windows only this user gets at it.
func (r *run) writeToFile(path string, data []byte) error {
	if err := files.Replace(path, data, files.ReplaceOptions{Private: true, Warn: r.warnOfFile}); err != nil {
		return fileError("write the token to", path, err)
	}
	return nil
}

// giveToGitHub masks the token in the log of the job, and then makes it the output of the step (GitHub Actions:
// workflow commands, add-mask and GITHUB_OUTPUT).
func (r *run) giveToGitHub(c credential) error {
	if err := r.printLine("::add-mask::" + c.secret); err != nil {
		return err
	}
	output := fmt.Appendf(nil, "token=%s\nexpires_at=%s\n", c.secret, c.expiresAt.UTC().Format(time.RFC3339))
	if err := files.Append(r.env.GitHubOutput, output); err != nil {
		return fileError("write the token to GITHUB_OUTPUT", r.env.GitHubOutput, err)
	}
	return nil
}
