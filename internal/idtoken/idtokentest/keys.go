package idtokentest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

// keys are tokens that name a key which is not the tenant's, or bring one along.
func keys() []Case {
	by := func(name string, header object) Case { // signed by somebody else
		return Case{name, sign(text(header), text(claims()), otherKey()), "signature"}
	}
	jwk := publicJWK(&otherKey().PublicKey)
	der := certificate(otherKey())
	thumb1, thumb256 := sha1.Sum(der), sha256.Sum256(der)
	x5c := []string{base64.StdEncoding.EncodeToString(der)}
	plus := func(changes object) object { return with(header(), changes) }
	cases := []Case{
		by("another's signature under the tenant's kid", header()),
		by("a key in the header", plus(object{"jwk": jwk})),
		by("a private key in the header", plus(object{"jwk": with(jwk, object{"d": b64(otherKey().D.Bytes())})})),
		by("a symmetric key in the header", plus(object{"jwk": object{"kty": "oct", "k": "AAAA", "kid": Kid}})),
		by("a certificate in the header", plus(object{"x5c": x5c})),
		by("a certificate and its thumbprints", plus(object{"x5c": x5c, "x5t": b64(thumb1[:]), "x5t#S256": b64(thumb256[:])})),
		by("jku elsewhere", plus(object{"jku": "https://evil.example/keys"})),
		by("jku at the tenant", plus(object{"jku": "https://" + TenantID + ".ciamlogin.com/" + TenantID + "/discovery/v2.0/keys?redirect=https://evil.example"})),
		by("jku as data", plus(object{"jku": "data:application/json;base64," + base64.StdEncoding.EncodeToString([]byte(text(object{"keys": []object{jwk}})))})),
		by("jku as a file", plus(object{"jku": "file:///etc/passwd"})),
		by("jku on this machine", plus(object{"jku": "http://127.0.0.1:3000/keys"})),
		by("x5u elsewhere", plus(object{"x5u": "https://evil.example/cert.pem"})),
		by("x5u in the cloud's metadata service", plus(object{"x5u": "http://169.254.169.254/metadata/identity"})),
		by("all of them", plus(object{"jwk": jwk, "jku": "https://evil.example/keys", "x5c": x5c, "x5u": "https://evil.example/c"})),
	}
	for _, kid := range []struct{ name, kid string }{
		{"unknown", "key-2"}, {"in other case", strings.ToUpper(Kid)}, {"with a space", Kid + " "}, {"with a line break", Kid + "\n"}, {"with NUL", Kid + "\x00"},
		{"as a path", "../../../../../../dev/null"}, {"as an absolute path", "/dev/null"}, {"as a Windows device", `\\.\NUL`}, {"as a share", `\\evil.example\share\key`},
		{"as SQL", "key-1' UNION SELECT 'AAAA' --"}, {"as a command", "key-1|id"}, {"as a substitution", "$(id)"}, {"as a URL", "https://evil.example/key"},
		{"with a terminal's escape", "\x1b]0;owned\x07"}, {"in other writing", "kеy-1"}, {"of the prototype", "__proto__"}, {"a prefix", "key"}, {"percent-encoded", "key%2D1"},
		{"as a list of two", "key-1,key-2"}, {"a wildcard", "*"}, {"long and unknown", strings.Repeat("k", 512)},
	} {
		cases = append(cases, Case{"kid " + kid.name, signed(object{"kid": kid.kid}, nil), "signature"})
	}
	cases = append(cases, headerCases("kid", "key id", append(otherKinds(), named{"empty", ""}, named{"over 512 bytes", strings.Repeat("k", 513)}, named{"a list with the kid", []string{Kid}}))...)
	return append(cases, Case{"x5t instead of kid", signed(object{"kid": drop, "x5t": Kid}, nil), "key id"})
}

// certificate is one that k has made for itself.
func certificate(k *rsa.PrivateKey) []byte {
	now := clocktest.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "evil"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	return must(x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k))
}
