package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/host"
)

// demoProfile is the profile of the embedded tenant. It is an ordinary profile but for the transport: its requests
// reach the tenant inside this process, and the pages that a browser opens are served on loopback while it is open.
const demoProfile = "demo"

// demoPort is where the pages of the embedded tenant are served when it is free.
const demoPort = 3080

// embedded is the embedded tenant of one run, opened on the first request to it.
type embedded struct {
	open   func() (*emulator.Server, error)
	closer func()
}

// demoSettings is the demo profile: the seed's public app, or what environment and flags do not say about the tenant.
func (r *run) demoSettings(o appOptions) (config.Profile, error) {
	if o.tenant != "" || o.clientID != "" {
		return config.Profile{}, &usageError{message: "the profile demo is the embedded tenant; --tenant and --client-id do not go with it", hint: "name another profile with `--profile`"}
	}
	seed := emulator.DefaultSeed()
	p := config.Profile{Name: demoProfile, Authority: demoAuthority(demoPort, seed.Tenants[0].ID), TenantID: seed.Tenants[0].ID, ClientID: seed.Tenants[0].Apps[0].AppID, Scopes: []string{"email"}}
	file, err := r.configFile()
	if err != nil {
		return p, err
	}
	kept, _ := file.Profile(demoProfile)
	p.TokenStore = kept.TokenStore
	return p.Apply(config.Environment{TokenStore: r.env.TokenStore, Scopes: r.env.Scopes}, config.Overrides{TokenStore: r.global.tokenStore, Scopes: o.scopes})
}

func demoAuthority(port int, tenantID string) string {
	return "http://localhost:" + strconv.Itoa(port) + "/" + tenantID
}

// embeddedTenant returns the embedded tenant of this run; it is not opened before the first request.
func (r *run) embeddedTenant() *embedded {
	if r.demo == nil {
		r.demo = newEmbedded(emulator.Options{DataFile: under(r.dirs.State, "demo", "tenant.yaml"), Now: r.Now})
	}
	return r.demo
}

func newEmbedded(options emulator.Options) *embedded {
	e := &embedded{closer: func() {}}
	e.open = sync.OnceValues(func() (*emulator.Server, error) {
		server, err := emulator.New(options)
		if err != nil {
			return nil, fmt.Errorf("open the embedded tenant: %w", err)
		}
		e.closer = func() { _ = server.Close() }
		return server, nil
	})
	return e
}

// RoundTrip implements http.RoundTripper inside the process.
func (e *embedded) RoundTrip(req *http.Request) (*http.Response, error) {
	server, err := e.open()
	if err != nil {
		return nil, err
	}
	return server.Transport().RoundTrip(req)
}

// serve serves the tenant's pages to a browser on loopback, and returns the port. Port 3080 is preferred. stop fails when it
// has cut off an answer.
func (e *embedded) serve() (port int, stop func() error, err error) {
	server, err := e.open()
	if err != nil {
		return 0, nil, err
	}
	listeners, port, err := host.ListenLoopback(demoPort)
	if err != nil {
		return 0, nil, err
	}
	var unused host.Unused
	web := &http.Server{Handler: server, ConnState: unused.Track, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	for _, l := range listeners {
		go func() { _ = web.Serve(l) }() // ends with ErrServerClosed below
	}
	return port, func() error {
		// The browser may still be loading the last page's style sheet.
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		unused.End()
		return errors.Join(web.Shutdown(ctx), web.Close())
	}, nil
}

// startDemo serves the pages of the embedded tenant when the target is the demo's, and points the target at them.
// For any other profile it does nothing.
func (r *run) startDemo(t *target) (stop func(), err error) {
	if t.name != demoProfile {
		return func() {}, nil
	}
	port, end, err := r.embeddedTenant().serve()
	if err != nil {
		return nil, err
	}
	stop = func() { _ = end() }
	if !r.passing {
		r.info("the pages of the embedded tenant are on port %d until this command ends", port)
	}
	t.settings.Authority = demoAuthority(port, t.settings.TenantID)
	if t.app.Authority, err = authority.Parse(t.settings.Authority); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// useDemo makes demo the profile of the next commands where no other is.
func (r *run) useDemo(ctx context.Context) error {
	_, err := r.editConfig(ctx, func(file *config.File) error {
		switch current := file.Current(); {
		case current == "" && len(file.Names()) == 0:
			file.Use(demoProfile)
		case current != demoProfile:
			r.info("the next commands need `-p demo`, since another profile is in use")
		}
		return nil
	})
	return err
}
