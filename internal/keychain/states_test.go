package keychain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestMessages checks that every state says something of its own.
func TestMessages(t *testing.T) {
	seen := map[string]State{}
	for _, s := range States() {
		m := message(s)
		if m == "" || strings.HasSuffix(m, ".") || strings.Contains(m, "ciam") || seen[m] != "" {
			t.Errorf("%s: message %q", s, m)
		}
		seen[m] = s
	}
}

// TestMacState derives the exit status from the OSStatus, of which the shell sees the low byte.
func TestMacState(t *testing.T) {
	for status, want := range map[int32]State{
		-25308: Locked, -25315: Locked, -25293: Locked, -128: Denied, -25292: Denied, -25243: Denied, -61: Denied,
		-25307: Absent, -25294: Absent, -25295: Absent, -25291: Absent, -34: Full, -50: Other, 1: Other,
	} {
		if got := macState(int(uint8(status))); got != want {
			t.Errorf("OSStatus %d, exit status %d: got %s, expected %s", status, uint8(status), got, want)
		}
	}
}

func TestWindowsState(t *testing.T) {
	for code, want := range map[uintptr]State{5: Denied, 1312: Absent, 1783: TooBig, 112: Full, 1816: Full, 1722: Absent, 87: Other} {
		if got := windowsState(code); got != want {
			t.Errorf("error %d: got %s, expected %s", code, got, want)
		}
	}
}

func TestLimited(t *testing.T) {
	ctx := context.Background()
	var c calls
	release := make(chan struct{})
	start := time.Now()
	v, err := limited(ctx, &c, patience{limit: 50 * time.Millisecond}, func() (string, error) {
		<-release
		return "late", nil
	})
	if state(err) != Hanging || v != "" {
		t.Fatalf("got %q, %v, expected the state hanging", v, err)
	}
	if !strings.Contains(err.Error(), "50ms") || time.Since(start) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
	soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if err := c.settle(soon); state(err) != Hanging {
		t.Errorf("settle while the call runs: got %v, expected the state hanging", err)
	}
	close(release)
	if err := c.settle(ctx); err != nil {
		t.Errorf("settle after the call: %v", err)
	}

	stopped, stop := context.WithCancel(ctx)
	block := make(chan struct{})
	time.AfterFunc(20*time.Millisecond, stop)
	if _, err := limited(stopped, &c, patience{limit: time.Minute}, func() (int, error) { <-block; return 0, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	close(block)
	if _, err := limited(stopped, &c, patience{limit: time.Minute}, func() (int, error) { t.Error("called"); return 0, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("already cancelled: got %v", err)
	}
	for i := range 100 { // calls that overlap and end in any order
		go limited(ctx, &c, patience{limit: time.Minute}, func() (int, error) { time.Sleep(time.Duration(i%7) * time.Millisecond); return 0, nil })
	}
	if v, err := limited(ctx, &c, patience{limit: time.Minute}, func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	if err := c.settle(ctx); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("cause")
	u := unavailable(Locked, cause)
	if !errors.Is(fmt.Errorf("save: %w", u), cause) || !strings.Contains(u.Error(), "locked: cause") {
		t.Errorf("got %v", u)
	}
	if got := unavailable(Locked, nil).Error(); got != "the keychain is locked" {
		t.Errorf("got %q", got)
	}
}
