package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/files"
)

// credentialOptions are the flags that name a credential of a confidential client. None takes a secret as its value.
type credentialOptions struct {
	secretFile, certificate, assertionFile, assertionCommand string
}

func (o *credentialOptions) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.secretFile, "client-secret-file", "", "read the client secret from `FILE`, - for stdin")
	flags.StringVar(&o.certificate, "client-certificate", "", "the client's certificate and key, a PEM or PFX `FILE`")
	flags.StringVar(&o.assertionFile, "client-assertion-file", "", "read a federated client assertion from `FILE`")
	flags.StringVar(&o.assertionCommand, "client-assertion-command", "", "run `COMMAND` for a federated client assertion")
}

// maxCredentialFile bounds what is read of a certificate or an assertion.
const maxCredentialFile = 1 << 20

// assertionTimeout bounds the command that makes an assertion.
const assertionTimeout = 30 * time.Second

// credential is what the flags, the environment or the profile name, in this order; a client secret was found already.
// One that the flags name is for this run. The environment's is for the app that it names beside it, the profile's for
// the profile's own.
func (r *run) credential(p config.Profile, o credentialOptions, own auth.Owner) (auth.Credential, error) {
	named := 0
	for _, flag := range []string{o.secretFile, o.certificate, o.assertionFile, o.assertionCommand} {
		if flag != "" {
			named++
		}
	}
	switch {
	case named > 1:
		return auth.Credential{}, &usageError{message: "the flags --client-secret-file, --client-certificate, --client-assertion-file and --client-assertion-command exclude each other", hint: "an app proves itself in one way"}
	case o.secretFile != "":
		return auth.Credential{Secret: p.Secret.Reveal()}, nil
	case o.assertionCommand != "":
		return auth.Credential{Assertion: r.assertionFromCommand(o.assertionCommand)}, nil
	case o.assertionFile != "":
		return auth.Credential{Assertion: r.assertionFromFile(o.assertionFile)}, nil
	case o.certificate != "":
		return r.loadCertificate(o.certificate, r.env.ClientCertificatePassword)
	}
	secret, assertion, certificate := r.env.ClientSecret != "", r.env.ClientAssertionFile, r.env.ClientCertificate
	owner, err := r.environmentOwner(p, own)
	if !secret && assertion == "" && certificate == "" {
		secret, assertion, certificate = p.ClientSecretFile != "", p.ClientAssertionFile, p.ClientCertificate
		owner, err = &own, nil
	}
	var c auth.Credential
	switch {
	case err != nil:
		return c, err
	case secret:
		c.Secret = p.Secret.Reveal()
	case assertion != "":
		c.Assertion = r.assertionFromFile(assertion)
	case certificate != "":
		if c, err = r.loadCertificate(certificate, r.env.ClientCertificatePassword); err != nil {
			return c, err
		}
	}
	c.Owner = owner
	return c, nil
}

// environmentOwner is the app and tenant that a credential in the environment is for: what the environment names beside
// it, completed by the profile; nil when it names neither, since it was given for this run then.
func (r *run) environmentOwner(p config.Profile, own auth.Owner) (*auth.Owner, error) {
	tenant := cmp.Or(r.env.Authority, r.env.Tenant)
	if tenant == "" && r.env.ClientID == "" {
		return nil, nil
	}
	owner, err := ownerOf("the environment", tenant, "", cmp.Or(r.env.ClientID, own.ClientID, p.ClientID))
	if tenant == "" && err == nil {
		owner.Authority, owner.TenantID = own.Authority, own.TenantID
		if own.Authority == (authority.Authority{}) {
			owner, err = ownerOf("the environment", p.Authority, p.TenantID, owner.ClientID)
		}
	}
	return &owner, err
}

func ownerOf(keeper, tenant, tenantID, clientID string) (auth.Owner, error) {
	owner := auth.Owner{Keeper: keeper, TenantID: strings.ToLower(tenantID), ClientID: strings.ToLower(clientID)}
	if tenant == "" {
		return owner, nil
	}
	var err error
	if owner.Authority, err = authority.Parse(tenant); err == nil && owner.TenantID == "" {
		owner.TenantID = owner.Authority.TenantID()
	}
	return owner, err
}

// assertionFromFile reads the file for each token request: platforms that put a token there replace it in time.
func (r *run) assertionFromFile(path string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		data, err := r.readNamed(path, "a signed token (JWT) of the federated identity provider", files.Options{Limit: maxCredentialFile})
		if err != nil {
			return "", err
		}
		return checkAssertion(string(data), path)
	}
}

// assertionFromCommand runs a command, split at spaces and without a shell, for each token request.
func (r *run) assertionFromCommand(command string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		words := strings.Fields(command)
		if len(words) == 0 {
			return "", &usageError{message: "--client-assertion-command names no command"}
		}
		ctx, cancel := context.WithTimeout(ctx, assertionTimeout)
		defer cancel()
		cmd, err := program(ctx, words)
		if err != nil {
			return "", err
		}
		cmd.Env = config.ChildEnvironment()
		if r.env.StoreKeyFile != "" { // the program may be ciam, with its sealed file store
			cmd.Env = append(cmd.Env, "CIAM_STORE_KEY_FILE="+r.env.StoreKeyFile)
		}
		cmd.Stderr = r.Streams.ChildErr()
		cmd.WaitDelay = time.Second
		out, err := cmd.Output()
		if ctx.Err() != nil {
			err = fmt.Errorf("it did not end within %s", assertionTimeout)
		}
		if err != nil {
			return "", &usageError{message: fmt.Sprintf("the command for the client assertion, %s, failed: %v", words[0], err), hint: "it has to print a signed token (JWT) on stdout and end with 0"}
		}
		return checkAssertion(string(out), words[0])
	}
}

// checkAssertion accepts what looks like a compact JWT; its content is for the tenant to judge.
func checkAssertion(text, where string) (string, error) {
	text = strings.TrimSpace(text)
	if strings.Count(text, ".") != 2 || strings.ContainsAny(text, " \t\r\n") {
		return "", &config.Error{Where: where, Problem: "what it gives is no token", Want: "a signed token (JWT) of the federated identity provider"}
	}
	return text, nil
}

// loadCertificate reads a certificate with its key from a PEM or PFX (PKCS #12) file.
func (r *run) loadCertificate(path string, password config.Secret) (auth.Credential, error) {
	data, err := r.readNamed(path, "a PEM or PFX file with a certificate and its private key", files.Options{Limit: maxCredentialFile, Raw: true})
	if err != nil {
		return auth.Credential{}, err
	}
	const want = "a PEM or PFX file with a certificate and its RSA private key"
	c, problem := parsePFX(data, password.Reveal())
	if text, err := files.Text(path, data); err == nil && bytes.Contains(text, []byte("-----BEGIN ")) {
		data = text
		c, problem = parsePEM(text)
	}
	switch problem {
	case "":
		return c, nil
	case notBoth, notPFX:
		return auth.Credential{}, r.system().mistaken(namedFile{path, path}, data, want, identity)
	}
	return auth.Credential{}, &config.Error{Where: path, Problem: problem, Want: want}
}

// Problems of a file that may be something else altogether.
const (
	notPFX  = "it is neither PEM nor PFX"
	notBoth = "it holds no certificate or no private key"
)

func parsePFX(data []byte, password string) (auth.Credential, string) {
	key, leaf, chain, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return auth.Credential{}, "it has a password, and CIAM_CLIENT_CERTIFICATE_PASSWORD is not set"
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return auth.Credential{}, "the password in CIAM_CLIENT_CERTIFICATE_PASSWORD is wrong"
	case err != nil:
		return auth.Credential{}, notPFX
	}
	return checkKey(append([]*x509.Certificate{leaf}, chain...), key)
}

func parsePEM(data []byte) (auth.Credential, string) {
	var certificates []*x509.Certificate
	var key crypto.PrivateKey
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		var err error
		switch block.Type {
		case "CERTIFICATE":
			var c *x509.Certificate
			if c, err = x509.ParseCertificate(block.Bytes); err == nil {
				certificates = append(certificates, c)
			}
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return auth.Credential{}, "its key is encrypted; make it a PFX with a password (`openssl pkcs12 -export`)"
		}
		if err != nil {
			return auth.Credential{}, "its " + strings.ToLower(block.Type) + " cannot be read"
		}
	}
	return checkKey(certificates, key)
}

// checkKey wants an RSA key, which is what Entra takes, that belongs to the first certificate.
func checkKey(certificates []*x509.Certificate, key crypto.PrivateKey) (auth.Credential, string) {
	if len(certificates) == 0 || key == nil {
		return auth.Credential{}, notBoth
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return auth.Credential{}, "its key cannot sign"
	}
	for i, c := range certificates {
		public, comparable := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
		if comparable && public.Equal(signer.Public()) && c.PublicKeyAlgorithm == x509.RSA {
			certificates[0], certificates[i] = certificates[i], certificates[0]
			return auth.Credential{Certificates: certificates, Key: key}, ""
		}
	}
	return auth.Credential{}, "its key is not the RSA key of a certificate in it"
}
