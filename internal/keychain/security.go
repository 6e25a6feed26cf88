package keychain

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// securityItems are the items of the macOS keychain, in the form in which go-keyring keeps them. It is not go-keyring that
// runs the program, because that mixes what the program says into what it returns, knows a missing item by English words,
// and leaves a program that does not end behind (see docs/adr). Nothing here is macOS's own, so that it is tested anywhere.
type securityItems struct {
	o       Options
	program string
	calls   calls
}

// patience is longer when a person is there: macOS itself asks for the password of a locked keychain.
func (it *securityItems) patience() time.Duration {
	if it.o.Interactive {
		return it.o.limits.prompt
	}
	return it.o.limits.call
}

func (it *securityItems) sizes(item string) (inline, chunk int) { return macSizes(it.o.Service, item) }

func (it *securityItems) settle(ctx context.Context) error { return it.calls.settle(ctx) }

func (it *securityItems) get(ctx context.Context, item string) (string, error) {
	out, err := it.run(ctx, "", "find-generic-password", "-s", it.o.Service, "-wa", item)
	if err != nil {
		return "", err
	}
	return securityValue(out), nil
}

// maxSecurityLine is what the program reads of a line: MAX_LINE_LEN with its end.
const maxSecurityLine = 4095

// set hands the value over on stdin: the arguments of a process can be read by others.
func (it *securityItems) set(ctx context.Context, item, value string) error {
	line := securityLine(it.o.Service, item, value)
	if len(line) > maxSecurityLine {
		return unavailable(TooBig, fmt.Errorf("an item of %d bytes", len(value)))
	}
	_, err := it.run(ctx, line, "-i")
	return err
}

func securityLine(service, item, value string) string {
	return fmt.Sprintf("add-generic-password -U -s %s -a %s -w %s\n",
		securityWord(service), securityWord(item), base64Prefix+base64.StdEncoding.EncodeToString([]byte(value)))
}

func (it *securityItems) remove(ctx context.Context, item string) error {
	_, err := it.run(ctx, "", "delete-generic-password", "-s", it.o.Service, "-a", item)
	return err
}

// ready writes and removes an item of its own before a sign-in begins: the system does not tell otherwise whether it will
// take one. The '@' keeps its name apart from every profile name. Before a single write it would only cost time.
func (it *securityItems) ready(ctx context.Context, write bool) error {
	const item = "@probe"
	if !write {
		return ctx.Err()
	}
	if err := it.set(ctx, item, "probe"); err != nil {
		return err
	}
	return it.remove(ctx, item)
}

// endTime is how long a program that was killed may take to be gone, and how long its output is waited for.
const endTime = time.Second

// run returns what the program wrote to stdout. What it says on stderr is dropped: it is in the system's language, and tells
// nothing that its exit status does not. A program that takes too long is killed before run returns.
func (it *securityItems) run(ctx context.Context, stdin string, args ...string) (string, error) {
	limit := it.patience()
	return limited(ctx, &it.calls, patience{limit: limit + 2*endTime}, func() (string, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, unavailable(Hanging, fmt.Errorf("waited %s", limit)))
		defer cancel()
		var out strings.Builder
		cmd := exec.CommandContext(ctx, it.program, args...)
		cmd.Stdin, cmd.Stdout, cmd.WaitDelay = strings.NewReader(stdin), &out, endTime
		err := cmd.Run()
		if err != nil && ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return out.String(), securityError(err)
	})
}

// securityError tells what an exit status means.
func securityError(err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // it has ended well; what it started holds the pipe
		return nil
	case errors.As(err, &exit) && exit.ExitCode() == macNotFound:
		return ErrNotFound
	case errors.As(err, &exit):
		return unavailable(macState(exit.ExitCode()), err)
	}
	return unavailable(Absent, err) // it could not be run
}

// The prefixes under which go-keyring keeps values, now and in its early versions.
const (
	base64Prefix = "go-keyring-base64:"
	hexPrefix    = "go-keyring-encoded:"
)

// securityValue finds the value in what the program printed. Lines that are not ours are left out, whoever wrote them. What
// cannot be decoded is returned as it is, for the codec to call it corrupt.
func securityValue(out string) string {
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if coded, ok := strings.CutPrefix(line, base64Prefix); ok {
			if value, err := base64.StdEncoding.DecodeString(coded); err == nil {
				return string(value)
			}
		}
		if coded, ok := strings.CutPrefix(line, hexPrefix); ok {
			if value, err := hex.DecodeString(coded); err == nil {
				return string(value)
			}
		}
	}
	return strings.TrimSpace(out)
}

// securityWord writes a word as the program's reader of lines takes it: with a backslash before what it would act on.
func securityWord(word string) string {
	var b strings.Builder
	for i := range len(word) {
		c := word[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 || strings.IndexByte("@%+=:,./_-", c) >= 0
		if !plain {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
