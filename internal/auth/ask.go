package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/wire"
)

// post sends a form and returns the bounded answer, whatever its status.
func (s *Service) post(ctx context.Context, endpoint string, form url.Values, during string, o wire.Options) (wire.Reply, error) {
	reply, err := wire.New(s.HTTP, s.asked(o)).Post(ctx, endpoint, form)
	if err != nil {
		return reply, failed(during, err)
	}
	return reply, nil
}

// asked adds the service's clock and limit.
func (s *Service) asked(o wire.Options) wire.Options {
	o.Now, o.Timeout = s.Now, s.timeout()
	return o
}

// ask is post to an endpoint of md. Where there is nothing at it, md may come from a cache that is out of date: it is
// replaced by what the tenant publishes now, and the form is sent once more if the endpoint is another one.
func (s *Service) ask(ctx context.Context, md *authority.Metadata, endpoint func(authority.Metadata) string, form url.Values, during string, o wire.Options) (wire.Reply, error) {
	reply, err := s.post(ctx, endpoint(*md), form, during, o)
	if err != nil || !nothingThere(reply.Status) {
		return reply, err
	}
	newer, err := s.Authorities.Refetch(ctx, *md)
	if err != nil || endpoint(newer) == endpoint(*md) {
		return reply, nil // what was said first says more
	}
	*md = newer
	return s.post(ctx, endpoint(newer), form, during, o)
}

func nothingThere(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

// failed says during which step a request failed. An answer that has begun and cannot be read to its end is the tenant's.
func failed(during string, err error) error {
	var e *wire.UnreachableError
	if errors.As(err, &e) && e.Status != 0 && e.Proxy == "" {
		return &AnswerError{During: during, Status: e.Status, Cause: e.Cause, Problem: e.Reason, Err: err}
	}
	return fmt.Errorf("%s: %w", during, err)
}
