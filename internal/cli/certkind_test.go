package cli

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

// TestCertificateKinds gives what people confuse to each door that wants certificates: what it is is said, and where a
// command is advised, it is run and what it makes is taken.
func TestCertificateKinds(t *testing.T) {
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	leaf := certificate(t, key)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pfx, err := pkcs12.Modern.Encode(key, leaf, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	block := func(label string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}) }
	for name, c := range map[string]struct {
		data           []byte
		ca, client     string // what is said; "" is not asked
		caWay, ownWay  string // of the way out
		runCA, takesCA bool   // the way is a command; the file is right
	}{
		"DER":                 {data: leaf.Raw, ca: "in binary form (DER)", client: "in binary form (DER)", caWay: "ca.pem", ownWay: "its private key goes into the same file", runCA: true},
		"a PFX":               {data: pfx, ca: "is a PFX (PKCS #12)", caWay: "openssl pkcs12", runCA: true},
		"a DER key":           {data: pkcs8, ca: "private key in binary form", client: "private key in binary form", caWay: "its owner's alone", ownWay: "openssl pkey"},
		"a PEM key":           {data: block("PRIVATE KEY", pkcs8), ca: "a private key and no certificate", client: "a private key and no certificate", caWay: "its owner's", ownWay: "add the certificate"},
		"a PEM certificate":   {data: block("CERTIFICATE", leaf.Raw), client: "a certificate and no private key", ownWay: "add the private key", takesCA: true},
		"a request":           {data: block("CERTIFICATE REQUEST", leaf.Raw), ca: "a request for a certificate", client: "a request for a certificate"},
		"OpenSSL's own":       {data: block("TRUSTED CERTIFICATE", leaf.Raw), ca: "in OpenSSL's own form", client: "in OpenSSL's own form", caWay: "openssl x509 -in", ownWay: "same file", runCA: true},
		"a public key":        {data: block("PUBLIC KEY", []byte("x")), ca: "is a public key", client: "is a public key"},
		"an SSH key":          {data: block("OPENSSH PRIVATE KEY", []byte("x")), ca: "is an SSH key", client: "is an SSH key"},
		"a broken one":        {data: block("CERTIFICATE", []byte("x")), ca: "cannot be read", caWay: "damaged"},
		"a Java keystore":     {data: []byte("\xfe\xed\xfe\xed\x00\x00\x00\x02"), ca: "Java keystore", client: "Java keystore", ownWay: "keytool -importkeystore"},
		"bare base64":         {data: []byte(base64.StdEncoding.EncodeToString(leaf.Raw)), ca: "without its first and last line", client: "without its first and last line", caWay: "-----BEGIN CERTIFICATE-----"},
		"a web page":          {data: []byte("<!DOCTYPE html><html></html>"), ca: "a web page", client: "a web page", caWay: "download"},
		"text":                {data: []byte("hello"), ca: "holds no certificate", client: "neither PEM nor PFX"},
		"NUL bytes":           {data: []byte("a\x00b"), ca: "NUL bytes", client: "neither PEM nor PFX"},
		"UTF-16 of something": {data: utf16LE([]byte("hello")), ca: "holds no certificate", client: "neither PEM nor PFX"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "it's here")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			m := newCases(t)
			_, err := (&run{Env: &Env{}, files: (&run{}).newReader(t.Context())}).systemTransport(namedFile{path, "CIAM_CA_FILE"})
			checkKind(t, "CIAM_CA_FILE", err, c.ca, c.caWay, c.takesCA)
			if c.runCA {
				followOpenSSL(t, dir, describe(err).hint)
			}
			if c.client == "" {
				return
			}
			o := m.run("profile", "add", "daemon", "--tenant", "contoso", "--client-id", appB, "--offline", "--client-certificate", path)
			if o.code != exitUsage || !strings.Contains(o.stderr, c.client) || !strings.Contains(o.stderr, c.ownWay) || strings.Contains(o.stderr, "BEGIN PRIVATE") {
				t.Errorf("--client-certificate: exit %d, %s", o.code, o.stderr)
			}
		})
	}
}

func checkKind(t *testing.T, where string, err error, says, way string, takes bool) {
	t.Helper()
	if takes {
		if err != nil {
			t.Errorf("%s: %v", where, err)
		}
		return
	}
	if err == nil {
		t.Fatalf("%s: it was taken", where)
	}
	if f := describe(err); f.exit != exitUsage || !strings.Contains(f.message, says) || !strings.Contains(f.message, where) || !strings.Contains(f.hint, way) {
		t.Errorf("%s: %+v", where, f)
	}
}

// followOpenSSL runs the command of a hint, where there is OpenSSL, and reads what it has made.
func followOpenSSL(t *testing.T, dir, hint string) {
	t.Helper()
	_, rest, _ := strings.Cut(hint, "`")
	line, _, ok := strings.Cut(rest, "`")
	if !ok {
		t.Fatalf("no command in %q", hint)
	}
	if _, err := exec.LookPath("openssl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no openssl here: `apt-get install openssl`")
	}
	if strings.Contains(line, "pkcs12") {
		line += " -passin pass:"
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	if _, err := (&run{Env: &Env{}, files: (&run{}).newReader(t.Context())}).systemTransport(namedFile{filepath.Join(dir, "ca.pem"), "--ca-file"}); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}
