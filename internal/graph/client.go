package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
	"github.com/ciam-cli/ciam/internal/wire"
)

// maxPages bounds a list: an answer that always names a next page must not keep anybody waiting.
const maxPages = 500

// Options are what a Client works with. Token and RequestID are needed.
type Options struct {
	// Token returns the access token that a request is sent with.
	Token func(context.Context) (string, error)
	// RequestID makes the client-request-id of a request, a GUID.
	RequestID func() string
	// HTTP is the client to send with; nil means http.DefaultClient.
	HTTP *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Pause waits between two tries; nil means wire.Pause.
	Pause func(context.Context, time.Duration) error
}

// Client calls Microsoft Graph. Make one with New. It is safe for concurrent use.
type Client struct {
	root    string
	options Options
	again   *wire.Sender // for requests that can be made again
	once    *wire.Sender // for POST
}

// New returns a Client for a root, as Root takes it. The error is a *RootError.
func New(root string, o Options) (*Client, error) {
	root, err := Root(root)
	if err != nil {
		return nil, err
	}
	w := wire.Options{Now: o.Now, Pause: o.Pause, Tries: 4, Repeatable: true}
	c := &Client{root: root, options: o, again: wire.New(o.HTTP, w)}
	w.Repeatable, w.AtMostOnce = false, true
	c.once = wire.New(o.HTTP, w)
	return c, nil
}

// call is one request.
type call struct {
	method string
	path   string // below the root, escaped, with the query
	prefer string // header
	body   any    // nil for none
}

// do sends a request and returns the answer of success. Errors: *Error, *wire.UnreachableError, what Token returned, and
// the cause of ctx's end.
func (c *Client) do(ctx context.Context, r call) (wire.Reply, error) {
	target := c.root + r.path
	plain, _, _ := strings.Cut(target, "?")
	req, err := c.request(ctx, r, target)
	if err != nil {
		return wire.Reply{}, err
	}
	sender := c.again
	if r.method == http.MethodPost {
		sender = c.once
	}
	reply, err := sender.Do(req)
	if err != nil {
		return wire.Reply{}, err
	}
	if reply.Status < 200 || reply.Status > 299 {
		return wire.Reply{}, refusal(r.method, plain, req.Header.Get("client-request-id"), reply)
	}
	return reply, nil
}

func (c *Client) request(ctx context.Context, r call, target string) (*http.Request, error) {
	if path, _, _ := strings.Cut(r.path, "?"); strings.Contains(path, "//") || strings.HasSuffix(path, "/") {
		return nil, errNoID
	}
	token, err := c.options.Token(ctx)
	if err != nil {
		return nil, err
	}
	var body []byte
	if r.body != nil {
		if body, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("write the body of %s %s: %w", r.method, r.path, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, &wire.UnreachableError{URL: bare(target), Reason: "is not a URL that can be asked for", Err: err}
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.prefer != "" {
		req.Header.Set("Prefer", r.prefer)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("client-request-id", c.options.RequestID())
	return req, nil
}

// read sends a request and decodes the object that answers it.
func read[T any](ctx context.Context, c *Client, r call) (*T, error) {
	reply, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	return decode[T](c, r, reply)
}

func decode[T any](c *Client, r call, reply wire.Reply) (*T, error) {
	out := new(T)
	if _, err := strictjson.Parse(reply.Body); err != nil {
		return nil, damaged(bare(c.root+r.path), reply, err)
	}
	if err := json.Unmarshal(reply.Body, out); err != nil {
		return nil, damaged(bare(c.root+r.path), reply, shape(err))
	}
	return out, nil
}

// find is read for what may not be there: nil then.
func find[T any](ctx context.Context, c *Client, path string) (*T, error) {
	found, err := read[T](ctx, c, call{method: http.MethodGet, path: path})
	if NotFound(err) {
		return nil, nil
	}
	return found, err
}

// list collects the pages of a list. A next page is asked for at the root only: the token goes nowhere else.
func list[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	var all []T
	for range maxPages {
		page, err := read[struct {
			Value *[]T   `json:"value"`
			Next  string `json:"@odata.nextLink"`
		}](ctx, c, call{method: http.MethodGet, path: path})
		if err != nil {
			return nil, err
		}
		at := bare(path)
		if page.Value == nil {
			return nil, &wire.UnreachableError{URL: c.root + at, Cause: wire.CauseDamaged, Reason: "the answer has no list of values"}
		}
		all = append(all, *page.Value...)
		if page.Next == "" {
			return all, nil
		}
		next, ok := strings.CutPrefix(page.Next, c.root)
		if !ok || !strings.HasPrefix(next, "/") || next == path {
			return nil, &wire.UnreachableError{URL: c.root + at, Cause: wire.CauseDamaged, Reason: "the next page is said to be at another place, or at the same"}
		}
		path = next
	}
	return nil, &wire.UnreachableError{URL: c.root + bare(path), Cause: wire.CauseDamaged, Reason: fmt.Sprintf("the list has more than %d pages", maxPages)}
}

// write sends a request whose answer is of no use.
func (c *Client) write(ctx context.Context, method, path string, body any) error {
	_, err := c.do(ctx, call{method: method, path: path, body: body})
	return err
}

// remove deletes. That there is nothing is what was wanted: an answer that was lost is asked for again.
func (c *Client) remove(ctx context.Context, path string) error {
	err := c.write(ctx, http.MethodDelete, path, nil)
	if NotFound(err) {
		return nil
	}
	return err
}

// made is what a POST made, which has to have an id.
func made[T any](ctx context.Context, c *Client, path string, body any, id func(*T) string) (*T, error) {
	out, err := read[T](ctx, c, call{method: http.MethodPost, path: path, body: body})
	if err == nil && id(out) == "" {
		return nil, &wire.UnreachableError{URL: c.root + path, Cause: wire.CauseDamaged, Reason: "the answer does not say what was made"}
	}
	return out, err
}

// quoted is a text in a filter or a key (OData 4.01 part 2, section 5.1.1.14.1: an apostrophe is doubled).
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// filtered is a path with a filter.
func filtered(path, filter string) string {
	return path + "?$filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
}

// key is a path with an alternate key.
func key(path, name, value string) string {
	return path + "(" + name + "=" + url.PathEscape(quoted(value)) + ")"
}

// below is a path with ids in it.
func below(path string, ids ...string) string {
	for _, id := range ids {
		path = strings.Replace(path, "{}", url.PathEscape(id), 1)
	}
	return path
}

// errNoID keeps an empty id out of a path, where it would name the collection.
var errNoID = errors.New("an object of Microsoft Graph without an id")
