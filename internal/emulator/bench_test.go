package emulator

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// BenchmarkNew opens a kept tenant, as a second `ciam` command does.
func BenchmarkNew(b *testing.B) {
	k, err := testKey()
	if err != nil {
		b.Fatal(err)
	}
	seed := DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{k}
	file := filepath.Join(b.TempDir(), "tenant.yaml")
	for b.Loop() {
		s, err := New(Options{DataFile: file, Seed: seed})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSign is one signature: what bounds sign-ins and refreshes.
func BenchmarkSign(b *testing.B) {
	k, err := testKey()
	if err != nil {
		b.Fatal(err)
	}
	seed := DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{k}
	s, err := New(Options{Seed: seed})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.signers.sign(context.Background(), tid, claims{{"sub", "x"}}); err != nil {
			b.Fatal(err)
		}
	}
}
