package jws

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Payload is a JWT payload that keeps its order, as the service's do.
type Payload []Member

// Member is one claim.
type Member struct {
	Name  string
	Value any // of any JSON type
}

// Set adds a claim or replaces the one of that name; "" and nil are left out.
func (p *Payload) Set(name string, value any) {
	if value == nil || value == "" {
		return
	}
	p.Put(name, value)
}

// Put adds a claim or replaces the one of that name, whatever its value.
func (p *Payload) Put(name string, value any) {
	for i := range *p {
		if (*p)[i].Name == name {
			(*p)[i].Value = value
			return
		}
	}
	*p = append(*p, Member{name, value})
}

// Get returns a claim's value; nil when there is none.
func (p Payload) Get(name string) any {
	for _, m := range p {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Drop takes a claim away.
func (p *Payload) Drop(name string) {
	*p = slices.DeleteFunc(*p, func(m Member) bool { return m.Name == name })
}

// MarshalJSON implements json.Marshaler.
func (p Payload) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
