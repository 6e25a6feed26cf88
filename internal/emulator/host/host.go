package host

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// DefaultPort is where the emulator listens when nobody says otherwise.
const DefaultPort = 8765

// stateFile is what a directory.Store keeps in a data folder.
const stateFile = "tenant.yaml"

// stopLimit is how long requests that are being answered may take at the end.
const stopLimit = 3 * time.Second

// Options say what to serve, and where. The zero value is the default tenant in
// memory, on plain http and a free port of loopback.
type Options struct {
	// Seed is the first state; nil means emulator.DefaultSeed().
	Seed *emulator.Seed
	// DataDir keeps the state between runs; "" keeps it in memory. State that is
	// there already wins over Seed.
	DataDir string
	// Issuer is emulator.IssuerGUID unless set.
	Issuer emulator.IssuerMode
	// CADir is the folder of the certificate authority; "" serves plain http.
	CADir string
	// Listen is an address to listen on beside loopback; the zero Addr is none.
	// One that is not loopback needs Remote, else the error is a *RemoteError.
	Listen netip.Addr
	Remote bool
	// Hosts are further names and addresses to answer by, as directory.HostName
	// returns them. ControlToken is emulator.Options.ControlToken.
	Hosts        []string
	ControlToken string
	// Stoppable lets the control area ask for the end; see Host.Asked.
	Stoppable bool
	// Port is the TCP port, 0 any free one. With OrFree, a free one takes its
	// place when it is taken.
	Port   int
	OrFree bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Warn is told, once per cause, why TLS clients turn away; nil for nobody.
	Warn func(string)
}

// Host is a running emulator.
type Host struct {
	tenant   *emulator.Server
	hosts    []string
	ca       *CA // nil for http
	server   *http.Server
	unused   Unused
	port     int
	wanted   int
	dataFile string
	failed   chan error
	asked    chan struct{}
	release  func()
	stop     func() error
	dropped  func()
}

// OnStop has f called once the host has stopped. It is to be called before Stop.
func (h *Host) OnStop(f func()) { h.dropped = f }

// Start listens and serves until Stop. When it returns, requests are answered.
// Errors: *LockedError, *SeedError for kept state that is not valid, *PortError,
// *RemoteError, and those of emulator.New and of files.
func Start(o Options) (*Host, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	where, err := endpoints(o.Listen, o.Remote)
	if err != nil {
		return nil, err
	}
	h := &Host{wanted: o.Port, hosts: o.Hosts, asked: make(chan struct{}), release: func() {}, dropped: func() {}, failed: make(chan error, 1)}
	if o.DataDir != "" {
		if h.release, err = lockDataFolder(o.DataDir); err != nil {
			return nil, err
		}
		h.dataFile = filepath.Join(o.DataDir, stateFile)
	}
	if err := h.open(o, where); err != nil {
		h.release()
		return nil, err
	}
	h.stop = sync.OnceValue(func() error { defer func() { h.dropped() }(); return h.end() })
	return h, nil
}

// open begins to serve the tenant.
func (h *Host) open(o Options, where []endpoint) (err error) {
	options := emulator.Options{DataFile: h.dataFile, Seed: o.Seed, Issuer: o.Issuer, Now: o.Now, Hosts: o.Hosts, ControlToken: o.ControlToken}
	if o.CADir != "" {
		options.CAFile = CAFile(o.CADir)
		options.CA = func() []byte { return h.ca.PEM() } // there is one before anybody can ask
	}
	if o.Stoppable {
		options.Stop = sync.OnceFunc(func() { close(h.asked) })
	}
	h.tenant, err = emulator.New(options)
	if err != nil {
		return describeFormat(h.dataFile, err)
	}
	if err := h.serve(o, where); err != nil {
		return errors.Join(err, h.tenant.Close())
	}
	return nil
}

func lockDataFolder(dir string) (func(), error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return lockData(absolute)
}

// serve opens certificates and sockets and begins to answer.
func (h *Host) serve(o Options, where []endpoint) error {
	var config *tls.Config
	if o.CADir != "" {
		var err error
		if h.ca, err = OpenCA(o.CADir, h.names(), o.Now()); err != nil {
			return err
		}
		certificates := &leaves{ca: h.ca, names: h.names, now: o.Now}
		if _, err := certificates.get(nil); err != nil {
			return fmt.Errorf("the emulator's certificate: %w", err)
		}
		config = certificates.config()
	}
	open, port, err := listen(where, o.Port)
	if err != nil && o.OrFree && o.Port != 0 {
		open, port, err = listen(where, 0)
	}
	if err != nil {
		return err
	}
	h.port = port
	h.server = &http.Server{
		Handler: h.tenant, TLSConfig: config, ErrorLog: log.New(&tlsFailures{warn: o.Warn}, "", 0),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ConnState: h.unused.Track,
	}
	for _, l := range open {
		go h.answer(l)
	}
	return nil
}

func (h *Host) answer(l net.Listener) {
	var err error
	if h.ca != nil {
		err = h.server.ServeTLS(l, "", "")
	} else {
		err = h.server.Serve(l)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		select {
		case h.failed <- err:
		default: // one is enough
		}
	}
}

// names are the tenants' own as they are now, and those that it was told to answer by.
func (h *Host) names() []string {
	var all []string
	for _, t := range h.tenant.Configuration() {
		for _, name := range append([]string{t.Subdomain + ".ciamlogin.com", t.ID + ".ciamlogin.com"}, t.CustomDomains...) {
			all = append(all, strings.ToLower(name))
		}
	}
	return append(all, h.hosts...)
}

// Stop ends the emulator: requests that are being answered get three
// seconds, those that wait for something are answered at once, what is in memory only is gone, kept state is whole, the folder free. Further
// calls return the first one's result.
func (h *Host) Stop() error { return h.stop() }

func (h *Host) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	h.tenant.EndWaits()
	h.unused.End()
	_ = h.server.Shutdown(ctx) // late answers are cut off below
	_ = h.server.Close()
	err := h.tenant.Close()
	h.release()
	return err
}

// Failed tells why the emulator ceased to answer without Stop.
func (h *Host) Failed() <-chan error { return h.failed }

// Asked is closed when somebody has asked the control area for the end. It is for the caller to Stop then.
func (h *Host) Asked() <-chan struct{} { return h.asked }

// Port is the port it listens on, and whether it is the one that was asked for.
func (h *Host) Port() (port int, asAsked bool) {
	return h.port, h.wanted == 0 || h.wanted == h.port
}

// URL is the origin for clients on this machine, such as https://localhost:8765.
func (h *Host) URL() string {
	scheme := "http"
	if h.ca != nil {
		scheme = "https"
	}
	return scheme + "://localhost:" + strconv.Itoa(h.port)
}

// CA is the certificate authority; nil for plain http.
func (h *Host) CA() *CA { return h.ca }

// DataFile is the file of the kept state; "" in memory.
func (h *Host) DataFile() string { return h.dataFile }

// Tenants are the tenants as they are now; they must not be changed.
func (h *Host) Tenants() []directory.Tenant { return h.tenant.Tenants() }
