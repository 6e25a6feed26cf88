package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPrompts is what a person may do at a question other than answer it.
func TestPrompts(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		name, asks string
		args       []string
		env        []string
	}{
		{"email", "Email address: ", []string{"login", "--native"}, nil},
		{"password", "Password: ", []string{"login", "--native", "--email", "ada@example.com"}, nil},
		{"new password", "New password: ", []string{"login", "--native", "--email", "ada@example.com", "--reset-password", "--code-command", "echo 12345678"}, nil},
		{"passphrase", "passphrase of the sealed token store: ", []string{"token"}, []string{"CIAM_STORE_KEY_FILE="}},
		{"profile", "client) ID: ", []string{"profile", "add", "new", "--tenant", "contoso", "--offline"}, []string{"CIAM_AUTHORITY=", "CIAM_CLIENT_ID="}},
	} {
		for _, k := range []struct {
			name, typed string
			code        int
			says        string
		}{
			{"Ctrl-D", "\x04", 8, "ciam: no answer: stdin has ended\nhint: run it again"},
			{"Ctrl-C", "\x03", 130, "ciam: interrupted\n"},
			{"half an answer, Ctrl-C", "abc\x03", 130, "ciam: interrupted\n"},
			{"an answer taken back, Ctrl-D", "abc\x15\x04", 8, "ciam: no answer"}, // Ctrl-U
		} {
			t.Run(c.name+"/"+k.name, func(t *testing.T) {
				t.Parallel()
				p := s.start(t, s.copyHome(t), true, c.env, c.args...)
				p.says(t, c.asks)
				if secret := strings.Contains(c.asks, "ass"); secret == p.echoes(t) {
					t.Errorf("the terminal echoes: %v", !secret)
				}
				if _, err := p.keyboard.WriteString(k.typed); err != nil {
					t.Fatal(err)
				}
				code, took := p.wait(t, soon)
				if code != k.code || !strings.Contains(p.err.String(), k.says) {
					t.Errorf("exit code %d after %s, want %d and %q; stderr: %q", code, took, k.code, k.says, p.err)
				}
				if !p.echoes(t) {
					t.Error("the terminal is left without an echo")
				}
			})
		}
	}
	t.Run("Enter alone", func(t *testing.T) {
		p := s.start(t, s.copyHome(t), true, nil, "login", "--native", "--email", "ada@example.com")
		for n := 1; n <= 3; n++ {
			until(t, fmt.Sprintf("it asks %d times", n), func() bool { return strings.Count(p.err.String(), "Password: ") == n }, p)
			if _, err := p.keyboard.WriteString(map[bool]string{true: "\n", false: "Correct-Horse-9\n"}[n < 3]); err != nil {
				t.Fatal(err)
			}
		}
		if code, _ := p.wait(t, time.Minute); code != 0 || strings.Contains(p.err.String(), "Correct-Horse") {
			t.Errorf("exit code %d, stderr %q", code, p.err)
		}
	})
}
