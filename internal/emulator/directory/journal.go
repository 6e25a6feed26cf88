package directory

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// The file of a kept tenant is a journal: two lines at its head, then a line for each change, the oldest first. A line is a
// checksum and a record in JSON. A change is there when its line is whole. From time to time the file is replaced by a
// shorter one that says the same (see Store.tidy). Seeds, and files that earlier versions kept, are YAML: see Parse.
//
// The head is YAML as well, so that an earlier ciam, which knows that format only, refuses the file in words that a person
// understands: it says "there is no key … here" of the first key.

// journalFormat is the only format of a journal that this package reads and writes. Version is that of the YAML.
const journalFormat = 2

const (
	headStart = `"that this ciam knows: a newer one keeps this tenant (state `
	headRest  = `). Update ciam to open it": "`
	headEnd   = `"`
	headLast  = "..." // ends the YAML
)

// lineOverhead is about what a line has beside a user and the tenant's id.
const lineOverhead = len(`00000000 {"tenant":"","put":[]}`) + 1

// StateError says that a kept tenant cannot be read.
type StateError struct {
	File    string
	Line    int  // 1-based; 0 for the whole file
	Newer   bool // a newer ciam has written it
	Problem string
}

func (e *StateError) Error() string {
	at := e.File
	if e.Line > 0 {
		at += ":" + strconv.Itoa(e.Line)
	}
	return "tenant state " + at + ": " + e.Problem
}

// isJournal reports whether data begins like a journal.
func isJournal(data []byte) bool { return bytes.HasPrefix(data, []byte(headStart)) }

// head is what a new journal begins with. Its id makes the checksums of no other journal fit.
func head(id string) string {
	return headStart + strconv.Itoa(journalFormat) + headRest + id + headEnd + "\n" + headLast + "\n"
}

func newJournalID() string {
	id := make([]byte, 8)
	rand.Read(id)
	return hex.EncodeToString(id)
}

// checksum is that of a line of the journal with an id.
func checksum(id string, data []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(id)), crc32.IEEETable, data)
}

// appendLine adds the line of a record to b.
func appendLine(b *bytes.Buffer, id string, r *record) error {
	data, err := encodeJSON(r)
	if err == nil {
		fmt.Fprintf(b, "%08x %s\n", checksum(id, data), data)
	}
	return err
}

// journalReader reads the lines of a journal.
type journalReader struct {
	r    *bufio.Reader
	id   string
	end  int64 // of what has been followed, in the file
	line int
}

var errDamaged = errors.New("the line is damaged: its checksum is another")

// readHead reads the head of a journal.
func (j *journalReader) readHead() error {
	first, err := j.r.ReadString('\n')
	second, err2 := j.r.ReadString('\n')
	if err = errors.Join(err, err2); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	j.line, j.end = 2, int64(len(first)+len(second))
	format, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(first, "\n"), headStart), ")")
	n, numErr := strconv.Atoi(format)
	if numErr == nil && n > journalFormat {
		return &StateError{Newer: true, Problem: fmt.Sprintf("kept by a newer ciam (state %d, this one knows up to %d)", n, journalFormat)}
	}
	id, whole := strings.CutPrefix(")"+rest, headRest)
	id, closed := strings.CutSuffix(id, headEnd)
	if !ok || err != nil || n != journalFormat || !whole || !closed || id == "" || second != headLast+"\n" {
		return &StateError{Line: 1, Problem: errDamaged.Error()}
	}
	j.id = id
	return nil
}

// next reads a record and returns how many bytes its line has; io.EOF at the end of what is whole. A last line that is not
// is what a writer has not finished, or not yet. One that others follow is damage: an errDamaged.
func (j *journalReader) next() (*record, int, error) {
	line, err := j.r.ReadBytes('\n')
	if err != nil {
		return nil, 0, err // io.EOF too: what there is of the line is unfinished
	}
	j.line++
	sum, data, ok := bytes.Cut(line[:len(line)-1], []byte(" "))
	n, numErr := strconv.ParseUint(string(sum), 16, 32)
	if !ok || numErr != nil || len(sum) != 8 || uint32(n) != checksum(j.id, data) {
		if _, err := j.r.ReadByte(); errors.Is(err, io.EOF) {
			return nil, 0, io.EOF
		}
		return nil, 0, errDamaged
	}
	r := new(record)
	if err := decodeJSON(data, r); err != nil {
		return nil, 0, err
	}
	return r, len(line), nil
}
