package memory

import (
	"context"
	"strings"
	"sync"
	"time"
)

// MaxMessages is how many messages an outbox keeps; the oldest go first.
const MaxMessages = 200

// Message is one mail the tenant would have sent.
type Message struct {
	ID      int       `json:"id"` // rises with every message of this process, from 1
	To      string    `json:"to"`
	Code    string    `json:"code"`    // the one-time code
	Purpose string    `json:"purpose"` // "sign-up", ...
	SentAt  time.Time `json:"sent_at"`
}

// Outbox keeps the newest messages and lets somebody wait for the next one.
type Outbox struct {
	mu       sync.Mutex
	messages []Message
	last     int
	arrived  chan struct{} // closed by the next message; nil while nobody waits
}

// NewOutbox makes an outbox on a memory.
func NewOutbox(m *Memory) *Outbox {
	o := &Outbox{}
	m.OnForget(func() { o.Delete("") })
	return o
}

// Send keeps a message under the next id.
func (o *Outbox) Send(m Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	m.ID = o.last
	if len(o.messages) >= MaxMessages {
		o.messages = append([]Message(nil), o.messages[1:]...)
	}
	o.messages = append(o.messages, m)
	if o.arrived != nil {
		close(o.arrived)
		o.arrived = nil
	}
}

// List returns the messages to an address, oldest first; all for "".
func (o *Outbox) List(to string) []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.matching(to, 0)
}

func (o *Outbox) matching(to string, after int) []Message {
	out := []Message{}
	for _, m := range o.messages {
		if m.ID > after && (to == "" || strings.EqualFold(m.To, to)) {
			out = append(out, m)
		}
	}
	return out
}

// Wait returns the messages to an address with an id above after, as soon as
// there is one; none when ctx or the waiting ends first.
func (o *Outbox) Wait(ctx context.Context, ended <-chan struct{}, to string, after int) []Message {
	for {
		o.mu.Lock()
		found := o.matching(to, after)
		if o.arrived == nil {
			o.arrived = make(chan struct{})
		}
		arrived := o.arrived
		o.mu.Unlock()
		if len(found) > 0 {
			return found
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return found
		case <-ended:
			return found
		}
	}
}

// Delete forgets the messages to an address, all for "", and returns how many.
func (o *Outbox) Delete(to string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := []Message{}
	for _, m := range o.messages {
		if to != "" && !strings.EqualFold(m.To, to) {
			kept = append(kept, m)
		}
	}
	n := len(o.messages) - len(kept)
	o.messages = kept
	return n
}
