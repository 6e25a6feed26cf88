package directory

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/ciam-cli/ciam/internal/files"
)

// isCurrent reports whether the file is as this process has seen it. One that cannot be looked at counts as seen.
func (s *Store) isCurrent() bool {
	seen := s.seen.Load()
	if seen == nil {
		return false
	}
	info, err := os.Stat(s.path)
	return err != nil || os.SameFile(info, *seen) && info.ModTime().Equal((*seen).ModTime()) && info.Size() == (*seen).Size()
}

// refresh reads what other processes have added. While this one has the lock, there is nothing, and nobody waits for it.
func (s *Store) refresh() {
	if s.path == "" || s.ours.Load() || s.isCurrent() {
		return
	}
	s.loading.Lock()
	defer s.loading.Unlock()
	if !s.isCurrent() {
		_ = s.catchUp() // see store_read.go
	}
}

// catchUp reads what has come to the file, or all of it where it is another one.
func (s *Store) catchUp() error {
	if s.kept.id != "" && s.readOn() {
		return nil
	}
	return s.reload()
}

// readOn reads on in the journal, and reports whether it was the same one.
func (s *Store) readOn() bool {
	f, info, err := files.OpenAt(s.path, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	begin := []byte(head(s.kept.id)) // a copy of another may have been put into the file
	if _, err := io.ReadFull(f, begin); err != nil || string(begin) != head(s.kept.id) {
		return false
	}
	if _, err := f.Seek(s.kept.end, io.SeekStart); err != nil {
		return false
	}
	if seen := s.seen.Load(); seen == nil || !os.SameFile(info, *seen) || info.Size() < s.kept.end {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j := &journalReader{r: bufio.NewReader(f), id: s.kept.id, end: s.kept.end}
	_, err = j.replay(s.state, &s.kept)
	s.kept.end = j.end
	if err != nil {
		return false
	}
	s.seen.Store(&info)
	return true
}

// reload reads the file and publishes it.
func (s *Store) reload() error {
	st, k, info, err := read(s.path)
	if err != nil {
		return err
	}
	s.publish(st)
	s.kept = *k
	s.seen.Store(&info)
	return nil
}

// add appends an edit to the file and publishes it when it is on the disk. The first change of a file in the seed's format
// makes a journal of it.
func (s *Store) add(was *Tenant, e *edit) error {
	r, err := e.record(was)
	if err != nil || r.empty() {
		return err
	}
	if !s.swept { // an append replaces nothing, so it has to be done here
		s.swept = true
		files.Sweep(s.path)
	}
	if s.kept.id == "" {
		if err := s.rewrite(s.state); err != nil {
			return err
		}
	}
	var line bytes.Buffer
	if err := appendLine(&line, s.kept.id, r); err != nil {
		return err
	}
	s.work.Bytes.Add(int64(line.Len()))
	info, err := files.Extend(s.path, s.kept.end, line.Bytes())
	if err != nil {
		s.seen.Store(nil) // what of it is there is read again
		return fmt.Errorf("write tenant state: %w", err)
	}
	s.mu.Lock()
	s.kept.applied(s.state, e, line.Len())
	s.mu.Unlock()
	s.kept.end += int64(line.Len())
	s.seen.Store(&info)
	if s.kept.waste > max(s.tidyAbove, s.kept.end/2) || s.kept.secrets && !s.hashing.Load() {
		_ = s.rewrite(s.state) // the change is kept all the same, and the next one tries again
	}
	return nil
}

// replace makes a document the state, on the disk first.
func (s *Store) replace(doc *Document) error {
	if err := doc.complete(); err != nil {
		return err
	}
	doc.conceal()
	st := newState(doc)
	if err := s.rewrite(st); err != nil {
		return err
	}
	s.publish(st)
	return nil
}

// rewrite makes a new journal that begins with a state. It is complete on disk before it takes the old one's name, so a
// reader, or a machine that stops in the middle, sees the old one or the new one.
func (s *Store) rewrite(st *state) error {
	id := newJournalID()
	data, err := st.journal(id)
	if err != nil {
		return err
	}
	s.work.Documents.Add(1)
	s.work.Bytes.Add(int64(len(data)))
	err = files.Replace(s.path, data, files.ReplaceOptions{Fixed: true, Private: true, Alone: true})
	var info fs.FileInfo
	if err == nil {
		info, err = os.Stat(s.path)
	}
	if err != nil {
		s.seen.Store(nil)
		return fmt.Errorf("write tenant state: %w", err)
	}
	s.kept = kept{id: id, end: int64(len(data))}
	s.seen.Store(&info)
	return nil
}

// tidy removes from the file what later changes have replaced, where passwords in clear text are among it.
func (s *Store) tidy(ctx context.Context) error {
	return s.exclusively(ctx, func() error {
		if !s.kept.secrets {
			return nil
		}
		return s.rewrite(s.state)
	})
}
