package emulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"slices"
	"strings"
)

// MinControlToken is how long Options.ControlToken has to be, in characters.
const MinControlToken = 32

// access is who may ask for what beside what every emulator allows.
type access struct {
	hosts []string // names and addresses in their canonical form; see directory.HostName
	token []byte   // SHA-256 of the control token; nil when there is none
	ca    func() []byte
}

func newAccess(o Options) access {
	a := access{hosts: o.Hosts, ca: o.CA}
	if o.ControlToken != "" {
		sum := sha256.Sum256([]byte(o.ControlToken))
		a.token = sum[:]
	}
	return a
}

// Answers to a control token.
const (
	tokenAbsent = iota
	tokenWrong
	tokenRight
)

// presented says what a request brings for the control token: as a bearer token, or as the password of Basic
// authentication, which is how a person's browser asks for it. Where no token is set, none is looked for.
func (a *access) presented(r *http.Request) int {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, given, ok = r.BasicAuth()
	}
	if !ok || a.token == nil {
		return tokenAbsent
	}
	sum := sha256.Sum256([]byte(given))
	if subtle.ConstantTimeCompare(sum[:], a.token) != 1 {
		return tokenWrong
	}
	return tokenRight
}

// knownHost accepts loopback, any name of ciamlogin.com, the tenants' own
// domains and Options.Hosts, whatever the port.
func (s *Server) knownHost(hostport string) bool {
	host := hostName(hostport)
	if host == "localhost" || strings.HasSuffix(host, ".ciamlogin.com") {
		return true
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || slices.Contains(s.access.hosts, ip.String())
	}
	if slices.Contains(s.access.hosts, host) {
		return true
	}
	for _, t := range s.store.View().Tenants {
		for _, d := range t.CustomDomains {
			if strings.EqualFold(d, host) {
				return true
			}
		}
	}
	return false
}

// hostName is the name or address in a Host header, in lower case, without port, brackets and the dot at its end.
func hostName(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// sendCA answers with the certificate authority's certificate, PEM. Everybody may have it, as a certificate is no secret and
// whoever fetches it cannot know yet that nobody else is asked.
func (c control) sendCA(w http.ResponseWriter, r *http.Request) {
	x := c.newExchange(w, r)
	if c.access.ca == nil {
		x.sendControlError(refuse(http.StatusNotFound, "not_found", "plain http has no certificate authority"))
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(c.access.ca()) // an error is the connection's
}
