package host

import (
	"net"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// TestAnnounce follows what emulators say of themselves: those that listen are found, one that was killed is forgotten, and
// nobody takes back what another has said.
func TestAnnounce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "running")
	if all := Announced(dir); len(all) != 0 {
		t.Errorf("%v before anybody runs", all)
	}
	listener := func() (string, func()) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return "https://" + l.Addr().String(), func() { _ = l.Close() }
	}
	address, _ := listener()
	other, kill := listener()
	one, two := Running{URL: address, CAFile: "ca.pem", PID: 1}, Running{URL: other, PID: 2}
	drop, err := Announce(dir, one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Announce(dir, two); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"1.json": "", "2.json": "{}", "x.json": "nonsense", "other": "x"} {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	if all := Announced(dir); len(all) != 2 || !reflect.DeepEqual(append(all, one, two)[:2], all) || !StillAnnounced(dir, one) || !StillAnnounced(dir, two) {
		t.Errorf("%v", all)
	}
	kill()
	if all := Announced(dir); !reflect.DeepEqual(all, []Running{one}) || StillAnnounced(dir, two) {
		t.Errorf("%v after one was killed", all)
	}
	next := one
	next.PID = 3
	dropNext, err := Announce(dir, next) // the port was free for a moment
	if err != nil {
		t.Fatal(err)
	}
	drop()
	if all := Announced(dir); !reflect.DeepEqual(all, []Running{next}) || StillAnnounced(dir, one) {
		t.Errorf("%v: the earlier one took back the later one's", all)
	}
	dropNext()
	if all := Announced(dir); len(all) != 0 {
		t.Errorf("%v after the end", all)
	}
	for _, bad := range []string{"", "nonsense", "https://localhost", "::"} {
		if _, err := Announce(dir, Running{URL: bad}); err == nil {
			t.Errorf("%q was announced", bad)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "other")); err != nil || info.Size() != 1 {
		t.Error("a file of somebody else is gone")
	}
}
