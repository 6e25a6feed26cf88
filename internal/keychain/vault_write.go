package keychain

import (
	"context"
	"errors"
	"fmt"
)

func (v *vault) Set(ctx context.Context, name string, data []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	if len(data) > MaxPayload {
		return unavailable(TooBig, fmt.Errorf("%d bytes, the limit is %d", len(data), MaxPayload))
	}
	if err := v.items.ready(ctx, false); err != nil {
		return err
	}
	_, chunk := v.items.sizes(chunkName(name, 'a', maxChunks))
	inline, _ := v.items.sizes(name)
	h, chunks, err := layout(data, inline, chunk)
	if err != nil {
		return err
	}
	if len(chunks) == 0 {
		return v.setInline(ctx, name, h)
	}
	return v.setChunks(ctx, name, h, chunks)
}

func (v *vault) setInline(ctx context.Context, name string, h head) error {
	was := v.recall(name)
	old := stored{shape: was}
	if was != oneOrNone {
		var err error
		if old, err = v.current(ctx, name); err != nil {
			return err
		}
	}
	v.remember(name, unknown)
	if err := v.write(ctx, name, h.String()); err != nil {
		return err
	}
	if old.shape == chunked || was == chunked {
		// The new payload is stored: chunks that cannot be removed now are no reason to fail. A later Set or Delete does it.
		if v.wipe(ctx, name, old) != nil {
			v.remember(name, chunked)
			return nil
		}
	}
	v.remember(name, oneOrNone)
	return nil
}

func (v *vault) setChunks(ctx context.Context, name string, h head, chunks []string) error {
	// The head is always read afresh: writing into the slot that is in use would tear it.
	old, err := v.current(ctx, name)
	if err != nil {
		return err
	}
	h.slot = 'a'
	if old.slot == 'a' {
		h.slot = 'b'
	}
	v.remember(name, chunked)
	for i, c := range chunks {
		if err := v.write(ctx, chunkName(name, h.slot, i), c); err != nil {
			return err
		}
	}
	if err := v.write(ctx, name, h.String()); err != nil {
		return err
	}
	// As in setInline, what cannot be removed now is not worth an error. The other slot stays for readers of the old head.
	_ = v.trim(ctx, name, h.slot, len(chunks), 0)
	return nil
}

// stored is what is known of a name before it is changed. The zero value is an inline or absent payload.
type stored struct {
	shape  shape
	slot   byte // in use; 0 when none is
	chunks int
}

// current reads the head for what it says about the layout. An unreadable head may have chunks.
func (v *vault) current(ctx context.Context, name string) (stored, error) {
	raw, err := v.read(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return stored{shape: oneOrNone}, nil
	}
	if err != nil {
		return stored{}, err
	}
	h, err := parseHead(raw)
	switch {
	case err != nil:
		return stored{shape: chunked}, nil
	case h.inline():
		return stored{shape: oneOrNone}, nil
	}
	return stored{shape: chunked, slot: h.slot, chunks: h.chunks}, nil
}

// Delete takes the head away first, so that no reader sees a half-removed payload, and then looks once more.
func (v *vault) Delete(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := v.items.ready(ctx, false); err != nil {
		return err
	}
	var old stored
	if v.recall(name) != oneOrNone {
		var err error
		if old, err = v.current(ctx, name); err != nil {
			return err
		}
	}
	v.remember(name, unknown)
	for range attempts { // more than once only when the keychain holds duplicates
		if err := v.drop(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := v.wipe(ctx, name, old); err != nil {
			return err
		}
		_, err := v.read(ctx, name)
		if errors.Is(err, ErrNotFound) {
			v.remember(name, oneOrNone)
			return nil
		}
		if err != nil {
			return err
		}
	}
	return unavailable(Other, errors.New("the item is still there after it was deleted"))
}

// wipe removes the chunks of both slots.
func (v *vault) wipe(ctx context.Context, name string, old stored) error {
	for _, slot := range []byte{'a', 'b'} {
		known := 0
		if slot == old.slot {
			known = old.chunks
		}
		if err := v.trim(ctx, name, slot, 0, known); err != nil {
			return err
		}
	}
	return nil
}

// trim removes the chunks of a slot from an index on, known of which the head named. It finds the last one first and removes
// backwards, so that a crash leaves no gap behind which chunks would never be found again.
func (v *vault) trim(ctx context.Context, name string, slot byte, from, known int) error {
	end := max(from, known)
	for ; end < maxChunks; end++ {
		if _, err := v.read(ctx, chunkName(name, slot, end)); errors.Is(err, ErrNotFound) {
			break
		} else if err != nil {
			return err
		}
	}
	for i := end - 1; i >= from; i-- {
		if err := v.drop(ctx, chunkName(name, slot, i)); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}
