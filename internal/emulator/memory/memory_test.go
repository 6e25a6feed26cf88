package memory

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestShelf(t *testing.T) {
	now := time.Unix(0, 0)
	s := NewShelf[int](New(func() time.Time { return now }), 3, time.Minute)
	for i, id := range []string{"a", "b", "c", "d"} {
		s.Put(id, i)
	}
	if _, ok := s.Get("a"); ok {
		t.Error("more than three are kept")
	}
	s.Drop("b")
	now = now.Add(30 * time.Second)
	s.Put("e", 5)
	now = now.Add(30 * time.Second)
	if _, ok := s.Get("d"); ok {
		t.Error("d outlived its time")
	}
	if v, ok := s.Get("e"); !ok || v != 5 {
		t.Error("e is gone")
	}
	s.Put("f", 6)
	if len(s.items) != 2 || len(s.order) != 2 {
		t.Errorf("%d items, %d in order", len(s.items), len(s.order))
	}
	for range 100 {
		s.Put("g", 7)
		s.Drop("g")
	}
	if len(s.order) > 2*s.max {
		t.Errorf("%d ids are remembered for %d items", len(s.order), len(s.items))
	}
}

func TestRing(t *testing.T) {
	m := New(time.Now)
	r := NewRing[int](m, 3)
	for i := range 5 {
		r.Add(i)
	}
	if got := r.List(); !slices.Equal(got, []int{2, 3, 4}) {
		t.Errorf("got %v", got)
	}
	m.Forget()
	if got := r.List(); len(got) != 0 {
		t.Errorf("after Forget: %v", got)
	}
	r.Add(7)
	if got := r.List(); !slices.Equal(got, []int{7}) {
		t.Errorf("again: %v", got)
	}
}

func TestOutbox(t *testing.T) {
	m := New(time.Now)
	o := NewOutbox(m)
	for range MaxMessages + 1 {
		o.Send(Message{To: "ada@example.com"})
	}
	o.Send(Message{To: "Bob@example.com", Code: "1"})
	if got := o.List(""); len(got) != MaxMessages || got[0].ID != 3 {
		t.Errorf("%d kept, the oldest is %d", len(got), got[0].ID)
	}
	if got := o.List("bob@EXAMPLE.com"); len(got) != 1 || got[0].Code != "1" {
		t.Errorf("by address: %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := o.Wait(ctx, nil, "carol@example.com", 0); len(got) != 0 {
		t.Errorf("nobody: %v", got)
	}
	arrived := make(chan []Message)
	go func() { arrived <- o.Wait(t.Context(), nil, "carol@example.com", 0) }()
	o.Send(Message{To: "carol@example.com"})
	if got := <-arrived; len(got) != 1 {
		t.Errorf("waited for: %v", got)
	}
	if n := o.Delete("bob@example.com"); n != 1 {
		t.Errorf("deleted %d", n)
	}
	m.Forget()
	if got := o.List(""); len(got) != 0 {
		t.Errorf("after Forget: %v", got)
	}
}

// TestForget: whatever is made on a memory is forgotten with it.
func TestForget(t *testing.T) {
	m := New(time.Now)
	s, called := NewShelf[string](m, 3, time.Minute), false
	s.Put("a", "b")
	m.OnForget(func() { called = true })
	m.Forget()
	if _, ok := s.Get("a"); ok || !called || len(s.Values()) != 0 {
		t.Error("something is remembered")
	}
}

func TestSecrets(t *testing.T) {
	var off Secrets
	off.Add("x")
	on := Secrets{On: true}
	on.Add("a", "", "b", "a")
	if len(off.List()) != 0 || strings.Join(on.List(), "") != "ab" {
		t.Errorf("%v %v", off.List(), on.List())
	}
}
