package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
)

// codeTimeout bounds the command that fetches a one-time code: mail takes its time.
const codeTimeout = 60 * time.Second

// codeFromCommand runs a command, split at spaces and without a shell, that waits for the code and prints it.
func (q *questions) codeFromCommand(ctx context.Context, prompt auth.CodePrompt) (string, error) {
	words := strings.Fields(q.o.codeCommand)
	ctx, cancel := context.WithTimeout(ctx, codeTimeout)
	defer cancel()
	cmd, err := program(ctx, words)
	if err != nil {
		return "", err
	}
	cmd.Env = config.ChildEnvironment("CIAM_CODE_EMAIL="+prompt.Address, "CIAM_CODE_CHANNEL="+prompt.Channel)
	cmd.Stderr = q.Streams.ChildErr()
	cmd.WaitDelay = time.Second
	var out limitedBuffer
	cmd.Stdout = &out
	err = cmd.Run()
	switch {
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		err = fmt.Errorf("it did not end within %s", codeTimeout)
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", &usageError{message: fmt.Sprintf("the command for the one-time code, %s, failed: %v", words[0], err), hint: "it has to wait for the code, print it on stdout and end with 0; CIAM_CODE_EMAIL is the address"}
	}
	return checkCode(string(out.data), words[0], prompt.Length)
}

// checkCode wants one word of the length that the tenant named. It never quotes what it got.
func checkCode(text, where string, length int) (string, error) {
	words := strings.Fields(text)
	if len(words) != 1 || len(words[0]) != length {
		return "", &usageError{message: fmt.Sprintf("%s gave no one-time code: expected %d characters and nothing else", where, length), hint: "the tenant says how long its codes are"}
	}
	return words[0], nil
}

// limitedBuffer keeps the first 4 KiB of what is written to it.
type limitedBuffer struct{ data []byte }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	const most = 4 << 10
	b.data = append(b.data, p[:min(len(p), most-len(b.data))]...)
	return len(p), nil
}
