package passwords

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

func TestJudge(t *testing.T) {
	for password, want := range map[string]Problem{
		"Correct-Horse-7": Fine, "Abcdef1": TooShort, "Aa1" + strings.Repeat("x", MaxLength): TooLong, "Aa1" + strings.Repeat("ü", MaxLength-3): Fine,
		"abcdefgh": TooWeak, "abcdefg1": TooWeak, "abcdefgH1": Fine, "abcdefg-1": Fine, "Aa1\x00aaaaa": Garbled, "Aa1\xffaaaaa": Garbled,
		"F@br1kam": Fine, "Fabr1kam": Fine, "Fabrikam1": Banned, "F@brikam!": Banned, "Fabrikam-2026": Fine, "Fabrikamfabrikam1!": Banned,
	} {
		if got := Judge(password, []string{"fabrikam"}); got != want {
			t.Errorf("%q: got %d, want %d", password, got, want)
		}
	}
	if got := Judge("Fabrikam1", nil); got != Fine {
		t.Errorf("nothing is banned: %d", got)
	}
}

func TestCode(t *testing.T) {
	if got := NewCode(func(n uint64) uint64 { return n - 1 }); got != strings.Repeat("9", CodeLength) || !IsCode(got) {
		t.Errorf("the greatest is %s", got)
	}
	if got := NewCode(func(uint64) uint64 { return 7 }); got != strings.Repeat("0", CodeLength-1)+"7" {
		t.Errorf("seven is %s", got)
	}
	for _, bad := range []string{"", "1234567", "123456789", "1234567x", "１２３４５６７８"} {
		if IsCode(bad) {
			t.Errorf("%q is a code", bad)
		}
	}
}

// TestTry has the limits: per code, by age, and per person over all codes.
func TestTry(t *testing.T) {
	c, now := NewChecker(), clocktest.Now()
	fresh := func() *Code { return &Code{Value: "12345678", SentAt: now} }
	code := fresh()
	if got := c.Try(code, "ada", "12345678", now); got != Right || code.Open() {
		t.Errorf("a right one: %d", got)
	}
	if got := c.Try(code, "ada", "12345678", now); got != UsedUp {
		t.Errorf("again: %d", got)
	}
	if got := c.Try(fresh(), "ada", "12345678", now.Add(CodeLife)); got != TooOld {
		t.Errorf("late: %d", got)
	}
	code = fresh()
	for range CodeTries {
		if got := c.Try(code, "ada", "00000000", now); got != Wrong {
			t.Errorf("wrong: %d", got)
		}
	}
	if got := c.Try(code, "ada", "12345678", now); got != UsedUp {
		t.Errorf("too many: %d", got)
	}
	for range LockoutAfter - CodeTries {
		c.Try(fresh(), "ADA", "00000000", now)
	}
	if got := c.Try(fresh(), "ada", "12345678", now); got != Locked {
		t.Errorf("over all codes: %d", got)
	}
	if got := c.Try(fresh(), "bob", "12345678", now); got != Right {
		t.Errorf("somebody else: %d", got)
	}
	if got := c.Try(&Code{Value: "12345678", SentAt: now.Add(LockoutFor)}, "ada", "12345678", now.Add(LockoutFor)); got != Right {
		t.Errorf("afterwards: %d", got)
	}
}

// TestCheck: a right password is hashed once, wrong ones lock, and a change of what is kept is seen.
func TestCheck(t *testing.T) {
	c, now := NewChecker(), clocktest.Now()
	hashed := 0
	a := Account{ID: "ada", Secret: "one", Verify: func(p string) bool { hashed++; return p == "right" }}
	for range 3 {
		if ok, err := c.Check(t.Context(), a, "right", now); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if hashed != 1 {
		t.Errorf("hashed %d times", hashed)
	}
	changed := a
	changed.Secret, changed.Verify = "two", func(string) bool { return false }
	if ok, _ := c.Check(t.Context(), changed, "right", now); ok {
		t.Error("the old password is good after a change")
	}
	for range LockoutAfter - 2 {
		c.Check(t.Context(), a, "wrong", now)
	}
	if c.Locked("ada", now) {
		t.Error("locked too soon")
	}
	c.Check(t.Context(), a, "wrong", now)
	if !c.Locked("ada", now) || c.Locked("ada", now.Add(LockoutFor)) {
		t.Error("the lockout")
	}
	c.Clear("ada")
	if c.Locked("ada", now) {
		t.Error("Clear")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range cap(c.slots) {
		c.slots <- struct{}{}
	}
	if _, err := c.Check(ctx, a, "another", now); !errors.Is(err, context.Canceled) {
		t.Errorf("while all are busy: %v", err)
	}
}

// TestFail_bounded: what strangers make grow is forgotten, lockouts are not.
func TestFail_bounded(t *testing.T) {
	c, now := NewChecker(), time.Unix(1_800_000_000, 0)
	for range LockoutAfter {
		c.Fail("locked", now)
	}
	for i := range 2 * maxFailures {
		c.Fail(fmt.Sprint(i), now)
	}
	if len(c.failures) > maxFailures+1 || !c.Locked("locked", now) {
		t.Errorf("%d kept, locked %v", len(c.failures), c.Locked("locked", now))
	}
}
