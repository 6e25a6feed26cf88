package emulator

import (
	"context"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// hashingAfter is how long hashing lets the start, and the requests it was started for, go first.
const hashingAfter = time.Second

// hashing has the passwords of a seed hashed beside the requests; see
// directory.Store.HashPasswords. Whatever is left at the end, or could not be
// written, is done by the next server. A nil hashing has nothing to do.
type hashing struct {
	store *directory.Store
	due   chan struct{}
	stop  context.CancelFunc
	over  chan struct{}
}

func newHashing(store *directory.Store) *hashing {
	ctx, stop := context.WithCancel(context.Background())
	h := &hashing{store: store, due: make(chan struct{}, 1), stop: stop, over: make(chan struct{})}
	h.begin()
	go h.run(ctx)
	return h
}

func (h *hashing) run(ctx context.Context) {
	defer close(h.over)
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.due:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(hashingAfter):
			_ = h.store.HashPasswords(ctx) // see above
		}
	}
}

// begin has passwords hashed that are there by now.
func (h *hashing) begin() {
	if h == nil {
		return
	}
	select {
	case h.due <- struct{}{}:
	default: // it is to look again already
	}
}

// end stops it, within a millisecond or a write.
func (h *hashing) end() {
	if h == nil {
		return
	}
	h.stop()
	<-h.over
}
