package emulator

import (
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/url"
	"strings"
)

// discovery is the area of metadata: OpenID configuration, keys, instance discovery.
type discovery struct{ *Server }

// Mount adds the area's routes.
func (d discovery) Mount(mux *http.ServeMux) {
	d.api(mux, "/{tenant}/v2.0/.well-known/openid-configuration", open(only(d.configuration, http.MethodGet), "GET"))
	d.api(mux, "/{tenant}/discovery/v2.0/keys", open(only(d.keys, http.MethodGet), "GET"))
	d.api(mux, "/common/discovery/instance", open(only(d.instance, http.MethodGet), "GET"))
}

// configuration is the OpenID Connect Discovery document. As with the real
// service, endpoints carry the tenant id and stand on the host that was asked,
// whatever form of the tenant's name was used.
func (d discovery) configuration(x *exchange) error {
	region := x.tenant.Region
	if region == "" {
		region = "EU"
	}
	return x.sendJSON(http.StatusOK, map[string]any{
		"token_endpoint":                        x.endpoint("/oauth2/v2.0/token"),
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"jwks_uri":                              x.endpoint("/discovery/v2.0/keys"),
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"issuer":                                x.issuerURL(),
		"request_uri_parameter_supported":       false,
		"authorization_endpoint":                x.endpoint("/oauth2/v2.0/authorize"),
		"userinfo_endpoint":                     d.userinfoURL(x),
		"device_authorization_endpoint":         x.endpoint("/oauth2/v2.0/devicecode"),
		"http_logout_supported":                 true,
		"frontchannel_logout_supported":         true,
		"end_session_endpoint":                  x.endpoint("/oauth2/v2.0/logout"),
		"claims_supported": []string{
			"sub", "iss", "aud", "exp", "iat", "nbf", "auth_time", "nonce", "preferred_username", "name", "tid", "oid", "ver", "at_hash", "c_hash", "email", "sid",
		},
		"tenant_region_scope": region, "cloud_instance_name": "microsoftonline.com",
		"cloud_graph_host_name": "graph.windows.net", "msgraph_host": "graph.microsoft.com",
	})
}

// userinfoURL is the UserInfo endpoint: Graph's, as the real document has it, or
// the emulator's own where the issuer is, or where the tenant says so.
func (d discovery) userinfoURL(x *exchange) string {
	if d.issuer == IssuerOrigin || x.tenant.OwnUserinfo {
		return x.origin() + userinfoPath
	}
	return "https://graph.microsoft.com" + userinfoPath
}

// jwk is a published key in the members the real service sends (RFC 7517).
type jwk struct {
	Kty    string   `json:"kty"`
	Use    string   `json:"use"`
	Kid    string   `json:"kid"`
	X5t    string   `json:"x5t"`
	N      string   `json:"n"`
	E      string   `json:"e"`
	X5c    []string `json:"x5c"`
	Issuer string   `json:"issuer"`
}

func (d discovery) keys(x *exchange) error {
	keys, err := d.keyring.Keys(x.r.Context(), x.tenant.ID)
	if err != nil {
		return err
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, k := range keys {
		pub, ok := k.Certificate.PublicKey.(*rsa.PublicKey)
		if !ok {
			continue
		}
		set.Keys = append(set.Keys, jwk{
			Kty: "RSA", Use: "sig", Kid: k.ID, X5t: k.ID,
			N:   base64.RawURLEncoding.EncodeToString(pub.N.Bytes()),
			E:   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(pub.E)).Bytes()),
			X5c: []string{base64.StdEncoding.EncodeToString(k.Certificate.Raw)}, Issuer: x.issuerURL(),
		})
	}
	return x.sendJSON(http.StatusOK, set)
}

// instance answers Microsoft's instance discovery for a client that asks this
// host: the tenant of the authorization_endpoint it names is here.
func (d discovery) instance(x *exchange) error {
	asked := x.r.URL.Query().Get("authorization_endpoint")
	u, err := url.Parse(asked)
	if err != nil || asked == "" || (u.Scheme != "https" && u.Scheme != "http") || !d.knownHost(u.Host) {
		return unknownInstance(asked)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	t := d.store.Tenant(name)
	if t == nil {
		return unknownInstance(asked)
	}
	host := strings.ToLower(u.Host)
	return x.sendJSON(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": u.Scheme + "://" + u.Host + "/" + t.ID + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{
			{"preferred_network": host, "preferred_cache": host, "aliases": []string{host}},
		},
	})
}
