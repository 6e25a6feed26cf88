package graph

import "slices"

// typed is the flow with the names of its types: the properties' own types are abstract. What the caller gave stays as it is.
func (f UserFlow) typed() UserFlow {
	f.Type = odata + flowType
	f.OnInteractiveAuthFlowStart = changed(f.OnInteractiveAuthFlowStart, func(s *InteractiveStart) { s.Type = odata + startType })
	f.OnUserCreateStart = changed(f.OnUserCreateStart, func(u *UserCreate) { u.Type = odata + createType })
	f.OnAttributeCollection = changed(f.OnAttributeCollection, func(a *AttributeCollection) { a.Type = odata + collectType })
	f.OnAuthenticationMethodLoadStart = changed(f.OnAuthenticationMethodLoadStart, func(m *MethodLoad) {
		m.Type = odata + methodType
		m.IdentityProviders = slices.Clone(m.IdentityProviders)
		for i := range m.IdentityProviders {
			if m.IdentityProviders[i].Type == "" {
				m.IdentityProviders[i].Type = odata + "builtInIdentityProvider"
			}
		}
	})
	return f
}

// changed returns a changed copy; nil stays nil.
func changed[T any](p *T, change func(*T)) *T {
	if p == nil {
		return nil
	}
	c := *p
	change(&c)
	return &c
}
