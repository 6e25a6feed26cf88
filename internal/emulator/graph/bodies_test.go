package graph

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestTypes checks that the extract of Graph's metadata is whole: every type that one of it names below the handlers and
// bodies that are used is there or is a navigation.
func TestTypes(t *testing.T) {
	if len(schema()) < 50 {
		t.Fatalf("%d types", len(schema()))
	}
	for name, facts := range schema() {
		if facts.Base != "" && schema()[facts.Base] == nil {
			t.Errorf("%s: the base %s is missing", name, facts.Base)
		}
		for property, declared := range facts.Properties {
			inner := strings.TrimSuffix(strings.TrimPrefix(declared, "Collection("), ")")
			if strings.HasPrefix(inner, namespace) && schema()[inner] == nil && !strings.Contains("assignedPlan provisionedPlan privacyProfile mdmAuthority partnerTenantType", strings.TrimPrefix(inner, namespace)) {
				t.Errorf("%s.%s: the type %s is missing", name, property, declared)
			}
		}
	}
	var file struct {
		Meta map[string]any `json:"_meta"`
	}
	if err := json.Unmarshal(typesJSON, &file); err != nil || file.Meta["commit"] == nil || file.Meta["licence"] == nil || file.Meta["source"] == nil {
		t.Errorf("source, commit and licence: %v %v", file.Meta, err)
	}
}

// sendBody is how a body of a type is sent, and with which status it is answered.
func sendBody(c *caller, made *world, name, typ string, body object) (status int, failure *Failure, sent bool) {
	method, path := "POST", ""
	switch typ {
	case "application":
		path = "/applications"
		if body["displayName"] == nil {
			method, path = "PATCH", "/applications/"+made.app
		}
	case "federatedIdentityCredential":
		path = "/applications/" + made.app + "/federatedIdentityCredentials"
	case "servicePrincipal":
		path = "/servicePrincipals"
	case "oAuth2PermissionGrant":
		path = "/oauth2PermissionGrants"
	case "appRoleAssignment":
		path = "/servicePrincipals/" + made.principal + "/appRoleAssignments"
	case "authenticationEventsFlow":
		path = "/identity/authenticationEventsFlows"
		if body["displayName"] == nil {
			method, path = "PATCH", path+"/"+made.flow
		}
	case "authenticationConditionApplication":
		path = "/identity/authenticationEventsFlows/" + made.flow + "/conditions/applications/includeApplications"
	case "identityUserFlowAttribute":
		path = "/identity/userFlowAttributes"
	default:
		return 0, nil, false
	}
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	status, _, failure = c.try(method, path, string(b))
	return status, failure, true
}

// world is what bodies refer to.
type world struct{ app, appID, principal, flow, attribute, certificate string }

func newWorld(c *caller) *world {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		c.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: clocktest.Now(), NotAfter: clocktest.Now().Add(time.Hour),
	}, &x509.Certificate{Subject: pkix.Name{CommonName: "x"}}, &key.PublicKey, key)
	if err != nil {
		c.t.Fatal(err)
	}
	app := c.do(201, "POST", "/applications", `{"displayName":"world"}`)
	w := &world{app: app["id"].(string), appID: app["appId"].(string), certificate: base64.StdEncoding.EncodeToString(der)}
	w.principal = c.made("/servicePrincipals", `{"appId":"`+w.appID+`"}`, "id")
	w.attribute = c.made("/identity/userFlowAttributes", `{"displayName":"Diet","dataType":"string"}`, "id")
	w.flow = c.made("/identity/authenticationEventsFlows", `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","displayName":"world",
	 "onInteractiveAuthFlowStart":{"@odata.type":"`+interactiveType+`","isSignUpAllowed":true},
	 "onAuthenticationMethodLoadStart":{"@odata.type":"`+methodType+`","identityProviders":[{"@odata.type":"#microsoft.graph.builtInIdentityProvider","id":"EmailPassword-OAUTH"}]}}`, "id")
	return w
}

// filled puts what exists into the places that a sample body leaves open.
func (w *world) filled(c *caller, name string, v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for key, inner := range v {
			text, _ := inner.(string)
			switch {
			case key == "appId" && text == "x":
				inner = w.appID
				if name == "sp" {
					inner = c.made("/applications", `{"displayName":"for a principal"}`, "appId")
				}
			case key == "clientId" || key == "principalId":
				inner = w.principal
			case key == "resourceId":
				inner = c.service.ServicePrincipal(directory.GraphAppID)
			case key == "appRoleId":
				inner = directory.FindPermission("Application.ReadWrite.All").RoleID
			case key == "attribute" && text == "x":
				inner = w.attribute
			case key == "key":
				inner = w.certificate
			case (key == "keyId" || key == "tokenEncryptionKeyId") && text == "g":
				inner = "6b0b5f5e-0000-4000-8000-00000000000a"
			default:
				inner = w.filled(c, name, inner)
			}
			out[key] = inner
		}
		return out
	case []any:
		out := []any{}
		for _, inner := range v {
			out = append(out, w.filled(c, name, inner))
		}
		return out
	}
	return v
}

// TestBodies sends every sample body of the fact sheet that is of this subset. It is not part of the project: where it is
// not beside it, there is nothing to send, and the bodies of the other tests have to do.
func TestBodies(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "facts", "graph-bodies.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the sample bodies are not beside the project")
	}
	if err != nil {
		t.Fatal(err)
	}
	var bodies map[string][2]any
	if err := json.Unmarshal(data, &bodies); err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{"flow_doc_untyped_idp": "abstract", "flow_beta_fields": "includeAllApplications"}
	accepted := 0
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		typ, _ := bodies[name][0].(string)
		c := newCaller(t, directory.Empty())
		w := newWorld(c)
		status, failure, sent := sendBody(c, w, name, typ, w.filled(c, name, bodies[name][1]).(object))
		switch why, bad := refused[name]; {
		case !sent:
		case bad && (failure == nil || failure.Status != 400 || !strings.Contains(failure.Message, why)):
			t.Errorf("%s: %d %v, want 400 with %q", name, status, failure, why)
		case !bad && failure != nil:
			t.Errorf("%s: %v", name, failure)
		default:
			accepted++
		}
	}
	if accepted < 14 {
		t.Errorf("only %d bodies were sent", accepted)
	}
	t.Logf("%d bodies", accepted)
}
