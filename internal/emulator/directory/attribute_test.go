package directory

import (
	"errors"
	"strings"
	"testing"
)

// attributeSeed is a seed with one user flow attribute and one user; the lines
// are counted on.
const attributeSeed = `version: 1
tenants:
  - id: aaaabbbb-0000-cccc-1111-dddd2222eeee
    subdomain: contoso
    branding:
      color: "#0f6b5c"
    apps:
      - appId: 00001111-aaaa-2222-bbbb-3333cccc4444
        adminConsent: false
    userFlows:
      - displayName: Flow
        signInMethod: emailOtp
        attributes:
          - id: extension_1_Age
            inputType: numericTextBox
            minimum: 18
          - name: extension_1_Plan
            inputType: radioSingleSelect
            options: [Basic, {name: Premium, value: p}]
          - name: extension_1_Vip
            dataType: boolean
          - name: postalCode
            regex: ^[0-9]{4}$
    users:
      - id: aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb
        email: ada@example.com
        attributes: {extension_1_Age: 36, extension_1_Vip: true, extension_1_Plan: p, postalCode: 0812, extension_2_Note: "42"}
`

func TestParse_attributes(t *testing.T) {
	d, err := Parse([]byte(attributeSeed))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // as read, and as written and read again
		tenant := &d.Tenants[0]
		u := &tenant.Users[0]
		for name, want := range map[string]any{
			"extension_1_Age": int64(36), "extension_1_Vip": true, "extension_1_Plan": "p", "postalCode": "0812", "extension_2_Note": "42", "email": "ada@example.com", "city": nil,
		} {
			if got := tenant.AttributeValue(u, name); got != want {
				t.Errorf("%s is %#v, want %#v", name, got, want)
			}
		}
		f := tenant.UserFlows[0]
		if f.Method() != EmailOTP || u.Method() != EmailOTP || tenant.Apps[0].Consented() || f.Attributes[0].Name != "extension_1_Age" {
			t.Errorf("flow %+v", f)
		}
		if o := f.Attributes[1].Options; len(o) != 2 || o[0] != (Option{"Basic", "Basic"}) || o[1] != (Option{"Premium", "p"}) {
			t.Errorf("options %v", o)
		}
		b, err := Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"extension_1_Age: 36\n", "extension_1_Vip: true\n", `extension_2_Note: "42"` + "\n"} {
			if !strings.Contains(string(b), line) {
				t.Errorf("written without %q:\n%s", line, b)
			}
		}
		if d, err = Parse(b); err != nil {
			t.Fatal(err)
		}
	}
}

// TestParse_refusesAttributes checks place and message of what is wrong.
func TestParse_refusesAttributes(t *testing.T) {
	for _, tc := range []struct {
		name, old, new string
		line           int
		says           string
	}{
		{"method", "emailOtp", "sms", 12, "expected emailPassword or emailOtp"},
		{"colour", "#0f6b5c", "teal", 6, "expected a colour such as #0f6b5c"},
		{"colour that is CSS", "#0f6b5c", "#0f6b5};", 6, "expected a colour"},
		{"input type", "radioSingleSelect", "slider", 18, "expected text, numericTextBox"},
		{"data type", "dataType: boolean", "dataType: dateTime", 21, "expected string, boolean or int64"},
		{"types that differ", "minimum: 18", "dataType: string", 16, "expected int64, as inputType is numericTextBox"},
		{"built-in number", "regex: ^[0-9]{4}$", "dataType: int64", 23, "built-in attribute and a string"},
		{"no options", "options: [Basic, {name: Premium, value: p}]", "options: []", 19, "expected 1 to 300 options"},
		{"option twice", "options: [Basic, {name: Premium, value: p}]", "options: [Basic, Basic]", 19, "occurs twice"},
		{"option without value", "{name: Premium, value: p}", "{name: Premium}", 19, "expected a name and a value"},
		{"option key", "value: p}", "valeu: p}", 19, "expected name and value of an option"},
		{"option list", "{name: Premium, value: p}", "[p]", 19, "expected an option"},
		{"options of a number", "minimum: 18", "options: [a]", 16, "expected none"},
		{"comma in a box", "radioSingleSelect\n            options: [Basic,", "checkboxMultiSelect\n            options: [\"a,b\",", 19, "without a comma"},
		{"regex", "^[0-9]{4}$", "(", 23, "regular expression"},
		{"lookahead", "^[0-9]{4}$", "^(?=a)", 23, "without lookahead"},
		{"huge regex", "^[0-9]{4}$", strings.Repeat("a", 501), 23, "longer than 500 bytes"},
		{"regex of a number", "minimum: 18", "regex: a", 16, "expected none"},
		{"length of a number", "minimum: 18", "maxLength: 3", 16, "expected none"},
		{"long length", "regex: ^[0-9]{4}$", "maxLength: 41", 23, "expected 1 to 40"},
		{"negative length", "regex: ^[0-9]{4}$", "minLength: -1", 23, "expected 0 to 40"},
		{"minimum of a text", "regex: ^[0-9]{4}$", "minimum: 1", 23, "expected none"},
		{"limits crossed", "minimum: 18", "minimum: 18\n            maximum: 17", 17, "at least the minimum 18"},
		{"fraction", "minimum: 18", "minimum: low", 16, "cannot unmarshal"},
		{"id and name", "id: extension_1_Age", "{id: extension_1_Age, name: other}\n          - id: extension_1_Age", 14, "expected id or name"},
		{"name of a control", "id: extension_1_Age", "id: resend", 14, "expected a Graph name"},
		{"unknown key", "minimum: 18", "minumum: 18", 16, "minumum"},
		{"value of another type", "extension_1_Age: 36", "extension_1_Age: forty", 27, "expected a whole number"},
		{"fraction of a person", "extension_1_Age: 36", "extension_1_Age: 36.5", 27, "expected a whole number"},
		{"value too large", "extension_1_Age: 36", "extension_1_Age: 9223372036854775808", 27, "expected a whole number"},
		{"no boolean", "extension_1_Vip: true", "extension_1_Vip: 1", 27, "expected true or false"},
		{"type that nothing says", `extension_2_Note: "42"`, "extension_2_Note: 42", 27, "no user flow has an attribute of this name"},
		{"logo of another kind", `color: "#0f6b5c"`, `logo: "data:image/svg+xml;base64,PHN2Zz4="`, 6, "expected a PNG image"},
		{"logo elsewhere", `color: "#0f6b5c"`, `logo: "https://example.com/logo.png"`, 6, "expected a PNG image"},
		{"logo that is no PNG", `color: "#0f6b5c"`, `logo: "data:image/png;base64,` + strings.Repeat("PHN2", 20) + `"`, 6, "got something else"},
		{"logo not base64", `color: "#0f6b5c"`, `logo: "data:image/png;base64,\"><script>"`, 6, "expected base64"},
		{"large logo", `color: "#0f6b5c"`, `logo: "data:image/png;base64,` + strings.Repeat("AAAA", 22000) + `"`, 6, "at most 64 KiB"},
		{"huge logo", `color: "#0f6b5c"`, `logo: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUv////8AAAABCAYAAAAfFcSJAAAA"`, 6, "2048 by 2048"},
		{"long name", `color: "#0f6b5c"`, `displayName: ` + strings.Repeat("x", 101), 6, "at most 100"},
		{"two types", "    users:", "      - displayName: Second\n        attributes: [{name: extension_1_Age}]\n    users:", 25, "has the type int64 in another user flow"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if strings.Count(attributeSeed, tc.old) != 1 {
				t.Fatalf("%q is not once in the seed", tc.old)
			}
			_, err := Parse([]byte(strings.Replace(attributeSeed, tc.old, tc.new, 1)))
			var f *FormatError
			if !errors.As(err, &f) {
				t.Fatalf("got %v", err)
			}
			if f.Line != tc.line || !strings.Contains(f.Error(), tc.says) {
				t.Errorf("got %q, want line %d and %q", f, tc.line, tc.says)
			}
		})
	}
}

func TestAttributeText(t *testing.T) {
	for _, tc := range []struct {
		in   any
		want string
		ok   bool
	}{
		{"x", "x", true}, {true, "true", true}, {7, "7", true}, {int64(-7), "-7", true}, {float64(36), "36", true},
		{36.5, "", false}, {1e300, "", false}, {nil, "", false}, {[]any{"a"}, "", false},
	} {
		if got, ok := AttributeText(tc.in); got != tc.want || ok != tc.ok {
			t.Errorf("%#v: %q %v", tc.in, got, ok)
		}
	}
}
