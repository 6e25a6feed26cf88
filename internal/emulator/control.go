package emulator

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxOutbox is how many messages are kept; the oldest go first.
const maxOutbox = 200

// Message is one mail the tenant would have sent.
type Message struct {
	To      string    `json:"to"`
	Code    string    `json:"code"`    // the one-time code, 8 digits
	Purpose string    `json:"purpose"` // "sign-up"
	SentAt  time.Time `json:"sent_at"`
}

type outbox struct {
	mu       sync.Mutex
	messages []Message
}

func (o *outbox) send(m Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.messages) >= maxOutbox {
		o.messages = append([]Message(nil), o.messages[1:]...)
	}
	o.messages = append(o.messages, m)
}

// list returns the messages to an address, oldest first; all for "".
func (o *outbox) list(to string) []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := []Message{}
	for _, m := range o.messages {
		if to == "" || strings.EqualFold(m.To, to) {
			out = append(out, m)
		}
	}
	return out
}

// control is the area for people and programs that test with the tenant.
type control struct{ *Server }

// Mount adds the area's routes.
func (c control) Mount(mux *http.ServeMux) {
	c.api(mux, "/_emulator/outbox", only(c.messages, http.MethodGet))
	c.api(mux, "/_emulator/health", only(c.health, http.MethodGet))
}

// messages lists the outbox, oldest first: {"messages":[{to,code,purpose,sent_at}]};
// ?to=<address> narrows it.
func (c control) messages(x *exchange) error {
	return x.sendJSON(http.StatusOK, map[string]any{"messages": c.outbox.list(x.r.URL.Query().Get("to"))})
}

func (c control) health(x *exchange) error {
	type tenant struct {
		ID        string `json:"id"`
		Subdomain string `json:"subdomain"`
	}
	tenants := []tenant{}
	for _, t := range c.store.View().Tenants {
		tenants = append(tenants, tenant{t.ID, t.Subdomain})
	}
	return x.sendJSON(http.StatusOK, map[string]any{"status": "ok", "tenants": tenants})
}
