package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/term"
)

// questions answer what a native sign-in asks: from flags and stdin, and else at the terminal.
type questions struct {
	*run
	o      nativeOptions
	values map[string]string
	// given is the password of --password-stdin or --password-file, which ask nothing; hasPassword says there is one.
	given       string
	hasPassword bool
	// demo takes codes out of the embedded tenant's outbox.
	demo bool
}

// prepare reads the password where it does not have to be asked for, and says at once which flag is missing.
func (q *questions) prepare(ctx context.Context, mode auth.NativeMode) error {
	needsCode := mode != auth.NativeSignIn
	hasCode := q.o.codeStdin || q.o.codeCommand != "" || q.demo
	hasPassword := q.o.passwordStdin || q.o.passwordFile != ""
	switch {
	case !q.global.noInput:
	case needsCode && !hasCode:
		return missing("a one-time code proves the address", "--code-stdin", "--code-command")
	case mode == auth.NativeResetPassword && !hasPassword:
		return missing("the new password is needed", "--password-stdin", "--password-file")
	}
	var err error
	switch {
	case q.o.passwordStdin:
		q.given, err = q.Streams.AskSecret(ctx, q.question("Password: "))
		if errors.Is(err, term.ErrNoAnswer) || err == nil && q.given == "" {
			err = &usageError{message: "--password-stdin: the first line of stdin is empty", hint: "as in `" + q.system().choose("printf '%s\\n' \"$PASSWORD\"", "$env:PASSWORD", "echo %PASSWORD%") + " | ciam login --native …`"}
		}
	case q.o.passwordFile != "":
		q.given, err = q.passwordFromFile(q.o.passwordFile)
	}
	q.hasPassword = hasPassword
	return err
}

// missing is the usage error for something that nobody is there to be asked for.
func missing(what string, flags ...string) error {
	return &usageError{message: what + ", and there is nobody to ask", hint: "give it with `" + strings.Join(flags, "` or `") + "`"}
}

// question is what a person is asked; a pipe is asked nothing.
func (q *questions) question(text string) string {
	if q.Streams.InTTY {
		return text
	}
	return ""
}

// passwordFromFile reads a file with a password on its one line.
func (r *run) passwordFromFile(path string) (string, error) {
	const want = "the password on one line"
	data, err := r.readNamed(path, want, files.Options{Limit: maxCredentialFile})
	if err != nil {
		return "", err
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case password == "":
		return "", &config.Error{Where: path, Problem: "it is empty", Want: want}
	case strings.ContainsAny(password, "\r\n"):
		return "", &config.Error{Where: path, Problem: "it has several lines", Want: want}
	}
	return password, nil
}

// refused tells the person why they are asked again.
func (q *questions) refused(why *auth.InputError) {
	if why != nil {
		q.warn(why.Words())
	}
}

func (q *questions) password(ctx context.Context, why *auth.InputError) (string, error) {
	return q.secret(ctx, "Password", why)
}

// secret is the password of the flags or one that is typed.
func (q *questions) secret(ctx context.Context, what string, why *auth.InputError) (string, error) {
	switch {
	case q.hasPassword && why != nil:
		return "", why // it will not get better
	case q.hasPassword:
		return q.given, nil
	case q.global.noInput:
		return "", missing("the account has a password", "--password-stdin", "--password-file")
	}
	q.refused(why)
	for {
		password, err := q.Streams.AskSecret(ctx, what+": ")
		if err != nil || password != "" {
			return password, err
		}
	}
}

// newPassword is typed twice, since nobody sees it.
func (q *questions) newPassword(ctx context.Context, why *auth.InputError) (string, error) {
	for {
		password, err := q.secret(ctx, "New password", why)
		if err != nil || q.hasPassword {
			return password, err
		}
		again, err := q.Streams.AskSecret(ctx, "Once more: ")
		if err != nil || again == password {
			return password, err
		}
		q.warn("the two differ")
		why = nil
	}
}

// code gets the one-time code from where the flags say, or from the person.
func (q *questions) code(ctx context.Context, prompt auth.CodePrompt) (string, error) {
	asks := !q.o.codeStdin && q.o.codeCommand == "" && !q.demo && !q.global.noInput
	if prompt.Why != nil && !asks {
		return "", prompt.Why
	}
	switch {
	case q.o.codeStdin:
		line, err := q.Streams.Ask(ctx, q.question("Code: "))
		if errors.Is(err, term.ErrNoAnswer) {
			return "", &usageError{message: "--code-stdin: stdin ended before the one-time code", hint: "codes are lines of stdin, after the password's with --password-stdin"}
		}
		if err != nil {
			return "", err
		}
		return checkCode(line, "--code-stdin", prompt.Length)
	case q.o.codeCommand != "":
		q.info("a one-time code is on its way by %s; running %s for it", term.Plain(prompt.Channel), strings.Fields(q.o.codeCommand)[0])
		return q.codeFromCommand(ctx, prompt)
	case q.demo:
		m, ok := q.embeddedCode()
		if !ok {
			return "", &commandError{exit: exitOther, code: "no_code", message: "the embedded tenant mailed no code", hint: "try again"}
		}
		q.info("the embedded tenant's mail to %s: your code is %s", term.Plain(m.To), term.Plain(m.Code))
		return m.Code, nil
	case !asks:
		return "", missing("a one-time code was sent", "--code-stdin", "--code-command")
	}
	return q.typedCode(ctx, prompt)
}

// typedCode asks at the terminal, and lets nothing through that cannot be the code.
func (q *questions) typedCode(ctx context.Context, prompt auth.CodePrompt) (string, error) {
	q.refused(prompt.Why)
	if prompt.Why == nil {
		q.announce(prompt)
	}
	for {
		line, err := q.Streams.Ask(ctx, "Code (Enter alone sends a new one): ")
		line = strings.Join(strings.Fields(line), "")
		switch {
		case err != nil:
			return "", err
		case line == "":
			return "", auth.ErrResend
		case len(line) == prompt.Length:
			return line, nil
		}
		q.warn(fmt.Sprintf("the code has %d characters, and this has %d", prompt.Length, len(line)))
	}
}

// announce says where the code was sent.
func (q *questions) announce(prompt auth.CodePrompt) {
	what, target := "a code", ""
	if prompt.Resend {
		what = "a new code; the one before it no longer works,"
	}
	if prompt.Target != "" {
		target = " to " + term.Plain(prompt.Target)
	}
	q.Streams.Say("the tenant sent %s by %s%s", what, prompt.Channel, target)
}

// attributes are those of the flags, and else typed.
func (q *questions) attributes(ctx context.Context, wanted []auth.Attribute, why *auth.InputError) (map[string]string, error) {
	values, absent := map[string]string{}, []string{}
	for _, a := range wanted {
		value, ok := q.values[a.Name]
		switch {
		case ok && why == nil:
			values[a.Name] = value
		case q.global.noInput && a.Required:
			absent = append(absent, a.Name)
		}
	}
	switch {
	case q.global.noInput && why != nil:
		return nil, why
	case len(absent) > 0:
		return nil, &usageError{message: "the tenant wants more of the new account: " + strings.Join(absent, ", "), hint: "give each with `--attribute NAME=VALUE`"}
	case q.global.noInput:
		return values, nil
	}
	q.refused(why)
	for _, a := range wanted {
		if _, ok := values[a.Name]; ok {
			continue
		}
		question := term.Plain(a.Name)
		switch {
		case a.Regex != "":
			question += " (" + term.Plain(term.Clip(a.Regex, 80)) + ")"
		case a.Type != "" && a.Type != "string":
			question += " (" + term.Plain(a.Type) + ")"
		}
		value, err := q.Streams.Ask(ctx, question+": ")
		if err != nil {
			return nil, err
		}
		if value = strings.TrimSpace(value); value != "" || a.Required {
			values[a.Name] = value
		}
	}
	return values, nil
}

// method chooses where the second factor's code goes; a script gets the first method, which it is told.
func (q *questions) method(ctx context.Context, methods []auth.Method) (int, error) {
	if q.global.noInput {
		q.info("the second factor's code goes to %s", term.Plain(methods[0].Hint))
		return 0, nil
	}
	for i, m := range methods {
		q.Streams.Say("  %d  %s %s", i+1, m.Channel, m.Hint)
	}
	for {
		line, err := q.Streams.Ask(ctx, "Send the code to number: ")
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && n >= 1 && n <= len(methods) {
			return n - 1, nil
		}
		q.warn(fmt.Sprintf("choose 1 to %d", len(methods)))
	}
}
