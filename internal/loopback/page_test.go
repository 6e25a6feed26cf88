package loopback

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// samplePages are pages as the commands make them, and as a stranger would like them.
func samplePages() map[string]Page {
	return map[string]Page{
		"signed_in": {Title: "Signed in", Heading: "You are signed in as Ada Example", Tone: Success,
			Paragraphs: []string{"You can close this tab and go back to the terminal."},
			Rows: []Row{
				{"name", "Ada Example", `display name, for showing; may change and need not be unique ("unknown" when none was collected)`},
				{"preferred_username", "ada@example.com", "sign-in name, for showing; may change, so do not use it to recognise a person"},
				{"email", "ada@example.com", "email address; may change, so do not use it to recognise a person or to grant access"},
				{"country", "Switzerland", "country or region, as the user flow collected it"},
				{"extension_0123456789abcdef0123456789abcdef_loyaltyNumber", "A-1001", `custom attribute "loyaltyNumber" of this person, as the user flow collected it`},
				{"oid", "bbbbcccc-1111-dddd-2222-eeee3333ffff", "this person in the whole tenant: the same for all its apps, and the user id in Microsoft Graph; never changes"},
				{"sub", "8sCFSlJZm6ncHrS7cAkAWfzBAr4bGKXxPtDPPxqjX1o", "this person for this app: another app sees another value; never changes, so it is the one to recognise people by"},
			},
			Folded: []Section{
				{Title: "2 claims about the session", Rows: []Row{
					{"auth_time", "2026-11-24 08:10:30 UTC (5 minutes ago)", "when the person last signed in by hand"},
					{"exp", "2026-11-24 09:15:30 UTC (in 59 minutes)", "when this token stops being valid"}}},
				{Title: "2 claims about the protocol", Rows: []Row{
					{"iss", "https://aaaabbbb-0000-cccc-1111-dddd2222eeee.ciamlogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0", "who issued the token: the tenant's token service"},
					{"rh", strings.Repeat("1.AUEBu6q7qgAAzMwREd3dIiLu7g", 50) + ".", "internal to Microsoft's service; apps ignore it"}}},
			}},
		"refused": {Status: 400, Title: "Not signed in", Heading: "You are not signed in", Tone: Failure,
			Paragraphs: []string{"The tenant refused the sign-in: access_denied. AADSTS65004: User declined to consent to access the app.",
				"Start again with ciam login and accept."},
			Folded: []Section{
				{Title: "The whole message", Text: "The tenant refused the sign-in: access_denied. AADSTS65004: User declined to consent to access the app.\r\nTrace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333\r\nTimestamp: 2026-11-24 09:15:30Z"},
				{Title: "For support", Rows: []Row{{"Correlation id", "aaaa0000-bb11-2222-33cc-444444dddddd", ""}}}}},
		"hostile": {Title: "</title><script>alert(1)</script>", Heading: "<img src=x onerror=alert(1)> \u202Eada", Tone: Tone(9),
			Paragraphs: []string{`"><svg onload=alert(1)>`, "{{.CSS}}", "a\x1b[31mb\x00c\xffd", "and \xff alone", ""},
			Rows:       []Row{{"</table>", "javascript:alert(1)", "\u2066'onclick='alert(1)"}}, Footer: "</style><b>f</b>",
			Folded: []Section{{Title: "</summary><script>", Text: "</details><img src=x>\u2066", Rows: []Row{{"a_<b>\u202E_" + strings.Repeat("n", 40), "<svg>", ""}}}}},
	}
}

func TestPage(t *testing.T) {
	for name, page := range samplePages() {
		t.Run(name, func(t *testing.T) {
			html, err := page.html()
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, html, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := string(html), strings.ReplaceAll(string(want), "\r\n", "\n"); got != want {
				t.Errorf("differs from %s (go test -update rewrites it):\n%s", golden, got)
			}
		})
	}
}

func TestPage_escapes(t *testing.T) {
	html, err := samplePages()["hostile"].html()
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(html), "</style>")
	for _, bad := range []string{"<script", "<img", "<svg", "<b>", "\u202E", "\u2066", "\x1b", "\x00", "\xff", "--ground"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if strings.Count(string(html), "</table>") != 2 || strings.Count(string(html), "</details>") != 1 || strings.Count(string(html), "</title>") != 1 {
		t.Error("the text breaks out of its element")
	}
}

// TestPage_policy computes what the browser does: the style sheet as it stands in the page has to match its hash.
func TestPage_policy(t *testing.T) {
	w := httptest.NewRecorder()
	writePage(w, Page{Title: "t"})
	_, css, _ := strings.Cut(w.Body.String(), "<style>")
	css, _, _ = strings.Cut(css, "</style>")
	sum := sha256.Sum256([]byte(css))
	for name, want := range map[string][]string{
		"Content-Security-Policy": {"default-src 'none'", "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"},
		"Cache-Control":           {"no-store"},
		"Referrer-Policy":         {"no-referrer"},
		"X-Content-Type-Options":  {"nosniff"},
		"X-Frame-Options":         {"DENY"},
		"Content-Type":            {"text/html; charset=utf-8"},
	} {
		for _, part := range want {
			if got := w.Header().Get(name); !strings.Contains(got, part) {
				t.Errorf("%s is %q, want %q in it", name, got, part)
			}
		}
	}
	for _, bad := range []string{"<script", "unsafe-inline", "http://", "https://", "url(", "@import", " style="} {
		if strings.Contains(w.Body.String()+w.Header().Get("Content-Security-Policy"), bad) {
			t.Errorf("the page or its policy holds %q", bad)
		}
	}
}

// TestListener_headers: whatever is answered carries the headers, the redirect too, and no cookie.
func TestListener_headers(t *testing.T) {
	f := start(t, "/cb", Options{})
	for _, got := range []reply{f.send("GET", "/favicon.ico", "", ""), f.post("state=wrong"), f.post(right), f.post(right)} {
		for _, name := range []string{"Content-Security-Policy", "Cache-Control", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options"} {
			if got.header.Get(name) == "" {
				t.Errorf("%d has no %s", got.status, name)
			}
		}
		if got.header.Get("Set-Cookie") != "" {
			t.Error("a cookie was set")
		}
	}
	f.outcome.markShown()
}

func TestAnswer_neverShowsTheCode(t *testing.T) {
	a := &Answer{Code: "SECRET", Error: "an_error"}
	marshalled, err := json.Marshal(map[string]any{"a": a, "v": *a})
	if err != nil {
		t.Fatal(err)
	}
	if kind := slog.AnyValue(*a).Resolve().Kind(); kind != slog.KindString {
		t.Errorf("a log handler is given a %s, whose fields it may read", kind)
	}
	var log strings.Builder
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("m", "pointer", a, "value", *a, "inside", []any{a})
	}
	out := fmt.Sprintf("%v %+v %#v %s %q %d %x %v %#v", a, a, a, a, a, a, a, *a, []Answer{*a}) + string(marshalled) + log.String()
	if strings.Contains(out, "SECRET") || strings.Contains(out, fmt.Sprintf("%x", "SECRET")) || !strings.Contains(out, "an_error") {
		t.Errorf("printed: %s", out)
	}
}

// TestNameParts: a name that a line always holds stays whole, a longer one may be broken where its parts meet.
func TestNameParts(t *testing.T) {
	for name, want := range map[string]string{
		"preferred_username": "preferred_username", "tenant_region_sub_scope": "tenant_region_sub_scope", "": "",
		"extension_0123456789abcdef0123456789abcdef_loyaltyNumber": "extension_|0123456789abcdef0123456789abcdef_|loyaltyNumber",
		"a.very.long.name.of.a.claim_":                             "a.|very.|long.|name.|of.|a.|claim_", strings.Repeat("é", 30): strings.Repeat("é", 30),
	} {
		if got := strings.Join(nameParts(name), "|"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
