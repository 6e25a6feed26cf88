package idtokentest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"hash"
)

// inputFor is what is signed of a good token whose header names alg.
func inputFor(alg any) string {
	return b64([]byte(text(with(header(), object{"alg": alg})))) + "." + b64([]byte(text(claims())))
}

// algorithms are tokens whose header names another algorithm, each with the signature that this algorithm asks for where
// it is one, or the tenant's own RS256.
func algorithms() []Case {
	const fails = "algorithm"
	var cases []Case
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "none ", " none", "none\x00", "", "null"} {
		input := inputFor(alg)
		cases = append(cases,
			Case{"alg " + quote(alg) + " without a signature", input + ".", fails},
			Case{"alg " + quote(alg) + " with the tenant's signature", input + "." + b64(rs256(input, key())), fails})
	}
	for _, alg := range []string{"rs256", "Rs256", "RS256 ", " RS256", "RS256\x00", "RS256,none", "ＲＳ256", "RSA", "SHA256withRSA", "RSA-SHA256",
		"RSA-OAEP", "RSA1_5", "dir", "A128KW", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"} {
		input := inputFor(alg)
		cases = append(cases, Case{"alg " + quote(alg), input + "." + b64(rs256(input, key())), fails})
	}
	for _, v := range append(otherKinds(), named{"a list with RS256", []string{"RS256"}}, named{"an object with RS256", object{"name": "RS256"}}) {
		cases = append(cases, Case{"alg " + v.name, signed(object{"alg": v.value}, nil), fails})
	}
	return append(cases, otherSignatures()...)
}

// otherSignatures are right by the algorithm that they name.
func otherSignatures() []Case {
	const fails = "algorithm"
	digest := func(h hash.Hash, s string) []byte { h.Write([]byte(s)); return h.Sum(nil) }
	pkcs := func(alg string, hashed crypto.Hash, h hash.Hash) Case {
		input := inputFor(alg)
		return Case{"alg " + alg, input + "." + b64(must(rsa.SignPKCS1v15(nil, key(), hashed, digest(h, input)))), fails}
	}
	pss := func(alg string, hashed crypto.Hash, h hash.Hash) Case {
		input := inputFor(alg)
		return Case{"alg " + alg, input + "." + b64(must(rsa.SignPSS(rand.Reader, key(), hashed, digest(h, input), nil))), fails}
	}
	ec := func(alg string, curve elliptic.Curve, h hash.Hash) Case {
		input, size := inputFor(alg), (curve.Params().BitSize+7)/8
		r, s, err := ecdsa.Sign(rand.Reader, must(ecdsa.GenerateKey(curve, rand.Reader)), digest(h, input))
		if err != nil {
			panic(err)
		}
		return Case{"alg " + alg, input + "." + b64(append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)), fails}
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	edwards := func(alg string) Case {
		input := inputFor(alg)
		return Case{"alg " + alg, input + "." + b64(ed25519.Sign(ed, []byte(input))), fails}
	}
	zeros := func(alg string, n int) Case { // CVE-2022-21449
		return Case{"alg " + alg + " of zeros", inputFor(alg) + "." + b64(make([]byte, n)), fails}
	}
	return []Case{
		pkcs("RS1", crypto.SHA1, sha1.New()), pkcs("RS384", crypto.SHA384, sha512.New384()), pkcs("RS512", crypto.SHA512, sha512.New()),
		pss("PS256", crypto.SHA256, sha256.New()), pss("PS384", crypto.SHA384, sha512.New384()), pss("PS512", crypto.SHA512, sha512.New()),
		ec("ES256", elliptic.P256(), sha256.New()), ec("ES384", elliptic.P384(), sha512.New384()), ec("ES512", elliptic.P521(), sha512.New()),
		edwards("EdDSA"), edwards("Ed25519"), zeros("ES256", 64), zeros("ES384", 96), zeros("HS256", 32),
	}
}

// macs take what everybody knows for a shared secret (RFC 8725, section 2.1).
func macs() []Case {
	pkix := must(x509.MarshalPKIXPublicKey(Key()))
	pkcs1 := x509.MarshalPKCS1PublicKey(Key())
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	var cases []Case
	for _, secret := range []struct {
		name  string
		bytes []byte
	}{
		{"nothing", nil}, {"a zero byte", []byte{0}}, {"the key id", []byte(Kid)}, {"the client id", []byte(ClientID)}, {"the word secret", []byte("secret")},
		{"the key as PKIX", pkix}, {"the key as PKCS 1", pkcs1}, {"the key as PEM", block("PUBLIC KEY", pkix)}, {"the key as PKCS 1 PEM", block("RSA PUBLIC KEY", pkcs1)},
		{"the key as JWK", []byte(text(publicJWK(Key())))}, {"the key set", JWKS()}, {"the modulus", Key().N.Bytes()}, {"the modulus in base64url", []byte(b64(Key().N.Bytes()))},
	} {
		for alg, h := range map[string]func() hash.Hash{"HS256": sha256.New, "HS512": sha512.New} {
			input := inputFor(alg)
			mac := hmac.New(h, secret.bytes)
			mac.Write([]byte(input))
			cases = append(cases, Case{"alg " + alg + " by " + secret.name, input + "." + b64(mac.Sum(nil)), "algorithm"})
		}
	}
	return cases
}

func quote(s string) string { return text(s) }
