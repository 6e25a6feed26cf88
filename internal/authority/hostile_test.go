package authority

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestEndpoint_alphabet: whatever a tenant writes into an endpoint ends up in a browser's command line and on a terminal.
func TestEndpoint_alphabet(t *testing.T) {
	const sub = "https://contoso.ciamlogin.com"
	a, err := Parse(sub)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"", "/", "/" + testTenant + "/oauth2/v2.0/authorize", "/contoso.onmicrosoft.com/oauth2/v2.0/token", "/a_b~c-d.e/F", "/x?appid=" + testTenant, "/x?p=B2C_1_flow&a=b/c", "/.well-known/keys", "/...", "/a..b",
	} {
		if err := checkEndpoint(a, testTenant, "token_endpoint", sub+path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, path := range []string{
		"/a b", "/a\tb", "/a\nb", "/a\x00b", "/a\x1b]0;x\x07", "/a%20b", "/a%2e%2e/b", "/%00", "/%", "/../x", "/a/..", "/a/./b", "/..", `/a\b`, `\x`, "/a'b", `/a"b`, "/a`id`", "/$(id)", "/${x}", "/a;id", "/a|id", "/a&b", "/a<b>", "/a*",
		"/a!b", "/a,b", "/a@b", "/a:b", "/a(b)", "/a+b", "/a=b", "/a^b", "/a{b}", "/a[b]", "/é", "/\u202e", "/a?b?c", "/a?b=%26", "/a?b=c d", "/a?b='", "/a?$x", "/a?b#c", "/a?b;c", "/a?b=\"", "?\n", "/a//..//b",
	} {
		var e *UntrustedMetadataError
		if err := checkEndpoint(a, testTenant, "token_endpoint", sub+path); !errors.As(err, &e) || e.Field != "token_endpoint" {
			t.Errorf("%q: got %v", path, err)
		}
	}
}

// bombs are answers that a hostile tenant, or somebody in its place, can give to any request.
var bombs = map[string]http.HandlerFunc{
	"1 GB of gzip in a MB": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for range 1024 {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
		z.Close()
	},
	"a body without an end": func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 64<<10)); err != nil {
				return
			}
		}
	},
	"a megabyte of brackets":       respond(200, strings.Repeat("[", 1<<20-1)),
	"a megabyte of members":        respond(200, "{"+strings.Repeat(`"a":1,`, 170_000)+`"b":1}`),
	"100,000 different members":    respond(200, "{"+members100k()+`"b":1}`),
	"a number of a million digits": respond(200, `{"issuer":`+strings.Repeat("9", 1<<20-20)+`}`),
	"gzip that is none": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "{}")
	},
	"a thousand headers": func(w http.ResponseWriter, _ *http.Request) {
		for i := range 1000 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1000))
		}
		io.WriteString(w, "{}")
	},
	"a length that is a lie":  raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}"),
	"a negative length":       raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
	"two lengths":             raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"),
	"chunks of chaos":         raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
	"no HTTP":                 raw("SSH-2.0-OpenSSH_9.2\r\n"),
	"TLS":                     raw("\x15\x03\x01\x00\x02\x02\x46"),
	"nothing but early hints": raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", 10_000)),
	"a status of five digits": raw("HTTP/1.1 20000 OK\r\n\r\n{}"),
	"a switch of protocols":   raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n{}"),
	"redirects without an end": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"?x="+r.URL.RawQuery+"1", http.StatusFound)
	},
	"a redirect to a file":   redirect("file:///etc/passwd"),
	"a redirect to a script": redirect("javascript:alert(1)"),
	"a redirect to data":     redirect("data:application/json,{}"),
	"a redirect to nothing":  redirect(""),
	"a redirect with a user": redirect("http://a:b@evil.invalid/"),
	"a redirect to a socket": redirect("unix:///run/x"),
	"a redirect to metadata": redirect("http://169.254.169.254/latest/meta-data/"),
	"a redirect by 307": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://evil.invalid/")
		w.WriteHeader(307)
	},
}

func members100k() string {
	var b strings.Builder
	for i := range 90_000 {
		fmt.Fprintf(&b, `"%x":1,`, i)
	}
	return b.String()
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// raw answers with bytes of its own and closes.
func raw(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		io.WriteString(conn, s)
	}
}

// TestHostileTenant: every bomb, at discovery and at the keys, ends in an error of the documented kinds, soon, in little
// memory, with nothing kept; no other place is ever asked.
func TestHostileTenant(t *testing.T) {
	for name, bomb := range bombs {
		for _, at := range []string{"discovery", "keys"} {
			t.Run(name+" at "+at, func(t *testing.T) {
				s := newTenant(t)
				own := s.Listener.Addr().String()
				transport := &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}

				r := resolver(t.TempDir())
				r.Timeout = 10 * time.Second
				r.HTTP = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
					if req.URL.Host != own || req.URL.Scheme != "http" {
						t.Errorf("%s was asked", req.URL)
					}
					return transport.RoundTrip(req)
				})}
				var before, after runtime.MemStats
				var err error
				ask := func() { _, err = r.Metadata(t.Context(), s.authority(), "") }
				if at == "keys" {
					md, problem := r.Metadata(t.Context(), s.authority(), "")
					if problem != nil {
						t.Fatal(problem)
					}
					ask = func() { _, err = r.Keys(md).Key(t.Context(), "key-1") }
					s.keys = bomb
				} else {
					s.metadata = bomb
				}
				runtime.ReadMemStats(&before)
				ask()
				runtime.ReadMemStats(&after)
				if !is[*UnreachableError](err) && !is[*UntrustedMetadataError](err) && !is[*UnknownTenantError](err) {
					t.Errorf("got %v", err)
				}
				if err != nil && len(err.Error()) > 1500 {
					t.Errorf("a message of %d bytes", len(err.Error()))
				}
				if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 400 {
					t.Errorf("%d MB were allocated", used)
				}
				s.metadata, s.keys = respond(200, s.document(nil)), respond(200, jwks(testJWK("key-1", testKey())))
				if md, err := r.Metadata(t.Context(), s.authority(), ""); err != nil {
					t.Errorf("then discovery: %v", err)
				} else if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
					t.Errorf("then the keys: %v", err)
				}
			})
		}
	}
}

// TestHostileKeys: sets of keys that are made to keep a verifier busy, or to have it take a key that it should not.
func TestHostileKeys(t *testing.T) {
	good := testJWK("key-1", testKey())
	for _, tt := range []struct{ name, set string }{
		{"100,000 keys, which are over a megabyte", `{"keys":[` + strings.TrimSuffix(strings.Repeat(`{"kty":"x"},`, 100_000), ",") + `]}`},
		{"300,000 keys within a megabyte", `{"keys":[` + strings.TrimSuffix(strings.Repeat(`{},`, 300_000), ",") + `]}`},
		{"51 keys", `{"keys":[` + strings.TrimSuffix(strings.Repeat(jwkText(good)+",", 51), ",") + `]}`},
		{"a modulus of 60,000 bits", jwks(change(good, members{"n": strings.Repeat("_", 10_000)}))},
		{"an exponent of 1", jwks(change(good, members{"e": "AQ"}))},
		{"an even exponent", jwks(change(good, members{"e": "Ag"}))},
		{"an exponent of 300 bits", jwks(change(good, members{"e": strings.Repeat("_", 50)}))},
		{"a symmetric key", jwks(members{"kty": "oct", "kid": "key-1", "k": "AAAA"})},
		{"a key of another tenant", jwks(change(good, members{"issuer": "https://" + otherTenant + ".ciamlogin.com/" + otherTenant + "/v2.0"}))},
		{"for encryption", jwks(change(good, members{"use": "enc"}))},
		{"for another algorithm", jwks(change(good, members{"alg": "PS256"}))},
		{"two keys of one kid", jwks(good, testJWK("key-1", otherKey()))},
		{"keys as an object", `{"keys":{"key-1":` + jwkText(good) + `}}`},
		{"the list by itself", `[` + jwkText(good) + `]`},
		{"KEYS", `{"KEYS":[` + jwkText(good) + `]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newTenant(t)
			r := resolver(t.TempDir())
			md, err := r.Metadata(t.Context(), s.authority(), "")
			if err != nil {
				t.Fatal(err)
			}
			s.keys = respond(200, tt.set)
			var key crypto.PublicKey
			if key, err = r.Keys(md).Key(t.Context(), "key-1"); err == nil || key != nil {
				t.Errorf("got %v, %v", key, err)
			}
		})
	}
}

func jwkText(k members) string {
	return strings.TrimSuffix(strings.TrimPrefix(jwks(k), `{"keys":[`), `]}`)
}
