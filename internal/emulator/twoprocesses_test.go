package emulator

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestState_twoProcesses signs up in two processes on one tenant at once, by pages and by native authentication: every account is
// there afterwards, and each process signs the other's people in.
func TestState_twoProcesses(t *testing.T) {
	const each = 10
	const fileVariable = "EMULATOR_TEST_STATE"
	file, child := os.Getenv(fileVariable), true
	name := "child"
	if file == "" {
		file, child, name = filepath.Join(t.TempDir(), "tenant.yaml"), false, "parent"
	}
	start := func() *fixture { return newFixture(t, func(o *Options) { o.DataFile = file }) }
	f := start()
	var other sync.WaitGroup
	if !child {
		other.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestState_twoProcesses$", "-test.count=1")
			cmd.Env = append(os.Environ(), fileVariable+"="+file)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("the other process: %v\n%s", err, out)
			}
		})
	}
	// The parent begins when it sees the first of the child's accounts.
	for began := time.Now(); !child && f.store.User(tid, "child-page0@example.com") == nil; time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("no account of the other process is seen within a minute")
		}
	}
	for i := range each {
		v := f.visitor(t)
		f.signUpTo(v, "attributes", fmt.Sprintf("%s-page%d@example.com", name, i))
		v.submit("create", "displayName", "New")
		if v.answer().Get("code") == "" {
			t.Fatal(v.page.text)
		}
		f.signedUp(t, fmt.Sprintf("%s-native%d@example.com", name, i))
	}
	if child {
		return
	}
	other.Wait()
	for _, who := range []string{"parent", "child"} {
		for i := range each {
			for _, way := range []string{"page", "native"} {
				email := fmt.Sprintf("%s-%s%d@example.com", who, way, i)
				if u := f.store.User(tid, email); u == nil || !u.CheckPassword(testPassword) {
					t.Errorf("%s is not there, or has another password", email)
				}
			}
		}
	}
	if n := len(start().Tenants()[0].Users); n != 4*each+1 {
		t.Errorf("%d users, expected %d", n, 4*each+1)
	}
	v := f.visitor(t)
	v.get(authorizeURL("login_hint", "child-page0@example.com"))
	v.submit("next")
	v.submit("next", "password", testPassword)
	if v.answer().Get("code") == "" {
		t.Error(v.page.text)
	}
}
