package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clientCertificate is a key pair of the web app, and a seed that knows the certificate.
type clientCertificate struct {
	key                            *rsa.PrivateKey
	certificate                    *x509.Certificate
	keyFile, certificateFile, seed string
}

func newCertificate(t *testing.T) clientCertificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pair := clientCertificate{key: key}
	if pair.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := os.ReadFile(clientsSeed)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	quoted, err := json.Marshal(string(text))
	if err != nil {
		t.Fatal(err)
	}
	web := "        displayName: web\n"
	if strings.Count(string(seed), web) != 1 {
		t.Fatalf("%s has no app %q", clientsSeed, web)
	}
	folder := t.TempDir()
	write := func(name string, data []byte) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	pair.keyFile = write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	pair.certificateFile = write("certificate.pem", text)
	pair.seed = write("seed.yaml", []byte(strings.Replace(string(seed), web, web+"        keyCredentials: [{certificate: "+string(quoted)+"}]\n", 1)))
	return pair
}
