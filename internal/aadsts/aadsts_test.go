package aadsts

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEntries(t *testing.T) {
	for i, e := range entries {
		if i > 0 && entries[i-1].Code >= e.Code {
			t.Errorf("%d does not come before %d", entries[i-1].Code, e.Code)
		}
		for _, text := range []string{e.Meaning, e.Action} {
			if !strings.HasSuffix(text, ".") || strings.Contains(text, "  ") || strings.Contains(text, "..") {
				t.Errorf("%d: %q is not made of sentences", e.Code, text)
			}
		}
		if strings.ContainsAny(e.OAuthError, " /") {
			t.Errorf("%d: OAuth error %q", e.Code, e.OAuthError)
		}
	}
}

func TestLookup(t *testing.T) {
	// Every code that a developer of an external tenant is known to meet.
	for _, code := range []int{
		50011, 900971, 70004, 700016, 70001, 7000112, 90002, 50059, 90019, 50194, 9001023, 90124, 7000215, 7000222, 7000218, 700025,
		70002, 65001, 65004, 65002, 650056, 650057, 65005, 90008, 90094, 90095, 500011, 70011, 28002, 28003, 700022, 700023, 54005, 70000,
		70008, 700082, 700084, 50173, 50132, 50133, 50089, 501481, 50147, 501491, 700005, 90014, 900144, 9002313, 900561, 90056, 700054,
		70005, 70007, 70003, 9002325, 9002326, 9002327, 90023, 50058, 50105, 50020, 50034, 51004, 16000, 50126, 50053, 50055, 50057, 50142,
		50072, 50074, 50076, 50079, 50158, 53003, 530032, 53000, 50140, 50199, 70016, 70018, 70019, 90119, 500208, 500207, 50146, 501461,
		131010, 1100001, 399266, 700056, 550022, 901007, 1003037, 55103, 55106, 55200, 552003, 399246,
		50061, 50068, 50070, 50071, 90100, 901001,
	} {
		if e, ok := Lookup(code); !ok || e.Code != code || e.Meaning == "" || e.Action == "" {
			t.Errorf("Lookup(%d) = %+v, %v", code, e, ok)
		}
	}
	for _, code := range []int{0, -1, 1, 50012, 99999999} {
		if e, ok := Lookup(code); ok {
			t.Errorf("Lookup(%d) = %+v", code, e)
		}
	}
}

func TestAll_copy(t *testing.T) {
	All()[0].Meaning = "changed"
	if e, _ := Lookup(All()[0].Code); e.Meaning == "changed" {
		t.Error("a caller can change the catalogue")
	}
}

func TestParseCode(t *testing.T) {
	for in, want := range map[string]int{
		"50011": 50011, "AADSTS50011": 50011, "aadsts50011": 50011, " AADSTS90002 ": 90002,
		"": 0, "AADSTS": 0, "-5": 0, "0": 0, "50011x": 0, "AADSTS 50011": 0, "9999999999": 0, "99999999999999999999": 0,
	} {
		if got, ok := ParseCode(in); got != want && ok || ok != (want != 0) {
			t.Errorf("ParseCode(%q) = %d, %v; want %d", in, got, ok, want)
		}
	}
}

func TestParse(t *testing.T) {
	const trace, corr, stamp = "0a1b2c3d-0000-1111-2222-333344445555", "9f8e7d6c-aaaa-bbbb-cccc-ddddeeeeffff", "2026-11-23 10:00:00Z"
	full := Details{50011, "The redirect URI 'http://localhost' is not registered.", trace, corr, stamp}
	for _, tt := range []struct {
		name, in string
		want     Details
	}{
		{"lines", "AADSTS50011: The redirect URI 'http://localhost' is not registered.\r\nTrace ID: " + trace + "\r\nCorrelation ID: " + corr + "\r\nTimestamp: " + stamp, full},
		{"one line", "AADSTS50011: The redirect URI 'http://localhost' is not registered. Trace ID: " + trace + " Correlation ID: " + corr + " Timestamp: " + stamp, full},
		{"plain line feeds and space at the end", "AADSTS50011: The redirect URI 'http://localhost' is not registered.\nTrace ID: " + trace + "\nCorrelation ID: " + corr + "\nTimestamp: " + stamp + "\n", full},
		{"something before the code", "invalid_client: AADSTS7000215: Invalid secret.", Details{Code: 7000215, Message: "Invalid secret."}},
		{"no ids", "AADSTS65004: declined", Details{Code: 65004, Message: "declined"}},
		{"code alone", "AADSTS65004", Details{Code: 65004}},
		{"no code", "the user canceled\r\n the authentication", Details{Message: "the user canceled the authentication"}},
		{"code without number", "AADSTS: hm", Details{Message: "AADSTS: hm"}},
		{"number of too many digits", "AADSTS99999999999999999999: hm", Details{Message: "AADSTS99999999999999999999: hm"}},
		{"empty", "", Details{}},
		{"ids quoted inside the message", "AADSTS1: app 'Trace ID: x' said. Trace ID: " + trace + " Correlation ID: " + corr + " Timestamp: " + stamp,
			Details{1, "app 'Trace ID: x' said.", trace, corr, stamp}},
		{"hidden", "AADSTS50034: The user account {EUII Hidden} does not exist in the Contoso directory.", Details{Code: 50034, Message: "The user account does not exist in the Contoso directory."}},
		{"hidden in quotes, twice", "AADSTS50020: User account '{EmailHidden}' from identity provider 'live.com' is not \"{EUII Hidden}\".", Details{Code: 50020, Message: "User account from identity provider 'live.com' is not."}},
		{"hidden alone", "AADSTS1: {EUII hidden}", Details{Code: 1}},
		{"braces that hide nothing", "AADSTS1: {tenant} {is not hidden because this text is too long to be it hidden} {", Details{Code: 1, Message: "{tenant} {is not hidden because this text is too long to be it hidden} {"}},
		{"id that is none", "AADSTS1: hm Trace ID: \x1b[31m", Details{Code: 1, Message: "hm Trace ID: \x1b[31m"}},
		{"id that is long", "AADSTS1: hm Trace ID: " + strings.Repeat("a", 65), Details{Code: 1, Message: "hm Trace ID: " + strings.Repeat("a", 65)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Parse(tt.in); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
	if got := Parse("AADSTS1: " + strings.Repeat("é", 1<<20)); len(got.Message) > maxDescription || !utf8.ValidString(got.Message) {
		t.Errorf("message of %d bytes", len(got.Message))
	}
}

func TestURL(t *testing.T) {
	if got := URL(90002); got != "https://login.microsoftonline.com/error?code=90002" {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("AADSTS50011: text\r\nTrace ID: a\r\nCorrelation ID: b\r\nTimestamp: 2026-11-23 10:00:00Z")
	f.Add("AADSTS50011: text Trace ID: a Correlation ID: b Timestamp: 2026-11-23 10:00:00Z")
	f.Add("Trace ID:Trace ID:AADSTS")
	f.Fuzz(func(t *testing.T, s string) {
		d := Parse(s)
		if len(d.Message) > maxDescription || len(d.TraceID) > maxField || len(d.CorrelationID) > maxField || len(d.Timestamp) > maxField {
			t.Errorf("unbounded: %+v", d)
		}
		if d.Code < 0 || strings.ContainsAny(d.TraceID+d.CorrelationID+d.Timestamp, "\x1b\r\n\x00") {
			t.Errorf("%+v", d)
		}
		ParseCode(s)
	})
}
