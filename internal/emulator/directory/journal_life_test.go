package directory

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestJournal_bounded changes the same users again and again: the file does not grow without end, and what is written in all
// does not either.
func TestJournal_bounded(t *testing.T) {
	const users, changes, above = 50, 1000, 32 << 10
	path := filepath.Join(t.TempDir(), "t.yaml")
	s := open(t, path, memoryStore(t, users).View())
	s.tidyAbove = above
	small := len(content(t, path))
	largest := 0
	for i := range changes {
		u := newUser(i % users)
		u.Attributes = map[string]string{"displayName": strings.Repeat("x", 1+i%100)}
		put(t, s, u)
		if info, err := os.Stat(path); err == nil {
			largest = max(largest, int(info.Size()))
		}
	}
	if most := above + 4*small; largest > most || largest < above {
		t.Errorf("the file grew to %d bytes, expected %d to %d", largest, above, most)
	}
	if n := s.work.Documents.Load(); n < 2 || n > 10 {
		t.Errorf("it was written anew %d times", n)
	}
	if n := s.work.Bytes.Load() / changes; n > 500 {
		t.Errorf("%d bytes were written for a change", n)
	}
}

// TestJournal_secrets: where a password in clear text is replaced, or its user goes, nothing of it stays in the file.
func TestJournal_secrets(t *testing.T) {
	for name, change := range map[string]func(c *Change){
		"changed":       func(c *Change) { u := c.User(newUser(1).ID); u.Password, u.PasswordHash = "", "$2a$x"; c.Put(u) },
		"removed":       func(c *Change) { c.Remove(newUser(1).ID) },
		"hashed beside": func(c *Change) { u := c.User(newUser(1).ID); u.PasswordHash = "$2a$x"; c.Put(u) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t.yaml")
			s := open(t, path, clearSeed(3))
			if err := s.Change(t.Context(), DefaultTenantID, func(c *Change) error { change(c); return nil }); err != nil {
				t.Fatal(err)
			}
			if data := string(content(t, path)); strings.Contains(data, "Clear-Text-1") || !strings.Contains(data, "Clear-Text-2") {
				t.Error("the password is still there, or that of others is not")
			}
		})
	}
	// A kill may come between the change and what takes the old line away: the next process does it.
	path := filepath.Join(t.TempDir(), "t.yaml")
	s := open(t, path, clearSeed(1))
	s.hashing.Store(true)
	u := s.View().Tenants[0].Users[0]
	u.Password, u.PasswordHash = "", "$2a$x"
	put(t, s, u)
	if !strings.Contains(string(content(t, path)), "Clear-Text-0") {
		t.Fatal("there is nothing left to do")
	}
	if err := open(t, path, nil).HashPasswords(t.Context()); err != nil || strings.Contains(string(content(t, path)), "Clear-Text-0") {
		t.Errorf("the next process leaves it: %v", err)
	}
}

// TestJournal_takenOver: a file in the seed's format is read without being touched, and becomes a journal with the first change.
func TestJournal_takenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.yaml")
	d := clearSeed(2)
	d.SealingKey = base64.StdEncoding.EncodeToString(make([]byte, SealingKeySize))
	old := encoded(t, d)
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	s, other := open(t, path, nil), open(t, path, nil)
	if encoded(t, s.View()) != old || string(content(t, path)) != old {
		t.Error("it is another document, or was written to")
	}
	put(t, s, newUser(5))
	data := content(t, path)
	if !isJournal(data) || other.User(DefaultTenantID, newUser(5).ID) == nil {
		t.Errorf("no journal, or others do not see the change:\n%s", data)
	}
	put(t, other, newUser(6))
	if got := open(t, path, nil); len(got.Users(DefaultTenantID)) != 4 || got.View().SealingKey != d.SealingKey || !got.User(DefaultTenantID, newUser(1).ID).CheckPassword("Clear-Text-1") {
		t.Error("something is lost")
	}
	if s.User(DefaultTenantID, newUser(6).ID) == nil {
		t.Error("who has taken it over does not see what comes later")
	}
	// And a person may put a document back in its place.
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Users(DefaultTenantID)); n != 2 {
		t.Errorf("%d users after a document was put back", n)
	}
}

// TestJournal_stays reads a journal that an earlier commit has written: what is kept today is read tomorrow.
func TestJournal_stays(t *testing.T) {
	d, err := ReadState(filepath.Join("testdata", "state2.journal"))
	if err != nil {
		t.Fatal(err)
	}
	want := content(t, filepath.Join("testdata", "state2.yaml"))
	if got := encoded(t, d); got != string(want) {
		t.Errorf("it reads as\n%s", got)
	}
}

// TestUser_names holds the names that a user's fields have in the journal to those of the seed.
func TestUser_names(t *testing.T) {
	for f := range reflect.TypeFor[User]().Fields() {
		y, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		j, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if y == "" || y != j {
			t.Errorf("%s is %q in YAML and %q in JSON", f.Name, y, j)
		}
	}
	in := map[string]bool{}
	for _, l := range lists() {
		in[l.key] = true
	}
	for f := range reflect.TypeFor[Tenant]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if structs := f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct; structs && name != "users" && !in[name] {
			t.Errorf("the list %s is written whole with every change of a setting: add it to lists", name)
		}
	}
}
