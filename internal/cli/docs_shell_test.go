package cli

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// commandsIn finds every `ciam …` in a text, wherever the shell would have it (a pipe, a substitution, a string), and
// returns the words after the program's name. To find too much shows at once; to find too little would not.
func commandsIn(text string) [][]string {
	text = strings.ReplaceAll(text, "\\\n", " ")
	var all [][]string
	for _, at := range regexp.MustCompile(`(?m)(?:^|[^\w./-]|cmd/)ciam +[a-z-]`).FindAllStringIndex(text, -1) {
		if words := shellWords(text[at[1]-1:]); len(words) > 0 {
			all = append(all, words)
		}
	}
	return all
}

// shellWords splits text at spaces as a shell does, up to where the command ends.
func shellWords(text string) []string {
	var words []string
	var word strings.Builder
	open := false // a word has begun, maybe an empty one in quotation marks
	flush := func() {
		if open {
			words = append(words, word.String())
		}
		word.Reset()
		open = false
	}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t':
			flush()
			i++
			continue
		case c == '<' || c == '>':
			if strings.Trim(word.String(), "0123456789") == "" {
				open = false // the number of a file descriptor
			}
			flush()
			return words
		case strings.IndexByte("\n|;&)`", c) >= 0, c == '#' && !open:
			flush()
			return words
		}
		n, value, ok := shellPiece(text[i:])
		if !ok { // the end of a string that began before the command
			flush()
			return words
		}
		open = true
		word.WriteString(value)
		i += n
	}
	flush()
	return words
}

// shellPiece is the next piece of a word: a quoted string, a substitution as it is, or one byte.
func shellPiece(text string) (length int, value string, ok bool) {
	line, _, _ := strings.Cut(text, "\n")
	switch {
	case line[0] == '\'' || line[0] == '"':
		end := strings.IndexByte(line[1:], line[0])
		if end < 0 {
			return 0, "", false
		}
		return end + 2, line[1 : end+1], true
	case strings.HasPrefix(line, "$("):
		depth := 0
		for i, c := range line {
			switch c {
			case '(':
				depth++
			case ')':
				if depth--; depth == 0 {
					return i + 1, line[:i+1], true
				}
			}
		}
		return 0, "", false
	case line[0] == '\\' && len(line) > 1:
		return 2, line[1:2], true
	}
	return 1, line[:1], true
}

func TestCommandsIn(t *testing.T) {
	for text, want := range map[string][][]string{
		"ciam login\nciam whoami -p 'a b' # who":                     {{"login"}, {"whoami", "-p", "a b"}},
		"go run ./cmd/ciam demo     # the whole story":               {{"demo"}},
		"eval \"$(ciam token -o env)\"":                              {{"token", "-o", "env"}},
		"if ! token=$(ciam token -o json 2>error.json); then":        {{"token", "-o", "json"}},
		"  run: ciam token -o github\n":                              {{"token", "-o", "github"}},
		"ciam token -o curl-config | curl -K - https://a.test":       {{"token", "-o", "curl-config"}},
		"printf x |\n  ciam login --native \\\n    --email \"a@$b\"": {{"login", "--native", "--email", "a@$b"}},
		"ciam emulator --port 0 &\nuntil":                            {{"emulator", "--port", "0"}},
		"ciam login --attribute displayName='Test User' -q":          {{"login", "--attribute", "displayName=Test User", "-q"}},
		"ciam token --to-file \"$FILE\" --scope ''":                  {{"token", "--to-file", "$FILE", "--scope", ""}},
		"curl --cacert \"$(ciam emulator ca)\" \"$(jq . f)/x\"":      {{"emulator", "ca"}},
		"echo \"run ciam login\" ;;":                                 {{"login"}},
		"ciam profile add x --client-secret-stdin < secret.txt":      {{"profile", "add", "x", "--client-secret-stdin"}},
		"ciam token --scope a$(b c)d":                                {{"token", "--scope", "a$(b c)d"}},
		"cat /run/secrets/ciam -n; echo ciam/config.yaml; my-ciam x": nil,
	} {
		if got := commandsIn(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// showsToken says why a line of shell would put a token where every user of the machine can read it: into the arguments
// of a program. An assignment and `eval` run no program.
func showsToken(line string) string {
	for _, at := range regexp.MustCompile("(?:\\$\\(|`) *ciam token").FindAllStringIndex(line, -1) {
		before := line[:at[0]]
		if strings.HasPrefix(line[at[0]:], "`") && !strings.HasSuffix(strings.TrimRightFunc(before, unicode.IsSpace), "=") && !strings.Contains(before, "curl ") {
			continue // Markdown's own
		}
		if !regexp.MustCompile(`(?:^|[\s;!(` + "`" + `])(?:[A-Za-z_]\w*="?|eval ")$`).MatchString(before) {
			return "the output of `ciam token` becomes an argument"
		}
	}
	for _, part := range strings.Split(line, "|") {
		if regexp.MustCompile(`(?i)\b(?:curl|wget)\b.*(?:authorization|bearer)[^|]*\$`).MatchString(part) {
			return "a header with a token in it becomes an argument"
		}
	}
	return ""
}

// TestDocs_noTokenInArguments reads every page, and with the reference every command's help.
func TestDocs_noTokenInArguments(t *testing.T) {
	for line, shows := range map[string]bool{
		`curl -H "Authorization: Bearer $(ciam token)" https://a.test`:       true,
		`curl -H "Authorization: Bearer $TOKEN" https://a.test`:              true,
		`curl --oauth2-bearer "$TOKEN" https://a.test`:                       true,
		`curl --oauth2-bearer=$(ciam token) https://a.test`:                  true,
		"curl --oauth2-bearer `ciam token` https://a.test":                   true,
		`./import --token $(ciam token)`:                                     true,
		`ciam token -o curl-config | curl -K - https://a.test`:               false,
		`printf 'header = "Authorization: Bearer %s"' "$T" | curl -K - "$U"`: false,
		`eval "$(ciam token -o env)"`:                                        false,
		`if ! token=$(ciam token); then`:                                     false,
		"run `ciam token` and":                                               false,
	} {
		if why := showsToken(line); (why != "") != shows {
			t.Errorf("%s: got %q, expected it to show a token: %t", line, why, shows)
		}
	}
	texts := pages(t)
	for name, text := range referencePages() {
		texts["docs/reference/"+name] = text
	}
	for page, text := range texts {
		for _, line := range strings.Split(strings.ReplaceAll(text, "\\\n", " "), "\n") {
			if why := showsToken(line); why != "" {
				t.Errorf("%s: %s: %s", page, strings.TrimSpace(line), why)
			}
		}
	}
}
