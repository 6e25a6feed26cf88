package appconfig

import "strings"

// readEnv reads a .env file: NAME=value, quoted or not, with export before it or not; ${NAME} of a name above is filled in.
// Nothing of it is run.
func readEnv(src string) ([]pair, error) {
	var pairs []pair
	names := map[string]string{}
	line := 0
	for src != "" {
		var row string
		row, src, _ = strings.Cut(src, "\n")
		line++
		row = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(row), "export "))
		if row == "" || row[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(row, "=")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.IndexFunc(name, func(r rune) bool { return !isName(r) }) >= 0 {
			return nil, &SyntaxError{line, "is not NAME=value"}
		}
		value = strings.TrimSpace(value)
		if value != "" && strings.ContainsRune("\"'`", rune(value[0])) {
			for !closed(value) && src != "" { // over several lines
				row, src, _ = strings.Cut(src, "\n")
				line++
				value += "\n" + strings.TrimRight(row, "\r")
			}
			if !closed(value) {
				return nil, &SyntaxError{line, "a quoted value does not end"}
			}
			value = unquoted(value, names)
		} else {
			value = expanded(beforeComment(value), names)
		}
		names[name] = value
		pairs = append(pairs, pair{name, []string{value}})
	}
	return pairs, nil
}

// closed reports whether a quoted value ends, and nothing but a comment follows.
func closed(value string) bool {
	i := closing(value)
	after := ""
	if i > 0 {
		after = strings.TrimSpace(value[i+1:])
	}
	return i > 0 && (after == "" || after[0] == '#')
}

// closing is where the quote at the beginning is closed, -1 for nowhere.
func closing(value string) int {
	for i := 1; i < len(value); i++ {
		switch {
		case value[i] == '\\' && value[0] == '"':
			i++
		case value[i] == value[0]:
			return i
		}
	}
	return -1
}

func unquoted(value string, names map[string]string) string {
	quote, inner := value[0], value[1:closing(value)]
	if quote != '"' {
		return inner
	}
	return expanded(strings.NewReplacer(`\n`, "\n", `\"`, `"`, `\\`, `\`).Replace(inner), names)
}

func beforeComment(value string) string {
	if i := strings.Index(value, " #"); i >= 0 {
		value = value[:i]
	}
	return strings.TrimSpace(value)
}

// expanded fills in names that the file gave a value before; others stay as they are.
func expanded(value string, names map[string]string) string {
	value, _ = fill(value, names)
	return value
}
