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

func newAccess(hosts []string, controlToken string, ca func() []byte) access {
	a := access{hosts: hosts, ca: ca}
	if controlToken != "" {
		sum := sha256.Sum256([]byte(controlToken))
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
	for _, t := range s.store.Configuration().Tenants {
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
