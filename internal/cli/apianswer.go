package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// apiCall is one call, from the first redirect to the exit code.
type apiCall struct {
	run       *run
	options   apiOptions
	url       *url.URL
	method    string
	scopes    []string
	elsewhere *url.URL // where a redirect led that was not followed
}

// checkRedirect follows redirects within the origin (RFC 6454 section 4) of the URL that was asked for. net/http
// itself would send the token to subdomains and from https to http.
func (c *apiCall) checkRedirect(next *http.Request, via []*http.Request) error {
	if !sameOrigin(next.URL, c.url) {
		c.elsewhere = next.URL
		return http.ErrUseLastResponse
	}
	if len(via) >= 10 {
		return errors.New("it redirects in a circle, or over 10 times")
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		switch {
		case u.Port() != "":
			return u.Port()
		case u.Scheme == "https":
			return "443"
		}
		return "80"
	}
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// where is the call as messages name it: without the query, which may hold what is nobody's business.
func (c *apiCall) where() string { return c.method + " " + withoutQuery(c.url) }

func withoutQuery(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

// unreachable is a call without an answer, or with half of one.
func (c *apiCall) unreachable(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errAPITimeout) {
		return &commandError{exit: exitUnreachable, code: "timeout", message: fmt.Sprintf("%s: no whole answer within %s", c.where(), c.options.timeout), hint: "`--timeout` waits longer"}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wrapped *url.Error // its message has the URL with the query
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return &commandError{exit: exitUnreachable, code: "unreachable", message: fmt.Sprintf("%s: %v", c.where(), err),
		hint: "check the URL, the network, a proxy (HTTPS_PROXY) or a private certificate authority (CIAM_CA_FILE)"}
}

// finish prints the answer and tells what its status means.
func (c *apiCall) finish(ctx context.Context, resp *http.Response) error {
	out := c.run.Streams.Data()
	if c.options.include {
		if err := printHead(out, resp); err != nil {
			return err
		}
	}
	failed := c.failure(resp)
	if c.run.global.jq != "" {
		if failed != nil {
			return failed
		}
		return c.filter(ctx, resp.Body)
	}
	body := &watchedReader{r: resp.Body}
	_, err := io.Copy(out, body)
	if err == nil {
		err = out.Flush()
	}
	switch {
	case body.err != nil:
		return c.unreachable(ctx, fmt.Errorf("the answer broke off: %w", body.err))
	case err != nil:
		return err // of stdout
	}
	return failed
}

func printHead(w io.Writer, resp *http.Response) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\r\n", resp.Proto, resp.Status)
	names := make([]string, 0, len(resp.Header))
	for name := range resp.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range resp.Header[name] {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	_, err := io.WriteString(w, b.String()+"\r\n")
	return err
}

// failure is what to tell of a status that is not one of success; nil for success, and for 304, which was asked for.
func (c *apiCall) failure(resp *http.Response) error {
	status := resp.StatusCode
	if status/100 == 2 || status == http.StatusNotModified {
		return nil
	}
	f := &commandError{exit: exitOther, code: "http_status", message: strings.TrimSpace(fmt.Sprintf("%s: %d %s", c.where(), status, http.StatusText(status)))}
	scopes := "for no API"
	if len(c.scopes) > 0 {
		scopes = "for " + strings.Join(c.scopes, " ")
	}
	switch {
	case c.elsewhere != nil:
		f.code = "redirect"
		f.message += fmt.Sprintf(", a redirect to %s, which is not followed: the token is for %s only", withoutQuery(c.elsewhere), c.url.Scheme+"://"+c.url.Host)
		f.hint = "if you trust it, call that URL itself"
	case status/100 == 3:
		f.code, f.hint = "redirect", "a body that came from stdin cannot be sent twice; use a file, or call the new URL itself (`-i` shows it)"
	case status == http.StatusUnauthorized:
		f.hint = fmt.Sprintf("the API did not accept the token, which is %s: name the API's own scope with `--scope`, and see that the API expects this tenant and that audience", scopes)
	case status == http.StatusForbidden:
		f.hint = fmt.Sprintf("the API knows who calls and does not allow it: the token is %s; see which scope or role the API asks for", scopes)
	case c.run.global.jq != "":
		f.hint = "leave `--jq` out to see the API's answer"
	}
	return f
}

// maxFiltered bounds an answer that --jq has to hold in memory.
const maxFiltered = 32 << 20

// filter prints a JSON answer through --jq.
func (c *apiCall) filter(ctx context.Context, body io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(body, maxFiltered+1))
	if err != nil {
		return c.unreachable(ctx, fmt.Errorf("the answer broke off: %w", err))
	}
	bad := func(problem string) error {
		return &commandError{exit: exitOther, code: "not_json", message: c.where() + ": " + problem, hint: "leave `--jq` out to see the API's answer"}
	}
	switch {
	case len(data) > maxFiltered:
		return bad(fmt.Sprintf("the answer has over %d MB, more than --jq takes", maxFiltered>>20))
	case len(bytes.TrimSpace(data)) == 0:
		return bad("the answer is empty, expected JSON for --jq")
	case !json.Valid(data):
		return bad("the answer is not the JSON that --jq filters")
	}
	return c.run.printJSON(json.RawMessage(data))
}

// watchedReader remembers why reading ended, to tell a broken answer from a broken stdout.
type watchedReader struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
