package loopback

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzCallback reads arbitrary bytes as a request. Whatever is taken as the answer carries the state exactly once, in
// the place where it belongs, and repeats nothing.
func FuzzCallback(f *testing.F) {
	post := func(body string) string {
		return "POST /cb HTTP/1.1\r\nHost: localhost:3000\r\nContent-Type: " + form + "\r\nTransfer-Encoding: chunked\r\n\r\n" + body
	}
	f.Add("GET /cb?"+right+" HTTP/1.1\r\nHost: localhost:3000\r\n\r\n", false)
	f.Add("GET /cb?state=%zz HTTP/1.1\r\nHost: localhost:3000\r\n\r\n", true)
	f.Add(post("2d\r\ncode=the-code&state="+testState+"\r\n0\r\n\r\n"), false)
	f.Add(post("ffffffffff\r\n"), false)
	f.Add("POST /cb HTTP/1.0\r\nContent-Length: 5\r\nContent-Type: "+form+"; =\r\n\r\nstate", false)
	f.Add("PUT /cb?state=a&state=b HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n", true)
	f.Fuzz(func(t *testing.T, raw string, anyReturn bool) {
		read := func() *http.Request {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
			if err != nil {
				t.Skip()
			}
			return r
		}
		answer, refused := expected{state: testState, anyReturn: anyReturn}.read(httptest.NewRecorder(), read())
		if (answer == nil) == (refused == nil) {
			t.Fatalf("answer %v, refusal %v", answer, refused)
		}
		if refused != nil {
			if refused.status < 400 || refused.status > 499 || strings.Contains(refused.reason, testState) {
				t.Errorf("refused with %+v", refused)
			}
			return
		}
		r := read()
		encoded := r.URL.RawQuery
		if r.Method == "POST" {
			body, err := io.ReadAll(r.Body)
			if err != nil || len(body) > maxBody {
				t.Fatalf("took a body of %d bytes, %v", len(body), err)
			}
			encoded = string(body)
		}
		values, err := url.ParseQuery(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if state := values["state"]; !(anyReturn && state == nil) && (len(state) != 1 || state[0] != testState) {
			t.Errorf("took the states %q", state)
		}
		if len(values["code"]) > 1 || len(values["error"]) > 1 || answer.Code != "" && answer.Error != "" {
			t.Errorf("took %q", encoded)
		}
	})
}
