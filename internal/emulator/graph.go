package emulator

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/graph"
)

// graphArea is the area of Microsoft Graph, as far as a tenant is set up with it.
type graphArea struct {
	*Server
	service *graph.Service
}

func newGraph(s *Server) graphArea {
	g := graphArea{s, &graph.Service{
		Store: s.store, Now: s.now, Rand: s.rand, ServicePrincipal: s.servicePrincipal, Secret: func(text string) { s.secrets.Add(text) },
	}}
	s.memory.OnForget(g.service.Forget)
	return g
}

// Mount adds the area's routes.
func (g graphArea) Mount(mux *http.ServeMux) {
	mux.HandleFunc(graph.Root+"/", func(w http.ResponseWriter, r *http.Request) {
		x := g.newExchange(w, r)
		w.Header().Set("Cache-Control", "no-store")
		x.finish(g.serve, x.errorGraph)
	})
}

func (g graphArea) serve(x *exchange) error {
	graph.Identify(x.w, x.trace, x.correlation)
	caller, err := g.caller(x)
	b := new(bearerFailure)
	if errors.As(err, &b) {
		x.w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="`+x.origin()+`/common/oauth2/v2.0/authorize"`)
		return x.refuseGraph(graph.Of(http.StatusUnauthorized, "Access token validation failure. "+b.description))
	}
	if err != nil {
		return err
	}
	x.seen.client(caller.appID)
	if f := planned(x.r.Context()); f != nil {
		caller.Delay = time.Duration(f.ReplicationDelayMS) * time.Millisecond
	}
	if f := g.service.Serve(x.w, x.r, caller.Caller, x.origin()+graph.Root); f != nil {
		return x.refuseGraph(f)
	}
	return nil
}

type graphCaller struct {
	graph.Caller
	appID string
}

// caller reads who asks from the access token.
func (g graphArea) caller(x *exchange) (graphCaller, error) {
	raw, err := bearerToken(x)
	if err != nil {
		return graphCaller{}, err
	}
	c, err := x.openGraphToken(raw)
	if err != nil {
		return graphCaller{}, err
	}
	caller := graphCaller{appID: c.AppID, Caller: graph.Caller{TenantID: x.tenant.ID, Permissions: c.Roles}}
	if c.Kind == "app" {
		return caller, nil
	}
	if user := g.store.User(x.tenant.ID, c.Object); user == nil || user.Disabled || revoked(user, c.Issued) {
		return caller, invalidToken("the user does not exist, is disabled, or was signed out")
	}
	caller.UserID, caller.Permissions = c.Object, strings.Fields(c.Scopes)
	return caller, nil
}

func revoked(u *directory.User, issued float64) bool {
	return time.Unix(int64(issued), 0).Before(u.RevokedBefore)
}
