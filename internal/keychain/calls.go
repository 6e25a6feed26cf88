package keychain

import (
	"context"
	"errors"
	"sync"
)

// calls bounds calls into code that knows no context, and accounts for those that outlive their limit.
type calls struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n falls to 0; nil while n is 0
}

// limited runs f, and gives up on it when ctx ends or with the patience, with *UnavailableError Hanging. f goes on in its
// goroutine; settle waits for it.
func limited[T any](ctx context.Context, c *calls, p patience, f func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	got := make(chan answer, 1)
	c.begin()
	go func() {
		defer c.end()
		v, err := f()
		got <- answer{v, err}
	}()
	watch, stop := context.WithCancel(ctx)
	defer stop()
	over := make(chan error, 1)
	go func() { over <- p.keep(watch) }()
	select {
	case a := <-got:
		return a.v, a.err
	case err := <-over:
		if err == nil {
			err = ctx.Err()
		}
		return none, err
	}
}

func (c *calls) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == 0 {
		c.idle = make(chan struct{})
	}
	c.n++
}

func (c *calls) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n--; c.n == 0 {
		close(c.idle)
		c.idle = nil
	}
}

// settle waits until no call is running, or returns *UnavailableError Hanging when ctx ends before.
func (c *calls) settle(ctx context.Context) error {
	c.mu.Lock()
	idle := c.idle
	c.mu.Unlock()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return unavailable(Hanging, errors.New("a call that was given up on has not returned"))
	}
}
