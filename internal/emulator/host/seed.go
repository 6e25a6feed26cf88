package host

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// SeedError says where a seed file, or kept state, is wrong, and what is allowed there.
type SeedError struct {
	File    string
	Line    int    // 1-based; 0 when the place is not known
	Path    string // e.g. tenants[0].apps[1].appId; "" for the whole file
	Problem string
	Allowed string // "" when the problem says it
}

func (e *SeedError) Error() string {
	var b bytes.Buffer
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Path != "" {
		b.WriteString(": " + e.Path)
	}
	return b.String() + ": " + e.Problem
}

// MaxSeed bounds a seed in bytes.
const MaxSeed = directory.MaxBytes

// ParseSeed reads and checks a seed; file is its name in the error, a *SeedError.
func ParseSeed(file string, data []byte) (*emulator.Seed, error) {
	seed, err := emulator.ParseSeed(data)
	return seed, describeFormat(file, err)
}

// ReadState reads the state kept in a data folder, which a running emulator may
// be writing to. Errors: *SeedError for state in the seed's format,
// *directory.StateError, and a file's.
func ReadState(dataDir string) (*emulator.Seed, error) {
	path := filepath.Join(dataDir, stateFile)
	doc, err := directory.ReadState(path)
	return doc, describeFormat(path, err)
}

// Export writes a document as a seed. Users keep their password hashes and apps
// the digests of their secrets, so that both work as before. Signing and sealing
// keys are left out unless withKeys: without them, tokens issued so far are not
// valid in a tenant made from the seed, and its users' sub differs (oid does not).
func Export(doc *emulator.Seed, withKeys bool) ([]byte, error) {
	out := doc.Clone()
	if err := out.HashPasswords(); err != nil { // those that the running emulator has not got round to yet
		return nil, err
	}
	if !withKeys {
		out.SealingKey = ""
		for i := range out.Tenants {
			out.Tenants[i].Keys = nil
		}
	}
	return directory.Encode(out)
}

// describeFormat turns a *directory.FormatError into a *SeedError about file.
func describeFormat(file string, err error) error {
	var f *directory.FormatError
	if !errors.As(err, &f) {
		return err
	}
	problem, allowed := explain(f.Problem)
	return &SeedError{File: file, Line: f.Line, Path: f.Path, Problem: problem, Allowed: allowed}
}
