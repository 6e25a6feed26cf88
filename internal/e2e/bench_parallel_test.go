package e2e

import (
	"fmt"
	"testing"
)

// BenchmarkParallel measures 100 processes of `ciam token` started at once, with a valid and with an expired token in the
// sealed file, against 100 hello-world processes, in turn:
//
//	go test -run '^$' -bench Parallel -benchtime 100x ./internal/e2e
func BenchmarkParallel(b *testing.B) {
	tn := startTenant(b)
	p, store := signedIn(b, tn, "file")
	p.path = build(b, "cmd/ciam")
	plain := *p
	plain.path = build(b, "internal/e2e/floor/hello")
	var held string // the access token in the store before a run
	many := func(name string, p *program, prepare func(), proof func(crowd) error) timed {
		return timed{
			name:   name,
			before: func() { prepare(); tn.requests.Store(0); tn.refreshes.Store(0) },
			run: func() func() error {
				printed := p.manyTokens(b, processes)
				return func() error {
					return proof(crowd{printed, int(tn.requests.Load()), int(tn.refreshes.Load())})
				}
			},
		}
	}
	hold := func() { held = accessToken(b, store, sessionItem()).Secret }
	t := inTurn(b,
		many("hello", &plain, func() {}, func(c crowd) error { return c.printed("hello") }),
		many("valid", p, hold, func(c crowd) error { return c.printed(held) }),
		many("expired", p, func() { held = expire(b, store) }, func(c crowd) error { return c.renewed(held) }),
	)
	t.reportMedians(b, "valid/hello", "expired/hello")
}

// crowd is what a hundred processes did together.
type crowd struct {
	outputs             map[string]int
	requests, refreshes int
}

// printed returns an error unless every process printed just this, and nobody made a request.
func (c crowd) printed(text string) error {
	if c.outputs[text] != processes || c.requests != 0 {
		return fmt.Errorf("%d of %d processes printed what was expected, %d requests", c.outputs[text], processes, c.requests)
	}
	return nil
}

// renewed returns an error unless every process printed the same new token, after one request: that for it.
func (c crowd) renewed(old string) error {
	for token, n := range c.outputs {
		if n == processes && token != old && token != "" && c.refreshes == 1 && c.requests == 1 {
			return nil
		}
	}
	return fmt.Errorf("%d different outputs, the expired token %d times, %d requests of which %d refreshes", len(c.outputs), c.outputs[old], c.requests, c.refreshes)
}
