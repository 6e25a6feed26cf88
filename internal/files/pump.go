package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"
)

// retryAfter is how soon a pipe without a writer is looked at again.
const retryAfter = 10 * time.Millisecond

// pump reads from what may keep a reader waiting, in a goroutine of its own, so that the wait ends with a context or after
// some time. The goroutine of a wait that was given up is left behind where the system cannot end its read.
type pump struct {
	ctx     context.Context
	name    string
	source  io.ReadCloser
	named   bool // its end before any byte means that its writer is still to come
	empty   bool // it may end without a byte
	within  time.Duration
	waiting func(string)

	chunks chan chunk
	stop   chan struct{}
	once   sync.Once
	rest   chunk
}

// chunk is what one read gave.
type chunk struct {
	data []byte
	err  error
}

func newPump(ctx context.Context, name string, source io.ReadCloser, named bool, o Options) *pump {
	p := &pump{ctx: ctx, name: name, source: source, named: named, empty: o.Empty, within: o.patience(), waiting: o.Waiting,
		chunks: make(chan chunk), stop: make(chan struct{})}
	go p.run()
	return p
}

// endless returns a pump of r without a limit but ctx. What was read ahead when it ends is lost.
func endless(ctx context.Context, name string, r io.Reader, o Options) *pump {
	p := newPump(ctx, name, io.NopCloser(r), false, o)
	p.within, p.empty = 0, true
	return p
}

func (p *pump) run() {
	for begun := false; ; {
		buf := make([]byte, 32<<10)
		n, err := p.source.Read(buf)
		if n == 0 && (errors.Is(err, syscall.EAGAIN) || err == io.EOF && p.named && !begun) {
			select {
			case <-time.After(retryAfter):
				continue
			case <-p.stop:
				return
			}
		}
		begun = begun || n > 0
		select {
		case p.chunks <- chunk{buf[:n], err}:
		case <-p.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// begin waits for the first byte.
func (p *pump) begin() error {
	err := p.fill(p.within)
	if err != nil {
		return err
	}
	if len(p.rest.data) == 0 && p.rest.err == io.EOF && !p.empty {
		return &Error{Path: p.name, Kind: Empty}
	}
	return nil
}

// fill takes the next chunk; within 0 waits for ever.
func (p *pump) fill(within time.Duration) error {
	var limit, notice <-chan time.Time
	if within > 0 {
		timer := time.NewTimer(within)
		defer timer.Stop()
		limit = timer.C
	}
	if p.waiting != nil {
		timer := time.NewTimer(noticeAfter)
		defer timer.Stop()
		notice = timer.C
	}
	for {
		select {
		case p.rest = <-p.chunks:
			return nil
		case <-notice:
			p.waiting(p.name)
			p.waiting, notice = nil, nil
		case <-limit:
			return &Error{Path: p.name, Kind: Silent, Waited: within}
		case <-p.ctx.Done():
			return fmt.Errorf("read %s: %w", p.name, context.Cause(p.ctx))
		}
	}
}

// Read gives what has arrived, and waits for more with the context, without another limit.
func (p *pump) Read(b []byte) (int, error) { return p.read(b, 0) }

func (p *pump) read(b []byte, within time.Duration) (int, error) {
	for len(p.rest.data) == 0 {
		if p.rest.err != nil {
			return 0, p.rest.err
		}
		if err := p.fill(within); err != nil {
			p.rest = chunk{err: err}
			return 0, err
		}
	}
	n := copy(b, p.rest.data)
	p.rest.data = p.rest.data[n:]
	return n, nil
}

// patient gives every piece no longer than the first byte had.
type patient struct{ *pump }

func (p patient) Read(b []byte) (int, error) { return p.read(b, p.within) }

// Close ends the reading.
func (p *pump) Close() error {
	var err error
	p.once.Do(func() {
		close(p.stop)
		err = p.source.Close()
	})
	return err
}
