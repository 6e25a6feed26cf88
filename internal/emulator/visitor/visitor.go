// Package visitor is a person at the pages of the embedded tenant without a browser: it reads a page, fills in the
// form as a person would, and sends it, until it arrives somewhere else. `ciam demo` uses it on a machine without a
// browser, and tests use it where a real browser is not the point.
package visitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Visitor is one person with one browser session: cookies last as long as the Visitor.
type Visitor struct {
	// Email and Password are what the person types.
	Email, Password string
	// Attributes are typed into the fields of that id, or are the choice there: an option's value, several as a,b,c, and
	// true for a box. Other fields stay empty unless the page insists.
	Attributes map[string]string
	// SignUp follows "Create one" instead of signing in.
	SignUp bool
	// Forgot follows "Forgot password?": Password is then the new one.
	Forgot bool
	// Cancel presses cancel on the first page that has it.
	Cancel bool
	// Code returns the one-time code that was sent to an address.
	Code func(ctx context.Context, email string) (string, error)
	// OnPage, if set, is told the name of each page (data-page) as it is reached.
	OnPage func(page string)

	client *http.Client
}

// Page is where a visit ended.
type Page struct {
	URL    string
	Status int
	// Name is the page's data-page, "" for a page that is not the tenant's.
	Name string
	// Text is the visible text, white space folded.
	Text string
}

// ErrStuck is returned when a page cannot be left: no form that is known, or the same page too often.
var ErrStuck = errors.New("the visitor does not know how to go on")

// maxSteps bounds a visit; the longest, a sign-up, has about ten pages.
const maxSteps = 25

// maxPage bounds what is read of one page.
const maxPage = 1 << 20

// New returns a visitor that reaches the web through transport.
func New(transport http.RoundTripper) *Visitor {
	jar, _ := cookiejar.New(nil) // fails only for a broken public suffix list, and none is given
	return &Visitor{client: &http.Client{Transport: transport, Jar: jar}}
}

// Visit opens address and goes on until a page that asks nothing.
func (v *Visitor) Visit(ctx context.Context, address string) (Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Page{}, err
	}
	for range maxSteps {
		page, doc, err := v.load(req)
		if err != nil {
			return page, err
		}
		if v.OnPage != nil && page.Name != "" {
			v.OnPage(page.Name)
		}
		next, err := v.act(ctx, page, doc)
		if err != nil || next == nil {
			return page, err
		}
		req = next
	}
	return Page{}, fmt.Errorf("%w: over %d pages", ErrStuck, maxSteps)
}

func (v *Visitor) load(req *http.Request) (Page, *html.Node, error) {
	resp, err := v.client.Do(req)
	if err != nil {
		return Page{}, nil, err
	}
	defer resp.Body.Close()
	doc, err := html.Parse(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return Page{}, nil, err
	}
	page := Page{URL: resp.Request.URL.String(), Status: resp.StatusCode, Text: text(doc)}
	if body := find(doc, func(n *html.Node) bool { return n.Data == "body" }); body != nil {
		page.Name = attr(body, "data-page")
	}
	return page, doc, nil
}

// act decides what the person does on a page; a nil request ends the visit.
func (v *Visitor) act(ctx context.Context, page Page, doc *html.Node) (*http.Request, error) {
	switch page.Name {
	case "", "error", "signed-out", "finished":
		return nil, nil
	}
	if link := byID(doc, "create-account"); v.SignUp && page.Name == "sign-in" && link != nil {
		if link.Data == "a" {
			return v.get(ctx, page, attr(link, "href"))
		}
	}
	if link := byID(doc, "forgot-password"); v.Forgot && link != nil && link.Data == "a" {
		return v.get(ctx, page, attr(link, "href"))
	}
	form := find(doc, func(n *html.Node) bool { return n.Data == "form" })
	if form == nil {
		return nil, nil
	}
	return v.submit(ctx, page, form)
}

func (v *Visitor) get(ctx context.Context, page Page, ref string) (*http.Request, error) {
	address, err := resolve(page.URL, ref)
	if err != nil {
		return nil, err
	}
	return http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
}

// submit fills in the form and presses its button.
func (v *Visitor) submit(ctx context.Context, page Page, form *html.Node) (*http.Request, error) {
	values := url.Values{}
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || attr(n, "name") == "" {
			continue
		}
		name := attr(n, "name")
		switch {
		case n.Data == "input" && attr(n, "type") == "hidden":
			values.Add(name, attr(n, "value"))
		case n.Data == "input" && (attr(n, "type") == "submit" || attr(n, "type") == "button"), n.Data == "button":
		case v.choose(values, n):
		case n.Data == "input" || n.Data == "textarea":
			value, err := v.fill(ctx, n)
			if err != nil {
				return nil, err
			}
			values.Set(name, value)
		}
	}
	if button := v.button(form); button != nil && attr(button, "name") != "" {
		values.Set(attr(button, "name"), attr(button, "value"))
	}
	address, err := resolve(page.URL, attr(form, "action"))
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(attr(form, "method"), http.MethodPost) {
		return http.NewRequestWithContext(ctx, http.MethodGet, address+"?"+values.Encode(), nil)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(values.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if origin, parseErr := url.Parse(page.URL); parseErr == nil {
			req.Header.Set("Origin", origin.Scheme+"://"+origin.Host)
		}
	}
	return req, err
}

// fill is what the person types into one field.
func (v *Visitor) fill(ctx context.Context, field *html.Node) (string, error) {
	switch id := attr(field, "id"); id {
	case "email":
		return v.Email, nil
	case "password", "newPassword", "confirmPassword":
		return v.Password, nil
	case "code":
		if v.Code == nil {
			return "", fmt.Errorf("%w: it has no way to read a one-time code", ErrStuck)
		}
		return v.Code(ctx, v.Email)
	default:
		if value, ok := v.Attributes[id]; ok || !has(field, "required") {
			return value, nil
		}
		if attr(field, "inputmode") == "numeric" {
			return "42", nil
		}
		return "Ada Example", nil
	}
}

// button is the one that the person presses.
func (v *Visitor) button(form *html.Node) *html.Node {
	ids := []string{"next", "create", "continue", "account-0"}
	if v.Cancel {
		ids = []string{"cancel"}
	}
	for _, id := range ids {
		if b := byID(form, id); b != nil {
			return b
		}
	}
	return find(form, func(n *html.Node) bool { return n.Data == "button" && attr(n, "id") != "cancel" })
}

func resolve(base, ref string) (string, error) {
	b, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	u, err := b.Parse(ref)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

func byID(root *html.Node, id string) *html.Node {
	return find(root, func(n *html.Node) bool { return attr(n, "id") == id })
}

func find(root *html.Node, match func(*html.Node) bool) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && match(n) {
			return n
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func text(root *html.Node) string {
	var words []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent != nil && n.Parent.Data != "style" && n.Parent.Data != "script" {
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(words, " ")
}
