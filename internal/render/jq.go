package render

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

// jqTime bounds a jq expression: one that never ends would not hear Ctrl-C.
const jqTime = 10 * time.Second

// JQError is a jq expression that cannot be read, that fails on the result it is given, or that does not end.
type JQError struct {
	Expression string
	Problem    string // what is wrong; of values in the result it tells the type only, since they may be secrets
	Expected   string // what would be right
	Err        error  // gojq's; may quote values
}

func (e *JQError) Error() string {
	return fmt.Sprintf("jq expression %q: %s; expected %s", e.Expression, e.Problem, e.Expected)
}

// Unwrap returns Err.
func (e *JQError) Unwrap() error { return e.Err }

// query writes the results of a jq expression on value, which is made of what encoding/json decodes to.
func query(w io.Writer, value any, expression string, limit time.Duration) error {
	code, err := compile(expression)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out := bufio.NewWriter(w)
	failed := func(problem, expected string, err error) error {
		if flushErr := out.Flush(); flushErr != nil {
			return flushErr
		}
		return &JQError{expression, problem, expected, err}
	}
	results := code.RunWithContext(ctx, value)
	for {
		result, more := results.Next()
		// Asked for each result too: an expression may give results for ever.
		if more && ctx.Err() != nil {
			return failed("it was still running after "+limit.String(), "one that ends", ctx.Err())
		}
		if !more {
			return out.Flush()
		}
		if err, ok := result.(error); ok {
			var halt *gojq.HaltError
			if errors.As(err, &halt) && halt.Value() == nil {
				return out.Flush() // `halt` ends the expression, and is no failure
			}
			return failed(runtimeProblem(err), "one that fits the result, which `.` shows", err)
		}
		if err := writeResult(out, result); err != nil {
			return err
		}
	}
}

// compile reads an expression. There is no loader of the environment or of modules: it sees nothing but its input.
func compile(expression string) (*gojq.Code, error) {
	parsed, err := gojq.Parse(expression)
	if err != nil {
		problem := err.Error()
		var at *gojq.ParseError
		if errors.As(err, &at) {
			problem = fmt.Sprintf("%s at byte %d", problem, at.Offset)
		}
		return nil, &JQError{expression, problem, "a jq filter such as .email or '.roles[]'", err}
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, &JQError{expression, err.Error(), "functions and variables that jq has", err}
	}
	return code, nil
}

// runtimeProblem is gojq's message up to where it previews the value, unless the expression itself made it the message.
func runtimeProblem(err error) string {
	if value, ok := err.(gojq.ValueError); ok {
		return fmt.Sprintf("it ended with an error: %v", value.Value())
	}
	problem, _, _ := strings.Cut(err.Error(), " (")
	return problem
}

// writeResult writes a string as it is and anything else as compact JSON, on a line of its own (as `jq -rc`).
func writeResult(w io.Writer, result any) error {
	if text, ok := result.(string); ok {
		_, err := fmt.Fprintln(w, text)
		return err
	}
	data, err := gojq.Marshal(result) // knows gojq's numbers, which encoding/json does not
	if err != nil {
		return err
	}
	_, err = w.Write(append(spell(data), '\n'))
	return err
}
