package cli

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// maxSuggestions is how many near names a hint shows.
const maxSuggestions = 3

// unknownCommand is the error for words that name no command below parent.
func unknownCommand(parent *cobra.Command, words []string) error {
	message := "there is no command " + strconv.Quote(words[0])
	if parent.HasParent() {
		message = parent.CommandPath() + " has no command " + strconv.Quote(words[0])
	}
	near := suggestCommands(parent, words)
	if len(near) == 0 {
		return &usageError{message: message, hint: "see `" + parent.CommandPath() + " --help`"}
	}
	return &usageError{message: message, hint: "did you mean " + orList(near) + "?"}
}

// suggestCommands are the command lines that may have been meant: what other programs call by these words, the same name
// elsewhere in the tree, names that are near.
func suggestCommands(parent *cobra.Command, words []string) []string {
	path := strings.Fields(parent.CommandPath())[1:]
	for n := min(2, len(words)); n > 0; n-- {
		key := strings.ToLower(strings.Join(append(slices.Clone(path), words[:n]...), " "))
		if known, ok := otherWords()[key]; ok {
			var lines []string
			for line := range strings.SplitSeq(known, "|") {
				lines = append(lines, "ciam "+line)
			}
			return lines
		}
	}
	var same, names []string
	walkCommands(parent.Root(), func(c *cobra.Command) {
		if c.HasParent() && (strings.EqualFold(c.Name(), words[0]) || c.HasAlias(strings.ToLower(words[0]))) {
			same = append(same, mention(c))
		}
	})
	if len(same) > 0 {
		return same[:min(maxSuggestions, len(same))]
	}
	byName := map[string]*cobra.Command{}
	for _, c := range parent.Commands() {
		if c.Hidden {
			continue
		}
		for _, name := range append([]string{c.Name()}, c.Aliases...) {
			names, byName[name] = append(names, name), c
		}
	}
	var lines []string
	for _, name := range nearest(words[0], names) {
		if line := mention(byName[name]); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// mention is how a sentence names a command or a topic of the help.
func mention(c *cobra.Command) string {
	if !c.Runnable() && !c.HasSubCommands() {
		return "ciam help " + c.Name()
	}
	return c.CommandPath()
}

func walkCommands(c *cobra.Command, visit func(*cobra.Command)) {
	if c.Hidden {
		return
	}
	visit(c)
	for _, sub := range c.Commands() {
		walkCommands(sub, visit)
	}
}

// orList joins commands or flags for a sentence, each between backticks.
func orList(texts []string) string {
	var quoted []string
	for _, t := range texts {
		quoted = append(quoted, "`"+t+"`")
	}
	last := len(quoted) - 1
	if last < 1 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// nearest are the names that typed may be a typing error of, or the beginning, the nearest first.
func nearest(typed string, names []string) []string {
	typed = strings.ToLower(typed)
	type scored struct {
		name     string
		distance int
	}
	var near []scored
	for _, name := range names {
		d := distance(typed, strings.ToLower(name))
		switch {
		case len(typed) >= 2 && strings.HasPrefix(name, typed):
			d = min(d, 1)
		case d > max(1, min(len(typed), len(name))/3):
			continue
		}
		near = append(near, scored{name, d})
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(a.distance, b.distance) })
	var out []string
	for _, s := range near[:min(maxSuggestions, len(near))] {
		if s.distance <= near[0].distance+1 {
			out = append(out, s.name)
		}
	}
	return out
}

// distance counts the letters to insert, delete, replace, or exchange with their neighbour (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if max(len(s), len(t)) > 64 {
		return max(len(s), len(t)) // nobody's typing error
	}
	var before, last []int
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		before, last, row = last, row, make([]int, len(t)+1)
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(t)]
}

// flagError puts what the parser of flags says into words. It names flags, and values only where they cannot be a secret.
func flagError(cmd *cobra.Command, err error) error {
	see := "see `" + cmd.CommandPath() + " --help`"
	var (
		unknown *pflag.NotExistError
		lacks   *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown, see)
	case errors.As(err, &lacks):
		value, _ := pflag.UnquoteUsage(lacks.GetFlag())
		return &usageError{message: "--" + lacks.GetFlag().Name + " was given without a value", hint: "write `--" + lacks.GetFlag().Name + " " + value + "`; " + see}
	case errors.As(err, &invalid):
		return &usageError{message: "--" + invalid.GetFlag().Name + " " + strconv.Quote(invalid.GetValue()) + " is " + notOfType(invalid.GetFlag().Value.Type()), hint: see}
	}
	return &usageError{message: err.Error(), hint: see}
}

// notOfType says what a value is not, by the name that pflag has for the type.
func notOfType(kind string) string {
	switch kind {
	case "int":
		return "no whole number"
	case "duration":
		return "no duration such as 90s, 5m or 1h30m"
	case "bool":
		return "neither true nor false"
	}
	return "no " + kind
}

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError, see string) error {
	name := e.GetSpecifiedName()
	if group := e.GetSpecifiedShortnames(); group != "" {
		return unknownLetter(cmd, name, group, see)
	}
	message := "there is no flag --" + name
	if cmd.HasParent() {
		message = cmd.CommandPath() + " has no flag --" + name
	}
	if near := suggestFlags(cmd, name); len(near) > 0 {
		return &usageError{message: message, hint: "did you mean " + orList(near) + "?"}
	}
	var elsewhere []string
	walkCommands(cmd.Root(), func(c *cobra.Command) {
		if c.LocalFlags().Lookup(name) != nil && len(elsewhere) < maxSuggestions {
			elsewhere = append(elsewhere, c.CommandPath())
		}
	})
	if len(elsewhere) > 0 {
		see = orList(elsewhere) + " takes it; " + see
	}
	return &usageError{message: message, hint: see}
}

// unknownLetter is for -x. What follows the letter may be a value and is not shown, unless the whole is a flag's name with
// one dash.
func unknownLetter(cmd *cobra.Command, letter, group, see string) error {
	word, _, _ := strings.Cut(group, "=")
	if f := cmd.Flag(word); f != nil && len(word) > 1 {
		return &usageError{message: "-" + word + " has one dash", hint: "did you mean `--" + word + "`?"}
	}
	for _, other := range []string{strings.ToLower(letter[:1]), strings.ToUpper(letter[:1])} {
		if f := cmd.Flags().ShorthandLookup(other); f != nil {
			see = "did you mean `-" + other + "` (`--" + f.Name + "`)?"
		}
	}
	message := "there is no flag -" + letter
	if cmd.HasParent() {
		message = cmd.CommandPath() + " has no flag -" + letter
	}
	return &usageError{message: message, hint: see}
}

// suggestFlags are the flags of cmd that may have been meant by name.
func suggestFlags(cmd *cobra.Command, name string) []string {
	for _, line := range otherFlags()[strings.ToLower(name)] {
		flag, _, _ := strings.Cut(line, " ")
		known := cmd.Flag(strings.TrimPrefix(flag, "--"))
		if short := strings.TrimPrefix(flag, "-"); len(short) == 1 {
			known = cmd.Flags().ShorthandLookup(short)
		}
		if known != nil {
			return []string{line}
		}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	var lines []string
	for _, near := range nearest(name, names) {
		lines = append(lines, "--"+near)
	}
	return lines
}
