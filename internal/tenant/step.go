package tenant

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/graph"
)

// Mark says what becomes of a thing or of a field.
type Mark string

// Marks.
const (
	Add    Mark = "+"
	Change Mark = "~"
	Remove Mark = "-"
	Same   Mark = "="
	Notice Mark = "!" // not as the file says, and a plan does not mend it
)

// Kind is what a step is about.
type Kind string

// Kinds of step, each one kind of thing.
const (
	Tenant      Kind = "tenant" // of refusals only
	Attribute   Kind = "custom attribute"
	Application Kind = "application"
	Deleted     Kind = "deleted application"
	Secret      Kind = "client secret"
	Federated   Kind = "federated credential"
	Principal   Kind = "service principal"
	Consent     Kind = "admin consent"
	UserFlow    Kind = "user flow"
	Link        Kind = "app in user flow"
)

// scope is the delegated permission that writing the kind needs; the application permission has the same name.
func (k Kind) scope() string {
	switch k {
	case Attribute:
		return "IdentityUserFlow.ReadWrite.All"
	case Consent:
		return "DelegatedPermissionGrant.ReadWrite.All"
	case UserFlow, Link:
		return "EventListener.ReadWrite.All"
	}
	return "Application.ReadWrite.All"
}

// Role is the least directory role of an administrator who may take the step.
func (s Step) Role() string {
	switch s.Kind {
	case Attribute:
		return "External ID User Flow Attribute Administrator"
	case UserFlow, Link:
		return "External ID User Flow Administrator"
	}
	return "Cloud Application Administrator"
}

// Field is what becomes of one field of a thing, or of one value of a list.
type Field struct {
	Name string `json:"name"` // as in the file: web.redirectUris
	Mark Mark   `json:"mark"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Step is one thing that is made, changed or deleted, or that is as it should be (Same), or needs a word (Notice).
type Step struct {
	Kind   Kind    `json:"kind"`
	Name   string  `json:"name"`
	Mark   Mark    `json:"mark"`
	Fields []Field `json:"fields,omitempty"`
	Note   string  `json:"note,omitempty"` // a sentence, "" mostly

	do func(context.Context, *Run) error
}

// Writes reports whether the step changes the tenant.
func (s Step) Writes() bool { return s.do != nil }

// Scope is the permission that the step needs.
func (s Step) Scope() string { return s.Kind.scope() }

// Plan is what it takes to bring a tenant to what a file says.
type Plan struct {
	Steps        []Step   `json:"steps"`
	EmulatorOnly []string `json:"only_the_emulator,omitempty"` // paths in the file
	NotYet       []string `json:"not_managed_yet,omitempty"`

	ids ids
}

// Empty reports whether the tenant is as the file says: no step writes.
func (p *Plan) Empty() bool { return !slices.ContainsFunc(p.Steps, Step.Writes) }

// Scopes are the delegated permissions of exactly the steps that write, each once, in the order of the steps.
func (p *Plan) Scopes() []string {
	var scopes []string
	for _, s := range p.Steps {
		if s.Writes() && !slices.Contains(scopes, s.Scope()) {
			scopes = append(scopes, s.Scope())
		}
	}
	return scopes
}

// compared is the comparison of one thing, field by field.
type compared struct {
	fields   []Field
	additive bool // see Options.Additive
}

// text compares a field of one value; set is called when it has to change. It reports whether it has.
func (c *compared) text(name string, managed bool, want, found string, set func()) {
	if !managed {
		return
	}
	f := Field{Name: name, Mark: Change, From: found, To: want}
	switch {
	case want == found:
		f.Mark, f.From = Same, ""
	case found == "":
		f.Mark = Add
	case want == "":
		f.Mark = Remove
	}
	c.fields = append(c.fields, f)
	if f.Mark != Same {
		set()
	}
}

// flag compares a switch; one that Graph does not name is off.
func (c *compared) flag(name string, managed bool, want bool, found *bool, set func()) {
	was := ""
	if found != nil || !want {
		was = strconv.FormatBool(found != nil && *found)
	}
	c.text(name, managed, strconv.FormatBool(want), was, set)
}

// list compares a field of several values, of which the order says nothing; set is given the values to be there.
func (c *compared) list(name string, managed bool, want, found []string, set func([]string)) {
	if !managed {
		return
	}
	if c.additive {
		want = union(found, want)
	}
	before := len(c.fields)
	differs := false
	for _, v := range want {
		mark := Same
		if !slices.Contains(found, v) {
			mark, differs = Add, true
		}
		c.fields = append(c.fields, Field{Name: name, Mark: mark, To: v})
	}
	for _, v := range found {
		if !slices.Contains(want, v) {
			c.fields, differs = append(c.fields, Field{Name: name, Mark: Remove, From: v}), true
		}
	}
	if len(c.fields) == before {
		c.fields = append(c.fields, Field{Name: name, Mark: Same})
	}
	if differs {
		set(want)
	}
}

// mark sums the fields up, for a thing that is there.
func (c *compared) mark() Mark {
	if slices.ContainsFunc(c.fields, func(f Field) bool { return f.Mark != Same }) {
		return Change
	}
	return Same
}

// Refusal is one reason for which there is no plan.
type Refusal struct {
	Kind    Kind
	Name    string
	Problem string // what was found, and what was expected
	Adopt   bool   // Options.Adopt would take it over
}

// RefusedError says why there is no plan: all reasons that can be seen at once.
type RefusedError struct{ Refusals []Refusal }

func (e *RefusedError) Error() string {
	var all []string
	for _, r := range e.Refusals {
		all = append(all, strings.TrimSpace(string(r.Kind)+" "+r.Name)+": "+r.Problem)
	}
	return strings.Join(all, "\n")
}

// Run is what the steps of a plan work with, and what they made so far.
type Run struct {
	Graph *graph.Client
	// BeforeSecret is told of a client secret that is about to be made, so that one whose text is lost with this process is
	// known; see Options.Lost. An error ends the run. nil tells nobody.
	BeforeSecret func(app, secret string) error
	// OnSecret is given a client secret as soon as it is made: its text is never to be had again. An error ends the run.
	OnSecret func(app, appID string, secret graph.PasswordCredential) error
	// Pause waits until Graph may know what was made; nil means wire.Pause.
	Pause func(context.Context, time.Duration) error

	ids ids
}

// AppID is the appId of an app of the plan, by its name in the file; "" while there is none.
func (run *Run) AppID(name string) string { return run.ids.apps[name] }

// ids are what Graph calls the things of a plan. Things are named as in the file.
type ids struct {
	objects    map[string]string // object id of an app's registration, by its name
	apps       map[string]string // appId
	principals map[string]string // id of an app's service principal
	flows      map[string]string // by display name
	attributes map[string]string // by the name in the file, in lower case
}

func newIDs() ids {
	return ids{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
}
