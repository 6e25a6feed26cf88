package cli

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/files"
)

// certificateUse is what a file with certificates is wanted for.
type certificateUse int

const (
	authorities certificateUse = iota // to trust: PEM, any number
	identity                          // the client's own: certificate and key, PEM or PFX
)

// mistaken is the error about a file that is not what was wanted: what it is instead, and the command that makes the right
// thing of it.
func (s system) mistaken(file namedFile, data []byte, want string, use certificateUse) error {
	is, way := s.kindOfCertificate(data, s.quote(file.path), use)
	e := &commandError{exit: exitUsage, code: "config", message: fmt.Sprintf("%s: %s; expected %s", file.by, is, want), hint: way}
	if file.path != file.by {
		e.message = fmt.Sprintf("%s: %s %s; expected %s", file.by, file.path, is, want)
	}
	return e
}

// made is the name of the file that a hint makes.
func (u certificateUse) made() string { return [...]string{"ca.pem", "client.pem"}[u] }

// nothingKnown is a file of authorities without any, and like nothing that people take for one.
const nothingKnown = "holds no certificate"

// kindOfCertificate says what people take for a file of certificates, and the way from there; path is quoted for a shell.
func (s system) kindOfCertificate(data []byte, path string, use certificateUse) (is, way string) {
	text, err := files.Text(path, data)
	if block, _ := pem.Decode(text); block != nil {
		return kindOfPEM(block.Type, path, use)
	}
	is, way = s.kindOfBinary(data, path, use)
	if err != nil && is == nothingKnown {
		is = "is no text: it has NUL bytes"
	}
	return is, way
}

// kindOfPEM is by the label of the first block (RFC 7468).
func kindOfPEM(label, path string, use certificateUse) (is, way string) {
	switch label {
	case "PKCS7", "CMS":
		return "is a bundle in PKCS #7 form", "`openssl pkcs7 -print_certs -in " + path + " -out " + use.made() + "` takes the certificates out" + use.withKey()
	case "TRUSTED CERTIFICATE":
		return "is a certificate in OpenSSL's own form", "`openssl x509 -in " + path + " -out " + use.made() + "` makes it an ordinary one" + use.withKey()
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return "is a request for a certificate", "give what the authority has sent back for it"
	case "X509 CRL":
		return "is a list of revoked certificates", "give the authority's certificate"
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return "is a public key", "give the certificate that it is in"
	case "OPENSSH PRIVATE KEY":
		return "is an SSH key", "give the certificate that was made for the app"
	case "CERTIFICATE":
		if use == authorities {
			return "holds a certificate that cannot be read", "get the file once more: it is damaged"
		}
		return "holds a certificate and no private key", "add the private key to the same file, or give the PFX that has both"
	}
	if use == authorities {
		return "holds a private key and no certificate", "give the authority's certificate; a key is its owner's alone"
	}
	return "holds a private key and no certificate", "add the certificate to the same file"
}

// withKey is what is left to do for a client's certificate.
func (u certificateUse) withKey() string {
	if u == identity {
		return "; its private key goes into the same file"
	}
	return ""
}

// kindOfBinary is by content.
func (s system) kindOfBinary(data []byte, path string, use certificateUse) (is, way string) {
	if c, err := x509.ParseCertificates(data); err == nil && len(c) > 0 {
		way = "`openssl x509 -inform der -in " + path + " -out " + use.made() + "` makes it PEM"
		if s.goos == "windows" {
			way = "`certutil -encode " + path + " " + use.made() + "` makes it PEM"
		}
		return "is a certificate in binary form (DER)", way + use.withKey()
	}
	switch {
	case isDERKey(data):
		is, way = "is a private key in binary form (DER)", "`openssl pkey -inform der -in "+path+" -out client.pem` makes it PEM; the certificate goes into the same file"
		if use == authorities {
			way = "give the authority's certificate; a key is its owner's alone"
		}
		return is, way
	case isSignedData(data):
		return "is a bundle in PKCS #7 form (.p7b)", "`openssl pkcs7 -inform der -print_certs -in " + path + " -out " + use.made() + "` takes the certificates out" + use.withKey()
	case isPFX(data):
		return "is a PFX (PKCS #12)", "`openssl pkcs12 -in " + path + " -nokeys -out " + use.made() + "` takes the certificates out"
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}):
		return "is a Java keystore (JKS)", "`keytool -importkeystore -srckeystore " + path + " -destkeystore client.pfx -deststoretype pkcs12` makes it a PFX"
	case isBareBase64(data):
		return "is a certificate without its first and last line", "put -----BEGIN CERTIFICATE----- before it and -----END CERTIFICATE----- after it, each on a line"
	case bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")):
		return "is a web page or XML", "download the certificate itself"
	}
	if use == identity {
		return "is neither PEM nor PFX", ""
	}
	return nothingKnown, ""
}

func isDERKey(data []byte) bool {
	_, pkcs8 := x509.ParsePKCS8PrivateKey(data)
	_, pkcs1 := x509.ParsePKCS1PrivateKey(data)
	_, sec1 := x509.ParseECPrivateKey(data)
	return pkcs8 == nil || pkcs1 == nil || sec1 == nil
}

// isSignedData looks for the content type signedData (RFC 2315 section 14) at the beginning.
func isSignedData(data []byte) bool {
	return bytes.Contains(data[:min(len(data), 24)], []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02})
}

// isPFX looks for version 3 and what follows it (RFC 7292 section 4).
func isPFX(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0x30}) && bytes.Contains(data[:min(len(data), 12)], []byte{0x02, 0x01, 0x03, 0x30})
}

func isBareBase64(data []byte) bool {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), ""))
	if err != nil {
		return false
	}
	_, err = x509.ParseCertificate(der)
	return err == nil
}
