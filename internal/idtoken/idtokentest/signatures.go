package idtokentest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
)

// signatures are over another text, or spoilt.
func signatures() []Case {
	good := signed(nil, nil)
	p := strings.Split(good, ".")
	s := rs256(p[0]+"."+p[1], key())
	sig := func(name string, b []byte) Case {
		return Case{"signature: " + name, p[0] + "." + p[1] + "." + b64(b), "signature"}
	}
	n := len(s)
	flip := func(i int) []byte { c := append([]byte(nil), s...); c[i] ^= 1; return c }
	plusN := new(big.Int).Add(new(big.Int).SetBytes(s), Key().N)
	minus := new(big.Int).Sub(Key().N, new(big.Int).SetBytes(s))
	cases := []Case{
		sig("none", nil), sig("a zero byte", []byte{0}), sig("zeros", make([]byte, n)), sig("one", append(make([]byte, n-1), 1)), sig("ones", []byte(strings.Repeat("\xff", n))),
		sig("the modulus", Key().N.Bytes()), sig("with the modulus added", plusN.Bytes()), sig("taken from the modulus", minus.FillBytes(make([]byte, n))),
		sig("a byte short", s[:n-1]), sig("without its first byte", s[1:]), sig("half", s[:n/2]), sig("a zero before", append([]byte{0}, s...)), sig("a zero after", append(append([]byte(nil), s...), 0)),
		sig("twice", append(append([]byte(nil), s...), s...)), sig("backwards", reversed(s)), sig("of the payload alone", rs256(p[1], key())), sig("of the header alone", rs256(p[0], key())),
		sig("of both without the dot", rs256(p[0]+p[1], key())), sig("of the clear text", rs256(text(header())+"."+text(claims()), key())), sig("of nothing", rs256("", key())), sig("a hash in its place", sum256(p[0]+"."+p[1])),
	}
	for _, i := range []int{0, 1, n / 2, n - 2, n - 1} {
		cases = append(cases, sig(fmt.Sprintf("a bit of byte %d turned", i), flip(i)))
	}
	moved := func(name string, h, c object) Case {
		return Case{"signature: of another " + name, b64([]byte(text(with(header(), h)))) + "." + b64([]byte(text(with(claims(), c)))) + "." + p[2], "signature"}
	}
	return append(cases,
		moved("name", nil, object{"name": "Eve"}), moved("subject", nil, object{"sub": "admin"}), moved("object id", nil, object{"oid": "00000000-0000-0000-0000-000000000000"}), moved("role", nil, object{"roles": []string{"admin"}}),
		moved("expiry", nil, object{"exp": at(7200)}), moved("header", object{"x": 1}, nil), moved("order of members", object{"typ": drop}, nil), moved("spelling of the payload", nil, object{"name": raw(`"\u0041da Example"`)}))
}

func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[len(b)-1-i] = c
	}
	return out
}

func sum256(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }

// forgeries are made with the tenant's own key, over the right text, and are no PKCS 1 v1.5 signature with SHA-256: each is
// what some verifier has once let pass.
func forgeries() []Case {
	input := inputFor("RS256")
	digest := sum256(input)
	size := Key().Size()
	info := asn1Info("2.16.840.1.101.3.4.2.1", digest, true)
	padded := func(kind byte, fill byte, t []byte) []byte {
		em := append([]byte{0, kind}, make([]byte, size-3-len(t))...)
		for i := 2; i < len(em); i++ {
			em[i] = fill
		}
		return append(append(em, 0), t...)
	}
	short := append([]byte{0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}, info...) // Bleichenbacher 2006: garbage after the hash
	garbage := append(short, make([]byte, size-len(short))...)
	sha := sha1.Sum([]byte(input))
	pkcs1 := must(rsa.SignPKCS1v15(nil, key(), crypto.SHA1, sha[:]))
	made := func(name string, em []byte) Case {
		return Case{"forged: " + name, input + "." + b64(private(em)), "signature"}
	}
	return []Case{
		made("block type 2", padded(2, 0xff, info)), made("block type 0", padded(0, 0, info)), made("padding of other bytes", padded(1, 0xfe, info)), made("garbage after the hash", garbage),
		made("no parameters in the hash's name", padded(1, 0xff, asn1Info("2.16.840.1.101.3.4.2.1", digest, false))), made("no hash's name", padded(1, 0xff, digest)), made("another hash's name", padded(1, 0xff, asn1Info("2.16.840.1.101.3.4.2.2", digest, true))),
		made("no padding", append(make([]byte, size-len(info)), info...)), made("a first byte of one", append([]byte{1}, padded(1, 0xff, info)[1:]...)),
		{"forged: SHA-1 under RS256", input + "." + b64(pkcs1), "signature"},
	}
}

// asn1Info is the DigestInfo of RFC 8017, section 9.2.
func asn1Info(oid string, digest []byte, null bool) []byte {
	type algorithm struct {
		Algorithm  asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	var id asn1.ObjectIdentifier
	for part := range strings.SplitSeq(oid, ".") {
		var n int
		must(fmt.Sscan(part, &n))
		id = append(id, n)
	}
	a := algorithm{Algorithm: id}
	if null {
		a.Parameters = asn1.NullRawValue
	}
	return must(asn1.Marshal(struct {
		Algorithm algorithm
		Digest    []byte
	}{a, digest}))
}

// private is RSA's private operation on a block as it is.
func private(em []byte) []byte {
	m := new(big.Int).Mod(new(big.Int).SetBytes(em), Key().N)
	return m.Exp(m, key().D, Key().N).FillBytes(make([]byte, Key().Size()))
}
