package keychain

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// The sealed file, big endian:
//
//	magic 8 · version 1 · kdf 1 · argon2 time 4 · memory KiB 4 · threads 1 · passphrase salt 16
//	· salt 32 · key check 16 · nonce 12 · AES-256-GCM ciphertext with tag
//
// The master key is the key file's bytes, or Argon2id of the passphrase. Each write derives a fresh key from it with HKDF and
// a random salt; the same derivation gives the key check, which tells a wrong key from a damaged file and commits the
// ciphertext to one key. Everything before the ciphertext, and the profile name, is authenticated with it.
const (
	sealMagic   = "CIAMSEAL"
	sealVersion = 1
	sealInfo    = "ciam sealed file v1"
	sealHeader  = 8 + 1 + 1 + 4 + 4 + 1 + 16 + 32 + 16 + 12
	sealTag     = 16
	sealMost    = sealHeader + MaxPayload + sealTag
)

// kdf says what the master key comes from.
type kdf byte

const (
	fromKeyFile    kdf = 1
	fromPassphrase kdf = 2
)

// sealParams is the part of the header that the master key depends on. A key file uses only kdf.
type sealParams struct {
	kdf     kdf
	time    uint32
	memory  uint32 // KiB
	threads uint8
	salt    [16]byte
}

// newSealParams returns the second recommended option of RFC 9106 section 4: 3 passes over 64 MiB with 4 lanes.
func newSealParams(k kdf) sealParams {
	p := sealParams{kdf: k}
	if k == fromPassphrase {
		p.time, p.memory, p.threads = 3, 64<<10, 4
		rand.Read(p.salt[:])
	}
	return p
}

// master derives the master key. Slow for a passphrase: about a tenth of a second and 64 MiB.
func (p sealParams) master(secret []byte) []byte {
	if p.kdf == fromKeyFile {
		return secret
	}
	return argon2.IDKey(secret, p.salt[:], p.time, p.memory, p.threads, 32)
}

// sealedFile is a parsed header with what follows it.
type sealedFile struct {
	params sealParams
	salt   []byte
	check  []byte
	nonce  []byte
	header []byte
	text   []byte
}

// parseSealed splits a sealed file. It returns errNewer for a later version, and otherwise an error that says what is wrong.
// Parameters are bounded, because they come from outside and cost time and memory.
func parseSealed(b []byte) (sealedFile, error) {
	if !bytes.HasPrefix(b, []byte(sealMagic)) || len(b) < len(sealMagic)+1 {
		return sealedFile{}, errors.New("it is not a sealed file of ciam")
	}
	if v := b[len(sealMagic)]; v > sealVersion {
		return sealedFile{}, errNewer(v)
	} else if v == 0 {
		return sealedFile{}, errors.New("its version is not valid")
	}
	if len(b) < sealHeader+sealTag {
		return sealedFile{}, fmt.Errorf("it ends after %d bytes, expected at least %d", len(b), sealHeader+sealTag)
	}
	if len(b) > sealMost {
		return sealedFile{}, fmt.Errorf("it is larger than %d bytes", sealMost)
	}
	f := sealedFile{header: b[:sealHeader], text: b[sealHeader:]}
	r := b[len(sealMagic)+1:]
	f.params.kdf = kdf(r[0])
	f.params.time = binary.BigEndian.Uint32(r[1:])
	f.params.memory = binary.BigEndian.Uint32(r[5:])
	f.params.threads = r[9]
	copy(f.params.salt[:], r[10:26])
	f.salt, f.check, f.nonce = r[26:58], r[58:74], r[74:86]
	p := f.params
	switch {
	case p.kdf == fromKeyFile:
	case p.kdf != fromPassphrase:
		return sealedFile{}, errors.New("its key derivation is unknown")
	case p.time < 1 || p.time > 6 || p.memory < 8<<10 || p.memory > 128<<10 || p.threads < 1 || p.threads > 16:
		return sealedFile{}, errors.New("its Argon2id parameters are out of bounds")
	}
	return f, nil
}

// open decrypts the file. It returns ErrWrongKey, or an error that says that the file was changed or belongs elsewhere.
func (f sealedFile) open(master []byte, name string) ([]byte, error) {
	aead, check, err := sealKeys(master, f.salt)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(check, f.check) {
		return nil, ErrWrongKey
	}
	data, err := aead.Open(nil, f.nonce, f.text, sealContext(f.header, name))
	if err != nil {
		return nil, errors.New("it was changed, or is another profile's file")
	}
	return data, nil
}

// seal encrypts data for name under a key that no other write uses.
func seal(p sealParams, master []byte, name string, data []byte) ([]byte, error) {
	b := make([]byte, 0, sealHeader+len(data)+sealTag)
	b = append(b, sealMagic...)
	b = append(b, sealVersion, byte(p.kdf))
	b = binary.BigEndian.AppendUint32(b, p.time)
	b = binary.BigEndian.AppendUint32(b, p.memory)
	b = append(b, p.threads)
	b = append(b, p.salt[:]...)
	var fresh [32 + 12]byte
	rand.Read(fresh[:])
	salt, nonce := fresh[:32], fresh[32:]
	aead, check, err := sealKeys(master, salt)
	if err != nil {
		return nil, err
	}
	b = append(b, salt...)
	b = append(b, check...)
	b = append(b, nonce...)
	return aead.Seal(b, nonce, data, sealContext(b, name)), nil
}

// sealKeys derives the key of one write and its check value (HKDF-SHA-256, RFC 5869).
func sealKeys(master, salt []byte) (cipher.AEAD, []byte, error) {
	k, err := hkdf.Key(sha256.New, master, salt, sealInfo, 32+16)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(k[:32])
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	return aead, k[32:], err
}

// sealContext is the additional data: the header, whose length is fixed, and the name.
func sealContext(header []byte, name string) []byte {
	return append(bytes.Clone(header[:sealHeader]), name...)
}
