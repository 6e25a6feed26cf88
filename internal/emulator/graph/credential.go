package graph

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// addPassword makes a client secret, whose text is in this answer and nowhere else.
func (c *call) addPassword() (answer, error) {
	wanted, _ := c.body["passwordCredential"].(object)
	if wanted == nil {
		wanted = object{}
	}
	if err := checkObject("passwordCredential", namespace+"passwordCredential", wanted); err != nil {
		return answer{}, err
	}
	raw := make([]byte, 30)
	if _, err := io.ReadFull(c.Rand, raw); err != nil {
		return answer{}, err
	}
	id, err := directory.NewGUID(c.Rand)
	if err != nil {
		return answer{}, err
	}
	text := base64.RawURLEncoding.EncodeToString(raw)
	sum := sha256.Sum256([]byte(text))
	start := c.Now().UTC().Truncate(time.Second)
	secret := directory.Secret{KeyID: id, SecretSHA256: hex.EncodeToString(sum[:]), Hint: text[:3], StartDateTime: start, EndDateTime: start.AddDate(2, 0, 0)}
	secret.DisplayName, _ = wanted["displayName"].(string)
	if end, set := wanted["endDateTime"].(string); set {
		secret.EndDateTime, _ = time.Parse(time.RFC3339, end) // checked above
		if !secret.EndDateTime.After(start) {
			return answer{}, badRequest("Property passwordCredential.endDateTime is in the past.")
		}
	}
	err = c.change(func(t *directory.Tenant) error {
		g, err := c.forChange(t, c.r.PathValue("app"))
		if err != nil {
			return err
		}
		g.app.PasswordCredentials = append(slices.Clone(g.app.PasswordCredentials), secret)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	c.Secret(text)
	o := secretView(id, secret)
	o["secretText"], o["@odata.context"] = text, c.base+"/$metadata#microsoft.graph.passwordCredential"
	return ok(o)
}

func secretView(id string, s directory.Secret) object {
	o := object{"keyId": id, "displayName": orNull(s.DisplayName), "hint": orNull(s.Hint), "secretText": nil, "customKeyIdentifier": nil, "startDateTime": nil, "endDateTime": nil}
	if !s.StartDateTime.IsZero() {
		o["startDateTime"] = timestamp(s.StartDateTime)
	}
	if !s.EndDateTime.IsZero() {
		o["endDateTime"] = timestamp(s.EndDateTime)
	}
	return o
}

// secretID is a secret's id; one of a seed may have none.
func secretID(t *directory.Tenant, a *directory.App, s directory.Secret) string {
	if directory.IsGUID(s.KeyID) {
		return s.KeyID
	}
	return t.ObjectID("secret", a.AppID, s.Digest())
}

func (c *call) secretViews(t *directory.Tenant, a *directory.App) []any {
	list := []any{}
	for _, s := range a.PasswordCredentials {
		list = append(list, secretView(secretID(t, a, s), s))
	}
	return list
}

func (c *call) removePassword() (answer, error) {
	id, _ := c.body["keyId"].(string)
	return noContent(c.change(func(t *directory.Tenant) error {
		g, err := c.forChange(t, c.r.PathValue("app"))
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(g.app.PasswordCredentials), func(s directory.Secret) bool { return strings.EqualFold(secretID(t, g.app, s), id) })
		if len(kept) == len(g.app.PasswordCredentials) {
			return badRequest("No password credential found with keyId '%s'.", clip(id))
		}
		g.app.PasswordCredentials = kept
		return nil
	}))
}

// encryptionPart keeps keys that are not for signing in.
const encryptionPart = "keyCredentials"

func (c *call) keyViews(t *directory.Tenant, a *directory.App) []any {
	list := []any{}
	for _, k := range a.KeyCredentials {
		cert, err := k.Parse()
		if err != nil {
			continue // was checked when it came
		}
		sum := sha1.Sum(cert.Raw)
		list = append(list, object{
			"keyId": t.ObjectID("key", a.AppID, hex.EncodeToString(sum[:])), "type": "AsymmetricX509Cert", "usage": "Verify", "key": nil,
			"displayName": orNull(k.DisplayName), "customKeyIdentifier": base64.StdEncoding.EncodeToString(sum[:]),
			"startDateTime": timestamp(cert.NotBefore), "endDateTime": timestamp(cert.NotAfter),
		})
	}
	others, _ := a.Registration[encryptionPart].([]any)
	return append(list, others...)
}

// withKeys puts the certificates themselves into a list of keyViews.
func withKeys(list []any, a *directory.App) []any {
	for i, k := range a.KeyCredentials {
		if block, _ := pem.Decode([]byte(k.Certificate)); block != nil && i < len(list) {
			list[i].(object)["key"] = base64.StdEncoding.EncodeToString(block.Bytes)
		}
	}
	return list
}

// applyKeys replaces the certificates; one without key stays by its keyId.
func (c *call) applyKeys(t *directory.Tenant, a *directory.App, v any) error {
	list, _ := v.([]any)
	old := c.keyViews(t, a)
	var kept []directory.KeyCredential
	others := []any{}
	for _, item := range list {
		o, _ := item.(object)
		key, _ := o["key"].(string)
		id, _ := o["keyId"].(string)
		der, err := base64.StdEncoding.DecodeString(key)
		switch {
		case key == "":
			i := slices.IndexFunc(old, func(v any) bool { return id != "" && v.(object)["keyId"] == id })
			if i < 0 {
				return badRequest("Property keyCredentials has an entry without key, and none of the application has the keyId '%s'.", clip(id))
			}
			if i < len(a.KeyCredentials) {
				kept = append(kept, a.KeyCredentials[i])
			} else {
				others = append(others, old[i])
			}
		case o["usage"] == "Encrypt":
			others = append(others, o)
		case err != nil || o["type"] != "AsymmetricX509Cert" || o["usage"] != "Verify":
			return badRequest("Property keyCredentials has an invalid entry: expected type AsymmetricX509Cert, usage Verify and key in base64.")
		default:
			k := directory.KeyCredential{Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
			k.DisplayName, _ = o["displayName"].(string)
			if _, err := k.Parse(); err != nil {
				return badRequest("Key credential is invalid: %v.", err)
			}
			kept = append(kept, k)
		}
	}
	a.KeyCredentials, a.Registration[encryptionPart] = kept, others
	return nil
}
