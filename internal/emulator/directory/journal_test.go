package directory

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

func encoded(t *testing.T, d *Document) string {
	t.Helper()
	data, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func open(t *testing.T, path string, seed *Document) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// randomChange changes something of a tenant: users, a list, a setting.
func randomChange(r *rand.Rand, c *Change, key Key) {
	number := r.IntN(30)
	u := newUser(number)
	app := func(i int) App {
		return App{AppID: newUser(100 + i).ID, DisplayName: fmt.Sprintf("app %d", i), Web: Platform{RedirectURIs: []string{"https://a.example/" + fmt.Sprint(r.IntN(9))}},
			PasswordCredentials: []Secret{{SecretText: "text", EndDateTime: clocktest.Now()}}, Registration: map[string]any{"tags": []any{"a", r.IntN(9)}, "info": map[string]any{"x": "y: z\n"}}}
	}
	switch r.IntN(9) {
	case 0, 1, 2:
		u.Attributes = map[string]string{"displayName": fmt.Sprintf("Ä \"%d\"\n<&>", r.IntN(99)), "extension_1_Age": "7"}
		u.Disabled, u.CreatedAt, u.RevokedBefore = r.IntN(2) == 0, clocktest.Now(), clocktest.Now().Add(time.Duration(r.IntN(9999))*time.Millisecond)
		u.Password, u.PasswordHash = "clear", []string{"", "$2a$hash"}[r.IntN(2)]
		c.Put(&u)
	case 3:
		c.Remove(u.ID)
	case 4:
		t := c.Configure()
		t.Apps = append(t.Apps[:2:2], app(1), app(2))
	case 5:
		t := c.Configure()
		at := r.IntN(len(t.Apps))
		a := app(7)
		a.AppID, a.PasswordCredentials = t.Apps[at].AppID, t.Apps[at].PasswordCredentials
		t.Apps[at] = a
	case 6:
		t := c.Configure()
		t.Keys = append([]Key{key}, t.Keys[:min(len(t.Keys), 1)]...)
		t.DeletedApps = append(t.DeletedApps, DeletedApp{App: app(r.IntN(50)), DeletedAt: clocktest.Now()})[max(0, len(t.DeletedApps)-2):]
	case 7:
		t := c.Configure()
		t.Region, t.MFA, t.Lifetimes.AccessToken = []string{"", "NA"}[r.IntN(2)], []string{"", MFARequired}[r.IntN(2)], Duration(time.Duration(r.IntN(9))*time.Minute)
	case 8:
		t := c.Configure()
		f := t.UserFlows[0]
		f.Attributes = []Attribute{{Name: "extension_1_Age", DataType: TypeInt64}, {Name: "displayName", Options: nil, Label: fmt.Sprint(r.IntN(9))}}
		t.UserFlows[0] = f
		t.CustomAttributes = []CustomAttribute{{ID: "extension_1_X", DisplayName: fmt.Sprint(r.IntN(9))}}
	}
}

// TestJournal_replay makes random changes: at any time one who looks on, one who opens the file, and who reads it as a seed see
// what the writer sees.
func TestJournal_replay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.yaml")
	key, err := GenerateKey(clocktest.Now())
	if err != nil {
		t.Fatal(err)
	}
	seed := Default()
	other := seed.Tenants[0]
	other.ID, other.Subdomain = newUser(77).ID, "fabrikam"
	seed.Tenants = append(seed.Tenants, other)
	a := open(t, path, seed)
	a.tidyAbove = 6 << 10
	b := open(t, path, nil)
	r := rand.New(rand.NewPCG(1, 2))
	ids := map[string]bool{}
	for i := range 90 {
		tenant := []string{DefaultTenantID, "fabrikam"}[r.IntN(2)]
		if err := a.Change(t.Context(), tenant, func(c *Change) error {
			for range 1 + r.IntN(3) {
				randomChange(r, c, key)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		want := encoded(t, a.View())
		if got := encoded(t, b.View()); got != want {
			t.Fatalf("after %d changes who looks on sees\n%s\nand not\n%s", i, got, want)
		}
		if i%15 == 0 {
			if got := encoded(t, open(t, path, nil).View()); got != want {
				t.Fatalf("after %d changes who opens it sees\n%s\nand not\n%s", i, got, want)
			}
			if d, err := Parse(content(t, path)); err != nil || encoded(t, d) != want {
				t.Fatalf("after %d changes it is another seed: %v", i, err)
			}
		}
		if ids[a.kept.id] = true; a.kept.end != b.kept.end || a.kept.end != int64(len(content(t, path))) {
			t.Fatalf("the file ends at %d, %d, %d", a.kept.end, b.kept.end, len(content(t, path)))
		}
		if i%7 == 0 {
			a, b = b, a
			a.tidyAbove = 6 << 10
		}
	}
	if len(ids) < 3 || len(a.Users(DefaultTenantID)) < 10 {
		t.Errorf("%d journals, %d users: nothing much was tried", len(ids), len(a.Users(DefaultTenantID)))
	}
}

// TestJournal_torn cuts the last line off at every byte, as a kill does, or fills what is missing as a power failure may: what
// came before is there, and the next change is kept.
func TestJournal_torn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.yaml")
	s := open(t, path, Default())
	put(t, s, newUser(1))
	before := content(t, path)
	put(t, s, newUser(2))
	whole := content(t, path)
	for cut := len(before); cut <= len(whole); cut++ {
		fillers := []string{"", "\x00\x00\x00", "\x00\x00\n", "x y\n"}
		for _, filler := range fillers[cut%4:][:1] {
			torn := append(bytes.Clone(whole[:cut]), filler...)
			if err := os.WriteFile(path, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			want := 1
			if cut == len(whole) {
				want = 2
			}
			onlooker, again := open(t, path, nil), open(t, path, nil)
			if got := len(again.Users(DefaultTenantID)); got != want {
				t.Fatalf("cut at %d of %d, %q: %d users, want %d", cut, len(whole), filler, got, want)
			}
			if !bytes.Equal(content(t, path), torn) {
				t.Fatal("reading wrote")
			}
			// A line that is shorter than what is left of the other one, so that this has to go.
			if err := again.Change(t.Context(), DefaultTenantID, func(c *Change) error { c.Remove(newUser(1).ID); return nil }); err != nil {
				t.Fatal(err)
			}
			if n := len(content(t, path)); again.kept.end != int64(n) {
				t.Fatalf("cut at %d, %q: the file has %d bytes, and ends at %d", cut, filler, n, again.kept.end)
			}
			if got := len(onlooker.Users(DefaultTenantID)); got != want-1 {
				t.Fatalf("cut at %d, %q: after one more change %d users", cut, filler, got)
			}
			if got := len(open(t, path, nil).Users(DefaultTenantID)); got != want-1 {
				t.Fatalf("cut at %d, %q: after one more change %d users in the file", cut, filler, got)
			}
		}
	}
}

// TestJournal_refused: what is damaged, or newer than this ciam, is refused with its line and left alone.
func TestJournal_refused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.yaml")
	s := open(t, path, Default())
	for i := range 3 {
		put(t, s, newUser(i))
	}
	whole := string(content(t, path))
	lines := strings.SplitAfter(whole, "\n")
	id := s.kept.id
	line := func(record string) string { return fmt.Sprintf("%08x %s\n", checksum(id, []byte(record)), record) }
	with := func(i int, text string) string {
		all := append([]string(nil), lines...)
		all[i] = text
		return strings.Join(all, "")
	}
	for name, tc := range map[string]struct {
		text  string
		line  int
		newer bool
		read  bool // it is in what a process that runs has read, and is found by the next one
	}{
		"a byte":                     {with(3, strings.Replace(lines[3], "u0@", "v0@", 1)), 4, false, true},
		"a byte of the document":     {with(2, strings.Replace(lines[2], "contoso", "contosa", 1)), 3, false, true},
		"a checksum":                 {with(3, "0"+lines[3]), 4, false, true},
		"a line that is empty":       {with(3, "\n"), 4, false, false},
		"a line of another journal":  {with(3, fmt.Sprintf("%08x {}\n", checksum("x", []byte("{}")))), 4, false, false},
		"the head":                   {with(0, strings.Replace(lines[0], "newer", "older", 1)), 1, false, false},
		"the id":                     {with(0, strings.Replace(lines[0], id, "", 1)), 1, false, false},
		"the second line":            {with(1, "---\n"), 1, false, false},
		"nothing but a head":         {lines[0] + lines[1], 2, true, false},
		"half a head":                {lines[0], 1, false, false},
		"a newer state":              {with(0, strings.Replace(lines[0], "(state 2)", "(state 3)", 1)), 0, true, false},
		"a key that is not known":    {whole + line(`{"tenant":"contoso","colour":"red"}`), 7, true, false},
		"a list that is not known":   {whole + line(`{"tenant":"contoso","lists":[{"list":"colours","at":0}]}`), 7, true, false},
		"a user's key":               {whole + line(`{"tenant":"contoso","put":[{"id":"x","colour":"red"}]}`), 7, true, false},
		"an app's key":               {whole + line(`{"tenant":"contoso","lists":[{"list":"apps","at":0,"add":["colour: red"]}]}`), 7, true, false},
		"a place behind the end":     {whole + line(`{"tenant":"contoso","lists":[{"list":"apps","at":1,"drop":2}]}`), 7, true, false},
		"a tenant that is not there": {whole + line(`{"tenant":"fabrikam","remove":["x"]}`), 7, true, false},
		"a document in the middle":   {whole + line(`{"document":"version: 1"}`), 7, true, false},
		"a change before a document": {lines[0] + lines[1] + lines[3], 3, true, false},
		"two values in a line":       {whole + line(`{} {}`), 7, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.text == whole {
				t.Fatal("nothing is different")
			}
			path := filepath.Join(dir, "x.yaml")
			if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), path, nil)
			var wrong *StateError
			if strings.HasPrefix(tc.text, headStart) {
				if !errors.As(err, &wrong) || wrong.Line != tc.line || wrong.Newer != tc.newer || wrong.File != path {
					t.Errorf("%v, want line %d, newer %t", err, tc.line, tc.newer)
				}
			} else if err == nil {
				t.Error("it was opened")
			}
			if tc.read {
				return
			}
			// Somebody else has the state in memory already.
			if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
				t.Fatal(err)
			}
			running := open(t, path, nil)
			if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if len(running.Users(DefaultTenantID)) != 3 {
				t.Error("the last good state is gone")
			}
			if err := running.Change(t.Context(), DefaultTenantID, func(c *Change) error { c.Remove(newUser(1).ID); return nil }); err == nil {
				t.Error("a change was kept")
			}
			if got := string(content(t, path)); got != tc.text {
				t.Error("it was written over")
			}
		})
	}
}
