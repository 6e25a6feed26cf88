package browser

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxCommand bounds a configured command, in bytes.
const maxCommand = 8 << 10

// commandLines makes the argument lists of configured commands, in the order in which they are to be tried. Without any, the
// error says what is wrong with the first.
func commandLines(command, url string, windows bool, installed func(string) bool) ([][]string, error) {
	var all [][]string
	var first error
	for _, one := range pieces(command, windows, installed) {
		args, err := commandLine(one, url, windows, installed)
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		all = append(all, args)
	}
	if len(all) > 0 {
		return all, nil
	}
	return nil, cmp.Or(first, fmt.Errorf("%w: it names no program", ErrCommand))
}

// pieces cuts a list of commands apart: at ':' as in PATH and as xdg-open(1) does with BROWSER, on Windows, where a path has a
// colon, at ';'. A colon within quotes, of an address, before a port and after a drive letter is none between two commands, nor
// is one in the name of a program that there is.
func pieces(command string, windows bool, installed func(string) bool) []string {
	separator := byte(':')
	if windows {
		separator = ';'
	}
	if len(command) > maxCommand || installed(strings.TrimSpace(command)) {
		return []string{command}
	}
	var all []string
	begin, quote := 0, byte(0)
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' && !windows:
			quote = c
		case c == '\\' && !windows:
			i++
		case c == separator && (windows || separates(command[begin:i], command[i+1:])):
			all, begin = append(all, command[begin:i]), i+1
		}
	}
	all = append(all, command[begin:])
	return slices.DeleteFunc(all, func(one string) bool { return strings.TrimSpace(one) == "" && len(all) > 1 })
}

// separates judges a colon by what is before it and after it.
func separates(before, after string) bool {
	switch {
	case after == "":
		return true
	case strings.HasPrefix(after, "//"), '0' <= after[0] && after[0] <= '9':
		return false
	case after[0] == '\\':
		drive := strings.TrimSpace(before)
		return len(drive) != 1 && !strings.HasSuffix(before[:max(0, len(before)-1)], " ")
	}
	return true
}

// commandLine makes the argument list of a configured command. The URL is always within one argument, whatever it holds,
// and no shell sees it.
func commandLine(command, url string, windows bool, installed func(string) bool) ([]string, error) {
	words, err := splitProgram(command, windows, installed)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 || words[0] == "" {
		return nil, fmt.Errorf("%w: it names no program", ErrCommand)
	}
	if strings.Contains(words[0], "%s") {
		return nil, fmt.Errorf("%w: expected a program as the first word, got %q", ErrCommand, words[0])
	}
	if isShellOfWindows(words[0], windows) {
		return nil, fmt.Errorf("%w: %s takes an address apart at its & signs; expected the browser's own program, such as "+
			`"C:\Program Files\Mozilla Firefox\firefox.exe", or nothing for the default browser`, ErrCommand, words[0])
	}
	placed := false
	for i, word := range words[1:] {
		if strings.Contains(word, "%s") {
			words[i+1], placed = strings.ReplaceAll(word, "%s", url), true
		}
	}
	if !placed {
		words = append(words, url)
	}
	return words, nil
}

// isShellOfWindows knows cmd.exe, which nothing can be quoted for, and its own command start.
func isShellOfWindows(program string, windows bool) bool {
	name := strings.ToLower(program[strings.LastIndexAny(program, `/\`)+1:])
	return name == "cmd.exe" || windows && (name == "cmd" || name == "start")
}

// splitProgram is split, but takes spaces for part of the program's path where only that is the name of a program.
func splitProgram(command string, windows bool, installed func(string) bool) ([]string, error) {
	words, err := split(command, !windows)
	if err == nil && (len(words) == 0 || installed(words[0])) {
		return words, nil
	}
	command = strings.TrimSpace(command)
	for i := 1; i <= len(command) && len(command) <= maxCommand; i++ {
		if i < len(command) && command[i] != ' ' || !strings.ContainsAny(command[:i], `/\`) || !strings.Contains(command[:i], " ") || !installed(command[:i]) {
			continue
		}
		rest, err := split(command[i:], !windows)
		return append([]string{command[:i]}, rest...), err
	}
	return words, err
}

// split cuts a command into words as a POSIX shell does (IEEE Std 1003.1, XCU 2.2 Quoting), without expanding anything.
// Without escapes, a backslash is a character like any other, as Windows paths need it.
func split(command string, escapes bool) ([]string, error) {
	if len(command) > maxCommand {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrCommand, maxCommand, len(command))
	}
	var (
		words  []string
		word   strings.Builder
		inWord bool // also true of an empty quoted word
		quote  byte // the open quote, or 0
	)
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case c == 0:
			return nil, fmt.Errorf("%w: it holds a zero byte", ErrCommand)
		case escapes && c == '\\' && quote != '\'':
			inWord = true
			if i+1 == len(command) {
				return nil, fmt.Errorf("%w: nothing follows the last backslash", ErrCommand)
			}
			i++
			if quote == '"' && !strings.ContainsRune("\"\\$`\n", rune(command[i])) {
				word.WriteByte('\\')
			}
			if command[i] != '\n' { // an escaped line break joins lines
				word.WriteByte(command[i])
			}
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'' && escapes: // on Windows, ' may be part of a file name
			quote, inWord = c, true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("%w: expected a closing %c", ErrCommand, quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
