package keychain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// items is the low-level store under a vault: small UTF-8 values by item name. get and remove return ErrNotFound for an
// item that is not there, and *UnavailableError or the context's error otherwise.
type items interface {
	get(ctx context.Context, item string) (string, error)
	set(ctx context.Context, item, value string) error
	remove(ctx context.Context, item string) error
	// sizes returns how many bytes a head item and a chunk named like item may have.
	sizes(item string) (inline, chunk int)
	// ready is asked before each Set and Delete, and by Probe with write true: can items be written?
	ready(ctx context.Context, write bool) error
	// settle waits for calls that were given up on.
	settle(ctx context.Context) error
}

// shape is what is known of the layout of a name.
type shape byte

const (
	unknown   shape = iota
	oneOrNone       // inline or absent
	chunked         // chunks may be there
)

// vault is the Store over items: the codec described at the package.
type vault struct {
	kind    string
	items   items
	observe func(Op)

	mu    sync.Mutex
	shape map[string]shape // saves an inline Set the read that asks whether chunks are to be removed
}

func newVault(kind string, it items, observe func(Op)) *vault {
	return &vault{kind: kind, items: it, observe: observe, shape: map[string]shape{}}
}

func (v *vault) Kind() string                     { return v.kind }
func (v *vault) Probe(ctx context.Context) error  { return v.items.ready(ctx, true) }
func (v *vault) Settle(ctx context.Context) error { return v.items.settle(ctx) }

// attempts bounds the reads of a payload that is being rewritten. The pauses between them add up to about 0.3 s, longer than
// a write of a token cache takes.
const attempts = 8

func (v *vault) Get(ctx context.Context, name string) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	var torn error
	for try := range attempts {
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
		raw, err := v.read(ctx, name)
		if err != nil {
			if errors.Is(err, ErrNotFound) {
				v.remember(name, oneOrNone)
			}
			return nil, err
		}
		h, err := parseHead(raw)
		if err != nil {
			return nil, v.unreadable(name, err)
		}
		if h.inline() {
			v.remember(name, oneOrNone)
			data, err := h.payload(h.body)
			if err != nil {
				return nil, v.unreadable(name, err)
			}
			return data, nil
		}
		v.remember(name, chunked)
		var data []byte
		if data, torn, err = v.join(ctx, name, h); err != nil || torn == nil {
			return data, err
		}
	}
	return nil, v.unreadable(name, torn)
}

// join reads the chunks a head names. torn is set when they are not what the head promises: a write is in progress, or the
// item is corrupt.
func (v *vault) join(ctx context.Context, name string, h head) (data []byte, torn, err error) {
	var b strings.Builder
	for i := range h.chunks {
		c, err := v.read(ctx, chunkName(name, h.slot, i))
		if errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("chunk %d of %d is missing", i+1, h.chunks), nil
		}
		if err != nil {
			return nil, nil, err
		}
		if b.Len()+len(c) > 2*MaxPayload {
			return nil, fmt.Errorf("it is larger than %d bytes", MaxPayload), nil
		}
		b.WriteString(c)
	}
	data, torn = h.payload(b.String())
	return data, torn, nil
}

func (v *vault) read(ctx context.Context, item string) (string, error) {
	v.tell(Read, item)
	return v.items.get(ctx, item)
}

func (v *vault) write(ctx context.Context, item, value string) error {
	v.tell(Write, item)
	return v.items.set(ctx, item, value)
}

func (v *vault) drop(ctx context.Context, item string) error {
	v.tell(Remove, item)
	return v.items.remove(ctx, item)
}

func (v *vault) tell(k OpKind, item string) {
	if v.observe != nil {
		v.observe(Op{Kind: k, Item: item})
	}
}

func (v *vault) remember(name string, s shape) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shape[name] = s
}

func (v *vault) recall(name string) shape {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.shape[name]
}

func (v *vault) unreadable(name string, reason error) error {
	var newer errNewer
	if errors.As(reason, &newer) {
		v.remember(name, chunked) // whatever it left behind is removed with it
		return &NewerError{Kind: v.kind, Name: name, Version: int(newer), Supported: formatVersion}
	}
	v.remember(name, chunked)
	return &CorruptError{Kind: v.kind, Name: name, Reason: reason.Error()}
}

// chunkName is "<name>/a.0": the slash keeps it apart from every profile name.
func chunkName(name string, slot byte, i int) string {
	return fmt.Sprintf("%s/%c.%d", name, slot, i)
}

// pause waits 2, 4, 8 … 128 ms before the second and later tries.
func pause(ctx context.Context, try int) error {
	if try == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(time.Millisecond << try)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
