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
	if was == unknown {
		old, err := v.current(ctx, name)
		if err != nil {
			return err
		}
		was = old.shape
	}
	if err := v.write(ctx, name, h.String()); err != nil {
		v.remember(name, unknown)
		return err
	}
	if was == chunked {
		// The new payload is stored. Chunks that stay behind are removed by a later Set or Delete.
		if v.trim(ctx, name, 'a', 0) != nil || v.trim(ctx, name, 'b', 0) != nil {
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
	_ = v.trim(ctx, name, h.slot, len(chunks))
	return nil
}

// current returns the shape and the slot in use, 0 when there is none. An unreadable head has no slot and may have chunks.
func (v *vault) current(ctx context.Context, name string) (old struct {
	shape shape
	slot  byte
}, err error) {
	raw, err := v.read(ctx, name)
	if errors.Is(err, ErrNotFound) {
		old.shape = oneOrNone
		return old, nil
	}
	if err != nil {
		return old, err
	}
	old.shape = chunked
	if h, err := parseHead(raw); err == nil && h.inline() {
		old.shape = oneOrNone
	} else if err == nil {
		old.slot = h.slot
	}
	return old, nil
}

// Delete takes the head away first, so that no reader sees a half-removed payload, and then looks once more.
func (v *vault) Delete(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := v.items.ready(ctx, false); err != nil {
		return err
	}
	v.remember(name, unknown)
	for range attempts { // more than once only when the keychain holds duplicates
		if err := v.drop(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		for _, slot := range []byte{'a', 'b'} {
			if err := v.trim(ctx, name, slot, 0); err != nil {
				return err
			}
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

// trim removes the chunks of a slot from index on. It finds the last one first and removes backwards, so that a crash leaves
// no gap behind which chunks would never be found again.
func (v *vault) trim(ctx context.Context, name string, slot byte, from int) error {
	end := from
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
