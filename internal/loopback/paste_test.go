package loopback

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

// TestListener_Paste is the table of what a person may paste.
func TestListener_Paste(t *testing.T) {
	const address = "http://localhost:3000/auth/redirect?"
	authorize := "https://contoso.ciamlogin.com/t/oauth2/v2.0/authorize?client_id=c&response_type=code&state=" + testState
	for _, c := range []struct {
		name, text  string
		code, error string
		wrong       PasteKind // when neither
	}{
		{name: "the whole address", text: address + right, code: "the-code"},
		{name: "with more in it", text: address + right + "&session_state=s&client_info=i", code: "the-code"},
		{name: "with blanks around", text: " \t" + address + right + " \n", code: "the-code"},
		{name: "in quotes", text: `"` + address + right + `"`, code: "the-code"},
		{name: "in angle brackets", text: "<" + address + right + ">", code: "the-code"},
		{name: "without a scheme", text: "localhost:3000/?" + right, code: "the-code"},
		{name: "as something in between has made it", text: "https://name-3000.app.github.dev/?" + right, code: "the-code"},
		{name: "with a fragment", text: address + right + "#", code: "the-code"},
		{name: "as a fragment", text: "http://localhost:3000/#" + right, code: "the-code"},
		{name: "the query", text: right, code: "the-code"},
		{name: "the query with its mark", text: "?" + right, code: "the-code"},
		{name: "an escaped code", text: address + "code=a%2Bb&state=" + testState, code: "a+b"},
		{name: "3,000 characters", text: address + "code=" + strings.Repeat("a", 3000) + "&state=" + testState, code: strings.Repeat("a", 3000)},
		{name: "an error", text: address + "error=access_denied&error_description=d&state=" + testState, error: "access_denied"},
		{name: "an error and a code", text: address + "error=access_denied&" + right, error: "access_denied"},

		{name: "another state", text: address + "code=c&state=other", wrong: PasteForeign},
		{name: "half the state", text: address + "code=c&state=" + testState[:9], wrong: PasteForeign},
		{name: "no state", text: address + "code=c", wrong: PasteForeign},
		{name: "two states", text: address + right + "&state=other", wrong: PasteForeign},
		{name: "our state twice", text: address + right + "&state=" + testState, wrong: PasteForeign},
		{name: "an error of another sign-in", text: address + "error=access_denied&state=other", wrong: PasteForeign},
		{name: "a page of the tenant", text: "https://contoso.ciamlogin.com/t/login?ctx=1", wrong: PasteForeign},
		{name: "something else", text: "git status", wrong: PasteForeign},
		{name: "a word", text: "yes", wrong: PasteForeign},
		{name: "the page to open", text: authorize, wrong: PasteStart},
		{name: "that of another sign-in", text: strings.TrimSuffix(authorize, testState) + "other", wrong: PasteStart},
		{name: "the short address", text: "SHORT", wrong: PasteStart},
		{name: "a code alone", text: "1.AbcDEF-ghi_jkl.mnopqrstuvwxyz0123456789", wrong: PasteCode},
		{name: "nothing", text: "", wrong: PasteEmpty},
		{name: "blanks", text: "  \t", wrong: PasteEmpty},
		{name: "16 KiB", text: address + right + "&x=" + strings.Repeat("a", maxPaste), wrong: PasteTooLong},
		{name: "an escape sequence", text: address + "\x1b[31m" + right, wrong: PasteControl},
		{name: "a zero byte", text: address + right + "\x00x", wrong: PasteControl},
		{name: "a C1 control", text: address + "\u009b" + right, wrong: PasteControl},
		{name: "no UTF-8", text: address + "\xff" + right, wrong: PasteControl},
		{name: "our state and nothing else", text: address + "state=" + testState, wrong: PasteMalformed},
		{name: "a code twice", text: address + right + "&code=d", wrong: PasteMalformed},
		{name: "an escape that is none", text: address + right + "&x=%zz", wrong: PasteMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, "/auth/redirect", Options{})
			if c.text == "SHORT" {
				c.text = f.Offer("https://contoso.ciamlogin.com/", nil)
			}
			err := f.Paste(c.text)
			var wrong *PasteError
			switch {
			case c.code+c.error == "":
				if !errors.As(err, &wrong) || wrong.Kind != c.wrong || wrong.Error() == "" {
					t.Fatalf("%v, expected kind %d", err, c.wrong)
				}
				if err := f.Paste(address + right); err != nil {
					t.Fatalf("the wait does not go on: %v", err)
				}
			case err != nil:
				t.Fatal(err)
			default:
				if a := f.mustWait(); a.Code != c.code || a.Error != c.error {
					t.Errorf("code %q, error %q", a.Code, a.Error)
				}
			}
		})
	}
}

// TestListener_Paste_overtaken: one answer counts, whichever way it came.
func TestListener_Paste_overtaken(t *testing.T) {
	f := start(t, "/", Options{})
	if err := f.Paste(right); err != nil {
		t.Fatal(err)
	}
	if err := f.Paste(right + "2"); err == nil {
		t.Error("another state passed")
	}
	if err := f.Paste("code=other&state=" + testState); err != nil {
		t.Errorf("a second answer: %v", err)
	}
	if r := f.post(right); r.status != 409 {
		t.Errorf("the browser, later: %d", r.status)
	}
	if a := f.mustWait(); a.Code != "the-code" {
		t.Errorf("%q", a.Code)
	}
}

func FuzzListener_readPaste(f *testing.F) {
	f.Add("http://localhost:3000/?" + right)
	f.Add("?code=1&state=")
	l := &Listener{expected: expected{state: testState}}
	f.Fuzz(func(t *testing.T, text string) {
		a, _, ok := l.readPaste(text)
		if !ok {
			return
		}
		decoded, _ := url.QueryUnescape(text)
		if !strings.Contains(decoded, testState) || a.Code == "" && a.Error == "" {
			t.Errorf("%q was taken", text)
		}
	})
}
