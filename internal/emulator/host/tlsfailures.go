package host

import (
	"strings"
	"sync"
)

// tlsFailures is the server's error log. It passes on, once each, what a person
// can mend on the client's side; the rest is noise, such as a port scan's.
type tlsFailures struct {
	warn func(string)

	mu   sync.Mutex
	told map[string]bool
}

// Write implements io.Writer for log.Logger.
func (f *tlsFailures) Write(line []byte) (int, error) {
	text := string(line)
	for _, c := range []struct{ sign, advice string }{
		{"certificate authority", "a client refused the emulator's certificate: it does not trust the emulator's CA"},
		{"bad certificate", "a client refused the emulator's certificate: it does not trust the emulator's CA, or used another host name"},
		{"certificate unknown", "a client refused the emulator's certificate: it does not trust the emulator's CA"},
		{"unsupported certificate", "a client refused the emulator's certificate: it supports none of its kind (ECDSA P-256)"},
	} {
		if strings.Contains(text, "TLS handshake error") && strings.Contains(text, c.sign) {
			f.tell(c.advice)
			break
		}
	}
	return len(line), nil
}

func (f *tlsFailures) tell(advice string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.warn == nil || f.told[advice] {
		return
	}
	if f.told == nil {
		f.told = map[string]bool{}
	}
	f.told[advice] = true
	f.warn(advice)
}
