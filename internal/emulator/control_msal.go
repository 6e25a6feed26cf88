package emulator

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// forMSALBrowser asks for the entries of MSAL Browser's cache.
const forMSALBrowser = "msal-browser"

// msalCache are the entries of @azure/msal-browser's cache in sessionStorage after
// a sign-in: account, ID token, access token, refresh token. They are in the form
// that versions 3 and 4 write, which version 5 takes over when it starts
// (BrowserCacheManager, migrateExistingCache).
func (x *exchange) msalCache(in *signInOrder, app *directory.App, user *directory.User) (map[string]string, error) {
	scopes, err := x.orderedScopes(in.Scopes, app, tokenSet{access: true, id: true})
	if err != nil {
		return nil, err
	}
	s := subject{app: app, user: user, scopes: scopes, sid: x.guid(), authTime: x.now, platform: tokenPlatform(app)}
	if len(app.SPA.RedirectURIs) > 0 {
		s.platform = platformSPA
	}
	life := lifetime(x.accessLife(), app.Lifetimes.AccessToken, x.tenant.Lifetimes.AccessToken)
	idLife := lifetime(time.Hour, app.Lifetimes.IDToken, x.tenant.Lifetimes.IDToken)
	id := x.idClaims(s, x.now.Add(idLife))
	access, err := x.keyring.Sign(x.r.Context(), x.tenant.ID, x.accessClaims(s, x.now.Add(life)))
	if err != nil {
		return nil, err
	}
	idToken, err := x.keyring.Sign(x.r.Context(), x.tenant.ID, id)
	if err != nil {
		return nil, err
	}
	refresh, err := x.newRefreshToken(s, x.now)
	if err != nil {
		return nil, err
	}
	x.secrets.Add(access, idToken, refresh)
	return newMSALStore(strings.ToLower(in.Host), x.tenant.ID, app.AppID, user, x.now).
		account(clientInfo(user.ID, x.tenant.ID)).
		token("IdToken", "idToken", idToken, nil).
		token("AccessToken", "accessToken", access, map[string]string{
			"target": scopes.granted(), "tokenType": "Bearer", "cachedAt": strconv.FormatInt(x.now.Unix(), 10),
			"expiresOn": strconv.FormatInt(x.now.Add(life).Unix(), 10), "extendedExpiresOn": strconv.FormatInt(x.now.Add(life).Unix(), 10),
		}).
		token("RefreshToken", "refreshToken", refresh, nil).entries()
}

// msalStore is MSAL's cache in the making.
type msalStore struct {
	environment, tenantID, clientID string
	home, updated                   string // account id, time of the last change
	user                            *directory.User
	items                           map[string]any
	accounts                        []string
	tokens                          map[string][]string // keys by kind
}

func newMSALStore(environment, tenantID, clientID string, user *directory.User, now time.Time) *msalStore {
	return &msalStore{
		environment: environment, tenantID: tenantID, clientID: clientID, user: user,
		home: user.ID + "." + tenantID, updated: strconv.FormatInt(now.UnixMilli(), 10),
		items: map[string]any{}, tokens: map[string][]string{},
	}
}

// account adds the account entity.
func (m *msalStore) account(info string) *msalStore {
	key := strings.ToLower(m.home + "-" + m.environment + "-" + m.tenantID)
	m.accounts = append(m.accounts, key)
	m.items[key] = map[string]any{
		"homeAccountId": m.home, "environment": m.environment, "realm": m.tenantID, "localAccountId": m.user.ID,
		"username": m.user.Email, "name": displayName(m.user), "authorityType": "MSSTS", "clientInfo": info, "lastUpdatedAt": m.updated,
		"tenantProfiles": []map[string]any{{
			"tenantId": m.tenantID, "localAccountId": m.user.ID, "name": displayName(m.user), "username": m.user.Email, "isHomeTenant": true,
		}},
	}
	return m
}

// token adds a credential entity.
func (m *msalStore) token(kind, list, secret string, more map[string]string) *msalStore {
	realm := m.tenantID
	entity := map[string]string{
		"credentialType": kind, "homeAccountId": m.home, "environment": m.environment, "clientId": m.clientID, "secret": secret, "lastUpdatedAt": m.updated,
	}
	if kind == "RefreshToken" {
		realm = ""
	} else {
		entity["realm"] = realm
	}
	for name, value := range more {
		entity[name] = value
	}
	key := strings.ToLower(strings.Join([]string{m.home, m.environment, kind, m.clientID, realm, more["target"], "", ""}, "-"))
	m.items[key] = entity
	m.tokens[list] = append(m.tokens[list], key)
	return m
}

// entries are the keys and values of the storage.
func (m *msalStore) entries() (map[string]string, error) {
	m.items["msal.account.keys"] = m.accounts
	m.items["msal.token.keys."+m.clientID] = m.tokens
	out := map[string]string{}
	for key, value := range m.items {
		b, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		out[key] = string(b)
	}
	return out, nil
}
