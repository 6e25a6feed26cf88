package aadsts

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEntries(t *testing.T) {
	for i, e := range entries {
		if i > 0 && entries[i-1].code >= e.code {
			t.Errorf("%d does not come before %d", entries[i-1].code, e.code)
		}
		if strings.ContainsAny(e.oauthError, " /") {
			t.Errorf("%d: OAuth error %q", e.code, e.oauthError)
		}
		if e.oauthError != "" {
			if _, ok := Find(e.oauthError); !ok {
				t.Errorf("%d: the OAuth error %s is not in the catalogue", e.code, e.oauthError)
			}
		}
	}
	for i, n := range names {
		if i > 0 && strings.ToLower(names[i-1].name) >= strings.ToLower(n.name) {
			t.Errorf("%s does not come before %s", names[i-1].name, n.name)
		}
	}
	kinds := map[SourceKind]int{}
	for _, e := range All() {
		for _, text := range []string{e.Meaning, e.Action} {
			if !strings.HasSuffix(text, ".") || strings.Contains(text, "  ") || strings.Contains(text, "..") {
				t.Errorf("%s: %q is not made of sentences", e.Name, text)
			}
		}
		u, err := url.Parse(e.Source)
		if err != nil || e.Source != "" && (u.Scheme != "https" || u.Host == "") {
			t.Errorf("%s: source %q", e.Name, e.Source)
		}
		kinds[e.SourceKind()]++
		for _, as := range []string{e.Name, strings.ToLower(e.Name), strings.ToUpper(e.Name), " " + e.Name + "\n"} {
			if got, ok := Find(as); !ok || got != e {
				t.Errorf("Find(%q) = %+v, %v", as, got, ok)
			}
		}
		if got := Scan("error=x: " + e.Name + ", and so on"); !slices.Equal(got, []string{e.Name}) {
			t.Errorf("Scan finds %q of %s", got, e.Name)
		}
	}
	if kinds[Document] < 80 || kinds[Thread] < 20 || kinds[Specification] < 15 || kinds[NoSource] < 1 {
		t.Errorf("sources: %v", kinds)
	}
	t.Logf("%d codes, sources %v", len(All()), kinds)
}

func TestSourceKind(t *testing.T) {
	for source, want := range map[string]SourceKind{
		"": NoSource, codesPage: Document, nativePage: Document, rfc6749 + "#section-5.2": Specification, oidcCore: Specification,
		msalJS + "1487": Thread, "https://learn.microsoft.com/answers/questions/1511264": Thread, gh + "AzureAD/microsoft-authentication-library-for-js": Document,
	} {
		if got := (Entry{Source: source}).SourceKind(); got != want {
			t.Errorf("%q is a %s, want %s", source, got, want)
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
		650053, 650052, 500113, 700003, 700024, 700027, 700211, 700212, 700213, 70043, 50056, 50078, 50131, 50196, 530003, 7000114, 90072,
		160021, 165004, 500200, 120000, 120002, 28000, 901011, 1002012,
	} {
		if e, ok := Lookup(code); !ok || e.Code != code || e.Meaning == "" || e.Action == "" {
			t.Errorf("Lookup(%d) = %+v, %v", code, e, ok)
		}
	}
	for _, name := range []string{"AADB2C90063", "AADB2C90088", "AADB2C90091", "AADB2C90118", "endpoints_resolution_error", "IDX10503", "IDX20803", "IDX20804", "IDX40001", "access_denied",
		"invalid_grant", "login_required", "temporarily_unavailable", "authorization_pending"} {
		if e, ok := Find(name); !ok || e.Name != name || e.Code != 0 {
			t.Errorf("Find(%s) = %+v, %v", name, e, ok)
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

func TestScan(t *testing.T) {
	const answer = `{"error":"invalid_grant","error_description":"AADSTS70008: expired.\\r\\nTrace ID: x","error_codes":[70008],"correlation_id":"c"}`
	for name, row := range map[string]struct{ in, want string }{
		"nothing":                        {"all is well on 2026-11-27, port 50011", ""},
		"empty":                          {"", ""},
		"a number alone":                 {"50011", ""}, // ParseCode's matter: in a text it may be anything
		"a code":                         {"AADSTS50011", "AADSTS50011"},
		"any case":                       {"aadsts50011 idx10503 aadb2c90063", "AADSTS50011 IDX10503 AADB2C90063"},
		"each once, in order":            {"IDX20803: x ---> IDX20804: y\nAADSTS65001\nIDX20803", "IDX20803 IDX20804 AADSTS65001"},
		"unknown numbers too":            {"AADSTS12345 and IDX99999", "AADSTS12345 IDX99999"},
		"unknown words not":              {"error=own_invention", ""},
		"an answer":                      {answer, "AADSTS70008"},
		"an answer without a number":     {`{"error":"login_required","state":"s"}`, "login_required"},
		"a number in error_codes only":   {`{"error_codes": [ 70008, 50011 ]}`, "AADSTS70008 AADSTS50011"},
		"an answer of B2C":               {`{"error":"access_denied","error_description":"AADB2C90091: The user has cancelled"}`, "AADB2C90091"},
		"of B2C, unknown":                {`{"error":"access_denied","error_description":"AADB2C99999: x"}`, "access_denied AADB2C99999"},
		"two answers far apart":          {`{"error":"access_denied"}` + strings.Repeat(" ", 2*Apart) + answer, "access_denied AADSTS70008"},
		"an error page":                  {"Sorry, but we're having trouble signing you in.\n\nError Code: 530033\nRequest Id: 12345-50011\nTimestamp: 2026-11-27T10:00:00Z", "AADSTS530033"},
		"an error page on one line":      {"Error Code: 530033Request Id: x", "AADSTS530033"},
		"a page's own words":             {"Message: AADSTS50011Correlation", "AADSTS50011"},
		"its address":                    {"https://login.microsoftonline.com/error?code=50105", "AADSTS50105"},
		"an address":                     {"http://localhost:3000/?error=access_denied&error_subcode=cancel&error_description=AADSTS65004%3a+the+user&state=s", "AADSTS65004"},
		"an address without a number":    {"http://localhost:3000/#error=interaction_required&state=s", "interaction_required"},
		"an address in an address":       {"https://app.example/cb?to=http%3A%2F%2Flocalhost%2F%3Ferror%3Daccess_denied%26state%3Dx", "access_denied"},
		"a sign of its own and escapes":  {"100% of http%3A%2F%2Fx%3Ferror%3Dlogin_required", "login_required"},
		"after a line break as text":     {`"first.\\nAADSTS50012: second"`, "AADSTS50012"},
		"too many digits":                {"AADSTS12345678901", ""},
		"a longer word":                  {"my_invalid_grant_handler", ""},
		"MSAL":                           {"ServerError: invalid_client: 7000218 - [2020-09-25 07:40:47Z]: AADSTS7000218: The request body", "AADSTS7000218"},
		"of no service: a port, an hour": {"error code = 5001, at 50011", ""},
	} {
		if got := strings.Join(Scan(row.in), " "); got != row.want {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
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
		for _, name := range Scan(s) {
			if _, known := Find(name); !known && strings.Trim(name, "ABCDISTX0123456789") != "" {
				t.Errorf("Scan returns %q of the text", name)
			}
		}
	})
}
