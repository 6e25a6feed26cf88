package appconfig

import "strings"

// pair is a setting with its whole name: "msalConfig.auth.clientId", "AzureAd.ClientId".
type pair struct {
	path   string
	values []string // one, or those of a list
}

// reader goes through tokens and collects the settings of every object in them.
type reader struct {
	tokens []token
	at     int
	names  map[string]string // what const, let and var give names to
	pairs  []pair
}

func (r *reader) peek() token { return r.tokens[r.at] }

func (r *reader) next() token {
	t := r.tokens[r.at]
	if t.kind != end {
		r.at++
	}
	return t
}

func (r *reader) is(text string) bool { return r.peek().kind == mark && r.peek().text == text }

// readObjects finds the settings of a script or of JSON.
func readObjects(src string) ([]pair, error) {
	tokens, err := scan(src)
	if err != nil {
		return nil, err
	}
	r := &reader{tokens: tokens, names: map[string]string{}}
	for r.peek().kind != end {
		r.statement()
	}
	return r.pairs, nil
}

// statement takes what may bind a name to a value, and walks on over anything else.
func (r *reader) statement() {
	t := r.next()
	switch {
	case t.kind == name && (t.text == "const" || t.text == "let" || t.text == "var"):
		bound := r.next()
		if bound.kind != name {
			return
		}
		if r.is(":") { // a type of TypeScript
			for r.peek().kind != end && !r.is("=") && !r.is(";") {
				r.next()
			}
		}
		if !r.is("=") {
			return
		}
		r.next()
		if values, ok := r.value(bound.text); ok && len(values) == 1 {
			r.names[bound.text] = values[0]
		}
	case t.kind == mark && t.text == "{" && (r.peek().kind == text || r.peek().kind == name):
		r.at--
		r.value("")
	}
}

// value reads the value at hand, which path names; false for one that is not known without running the script.
func (r *reader) value(path string) ([]string, bool) {
	if r.is("{") {
		r.object(path)
		r.rest()
		return nil, false
	}
	if r.is("[") {
		values, ok := r.list(path)
		r.rest()
		return values, ok
	}
	known, ok := r.expression()
	for r.is("||") || r.is("??") {
		r.next()
		other, otherOK := r.expression()
		if !ok {
			known, ok = other, otherOK
		}
	}
	if r.rest() {
		return nil, false // something that is not understood follows
	}
	return []string{known}, ok
}

// expression is a sum of texts and names.
func (r *reader) expression() (string, bool) {
	sum, ok := r.term()
	for r.is("+") {
		r.next()
		more, moreOK := r.term()
		sum, ok = sum+more, ok && moreOK
	}
	return sum, ok
}

func (r *reader) term() (string, bool) {
	switch t := r.peek(); t.kind {
	case text:
		r.next()
		return t.text, true
	case template:
		r.next()
		return fill(t.text, r.names)
	case name:
		r.next()
		known, ok := r.names[t.text]
		for r.is(".") || r.is("!") { // a member, such as process.env.X, is not known
			r.next()
			if r.peek().kind == name {
				r.next()
			}
			ok = false
		}
		if t.text == "true" || t.text == "false" || strings.Trim(t.text, "0123456789") == "" {
			return t.text, true
		}
		return known, ok
	}
	return "", false
}

// fill replaces ${NAME} in a template; ok is false when a name is not known, and stays as it is.
func fill(template string, names map[string]string) (filled string, ok bool) {
	var b strings.Builder
	ok = true
	for {
		before, rest, found := strings.Cut(template, "${")
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		switch known, has := names[strings.TrimSpace(name)]; {
		case !found:
			return b.String(), ok
		case !closed:
			b.WriteString("${" + rest)
			return b.String(), false
		case has:
			b.WriteString(known)
		default:
			b.WriteString("${" + name + "}")
			ok = false
		}
		template = after
	}
}

// object reads the members of an object.
func (r *reader) object(path string) {
	r.next()
	for r.peek().kind != end && !r.is("}") {
		t := r.next()
		if t.kind != text && t.kind != name || !r.is(":") {
			r.rest() // a method, a spread, a short name
		} else {
			r.next()
			member := strings.TrimPrefix(path+"."+t.text, ".")
			if values, ok := r.value(member); ok {
				r.pairs = append(r.pairs, pair{member, values})
			}
		}
		if r.is(",") {
			r.next()
		}
	}
	r.next()
}

// list reads a list; texts in it are its values, objects are read as if they stood in its place.
func (r *reader) list(path string) ([]string, bool) {
	r.next()
	var values []string
	for r.peek().kind != end && !r.is("]") {
		begin := r.at
		if more, ok := r.value(path); ok {
			values = append(values, more...)
		}
		if r.is(",") || r.at == begin {
			r.next()
		}
	}
	r.next()
	return values, len(values) > 0
}

// rest walks on to the end of the value at hand, over everything in brackets, and reports whether there was something but a
// type of TypeScript. A line that begins with a name begins a statement, unless the line before wants more.
func (r *reader) rest() bool {
	depth, walked, typed := 0, false, false
	for r.peek().kind != end {
		t, before := r.peek(), r.tokens[max(r.at-1, 0)]
		opens, closes := t.kind == mark && strings.Contains("{[(", t.text), t.kind == mark && strings.Contains("}])", t.text)
		wantsMore := before.kind == mark && !strings.Contains("}])", before.text)
		switch {
		case depth == 0 && (closes || t.kind == mark && (t.text == "," || t.text == ";")), depth == 0 && t.kind == name && t.line > before.line && !wantsMore:
			return walked
		case opens:
			depth++
		case closes:
			depth--
		}
		typed = typed || t.kind == name && (t.text == "as" || t.text == "satisfies")
		walked = walked || !typed
		r.next()
	}
	return walked
}
