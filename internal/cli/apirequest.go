package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/files"
)

// request builds the call from the command line, without the token, and returns what to close after it.
func (o *apiOptions) request(ctx context.Context, r *run, args []string) (*http.Request, io.Closer, error) {
	method := http.MethodGet
	if o.hasData {
		method = http.MethodPost
	}
	if len(args) == 2 {
		method = strings.ToUpper(args[0])
		if !isToken(method) {
			return nil, nil, &usageError{message: fmt.Sprintf("%q is no HTTP method", args[0]), hint: "give METHOD before URL, as in `ciam api PUT https://api.contoso.com/orders/7`"}
		}
	}
	target, err := parseAPIURL(args[len(args)-1])
	if err != nil {
		return nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), nil)
	if err != nil {
		return nil, nil, &usageError{message: fmt.Sprintf("%q cannot be called", args[len(args)-1])}
	}
	for _, header := range o.headers {
		if err := addHeader(req.Header, header); err != nil {
			return nil, nil, err
		}
	}
	if !o.hasData {
		if o.contentType != "" {
			return nil, nil, &usageError{message: "--content-type is the type of a body, and there is none", hint: "give one with `--data`"}
		}
		return req, io.NopCloser(nil), nil
	}
	if err := o.setContentType(req.Header); err != nil {
		return nil, nil, err
	}
	closer, err := o.setBody(r, req)
	return req, closer, err
}

func (o *apiOptions) setContentType(header http.Header) error {
	given := header.Get("Content-Type")
	switch {
	case given != "" && o.contentType != "":
		return &usageError{message: "--content-type and a header Content-Type exclude each other"}
	case given != "":
		return nil
	case o.contentType == "":
		header.Set("Content-Type", "application/json")
		return nil
	}
	return addHeader(header, "Content-Type: "+o.contentType)
}

// setBody streams the body; a literal and a file can be sent again after a redirect (307, 308), stdin and a pipe cannot.
func (o *apiOptions) setBody(r *run, req *http.Request) (io.Closer, error) {
	path, isFile := strings.CutPrefix(o.data, "@")
	switch {
	case o.data == "-" || o.data == "@-":
		req.Body, req.ContentLength = &stdinUntil{ctx: req.Context(), in: r.Streams.In}, -1
		return io.NopCloser(nil), nil
	case !isFile:
		req.ContentLength = int64(len(o.data))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(o.data)), nil }
	default:
		return r.setFileBody(req, path)
	}
	if req.ContentLength == 0 {
		req.Body = http.NoBody
		return io.NopCloser(nil), nil
	}
	var err error
	req.Body, err = req.GetBody()
	return req.Body, err
}

// setFileBody sends a file as it is, whatever is in it: a body need not be text. A pipe's cannot be sent again.
func (r *run) setFileBody(req *http.Request, path string) (io.Closer, error) {
	open := func() (*files.File, error) { return r.files.Open(path, files.Options{Pipes: true}) }
	body, err := open()
	var wrong *files.Error
	switch {
	case errors.As(err, &wrong):
		return nil, &usageError{message: fmt.Sprintf("--data @%s: %s", path, wrong.Problem()), hint: fileHint(r.system(), wrong)}
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		return nil, &usageError{message: fmt.Sprintf("--data @%s: %v", path, reason(err)), hint: "after @ comes the path of a file"}
	}
	req.Body, req.ContentLength = body, body.Size()
	if body.Again() {
		req.GetBody = func() (io.ReadCloser, error) { return open() }
	}
	return body, nil
}

// parseAPIURL accepts https, and http to this machine: anything else would show the token to the network.
func parseAPIURL(raw string) (*url.URL, error) {
	const hint = "give it in full, as in https://api.contoso.com/orders"
	u, err := url.Parse(raw)
	if err != nil {
		return nil, &usageError{message: fmt.Sprintf("%q is no URL", raw), hint: hint}
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, &usageError{message: fmt.Sprintf("%q is no URL that begins with https://", raw), hint: hint}
	case u.User != nil:
		return nil, &usageError{message: "the URL has a user name; the token says who calls", hint: "leave out what stands before the @"}
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, &usageError{message: fmt.Sprintf("http://%s would show the token to everybody on the way", u.Host), hint: "use https; http is for localhost, 127.0.0.1 and [::1]"}
	}
	return u, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// addHeader reads "Name: value" (RFC 9110 section 5) and refuses the headers that are ciam's to set.
func addHeader(header http.Header, line string) error {
	name, value, ok := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || !isToken(name) {
		return &usageError{message: fmt.Sprintf("--header %q is not of the form 'Name: value'", line)}
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return &usageError{message: fmt.Sprintf("--header %s has a control character in its value", name)}
	}
	switch http.CanonicalHeaderKey(name) {
	case "Authorization":
		return &usageError{message: "--header Authorization is what ciam itself sends", hint: "to send another token, use curl"}
	case "Host", "Content-Length", "Transfer-Encoding", "Connection":
		return &usageError{message: fmt.Sprintf("--header %s follows from the URL and the body", name), hint: "leave it out"}
	}
	header.Add(name, value)
	return nil
}

// isToken reports whether text is a token of HTTP (RFC 9110 section 5.6.2): the form of methods and header names.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}
