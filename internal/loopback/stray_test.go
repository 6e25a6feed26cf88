package loopback

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestListener_ignores sends what is not the answer. Each gets a page of its own, the wait goes on, and the answer that
// comes after it is taken.
func TestListener_ignores(t *testing.T) {
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	for name, tc := range map[string]struct {
		method, target, contentType, body string
		edit                              func(*http.Request)
		status                            int
		told                              string
	}{
		"a favicon":                      {"GET", "/favicon.ico", "", "", nil, 404, "/favicon.ico"},
		"another path":                   {"POST", "/other", form, right, nil, 404, "/other"},
		"the path with a slash more":     {"POST", "/cb/", form, right, nil, 404, "/cb/"},
		"the path escaped another way":   {"GET", "/c%62?" + right, "", "", nil, 404, "/cb"},
		"the root":                       {"GET", "/?" + right, "", "", nil, 404, `"/"`},
		"no state":                       {"POST", "/cb", form, "code=c", nil, 400, "without state"},
		"no state, an error":             {"GET", "/cb?error=access_denied", "", "", nil, 400, "without state"},
		"an empty request":               {"GET", "/cb", "", "", nil, 400, "without state"},
		"wrong state":                    {"POST", "/cb", form, "code=c&state=other", nil, 400, "wrong state"},
		"empty state":                    {"POST", "/cb", form, "code=c&state=", nil, 400, "wrong state"},
		"the beginning of the state":     {"GET", "/cb?code=c&state=" + testState[:9], "", "", nil, 400, "wrong state"},
		"the state twice":                {"POST", "/cb", form, right + "&state=" + testState, nil, 400, "more than one state"},
		"right state, then a wrong one":  {"GET", "/cb?" + right + "&state=x", "", "", nil, 400, "more than one state"},
		"the code twice":                 {"POST", "/cb", form, right + "&code=d", nil, 400, "twice"},
		"the error twice":                {"GET", "/cb?error=a&error=b&state=" + testState, "", "", nil, 400, "twice"},
		"any parameter twice":            {"POST", "/cb", form, right + "&client_info=a&client_info=b", nil, 400, "twice"},
		"broken escapes":                 {"GET", "/cb?%zz&" + right, "", "", nil, 400, "cannot be parsed"},
		"a foreign host":                 {"POST", "/cb", form, right, host("evil.example"), 421, "evil.example"},
		"a foreign host with our port":   {"POST", "/cb", form, right, func(r *http.Request) { r.Host = "evil.example:" + r.URL.Port() }, 421, "evil.example"},
		"localhost of somebody else":     {"POST", "/cb", form, right, func(r *http.Request) { r.Host = "localhost.evil.example:" + r.URL.Port() }, 421, "evil.example"},
		"another port":                   {"POST", "/cb", form, right, host("localhost:1"), 421, "localhost:1"},
		"no port":                        {"POST", "/cb", form, right, host("localhost"), 421, "localhost"},
		"a foreign host, the root":       {"GET", "/", "", "", host("evil.example"), 421, "evil.example"},
		"a POST that is no form":         {"POST", "/cb", "text/plain", right, nil, 415, "no form"},
		"a POST without a type":          {"POST", "/cb", "", right, nil, 415, "no form"},
		"a POST of JSON":                 {"POST", "/cb", "application/json", `{"state":"` + testState + `"}`, nil, 415, "no form"},
		"a multipart form":               {"POST", "/cb", "multipart/form-data; boundary=x", "--x--", nil, 415, "no form"},
		"PUT":                            {"PUT", "/cb", form, right, nil, 405, "PUT"},
		"HEAD":                           {"HEAD", "/cb?" + right, "", "", nil, 405, "HEAD"},
		"OPTIONS":                        {"OPTIONS", "/cb", "", "", nil, 405, "OPTIONS"},
		"a body of 1 MB":                 {"POST", "/cb", form, right + "&x=" + strings.Repeat("a", 1<<20), nil, 413, "64 KiB"},
		"a body of 1 MB in front":        {"POST", "/cb", form, "x=" + strings.Repeat("a", 1<<20) + "&" + right, nil, 413, "64 KiB"},
		"a result page that is not ours": {"GET", "/result/AAAAAAAAAAAAAAAAAAAAAAAAAA", "", "", nil, 404, "/result/"},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, "/cb", Options{})
			var edits []func(*http.Request)
			if tc.edit != nil {
				edits = append(edits, tc.edit)
			}
			got := f.send(tc.method, tc.target, tc.contentType, tc.body, edits...)
			if got.status != tc.status {
				t.Errorf("status %d (%v), want %d", got.status, got.err, tc.status)
			}
			if tc.method != "HEAD" && !strings.Contains(got.body, "Nothing to do here") {
				t.Errorf("no page of its own: %q", got.body)
			}
			if told := f.told(); !strings.Contains(told, tc.told) || strings.Contains(told, testState) || strings.Contains(told, "the-code") {
				t.Errorf("told %q, want %q and no parameters", told, tc.told)
			}
			f.mustStillWait()
			f.post(right)
			if a := f.mustWait(); a.Code != "the-code" {
				t.Errorf("then got %#v", a)
			}
			f.outcome.markShown()
		})
	}
}

// TestListener_names reaches the listener under each of its names, and on both address families.
func TestListener_names(t *testing.T) {
	f := start(t, "/cb", Options{})
	for _, name := range []string{"localhost", "LOCALHOST", "127.0.0.1", "[::1]"} {
		got := f.send("POST", "/cb", form, "state=wrong", func(r *http.Request) { r.Host = name + ":" + strconv.Itoa(f.binding.port) })
		if got.status != http.StatusBadRequest {
			t.Errorf("%s: %d, %v", name, got.status, got.err)
		}
	}
}
