//go:build linux

package keychain

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	dbus "github.com/godbus/dbus/v5"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// kwallet is a Secret Service like that of KDE: its only collection is not called login, it is locked, and unlocking it asks.
type kwallet struct {
	conn *dbus.Conn

	mu     sync.Mutex
	locked bool
	answer func(*kwallet) // what the person does with the prompt; nil: nothing
	asked  int
	items  map[string][]byte // by user name
	reply  any               // replaces the reply of GetSecret when set
	calls  map[dbus.Sender][]string
	slow   time.Duration // how long the service takes for a turn; pings are answered meanwhile
}

const (
	kwCollection = "/org/freedesktop/secrets/collection/kdewallet"
	kwPrompt     = "/org/freedesktop/secrets/prompt/p1"
)

type kwSecret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

func startKWallet(t *testing.T) *kwallet {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	k := &kwallet{conn: conn, items: map[string][]byte{}, calls: map[dbus.Sender][]string{}}
	for _, e := range []struct {
		methods map[string]any
		path    dbus.ObjectPath
		iface   string
	}{
		{map[string]any{"ReadAlias": k.readAlias, "OpenSession": k.openSession, "SearchItems": k.search, "Unlock": k.unlock}, ssPath, ssService},
		{map[string]any{"Get": k.property}, ssPath, "org.freedesktop.DBus.Properties"},
		{map[string]any{"SearchItems": k.searchCollection, "CreateItem": k.create}, kwCollection, ssCollection},
		{map[string]any{"SearchItems": k.searchCollection, "CreateItem": k.create}, "/org/freedesktop/secrets/aliases/default", ssCollection},
		{map[string]any{"Close": func() *dbus.Error { return nil }}, "/org/freedesktop/secrets/session/s1", "org.freedesktop.Secret.Session"},
		{map[string]any{"Prompt": k.prompt, "Dismiss": func() *dbus.Error { return nil }}, kwPrompt, ssPrompt},
	} {
		if err := conn.ExportMethodTable(e.methods, e.path, e.iface); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.RequestName(ssName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kwallet) set(change func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change()
}

func (k *kwallet) note(who dbus.Sender, what string) {
	k.mu.Lock()
	slow := k.slow
	k.mu.Unlock()
	time.Sleep(slow)
	k.set(func() { k.calls[who] = append(k.calls[who], what) })
}

func (k *kwallet) readAlias(who dbus.Sender, name string) (dbus.ObjectPath, *dbus.Error) {
	k.note(who, "ReadAlias "+name)
	time.Sleep(20 * time.Millisecond) // a client that does not wait for the answer has called again by now
	defer k.note(who, "answered")
	if name == "default" {
		return kwCollection, nil
	}
	return "/", nil
}

func (k *kwallet) openSession(who dbus.Sender, _ string, _ dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	k.note(who, "OpenSession")
	return dbus.MakeVariant(""), "/org/freedesktop/secrets/session/s1", nil
}

func (k *kwallet) property(who dbus.Sender, _, _ string) (dbus.Variant, *dbus.Error) {
	k.note(who, "Get")
	return dbus.MakeVariant([]dbus.ObjectPath{kwCollection}), nil
}

// search finds nothing while the wallet is locked, as KWallet does.
func (k *kwallet) search(who dbus.Sender, attributes map[string]string) (unlocked, locked []dbus.ObjectPath, e *dbus.Error) {
	k.note(who, "SearchItems")
	unlocked, e = k.searchCollection(attributes)
	return unlocked, nil, e
}

func (k *kwallet) searchCollection(attributes map[string]string) ([]dbus.ObjectPath, *dbus.Error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.items[attributes["username"]]; !ok || k.locked {
		return nil, nil
	}
	return []dbus.ObjectPath{kwCollection + "/1"}, nil
}

func (k *kwallet) create(properties map[string]dbus.Variant, secret kwSecret, _ bool) (item, prompt dbus.ObjectPath, e *dbus.Error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	attributes := properties[ssItem+".Attributes"].Value().(map[string]string)
	k.items[attributes["username"]] = secret.Value
	k.export(secret.Value)
	return kwCollection + "/1", "/", nil
}

// export makes the only item; the tests store one at a time.
func (k *kwallet) export(value []byte) {
	get := any(func(session dbus.ObjectPath) (kwSecret, *dbus.Error) {
		return kwSecret{session, []byte{}, value, "text/plain"}, nil
	})
	if k.reply != nil {
		get = k.reply
	}
	k.conn.ExportMethodTable(map[string]any{"GetSecret": get}, kwCollection+"/1", ssItem)
}

func (k *kwallet) unlock(who dbus.Sender, paths []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	k.note(who, "Unlock")
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.locked {
		return nil, kwPrompt, nil
	}
	return paths, "/", nil
}

func (k *kwallet) prompt(string) *dbus.Error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	if k.answer != nil {
		go k.answer(k)
	}
	return nil
}

func (k *kwallet) complete(dismissed bool) {
	k.set(func() { k.locked = dismissed })
	k.conn.Emit(kwPrompt, ssPrompt+".Unrelated", true)
	k.conn.Emit(kwPrompt, ssPrompt+".Completed", dismissed, dbus.MakeVariant([]dbus.ObjectPath{kwCollection}))
}

func TestOS_otherService(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderBus(t, func(t *testing.T) {
		ctx := context.Background()
		k := startKWallet(t)
		s := OS(Options{})
		if err := s.Set(ctx, "ada", []byte("kept")); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(ctx, "ada"); err != nil || string(got) != "kept" {
			t.Errorf("another collection: %q, %v", got, err)
		}
		if _, err := s.Get(ctx, "grace"); !errors.Is(err, ErrNotFound) {
			t.Errorf("nothing there: %v", err)
		}
		k.set(func() { k.locked = true })
		expectHarmlessFirst(t, k)
		expectLockedUnasked(t, k)
		testAnswers(t, k)
		testReplies(t, k)
	})
}

// expectHarmlessFirst checks what keeps gnome-keyring alive: see noAlias.
func expectHarmlessFirst(t *testing.T, k *kwallet) {
	k.set(func() {
		if len(k.calls) < 4 { // the reads and the write
			t.Errorf("%d connections, expected at least 4", len(k.calls))
		}
		for who, calls := range k.calls {
			if len(calls) < 2 || calls[0] != "ReadAlias "+noAlias || calls[1] != "answered" {
				t.Errorf("%s: the first call is not a lone ReadAlias: %q", who, calls)
			}
		}
	})
}

func expectLockedUnasked(t *testing.T, k *kwallet) {
	expectState(t, OS(Options{}), Locked)
	k.set(func() {
		if k.asked != 0 {
			t.Errorf("nobody is there, and the prompt was shown %d times", k.asked)
		}
	})
}

// testAnswers has a person who unlocks, dismisses, or does nothing.
func testAnswers(t *testing.T, k *kwallet) {
	ctx := context.Background()
	o := Options{Interactive: true}
	o.limits = timeLimits{call: time.Second, probe: time.Second, prompt: 300 * time.Millisecond}
	for name, c := range map[string]struct {
		answer func(*kwallet)
		want   string
	}{
		"unlocks":      {func(k *kwallet) { k.complete(false) }, ""},
		"dismisses":    {func(k *kwallet) { k.complete(true) }, "dismissed"},
		"does nothing": {nil, "not answered within 300ms"},
	} {
		k.set(func() { k.locked, k.answer = true, c.answer })
		got, err := OS(o).Get(ctx, "ada")
		if c.want == "" && (err != nil || string(got) != "kept") {
			t.Errorf("the person %s: %q, %v", name, got, err)
		}
		if c.want != "" && (state(err) != Locked || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("the person %s: got %v, expected locked and %q", name, err, c.want)
		}
	}
	// The prompt's wait is not counted against the keychain: a slow person is no hanging keychain.
	k.set(func() {
		k.locked, k.answer = true, func(k *kwallet) { time.Sleep(700 * time.Millisecond); k.complete(false) }
	})
	o.limits = timeLimits{call: 500 * time.Millisecond, probe: 500 * time.Millisecond, prompt: 10 * time.Second}
	if err := OS(o).Set(ctx, "ada", []byte("kept")); err != nil {
		t.Errorf("a slow person: %v", err)
	}
}

// testReplies lets the service answer GetSecret with something else.
func testReplies(t *testing.T, k *kwallet) {
	ctx := context.Background()
	const secretError = "org.freedesktop.Secret.Error."
	fail := func(name string) any {
		return func(dbus.ObjectPath) (kwSecret, *dbus.Error) { return kwSecret{}, dbus.NewError(name, nil) }
	}
	for name, c := range map[string]struct {
		reply any
		want  State // "" is ErrNotFound
	}{
		"text":       {func(dbus.ObjectPath) (string, *dbus.Error) { return "secret", nil }, Other},
		"nothing":    {func(dbus.ObjectPath) *dbus.Error { return nil }, Other},
		"two fields": {func(dbus.ObjectPath) (struct{ A, B string }, *dbus.Error) { return struct{ A, B string }{}, nil }, Other},
		"gone":       {fail(secretError + "NoSuchObject"), ""},
		"locked":     {fail(secretError + "IsLocked"), Locked},
		"refused":    {fail("org.freedesktop.DBus.Error.AccessDenied"), Denied},
		"no reply":   {fail("org.freedesktop.DBus.Error.NoReply"), Hanging},
		"other":      {fail("com.example.Strange"), Other},
	} {
		k.set(func() { k.locked, k.reply = false, c.reply; k.export(nil) })
		_, err := OS(Options{}).Get(ctx, "ada")
		if state(err) != c.want || c.want == "" && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: got %v, expected the state %q", name, err, c.want)
		}
	}
}
