package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed templates/*.html templates/*.css templates/*.js
var files embed.FS

// submitScript sends the form_post answer on. The button does the same by hand.
const submitScript = `document.getElementById("form-post").submit()`

// Renderer writes pages. It is safe for concurrent use.
type Renderer struct {
	pages  map[string]*template.Template
	style  template.CSS
	script string // hash source of the one script
}

// New parses every template once. It fails when one is missing or broken, so
// that a page cannot be found wanting in the middle of a sign-in.
func New() (*Renderer, error) {
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		return nil, fmt.Errorf("page style: %w", err)
	}
	r := &Renderer{pages: map[string]*template.Template{}, style: template.CSS(css)}
	sources := []struct{ file, names string }{
		{"form.html", SignIn + " " + Password + " " + SignUp + " " + Code + " " + NewPassword + " " + Attributes + " " + Forgot + " " + Consent + " " + DeviceCode + " " + DeviceConfirm},
		{"pick.html", PickAccount},
		{"message.html", Finished + " " + Error + " " + SignedOut + " " + DeviceDone},
		{"formpost.html", FormPost},
	}
	for _, s := range sources {
		t, err := template.New("layout.html").ParseFS(files, "templates/layout.html", "templates/"+s.file)
		if err != nil {
			return nil, fmt.Errorf("page template %s: %w", s.file, err)
		}
		for name := range strings.FieldsSeq(s.names) {
			r.pages[name] = t
		}
	}
	r.script = hashSource(submitScript)
	return r, nil
}

func hashSource(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// policy is the Content-Security-Policy without form-action.
func (r *Renderer) policy(style template.CSS) string {
	return "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src data:; style-src " + hashSource(string(style)) +
		"; script-src " + r.script
}

// frameSources is the frame-src directive for a page's frames, "" for none. A
// source has no query: browsers would not match it.
func frameSources(frames []string) string {
	if len(frames) == 0 {
		return ""
	}
	out := "; frame-src"
	for _, f := range frames {
		source, _, _ := strings.Cut(f, "?")
		out += " " + source
	}
	return out
}

// view is a page with what only the templates need.
type view struct {
	*Page
	Style  template.CSS
	Script template.JS
}

// Monogram is the tenant's first letter, for the badge beside its name.
func (v view) Monogram() string {
	for _, c := range v.Tenant {
		return strings.ToUpper(string(c))
	}
	return "·"
}

// Write sends a page with its security headers. The error is that of the
// template or of the connection; nothing has been sent in the first case.
func (r *Renderer) Write(w http.ResponseWriter, p *Page) error {
	t, ok := r.pages[p.Name]
	if !ok {
		return fmt.Errorf("no page is named %q", p.Name)
	}
	v := view{Page: p, Style: r.style + template.CSS(p.Brand.css())}
	if p.Name == FormPost {
		v.Script = submitScript
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout.html", v); err != nil {
		return fmt.Errorf("page %s: %w", p.Name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Security-Policy", r.policy(v.Style)+frameSources(p.Frames)+"; form-action "+strings.Join(append([]string{"'self'"}, p.FormTargets...), " "))
	status := p.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}
