package browser

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	const url = `https://contoso.example/a?x=$(id)&y=%s;"'`
	there := func(program string) bool {
		return slices.Contains([]string{"/opt/my browser/b", `C:\Program Files\b c.exe`, `C:\Program Files\b.exe`}, program)
	}
	for _, c := range []struct {
		command string
		windows bool
		want    []string // nil: ErrCommand
	}{
		{"firefox", false, []string{"firefox", url}},
		{"  firefox \t --new-tab\n", false, []string{"firefox", "--new-tab", url}},
		{"open -a 'Google Chrome' --args --app=%s -x", false, []string{"open", "-a", "Google Chrome", "--args", "--app=" + url, "-x"}},
		{`a "b c" d\ e "" 'f\'`, false, []string{"a", "b c", "d e", "", `f\`, url}},
		{`a "\"\$\n"`, false, []string{"a", `"$\n`, url}},
		{`a "b"'c'd`, false, []string{"a", "bcd", url}},
		{"a %s %s", false, []string{"a", url, url}},
		{"a '%s'", false, []string{"a", url}},
		{"a $HOME `id` ; b | c > d", false, []string{"a", "$HOME", "`id`", ";", "b", "|", "c", ">", "d", url}},
		{`"C:\Program Files\b.exe" -u`, true, []string{`C:\Program Files\b.exe`, "-u", url}},
		{`C:\it's\b.exe`, true, []string{`C:\it's\b.exe`, url}},
		{`C:\Program Files\b.exe`, true, []string{`C:\Program Files\b.exe`, url}},
		{`C:\Program Files\b c.exe -u "%s" x`, true, []string{`C:\Program Files\b c.exe`, "-u", url, "x"}},
		{`C:\Program Files\absent.exe`, true, []string{`C:\Program`, `Files\absent.exe`, url}},
		{"/opt/my browser/b -u", false, []string{"/opt/my browser/b", "-u", url}},
		{"my browser", false, []string{"my", "browser", url}},
		{"cmd /c start", true, nil},
		{`C:\Windows\System32\CMD.EXE /c start "" %s`, true, nil},
		{"start", true, nil},
		{"/mnt/c/Windows/System32/cmd.exe /c start", false, nil},
		{"cmd", false, []string{"cmd", url}},
		{"", false, nil},
		{"''", false, nil},
		{"%s", false, nil},
		{"a 'b", false, nil},
		{`a "b`, false, nil},
		{`a \`, false, nil},
		{"a\x00b", false, nil},
		{strings.Repeat("a", maxCommand+1), false, nil},
	} {
		got, err := commandLine(c.command, url, c.windows, there)
		if c.want == nil {
			if !errors.Is(err, ErrCommand) {
				t.Errorf("%.40q: got %q, %v, expected ErrCommand", c.command, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%.40q: got %q, %v, expected %q", c.command, got, err, c.want)
		}
	}
}

func TestPieces(t *testing.T) {
	there := func(program string) bool { return program == "/opt/a:b" }
	for _, c := range []struct {
		command string
		windows bool
		want    []string
	}{
		{"firefox", false, []string{"firefox"}},
		{"firefox:chromium %s:w3m", false, []string{"firefox", "chromium %s", "w3m"}},
		{":firefox::w3m:", false, []string{"firefox", "w3m"}},
		{"/usr/bin/a:/usr/bin/b", false, []string{"/usr/bin/a", "/usr/bin/b"}},
		{"/opt/a:b", false, []string{"/opt/a:b"}},
		{"'a:b' c:d", false, []string{"'a:b' c", "d"}},
		{`a\:b`, false, []string{`a\:b`}},
		{"b --proxy-server=localhost:3128", false, []string{"b --proxy-server=localhost:3128"}},
		{"b --app=https://x.example/", false, []string{"b --app=https://x.example/"}},
		{`powershell.exe -File C:\b.ps1:w3m`, false, []string{`powershell.exe -File C:\b.ps1`, "w3m"}},
		{`C:\b.exe`, false, []string{`C:\b.exe`}},
		{`C:\b.exe;D:\c.exe -x`, true, []string{`C:\b.exe`, `D:\c.exe -x`}},
		{`"C:\a;b.exe"`, true, []string{`"C:\a;b.exe"`}},
		{"  ", false, []string{"  "}},
	} {
		if got := pieces(c.command, c.windows, there); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, expected %q", c.command, got, c.want)
		}
	}
}

func FuzzCommandLine(f *testing.F) {
	f.Add(`open -a 'Google Chrome' "%s" \x`, true)
	f.Add(`/a b/c:d ;"e;f"`, false)
	f.Fuzz(func(t *testing.T, command string, windows bool) {
		const url = "https://contoso.example/?a b"
		all, err := commandLines(command, url, windows, func(string) bool { return len(command)%2 == 0 })
		if err != nil {
			if !errors.Is(err, ErrCommand) {
				t.Error(err)
			}
			return
		}
		for _, words := range all {
			if words[0] == "" || !slices.ContainsFunc(words[1:], func(w string) bool { return strings.Contains(w, url) }) {
				t.Errorf("%q has no program or no URL", words)
			}
		}
	})
}

func TestLiteral(t *testing.T) {
	for url, want := range map[string]string{
		"https://[::1]:3000/a-b_c~d?e=f%20g&h=i+j#k": "https://[::1]:3000/a-b_c~d?e=f%20g&h=i+j#k",
		"https://a.example/?x='\"$(id)`|<> \\":       "https://a.example/?x=%27%22%24%28id%29%60%7C%3C%3E%20%5C",
		"https://a.example/?x=’;id;’":                "https://a.example/?x=%E2%80%99;id;%E2%80%99",
	} {
		if got := literal(url); got != want {
			t.Errorf("%q: got %q, expected %q", url, got, want)
		}
	}
}

func TestIsBatch(t *testing.T) {
	for path, want := range map[string]bool{`C:\b.bat`: true, `C:\b.CMD`: true, `C:\b.exe`: false, "/bin/b": false} {
		if isBatch(path) != want {
			t.Errorf("%s: got %v", path, !want)
		}
	}
}
