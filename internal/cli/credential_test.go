package cli

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/programtest"
)

var clientKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func certificate(t *testing.T, key crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ciam-client-app"}, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(4e9, 0)} // on every day that tests take place
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// utf16LE is text as Windows PowerShell writes it.
func utf16LE(text []byte) []byte {
	out := []byte{0xff, 0xfe}
	for _, c := range text {
		out = append(out, c, 0)
	}
	return out
}

func pemOf(t *testing.T, blocks ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, block := range blocks {
		switch v := block.(type) {
		case *x509.Certificate:
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: v.Raw})
		case crypto.Signer:
			der, err := x509.MarshalPKCS8PrivateKey(v)
			if err != nil {
				t.Fatal(err)
			}
			_ = pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
		}
	}
	return b.Bytes()
}

func TestLoadCertificate(t *testing.T) {
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	leaf := certificate(t, key)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pfx := func(password string) []byte {
		data, err := pkcs12.Modern.Encode(key, leaf, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for name, tc := range map[string]struct {
		data           []byte
		password, says string // "" works
	}{
		"PEM":                      {pemOf(t, leaf, key), "", ""},
		"PEM, key first":           {pemOf(t, key, leaf), "", ""},
		"PEM with another above":   {pemOf(t, certificate(t, other), leaf, key), "", ""},
		"PEM by Notepad":           {append([]byte("\xef\xbb\xbf"), pemOf(t, leaf, key)...), "", ""},
		"PEM by PowerShell":        {utf16LE(pemOf(t, leaf, key)), "", ""},
		"PFX":                      {pfx("p w"), "p w", ""},
		"PFX without a password":   {pfx(""), "", ""},
		"PFX, wrong password":      {pfx("right"), "wrong", "CIAM_CLIENT_CERTIFICATE_PASSWORD is wrong"},
		"PFX, no password given":   {pfx("right"), "", "CIAM_CLIENT_CERTIFICATE_PASSWORD is not set"},
		"no key":                   {pemOf(t, leaf), "", "no private key"},
		"no certificate":           {pemOf(t, key), "", "no certificate"},
		"another's key":            {pemOf(t, leaf, other), "", "not the RSA key"},
		"an EC key":                {pemOf(t, certificate(t, ec), ec), "", "not the RSA key"},
		"an encrypted key":         {append(pemOf(t, leaf), "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"...), "", "encrypted"},
		"a broken certificate":     {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "", "cannot be read"},
		"neither":                  {[]byte("hello"), "", "neither PEM nor PFX"},
		"empty":                    {nil, "", "it is empty"},
		"over a megabyte of noise": {bytes.Repeat([]byte("x"), maxCredentialFile+1), "", "over 1 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			path := filepath.Join(t.TempDir(), "client")
			if err := os.WriteFile(path, tc.data, 0o600); err != nil {
				t.Fatal(err)
			}
			m.env["CIAM_CLIENT_ID"], m.env["CIAM_CLIENT_CERTIFICATE_PASSWORD"] = directory.DefaultConfidentialApp, tc.password
			var form url.Values
			m.answer = only("/oauth2/v2.0/token", func(r *http.Request) *http.Response {
				_ = r.ParseForm()
				form = r.PostForm
				return page(200, "application/json", `{"token_type":"Bearer","access_token":"for-the-app","expires_in":3599}`)(r)
			})
			args := []string{"token", "--client-credentials", "--scope", "api://x/.default", "--client-certificate", path}
			if tc.says != "" {
				o := m.run(args...)
				if o.code != 2 || o.stdout != "" || !strings.Contains(o.stderr, tc.says) || form != nil {
					t.Errorf("%+v", o)
				}
				return
			}
			if o := m.must(args...); o.stdout != "for-the-app\n" {
				t.Errorf("stdout %q", o.stdout)
			}
			if form.Get("client_assertion_type") == "" || strings.Count(form.Get("client_assertion"), ".") != 2 || form.Has("client_secret") {
				t.Errorf("sent %v", form)
			}
			// Kept like any other token: one read, no request.
			m.must(args...)
			if m.reads.Load() != 1 || m.requests.Load() != 0 {
				t.Errorf("%d reads, %d requests", m.reads.Load(), m.requests.Load())
			}
		})
	}
}

func TestAssertions(t *testing.T) {
	t.Setenv("CIAM_GRAPH_TOKEN", "hunter5")
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	command := func(steps ...string) string { return strings.Join(programtest.Command(steps...), " ") }
	for name, tc := range map[string]struct {
		flag, value, sent, says string
	}{
		"a file":                   {"--client-assertion-file", file("good", "aaa.bbb.ccc\n"), "aaa.bbb.ccc", ""},
		"a file that is no token":  {"--client-assertion-file", file("bad", "hello"), "", "is no token"},
		"a file that is not there": {"--client-assertion-file", filepath.Join(dir, "missing"), "", "missing"},
		"a command":                {"--client-assertion-command", command("print", "ddd.eee.fff"), "ddd.eee.fff", ""},
		"a command without ours":   {"--client-assertion-command", command("print", "g.h$CIAM_GRAPH_TOKEN.i"), "g.h.i", ""},
		"a command that fails":     {"--client-assertion-command", command("exit", "3"), "", "exit status 3"},
		"a command of many words":  {"--client-assertion-command", command("print", "a.b.c", ",", "print", "more"), "", "is no token"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.env["CIAM_CLIENT_ID"] = directory.DefaultConfidentialApp
			sent := ""
			m.answer = only("/oauth2/v2.0/token", func(r *http.Request) *http.Response {
				_ = r.ParseForm()
				sent = r.PostForm.Get("client_assertion")
				return page(200, "application/json", `{"token_type":"Bearer","access_token":"for-the-app","expires_in":3599}`)(r)
			})
			o := m.run("token", "--client-credentials", "--scope", "api://x/.default", tc.flag, tc.value)
			if tc.says == "" && (o.code != 0 || sent != tc.sent) || tc.says != "" && (o.code != 2 || o.stdout != "" || sent != "" || !strings.Contains(o.stderr, tc.says)) {
				t.Errorf("sent %q, %+v", sent, o)
			}
		})
	}
}

func TestClientCredentials_usage(t *testing.T) {
	m := newMachine(t)
	m.env["CIAM_CLIENT_ID"] = directory.DefaultConfidentialApp
	m.fails(2, []string{"needs a client secret"}, "token", "--client-credentials", "--scope", "api://x/.default")
	m.fails(2, []string{"exclude each other"}, "token", "--client-credentials", "--scope", "api://x/.default", "--client-certificate", "a", "--client-assertion-file", "b")
	m.env["CIAM_CLIENT_SECRET"] = directory.DefaultClientSecret
	m.fails(2, []string{"/.default"}, "token", "--client-credentials")
	m.fails(2, []string{"/.default"}, "token", "--client-credentials", "--scope", "openid")
	m.fails(2, []string{"of a person"}, "token", "--client-credentials", "--id-token")
}

func TestQRCode(t *testing.T) {
	picture, ok := qrCode("https://contoso.ciamlogin.com/common/oauth2/deviceauth")
	if !ok || len(picture) < 12 || !strings.Contains(picture[3], "█") {
		t.Errorf("%t\n%s", ok, strings.Join(picture, "\n"))
	}
}
