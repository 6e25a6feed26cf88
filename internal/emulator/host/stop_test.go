package host

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
)

// TestHost_Stop_busy stops an emulator while a client keeps it busy. What waits for something that will not come any more
// is not waited for; a request whose body is being sent or that is being answered is, for three seconds.
func TestHost_Stop_busy(t *testing.T) {
	const soon, late = stopLimit / 2, stopLimit + 3*time.Second
	for _, c := range []struct {
		name, sent string // of a request, over a connection of its own
		plain      bool   // no TLS handshake either
		limit      time.Duration
		answer     string
	}{
		{"a connection", "", true, soon, ""},
		{"a connection with its handshake done", "", false, soon, ""},
		{"a connection that was used", "GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n", false, soon, `"status":"ok"`},
		{"a call that waits for a message", "GET /_emulator/outbox?wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n", false, soon, `{"messages":[]}`},
		{"a planned delay", "GET /contoso/v2.0/.well-known/openid-configuration HTTP/1.1\r\nHost: localhost\r\n\r\n", false, soon, `"issuer"`},
		{"half a head", "GET /_emulator/health HT", false, soon, ""},
		{"half a body", "PUT /_emulator/code HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", false, late, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := start(t, Options{CADir: t.TempDir()})
			if c.name == "a planned delay" {
				if _, err := h.tenant.AddFault(emulator.Fault{Endpoint: "discovery", DelayMS: 30_000}); err != nil {
					t.Fatal(err)
				}
			}
			conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", h.port))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if !c.plain {
				trust := client(t, h, "127.0.0.1").Transport.(*http.Transport).TLSClientConfig
				trust.ServerName = "localhost"
				secure := tls.Client(conn, trust)
				if err := secure.Handshake(); err != nil {
					t.Fatal(err)
				}
				conn = secure
			}
			if _, err := io.WriteString(conn, c.sent); err != nil {
				t.Fatal(err)
			}
			answered := make(chan string, 1)
			go func() {
				data, _ := io.ReadAll(conn)
				answered <- string(data)
			}()
			time.Sleep(200 * time.Millisecond) // so that the server has read it
			began := time.Now()
			if err := h.Stop(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > c.limit {
				t.Errorf("the stop took %s, want at most %s", took, c.limit)
			}
			if got := <-answered; !strings.Contains(got, c.answer) || c.answer == "" && got != "" {
				t.Errorf("answered %q, want %q in it", got, c.answer)
			}
		})
	}
}
