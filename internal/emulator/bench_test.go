package emulator

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// benchSeed is the default tenant with a signing key, so that none is made meanwhile.
func benchSeed(b *testing.B) *Seed {
	b.Helper()
	k, err := testKey()
	if err != nil {
		b.Fatal(err)
	}
	seed := DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{k}
	return seed
}

// BenchmarkNew opens a kept tenant, as a second `ciam` command does: each time it is the one of the file, which is read and
// not written.
func BenchmarkNew(b *testing.B) {
	seed := benchSeed(b)
	file := filepath.Join(b.TempDir(), "tenant.yaml")
	open := func(seed *Seed) *Server {
		s, err := New(Options{DataFile: file, Seed: seed})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		return s
	}
	open(seed)
	before, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if keys := open(nil).store.View().Tenant(tid).Keys; len(keys) != 1 || keys[0].PrivateKey != seed.Tenants[0].Keys[0].PrivateKey {
			b.Fatal("it is not the kept tenant that was opened")
		}
	}
	if after, err := os.Stat(file); err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		b.Fatalf("the file was written: %v", err)
	}
}

// BenchmarkSign is one signature: what bounds sign-ins and refreshes. Every token is another one, and the tenant's key of 2048
// bits has signed each.
func BenchmarkSign(b *testing.B) {
	seed := benchSeed(b)
	s, err := New(Options{Seed: seed})
	if err != nil {
		b.Fatal(err)
	}
	var tokens []string
	for b.Loop() {
		t, err := s.keyring.Sign(context.Background(), tid, jws.Payload{{Name: "sub", Value: strconv.Itoa(len(tokens))}})
		if err != nil {
			b.Fatal(err)
		}
		tokens = append(tokens, t)
	}
	private, _, err := seed.Tenants[0].Keys[0].Parse()
	if err != nil {
		b.Fatal(err)
	}
	if bits := private.N.BitLen(); bits != 2048 {
		b.Fatalf("the key has %d bits", bits)
	}
	for i, t := range tokens {
		signed, err := jose.ParseSignedCompact(t, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			b.Fatal(err)
		}
		payload, err := signed.Verify(&private.PublicKey)
		if err != nil {
			b.Fatal(err)
		}
		var c struct{ Sub string }
		if err := json.Unmarshal(payload, &c); err != nil || c.Sub != strconv.Itoa(i) {
			b.Fatalf("token %d is about %q: %v", i, c.Sub, err)
		}
	}
}
