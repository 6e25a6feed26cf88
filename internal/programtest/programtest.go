// Package programtest is a small program for tests to run: sh, cat, true, printenv and curl are not on every system. It
// is for _test files only.
//
// The program's arguments are steps, with a comma of its own between two:
//
//	print TEXT        TEXT and a line end on stdout
//	complain TEXT     the same on stderr
//	cat [FILE]        FILE, or stdin, on stdout
//	args [ARG...]     how many arguments follow, and each of them, with a | after each; always the last step
//	append FILE TEXT  TEXT and a line end at the end of FILE
//	repeat N TEXT     TEXT and a line end on stdout, N times
//	count TEXT FILE   in how many lines of FILE TEXT is
//	fetch URL SECRET  what URL answers to "Authorization: Bearer SECRET"; a status other than 200 ends the program with 22
//	await FILE        wait until FILE is there
//	exit CODE         end the program
//
// $NAME stands for an environment variable, as in a shell, but in the arguments of args.
package programtest

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// flag is what makes a test binary the program, see Main.
const flag = "-test-program"

// patience is how long a step waits for what another process does.
const patience = 30 * time.Second

// Command is the command line that makes this test binary the program. Its TestMain has to call Main.
func Command(steps ...string) []string { return append([]string{os.Args[0], flag}, steps...) }

// Main runs the program and does not return when the binary was started by Command; else it does nothing.
func Main() {
	if len(os.Args) > 1 && os.Args[1] == flag {
		os.Exit(Run(os.Args[2:]))
	}
}

// Run runs the steps and returns the program's exit code: 0, the one of `exit`, or 1 after a step that failed, which is
// told on stderr.
func Run(args []string) int {
	for len(args) > 0 {
		end := slices.Index(args, ",")
		if end < 0 || args[0] == "args" {
			end = len(args)
		}
		if args[0] == "exit" && end == 2 {
			if code, err := strconv.Atoi(args[1]); err == nil {
				return code
			}
		}
		if err := step(args[0], args[1:end]); err != nil {
			fmt.Fprintf(os.Stderr, "programtest: %s: %v\n", args[0], err)
			if _, ok := err.(statusError); ok {
				return 22 // as curl -f
			}
			return 1
		}
		args = args[min(end+1, len(args)):]
	}
	return 0
}

// statusError is an HTTP status other than 200.
type statusError string

func (e statusError) Error() string { return string(e) }

func step(name string, args []string) error {
	if name == "args" {
		_, err := fmt.Println(strings.Join(append([]string{strconv.Itoa(len(args))}, args...), "|") + "|")
		return err
	}
	if len(args) > 2 {
		return fmt.Errorf("%d arguments: %q", len(args), args)
	}
	args = append(slices.Clone(args), "", "") // what is left out is empty
	one, two := os.ExpandEnv(args[0]), os.ExpandEnv(args[1])
	switch name {
	case "print":
		_, err := fmt.Println(one)
		return err
	case "complain":
		_, err := fmt.Fprintln(os.Stderr, one)
		return err
	case "cat":
		return cat(one)
	case "append":
		return appendLine(one, two)
	case "repeat":
		n, err := strconv.Atoi(one)
		if err == nil {
			_, err = io.WriteString(os.Stdout, strings.Repeat(two+"\n", n))
		}
		return err
	case "count":
		data, err := os.ReadFile(two)
		if err == nil {
			fmt.Println(countLines(string(data), one))
		}
		return err
	case "fetch":
		return fetch(one, two)
	case "await":
		return await(one)
	}
	return fmt.Errorf("no such step")
}

func cat(name string) error {
	in := os.Stdin
	if name != "" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	_, err := io.Copy(os.Stdout, in)
	return err
}

func appendLine(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(f, text); err != nil {
		return err
	}
	return f.Close()
}

func countLines(data, text string) (n int) {
	for line := range strings.Lines(data) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

func fetch(address, secret string) error {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{}} // no proxy
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return statusError(resp.Status)
	}
	_, err = io.Copy(os.Stdout, resp.Body)
	return err
}

func await(name string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, err := os.Stat(name)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
