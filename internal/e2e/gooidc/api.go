package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// serve is an API that takes access tokens of users with a scope, and of apps with a role.
func serve(_ context.Context, a *app) error {
	verifier := a.provider.Verifier(&oidc.Config{ClientID: os.Getenv("TEST_API")})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := tell("listening", "http://"+listener.Addr().String()); err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			answer(w, http.StatusUnauthorized, "reason", "no token")
			return
		}
		var claims struct {
			Scp, OID, Azp, Tid string
			Roles              []string
		}
		checked, err := verifier.Verify(r.Context(), token)
		if err == nil {
			err = checked.Claims(&claims)
		}
		switch {
		case err != nil:
			answer(w, http.StatusUnauthorized, "reason", err.Error())
		case !strings.HasSuffix(os.Getenv("CIAM_AUTHORITY"), "/"+claims.Tid): // which the library does not look at
			answer(w, http.StatusUnauthorized, "reason", "tid of another tenant")
		case slices.Contains(strings.Fields(claims.Scp), "Orders.Read"):
			answer(w, http.StatusOK, "caller", "user", "oid", claims.OID)
		case slices.Contains(claims.Roles, "Orders.Read.All"):
			answer(w, http.StatusOK, "caller", "app", "app", claims.Azp)
		default:
			answer(w, http.StatusForbidden, "reason", "neither scope nor role")
		}
	}))
}

func answer(w http.ResponseWriter, status int, pairs ...string) {
	body := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		body[pairs[i]] = pairs[i+1]
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
