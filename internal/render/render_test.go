package render

import (
	"bytes"
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
)

var update = flag.Bool("update", false, "write the golden files")

var now = time.Date(2026, 11, 24, 8, 15, 45, 0, time.UTC)

// ada has a claim of every kind: text, wide characters, times, lists, an object, one no catalogue knows, a long value, a
// long name, and text that wants to act on the terminal.
const ada = `{
	"aud":"00001111-aaaa-2222-bbbb-3333cccc4444",
	"iss":"https://aaaabbbb-0000-cccc-1111-dddd2222eeee.ciamlogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
	"iat":1795507830,
	"exp":1795511730,
	"auth_time":"1795507830",
	"pwd_exp":1795507830,
	"name":"Ada 愛 L\u00f3velace",
	"preferred_username":"ada@example.com",
	"oid":"aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb",
	"roles":[ "Reader", "Writer" ],
	"address":{"country":"GB", "n": 1.0},
	"city":"\u001b[31mred\u202egpj\nnext line",
	"\u001b]8;;x\u0007":"an odd name",
	"email_verified":true,
	"middle_name":null,
	"nickname":"",
	"extension_00001111aaaa2222bbbb3333cccc4444_loyaltyNumber":"A-17",
	"login_hint":"O.CiQxMTExMTExMS0xMTExLTExMTEtMTExMS0xMTExMTExMTExMTESJDIyMjIyMjIyLTIyMjItMjIyMi0yMjIyLTIyMjIyMjIyMjIyMhoPYWRhQGV4YW1wbGUuY29tIBQ"
}`

func token(t *testing.T, claims string) *idtoken.Token {
	t.Helper()
	part := base64.RawURLEncoding.EncodeToString
	decoded, err := idtoken.Decode(part([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + part([]byte(claims)) + "." + part([]byte("signature")))
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s differs (go test -update writes it), got\n%s", file, got)
	}
}

func TestClaims(t *testing.T) {
	for _, c := range []struct {
		name string
		o    ClaimsOptions
	}{
		{"claims_pipe", ClaimsOptions{Now: now}},
		{"claims_60", ClaimsOptions{Now: now, Width: 60}},
		{"claims_80_color", ClaimsOptions{Now: now, Width: 80, Color: true}},
		{"claims_100", ClaimsOptions{Now: now, Width: 100}},
		{"claims_160", ClaimsOptions{Now: now, Width: 160}},
		{"claims_120", ClaimsOptions{Now: now, Width: 120}},
		{"claims_expired", ClaimsOptions{Now: now.Add(2 * time.Hour), Width: 120, Color: true, Noun: "ID token"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Claims(&out, token(t, ada), c.o); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, out.String())
			if !c.o.Color && strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "\u202e") {
				t.Error("the token acts on the terminal")
			}
			for _, row := range ClaimRows(token(t, ada), c.o.Now) {
				if !strings.Contains(out.String(), row.Name) {
					t.Errorf("the name %s is broken", row.Name)
				}
			}
			if c.o.Width == 0 {
				if !regexp.MustCompile(`(?m)^preferred_username +ada@example\.com`).MatchString(out.String()) {
					t.Error("grep does not find the sign-in name")
				}
				return
			}
			for line := range strings.Lines(regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(out.String(), "")) {
				if line = strings.TrimSuffix(line, "\n"); cells(line) > c.o.Width {
					t.Errorf("%d columns, expected at most %d: %q", cells(line), c.o.Width, line)
				}
			}
		})
	}
}

func TestClaims_narrow(t *testing.T) {
	for _, width := range []int{1, 2, 10, 39, 99, 101} {
		var out bytes.Buffer
		if err := Claims(&out, token(t, ada), ClaimsOptions{Now: now, Width: width}); err != nil || out.Len() == 0 {
			t.Errorf("width %d: %d bytes, %v", width, out.Len(), err)
		}
	}
}

func TestClaimRows_times(t *testing.T) {
	for _, c := range []struct{ claims, want string }{
		{`{"exp":1795511730}`, "2026-11-24 09:15:30 UTC (in 59 minutes)"},
		{`{"exp":1795511730.9}`, "2026-11-24 09:15:30 UTC (in 59 minutes)"},
		{`{"auth_time":"1795507830"}`, "2026-11-24 08:10:30 UTC (5 minutes ago)"},
		{`{"auth_time":"0x10"}`, "0x10"},
		{`{"auth_time":"NaN"}`, "NaN"},
		{`{"exp":-5}`, "-5"},
		{`{"exp":1e300}`, "1e300"},
		{`{"exp":253402300800}`, "253402300800"},
		{`{"exp":"soon"}`, "soon"},
		{`{"exp":[1795511730]}`, "[1795511730]"},
		{`{"oid":1795511730}`, "1795511730"},
	} {
		if got := ClaimRows(token(t, c.claims), now)[0].Value; got != c.want {
			t.Errorf("%s: got %q, expected %q", c.claims, got, c.want)
		}
	}
}

func TestFacts(t *testing.T) {
	facts := []Fact{
		{"tenant", "https://contoso.ciamlogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee"},
		{"name", "愛 \x1b]0;title\x07"},
		{"access token", "until 2026-11-24 09:15:30 UTC (in 59 minutes) for api://00001111-aaaa-2222-bbbb-3333cccc4444/Orders.Read openid offline_access"},
		{"note", ""},
	}
	for name, style := range map[string]Style{"facts_pipe": {}, "facts_72_color": {Width: 72, Color: true}} {
		var out bytes.Buffer
		if err := Facts(&out, "Signed in as Ada\x07", facts, style); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
	}
}

func TestTime(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{now, "now"},
		{now.Add(900 * time.Millisecond), "now"},
		{now.Add(time.Second), "in 1 second"},
		{now.Add(-59 * time.Second), "59 seconds ago"},
		{now.Add(-3 * time.Minute), "3 minutes ago"},
		{now.Add(59*time.Minute + 59*time.Second), "in 59 minutes"},
		{now.Add(time.Hour), "in 1 hour"},
		{now.Add(47 * time.Hour), "in 47 hours"},
		{now.AddDate(0, 0, -3), "3 days ago"},
		{now.AddDate(0, 3, 0), "in 3 months"},
		{now.AddDate(-400, 0, 0), "400 years ago"},
	} {
		if got := Relative(c.at, now); got != c.want {
			t.Errorf("Relative(%s): got %q, expected %q", c.at, got, c.want)
		}
	}
	zone := time.FixedZone("CET", 3600)
	if got, want := Time(time.Date(2026, 11, 24, 10, 15, 30, 0, zone), now), "2026-11-24 09:15:30 UTC (in 59 minutes)"; got != want {
		t.Errorf("Time: got %q, expected %q", got, want)
	}
	if got := Time(time.Time{}, now); got != "unknown" {
		t.Errorf("Time of nothing: %q", got)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 5, ""},
		{"a  b", 5, "a  b"},
		{"one two three", 7, "one two|three"},
		{"abcdefgh", 3, "abc|def|gh"},
		{"ab cdefgh", 4, "ab|cdef|gh"},
		{"愛愛愛", 4, "愛愛|愛"},
		{"愛愛", 1, "愛|愛"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301|e\u0301"},
	} {
		if got := strings.Join(wrap(c.text, c.width), "|"); got != c.want {
			t.Errorf("wrap(%q, %d): got %q, expected %q", c.text, c.width, got, c.want)
		}
	}
}
