package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// record is one line of the journal: what a change of one tenant leaves, or a document without its users, which begins a
// journal. The configuration is in the seed's YAML, and users, who are many, are in JSON, which is read ten times as fast.
type record struct {
	Document string            `json:"document,omitempty"`
	Tenant   string            `json:"tenant,omitempty"` // id
	Settings string            `json:"settings,omitempty"`
	Lists    []splice          `json:"lists,omitempty"`
	Put      []json.RawMessage `json:"put,omitempty"`
	Remove   []string          `json:"remove,omitempty"` // ids
}

// splice is a change of one of a tenant's lists.
type splice struct {
	List string   `json:"list"`
	At   int      `json:"at"`
	Drop int      `json:"drop,omitempty"`
	Add  []string `json:"add,omitempty"` // YAML
}

// list is one of a tenant's lists, by its key in the seed. With type parameters it would be shorter, and the binary 100 kB
// larger.
type list struct {
	key string
	of  func(*Tenant) any // a pointer to it
}

// lists are all of a tenant's but that of the users. What is in none of them is written whole when a part of it changes.
func lists() []list {
	return []list{
		{"apps", func(t *Tenant) any { return &t.Apps }},
		{"apis", func(t *Tenant) any { return &t.APIs }},
		{"userFlows", func(t *Tenant) any { return &t.UserFlows }},
		{"keys", func(t *Tenant) any { return &t.Keys }},
		{"customAttributes", func(t *Tenant) any { return &t.CustomAttributes }},
		{"deletedApps", func(t *Tenant) any { return &t.DeletedApps }},
	}
}

func (l list) value(t *Tenant) reflect.Value { return reflect.ValueOf(l.of(t)).Elem() }

// diff returns what leads from one list to the other; nil when they are the same.
func (l list) diff(was, now *Tenant) (*splice, error) {
	a, b := l.value(was), l.value(now)
	same := func(i, j int) bool {
		return reflect.DeepEqual(a.Index(i).Addr().Interface(), b.Index(j).Addr().Interface())
	}
	head, endA, endB := 0, a.Len(), b.Len()
	for head < min(endA, endB) && same(head, head) {
		head++
	}
	for head < min(endA, endB) && same(endA-1, endB-1) {
		endA, endB = endA-1, endB-1
	}
	if head == max(endA, endB) {
		return nil, nil
	}
	s := &splice{List: l.key, At: head, Drop: endA - head}
	for i := head; i < endB; i++ {
		text, err := yaml.Marshal(b.Index(i).Addr().Interface())
		if err != nil {
			return nil, fmt.Errorf("encode tenant state: %w", err)
		}
		s.Add = append(s.Add, string(text))
	}
	return s, nil
}

// apply changes the list of a tenant.
func (l list) apply(t *Tenant, s *splice) error {
	all := l.value(t)
	if s.At < 0 || s.Drop < 0 || s.At+s.Drop > all.Len() {
		return fmt.Errorf("%d of %s at %d, of %d", s.Drop, s.List, s.At, all.Len())
	}
	add := reflect.MakeSlice(all.Type(), len(s.Add), len(s.Add))
	for i, text := range s.Add {
		if err := decodeYAML(text, add.Index(i).Addr().Interface()); err != nil {
			return err
		}
	}
	out := reflect.AppendSlice(all.Slice3(0, s.At, s.At), add) // what is there is not written to: others may share it
	all.Set(reflect.AppendSlice(out, all.Slice(s.At+s.Drop, all.Len())))
	return nil
}

func decodeYAML(text string, into any) error {
	dec := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	dec.KnownFields(true)
	return dec.Decode(into)
}

// settings is a tenant without its lists.
func (t *Tenant) settings() *Tenant {
	own := *t
	own.Users = nil
	for _, l := range lists() {
		l.value(&own).SetZero()
	}
	return &own
}

// record writes an edit down, and notes how much each user takes.
func (e *edit) record(was *Tenant) (*record, error) {
	r := &record{Tenant: was.ID, Remove: e.remove}
	if e.configuration != nil {
		if settings := e.configuration.settings(); !reflect.DeepEqual(was.settings(), settings) {
			text, err := yaml.Marshal(settings)
			if err != nil {
				return nil, fmt.Errorf("encode tenant state: %w", err)
			}
			r.Settings = string(text)
		}
		for _, l := range lists() {
			switch s, err := l.diff(was, e.configuration); {
			case err != nil:
				return nil, err
			case s != nil:
				r.Lists = append(r.Lists, *s)
			}
		}
	}
	for _, u := range e.put {
		data, err := encodeJSON(u)
		if err != nil {
			return nil, err
		}
		r.Put, e.bytes = append(r.Put, data), append(e.bytes, len(data)+len(r.Tenant)+lineOverhead)
	}
	return r, nil
}

// empty reports whether a record says nothing.
func (r *record) empty() bool {
	return r.Document == "" && r.Settings == "" && len(r.Lists)+len(r.Put)+len(r.Remove) == 0
}

// edit reads what a record says of a tenant that is as was.
func (r *record) edit(was *Tenant) (*edit, error) {
	e := &edit{tenant: lower(was.ID), remove: r.Remove}
	if r.Settings != "" || len(r.Lists) > 0 {
		now := *was
		if r.Settings != "" {
			var settings Tenant
			if err := decodeYAML(r.Settings, &settings); err != nil {
				return nil, err
			}
			now = settings
			now.Apps, now.APIs, now.UserFlows, now.Keys, now.CustomAttributes, now.DeletedApps = was.Apps, was.APIs, was.UserFlows, was.Keys, was.CustomAttributes, was.DeletedApps
		}
		now.cloneRegistrations()
		for i := range r.Lists {
			l := slices.IndexFunc(lists(), func(l list) bool { return l.key == r.Lists[i].List })
			if l < 0 {
				return nil, fmt.Errorf("the list %q is not known", r.Lists[i].List)
			}
			if err := lists()[l].apply(&now, &r.Lists[i]); err != nil {
				return nil, err
			}
		}
		e.configuration = &now
	}
	for _, data := range r.Put {
		u := new(User)
		if err := decodeJSON(data, u); err != nil {
			return nil, err
		}
		e.put, e.bytes = append(e.put, u), append(e.bytes, len(data)+len(r.Tenant)+lineOverhead)
	}
	return e, nil
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode tenant state: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func decodeJSON(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}
