package e2e

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	// signaturesPerRefresh: an access token and an ID token.
	signaturesPerRefresh = 2
	// keyBits is the size of a tenant's signing key.
	keyBits = 2048
)

// freshTokens returns an error unless every answer of the token endpoint holds signaturesPerRefresh tokens that this key
// has signed, no two of them the same: that many signatures were made for it.
func freshTokens(answers [][]byte, key *rsa.PublicKey) error {
	if bits := key.N.BitLen(); bits != keyBits {
		return fmt.Errorf("the key has %d bits", bits)
	}
	seen := map[string]bool{}
	for _, a := range answers {
		var tokens struct {
			Access  string `json:"access_token"`
			ID      string `json:"id_token"`
			Refresh string `json:"refresh_token"`
		}
		if err := json.Unmarshal(a, &tokens); err != nil {
			return fmt.Errorf("an answer that is no JSON: %w", err)
		}
		if tokens.Refresh == "" {
			return errors.New("an answer without a refresh token")
		}
		for _, t := range []string{tokens.Access, tokens.ID} {
			jws, err := jose.ParseSignedCompact(t, []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				return fmt.Errorf("a token that is not signed: %w", err)
			}
			if _, err := jws.Verify(key); err != nil {
				return fmt.Errorf("a token that the tenant did not sign: %w", err)
			}
			seen[t] = true
		}
	}
	if want := signaturesPerRefresh * len(answers); len(seen) != want || want == 0 {
		return fmt.Errorf("%d signatures for %d answers", len(seen), len(answers))
	}
	return nil
}

// publicKey is the key that the tenant at base signs with, and its id.
func publicKey(client *http.Client, base string) (*rsa.PublicKey, string, error) {
	resp, err := client.Get(base + "/" + directory.DefaultTenantID + "/discovery/v2.0/keys")
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil || len(set.Keys) != 1 {
		return nil, "", fmt.Errorf("status %d, %d keys: %v", resp.StatusCode, len(set.Keys), err)
	}
	key, ok := set.Keys[0].Key.(*rsa.PublicKey)
	if !ok {
		return nil, "", fmt.Errorf("the key is a %T", set.Keys[0].Key)
	}
	return key, set.Keys[0].KeyID, nil
}

// nativeSignIn signs Grace in through the native authentication API and returns the refresh token.
func nativeSignIn(client *http.Client, base string) (string, error) {
	var state string
	steps := []struct {
		path string
		form url.Values
	}{
		{"initiate", url.Values{"username": {email}, "challenge_type": {"password redirect"}}},
		{"challenge", url.Values{"challenge_type": {"password redirect"}}},
		{"token", url.Values{"grant_type": {"password"}, "password": {password}, "scope": {"openid profile offline_access"}, "client_info": {"1"}}},
	}
	for _, s := range steps {
		s.form.Set("client_id", directory.DefaultPublicApp)
		if state != "" {
			s.form.Set("continuation_token", state)
		}
		var answer struct {
			State   string `json:"continuation_token"`
			Refresh string `json:"refresh_token"`
			Problem string `json:"error_description"`
		}
		resp, err := client.PostForm(base+"/"+directory.DefaultTenantID+"/oauth2/v2.0/"+s.path, s.form)
		if err != nil {
			return "", err
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			return "", fmt.Errorf("%s: status %d, %s: %v", s.path, resp.StatusCode, answer.Problem, err)
		}
		if state = answer.State; answer.Refresh != "" {
			return answer.Refresh, nil
		}
	}
	return "", errors.New("no refresh token")
}
