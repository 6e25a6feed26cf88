package emulator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// errSealed reports a sealed value that is not one of this tenant's.
var errSealed = errors.New("sealed value does not open")

// deriveKeys derives the sealing cipher and the key of pairwise subjects from
// the document's one secret.
func (s *Server) deriveKeys(sealingKey string) error {
	master, err := base64.StdEncoding.DecodeString(sealingKey)
	if err != nil {
		return fmt.Errorf("sealing key: %w", err)
	}
	key, err := hkdf.Key(sha256.New, master, nil, "refresh tokens", 32)
	if err != nil {
		return fmt.Errorf("derive sealing key: %w", err)
	}
	if s.subjects, err = hkdf.Key(sha256.New, master, nil, "pairwise subjects", 32); err != nil {
		return fmt.Errorf("derive subject key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("sealing cipher: %w", err)
	}
	s.seal, err = cipher.NewGCM(block)
	return err
}

// sealJSON encrypts v for one purpose; openJSON for another purpose fails.
func (s *Server) sealJSON(purpose string, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", purpose, err)
	}
	nonce := make([]byte, s.seal.NonceSize(), s.seal.NonceSize()+len(plain)+s.seal.Overhead())
	if _, err := io.ReadFull(s.rand, nonce); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.seal.Seal(nonce, nonce, plain, []byte(purpose))), nil
}

// openJSON is the inverse of sealJSON; errSealed for anything else.
func (s *Server) openJSON(purpose, sealed string, v any) error {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(b) < s.seal.NonceSize() {
		return errSealed
	}
	plain, err := s.seal.Open(nil, b[:s.seal.NonceSize()], b[s.seal.NonceSize():], []byte(purpose))
	if err != nil || json.Unmarshal(plain, v) != nil {
		return errSealed
	}
	return nil
}

// pairwise is a user's sub for one app: the same for ever, and useless to
// relate the user between apps (OpenID Connect Core section 8.1).
func (s *Server) pairwise(tenantID, appID, userID string) string {
	m := hmac.New(sha256.New, s.subjects)
	io.WriteString(m, strings.ToLower(tenantID+"\x00"+appID+"\x00"+userID))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// randomID returns n random bytes in base64url. crypto/rand cannot fail; a
// caller's own source that does is a programming error and ends the request.
func (s *Server) randomID(n int) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.rand, b); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// guid returns a random GUID; see randomID for errors.
func (s *Server) guid() string {
	g, err := directory.NewGUID(s.rand)
	if err != nil {
		panic(err)
	}
	return g
}

// randomBelow returns a number in [0, n), evenly enough for codes and lifetimes.
func (s *Server) randomBelow(n uint64) uint64 {
	b := make([]byte, 8)
	if _, err := io.ReadFull(s.rand, b); err != nil {
		panic(err)
	}
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v % n
}

// lockedReader makes any random source safe for concurrent use.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := io.ReadFull(l.r, p)
	if err != nil {
		return n, fmt.Errorf("random source: %w", err)
	}
	return n, nil
}
