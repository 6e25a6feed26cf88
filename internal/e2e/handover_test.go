package e2e

import (
	"net"
	"net/http"
	"testing"
	"time"
)

// handover receives the URL that ciam wants opened.
type handover struct {
	address string
	urls    chan string
}

func newHandover(t testing.TB) *handover {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &handover{address: "http://" + l.Addr().String(), urls: make(chan string, 4)}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		h.urls <- r.PostFormValue("url")
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return h
}

// next waits for the URL that a program other than ciam wants opened.
func (h *handover) next(t testing.TB) string {
	t.Helper()
	select {
	case u := <-h.urls:
		return u
	case <-time.After(30 * time.Second):
		t.Fatal("nobody opened a browser within 30 s")
	}
	return ""
}
