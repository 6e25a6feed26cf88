package loopback

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

func TestListening(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0BB8 0100007F:A001 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0000000000000000 20 4 30 10 -1
   2: 0101A8C0:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 333 1 0000000000000000 100 0 0 10 0
   3: 00000000:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 444 1 0000000000000000 100 0 0 10 0
   4: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 555 1 0000000000000000 100 0 0 10 0
   5: garbage
   6: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  x        0 ../../etc 1
`
	got := fmt.Sprint(listening(strings.NewReader(table), 3000))
	if want := "[{111 1000} {555 0}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHolder(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	got := holder(t.Context(), port)
	for range 10 { // a busy machine may exceed the limit
		if got == "" {
			got = holder(t.Context(), port)
		}
	}
	if !holds(got, os.Getpid()) {
		t.Errorf("got %q", got)
	}
	l.Close()
	if got := holder(t.Context(), port); got != "" {
		t.Errorf("nobody holds the port, got %q", got)
	}
}

func FuzzListening(f *testing.F) {
	f.Add("0: 0100007F:0BB8 0:0 0A 0:0 0:0 0 1000 0 111")
	f.Fuzz(func(t *testing.T, table string) {
		for _, s := range listening(strings.NewReader(table), 3000) {
			if !isNumber(s.inode) || !isNumber(s.uid) {
				t.Errorf("%q", s)
			}
		}
	})
}
