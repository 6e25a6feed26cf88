package emulator

import "github.com/ciam-cli/ciam/internal/emulator/directory"

// Tenants returns the tenants as they are now. They are shared and must not be changed.
func (s *Server) Tenants() []directory.Tenant { return s.store.View().Tenants }
