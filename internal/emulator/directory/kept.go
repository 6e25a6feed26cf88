package directory

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/ciam-cli/ciam/internal/files"
)

// kept is what a Store knows of its file.
type kept struct {
	id      string // of the journal; "" for a file in the seed's format
	end     int64  // of what has been read
	waste   int64  // bytes of lines that later ones have replaced
	secrets bool   // a line that was replaced has a password in clear text
}

// worthTidying is how much of a journal has to be waste before it is made shorter, beside half of it: a small one may have more.
const worthTidying = 256 << 10

// read reads a state file of either format; a file that is being written to is read up to where it is whole.
func read(path string) (*state, *kept, fs.FileInfo, error) {
	f, info, err := files.OpenAt(path, 0)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("tenant state: %w", err)
	}
	defer f.Close()
	b := bufio.NewReaderSize(f, 64<<10)
	if first, err := b.Peek(len(headStart)); !isJournal(first) {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, nil, fmt.Errorf("tenant state: %w", err)
		}
		st, err := readSeedForm(path)
		return st, &kept{}, info, err
	}
	st, k, err := readJournal(b)
	var own *StateError
	if errors.As(err, &own) {
		own.File = path
	}
	return st, k, info, err
}

// readJournal reads a journal up to where it is whole. Errors: *StateError, without a file, and those of reading.
func readJournal(b *bufio.Reader) (*state, *kept, error) {
	j, k := &journalReader{r: b}, &kept{}
	err := j.readHead()
	var st *state
	if err == nil {
		st, err = j.replay(nil, k)
	}
	if err == nil && st == nil {
		err = errors.New("there is no tenant in it")
	}
	if err != nil {
		return nil, nil, j.explain(err)
	}
	k.id, k.end = j.id, j.end
	return st, k, nil
}

// parseJournal reads a journal as the document that it has come to.
func parseJournal(data []byte) (*Document, error) {
	st, _, err := readJournal(bufio.NewReader(bytes.NewReader(data)))
	var own *StateError
	if errors.As(err, &own) {
		return nil, &FormatError{Line: own.Line, Problem: own.Problem}
	}
	if err != nil {
		return nil, err
	}
	d := st.document()
	return d, d.Validate()
}

// readSeedForm reads a state in the seed's format.
func readSeedForm(path string) (*state, error) {
	data, err := files.Read(context.Background(), path, files.Options{Limit: MaxBytes, Empty: true})
	if err != nil {
		return nil, fmt.Errorf("tenant state: %w", err)
	}
	doc, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("tenant state %s: %w", path, err)
	}
	if doc.SealingKey == "" {
		return nil, fmt.Errorf("tenant state %s: %w", path, &FormatError{Path: "sealingKey", Problem: "missing; a seed may leave it out, a state file may not"})
	}
	return newState(doc), nil
}

// ReadState reads the document that a Store keeps in a file, which may be in use. Errors: *FormatError for a file in the
// seed's format, *StateError for a journal, and those of the file.
func ReadState(path string) (*Document, error) {
	st, _, _, err := read(path)
	if err != nil {
		return nil, err
	}
	return st.document(), nil
}

// explain makes a *StateError of what is wrong with a journal.
func (j *journalReader) explain(err error) error {
	var own *StateError
	var file *fs.PathError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &file):
		return fmt.Errorf("tenant state: %w", err)
	case errors.Is(err, errDamaged):
		return &StateError{Line: j.line, Problem: err.Error()}
	}
	// The line is as it was written: whoever wrote it knows more.
	return &StateError{Line: j.line, Newer: true, Problem: "this ciam does not understand the line (" + err.Error() + ")"}
}

// replay applies the records that follow to a state, and returns the state; one that is nil begins with a document. Where
// it fails, the state may be half changed.
func (j *journalReader) replay(st *state, k *kept) (*state, error) {
	for {
		r, n, err := j.next()
		if errors.Is(err, io.EOF) {
			return st, nil
		}
		if err != nil {
			return nil, err
		}
		if st, err = st.follow(r, n, k); err != nil {
			return nil, err
		}
		j.end += int64(n)
	}
}

// follow is the state after a record of n bytes.
func (st *state) follow(r *record, n int, k *kept) (*state, error) {
	if (st == nil) != (r.Document != "") {
		return nil, errors.New("a document begins a journal and is nowhere else")
	}
	if st == nil {
		var doc Document
		if err := decodeYAML(r.Document, &doc); err != nil {
			return nil, err
		}
		return newState(&doc), nil
	}
	was := st.configuration.Tenant(r.Tenant)
	if was == nil {
		return nil, fmt.Errorf("there is no tenant %q", clipped(r.Tenant))
	}
	e, err := r.edit(was)
	if err != nil {
		return nil, err
	}
	k.applied(st, e, n)
	return st, nil
}

// applied applies an edit whose line has n bytes.
func (k *kept) applied(st *state, e *edit, n int) {
	waste, secrets := st.apply(e)
	for _, bytes := range e.bytes { // what is left of the line is worth nothing once it has been followed
		n -= bytes
	}
	k.waste += int64(waste + max(n, 0))
	k.secrets = k.secrets || secrets
}

// journal writes a state as a journal that begins with it, and notes how much each user takes.
func (st *state) journal(id string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(head(id))
	doc, err := yaml.Marshal(st.configuration.withoutUsers())
	if err != nil {
		return nil, fmt.Errorf("encode tenant state: %w", err)
	}
	if err := appendLine(&b, id, &record{Document: string(doc)}); err != nil {
		return nil, err
	}
	for i := range st.configuration.Tenants {
		t := &st.configuration.Tenants[i]
		for _, m := range st.people[lower(t.ID)].order {
			if m == nil {
				continue
			}
			e := &edit{put: []*User{m.user}}
			r, err := e.record(t)
			if err == nil {
				err = appendLine(&b, id, r)
			}
			if err != nil {
				return nil, err
			}
			m.bytes = e.bytes[0]
		}
	}
	return b.Bytes(), nil
}

// withoutUsers is a document without the users, and who stands in for them.
func (d *Document) withoutUsers() *Document {
	own := *d
	own.Tenants = slices.Clone(d.Tenants)
	for i := range own.Tenants {
		own.Tenants[i].Users = nil
	}
	return &own
}
