package directory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// MaxBytes bounds a document; a larger one is refused unread.
const MaxBytes = 16 << 20

// FormatError says where a document is wrong and what would be right.
type FormatError struct {
	Line    int    // 1-based; 0 when the place is not known
	Path    string // e.g. tenants[0].apps[1].appId; "" for the whole document
	Problem string
}

func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString("tenant file")
	if e.Line > 0 {
		fmt.Fprintf(&b, " line %d", e.Line)
	}
	if e.Path != "" {
		b.WriteString(": " + e.Path)
	}
	return b.String() + ": " + e.Problem
}

// Parse reads a document and checks all of it: unknown fields, forms, uniqueness
// and references. The error is a *FormatError. Only ids that are left out are
// filled in. The file of a Store is a document, too.
func Parse(data []byte) (*Document, error) {
	if len(data) > MaxBytes {
		return nil, &FormatError{Problem: fmt.Sprintf("larger than %d MiB", MaxBytes>>20)}
	}
	if isJournal(data) {
		return parseJournal(data)
	}
	// The lines are for errors: a good document is not read a second time for them.
	tree := sync.OnceValue(func() *yaml.Node {
		root := new(yaml.Node)
		_ = yaml.Unmarshal(data, root) // it was read once
		return root
	})
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var d Document
	if err := dec.Decode(&d); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &FormatError{Problem: "empty; expected version: 1 and a list of tenants"}
		}
		return nil, syntaxError(err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, &FormatError{Problem: "more than one YAML document; expected one"}
	}
	if err := d.check(); err != nil {
		var f *FormatError
		if errors.As(err, &f) {
			f.Line = nodeAt(tree(), f.Path).Line
		}
		return nil, err
	}
	if err := d.checkUndeclared(tree); err != nil {
		return nil, err
	}
	return &d, nil
}

// syntaxError turns the YAML library's error, which carries the line in its
// text, into a FormatError.
func syntaxError(err error) error {
	text := err.Error()
	var te *yaml.TypeError
	if errors.As(err, &te) && len(te.Errors) > 0 {
		text = te.Errors[0]
	}
	text = strings.TrimPrefix(text, "yaml: ")
	line := 0
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if num, problem, ok := strings.Cut(rest, ": "); ok {
			line, _ = strconv.Atoi(num)
			text = problem
		}
	}
	return &FormatError{Line: line, Problem: text}
}

// check validates a document that was just read, with its alternative keys and
// without the ids that it left out.
func (d *Document) check() error {
	if err := d.identify(); err != nil {
		return err
	}
	for i := range d.Tenants {
		for j := range d.Tenants[i].UserFlows {
			for k := range d.Tenants[i].UserFlows[j].Attributes {
				at := fmt.Sprintf("tenants[%d].userFlows[%d].attributes[%d]", i, j, k)
				if err := d.Tenants[i].UserFlows[j].Attributes[k].adopt(at); err != nil {
					return err
				}
			}
		}
	}
	return d.Validate()
}

// Line is the line of a path in a document that Parse read, or of the deepest
// part of the path that the document has.
func Line(data []byte, path string) int {
	root := new(yaml.Node)
	_ = yaml.Unmarshal(data, root) // it was read once
	return nodeAt(root, path).Line
}

// nodeAt finds the node of a path such as tenants[0].apps[1].appId, or of the
// deepest part of it that the file has.
func nodeAt(n *yaml.Node, path string) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next := child(n, part)
		if next == nil {
			break
		}
		n = next
	}
	return n
}

func child(n *yaml.Node, part string) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == part {
				return n.Content[i+1]
			}
		}
	}
	return nil
}
