// Package strictjson reads JSON that comes from outside the program, so that two readers of one message never see two
// different messages. Where encoding/json takes "ID_TOKEN" for id_token and the last of two members of one name, this
// package matches names exactly and refuses a name given twice, at any depth (RFC 8259, section 4, leaves both open).
//
// What a message has beyond what is asked for is ignored. Errors name members and kinds, and never quote a value.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const maxDepth = 32

// Member is a name and its value, as the message has it.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Object is a JSON object that keeps the order of its members.
type Object struct{ members []Member }

// Parse reads data, which must be UTF-8 and exactly one JSON object, at most 32 levels deep.
func Parse(data []byte) (Object, error) {
	if !utf8.Valid(data) {
		return Object{}, errors.New("is not UTF-8")
	}
	if err := checkNames(data); err != nil {
		return Object{}, err
	}
	return split(data)
}

// split takes a checked object apart.
func split(data []byte) (Object, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil { // the opening brace
		return Object{}, errNotJSON
	}
	var o Object
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return Object{}, errNotJSON
		}
		m := Member{Name: key.(string)}
		if err := d.Decode(&m.Value); err != nil {
			return Object{}, errNotJSON
		}
		o.members = append(o.members, m)
	}
	return o, nil
}

var errNotJSON = errors.New("is not JSON")

// checkNames requires data to be exactly one JSON object, not nested without bound and without a name given twice.
func checkNames(data []byte) error {
	type level struct {
		names map[string]bool // nil in an array
		value bool            // in an object: a value comes next, not a name
	}
	var stack []level
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	for first := true; first || len(stack) > 0; first = false {
		tok, err := d.Token()
		if err != nil {
			return errNotJSON
		}
		if first && tok != json.Delim('{') {
			return errors.New("is not a JSON object")
		}
		if delim, ok := tok.(json.Delim); ok && (delim == '}' || delim == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.names != nil && !top.value {
				name := tok.(string)
				if top.names[name] {
					return fmt.Errorf("has the member %s twice", strconv.Quote(shorten(name)))
				}
				top.names[name], top.value = true, true
				continue
			}
			top.value = false
		}
		switch tok {
		case json.Delim('{'):
			stack = append(stack, level{names: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, level{})
		}
		if len(stack) > maxDepth {
			return fmt.Errorf("is nested more than %d deep", maxDepth)
		}
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("is more than one JSON value")
	}
	return nil
}

// Members returns all members in order.
func (o Object) Members() []Member { return o.members }

// Get returns the member of exactly that name, or nil.
func (o Object) Get(name string) json.RawMessage {
	for _, m := range o.members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Text returns a member that is a string, else "".
func (o Object) Text(name string) string {
	raw := o.Get(name)
	var s string
	if Kind(raw) == "a string" && json.Unmarshal(raw, &s) == nil {
		return s
	}
	return ""
}

// Kind names the JSON type of a value for a message: "a string", "an array", "nothing" when there is no value.
func Kind(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// shorten bounds a name from outside for a message.
func shorten(s string) string {
	const limit = 100
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
