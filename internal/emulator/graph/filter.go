package graph

import (
	"strings"
)

// predicate judges a thing.
type predicate = func(object) bool

// filter reads an OData $filter: eq and ne, startswith, and, or, not, parentheses, and any over a collection.
type filter struct {
	rest  string
	depth int
}

func parseFilter(text string) (predicate, error) {
	f := &filter{rest: text}
	keep := f.or("")
	f.space()
	if keep == nil || f.rest != "" {
		return nil, badRequest("Invalid filter clause: the emulator reads eq, ne, startswith, and, or, not, parentheses and any: '%s'.", clip(text))
	}
	return keep, nil
}

func (f *filter) space() { f.rest = strings.TrimLeft(f.rest, " ") }

// word takes a keyword that stands alone.
func (f *filter) word(w string) bool {
	f.space()
	rest, found := strings.CutPrefix(f.rest, w)
	if !found || rest != "" && rest[0] != ' ' && rest[0] != '(' {
		return false
	}
	f.rest = rest
	return true
}

func (f *filter) mark(m string) bool {
	f.space()
	rest, found := strings.CutPrefix(f.rest, m)
	if found {
		f.rest = rest
	}
	return found
}

func (f *filter) or(variable string) predicate {
	left := f.and(variable)
	for left != nil && f.word("or") {
		a, b := left, f.and(variable)
		if b == nil {
			return nil
		}
		left = func(o object) bool { return a(o) || b(o) }
	}
	return left
}

func (f *filter) and(variable string) predicate {
	left := f.term(variable)
	for left != nil && f.word("and") {
		a, b := left, f.term(variable)
		if b == nil {
			return nil
		}
		left = func(o object) bool { return a(o) && b(o) }
	}
	return left
}

// term reads one comparison. variable is the name of an any's element, whose properties are meant.
func (f *filter) term(variable string) predicate {
	if f.depth++; f.depth > 50 {
		return nil
	}
	if f.word("not") {
		inner := f.term(variable)
		if inner == nil {
			return nil
		}
		return func(o object) bool { return !inner(o) }
	}
	if f.mark("(") {
		inner := f.or(variable)
		if !f.mark(")") {
			return nil
		}
		return inner
	}
	if f.mark("startswith(") {
		path := f.path()
		if !f.mark(",") {
			return nil
		}
		prefix, fine := f.literal()
		text, isText := prefix.(string)
		if !fine || !isText || !f.mark(")") {
			return nil
		}
		return func(o object) bool {
			v, _ := lookup(o, variable, path).(string)
			return strings.HasPrefix(strings.ToLower(v), strings.ToLower(text))
		}
	}
	path := f.path()
	if inner, is := strings.CutSuffix(path, "/any"); is && f.mark("(") {
		return f.anyOf(variable, inner)
	}
	equal := f.word("eq")
	if path == "" || !equal && !f.word("ne") {
		return nil
	}
	want, fine := f.literal()
	if !fine {
		return nil
	}
	return func(o object) bool { return same(lookup(o, variable, path), want) == equal }
}

func (f *filter) anyOf(variable, path string) predicate {
	name := f.path()
	if name == "" || !f.mark(":") {
		return nil
	}
	inner := f.or(name)
	if inner == nil || !f.mark(")") {
		return nil
	}
	return func(o object) bool {
		for _, item := range elements(lookup(o, variable, path)) {
			element, isObject := item.(object)
			if !isObject {
				element = object{"": item}
			}
			if inner(element) {
				return true
			}
		}
		return false
	}
}

// path reads the name of a property, of others below it, and casts, which do nothing.
func (f *filter) path() string {
	f.space()
	n := 0
	for n < len(f.rest) && (isWord(f.rest[n]) || f.rest[n] == '/' || f.rest[n] == '.') {
		n++
	}
	path := f.rest[:n]
	f.rest = f.rest[n:]
	return path
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// literal reads 'text', a number, true, false or null.
func (f *filter) literal() (v any, fine bool) {
	f.space()
	if rest, quoted := strings.CutPrefix(f.rest, "'"); quoted {
		var text strings.Builder
		for {
			part, after, closed := strings.Cut(rest, "'")
			if !closed {
				return nil, false
			}
			text.WriteString(part)
			if !strings.HasPrefix(after, "'") { // two of them are one
				f.rest = after
				return text.String(), true
			}
			text.WriteByte('\'')
			rest = after[1:]
		}
	}
	n := 0
	for n < len(f.rest) && (isWord(f.rest[n]) || f.rest[n] == '-') {
		n++
	}
	word := f.rest[:n]
	f.rest = f.rest[n:]
	switch word {
	case "":
		return nil, false
	case "true", "false":
		return word == "true", true
	case "null":
		return nil, true
	}
	return word, true // a GUID may stand without quotation marks
}

// lookup finds the value of a path; variable stands for the thing itself.
func lookup(o object, variable, path string) any {
	var v any = o
	for i, name := range strings.Split(path, "/") {
		if strings.Contains(name, ".") {
			continue
		}
		if i == 0 && variable != "" && name == variable {
			if simple, is := o[""]; is {
				v = simple
			}
			continue
		}
		inner, isObject := v.(object)
		if !isObject {
			return nil
		}
		v = inner[name]
	}
	return v
}

// elements are those of a list.
func elements(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case []object:
		return anyList(v)
	case []string:
		return anyList(v)
	}
	return nil
}

func anyList[T any](list []T) []any {
	out := make([]any, 0, len(list))
	for _, v := range list {
		out = append(out, v)
	}
	return out
}

func same(v, want any) bool {
	a, isA := v.(string)
	b, isB := want.(string)
	if isA && isB {
		return strings.EqualFold(a, b)
	}
	return v == want
}
