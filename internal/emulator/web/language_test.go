package web

import (
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestFor(t *testing.T) {
	for _, tc := range []struct{ locales, accept, want string }{
		{"", "", "en"},
		{"de", "", "de"},
		{"de-CH", "fr", "de"},
		{"it fr-CA de", "", "fr"},
		{"it", "es-MX,es;q=0.9,en;q=0.8", "es"},
		{"", "en;q=0.1, de;q=0.9, fr;q=0.5", "de"},
		{"", "de;q=0, fr;q=0.1", "fr"},
		{"", "DE-at", "de"},
		{"", "*", "en"},
		{"", "de;q=nonsense, es", "es"},
		{"", "de;q=NaN, es;q=Inf, fr;q=-1, fr;q=2", "en"},
		{"", "deutsch", "en"},
		{strings.Repeat("x", 5000) + " de", "", "en"},
	} {
		if got := For(tc.locales, tc.accept).Lang; got != tc.want {
			t.Errorf("For(%.20q, %q) is %s, want %s", tc.locales, tc.accept, got, tc.want)
		}
	}
}

// TestLanguages_complete checks that each language has every string, with the
// same verbs in the same order, and its own labels.
func TestLanguages_complete(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]`)
	same := []string{"Footer", "Optional"} // may be alike in two languages
	en := reflect.ValueOf(*For("en"))
	for _, lang := range Languages() {
		s := For(lang)
		if s.Lang != lang {
			t.Errorf("For(%q) is %s", lang, s.Lang)
		}
		v := reflect.ValueOf(*s)
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Field(i).Kind() != reflect.String || name == "Lang" {
				continue
			}
			got, want := v.Field(i).String(), en.Field(i).String()
			if got == "" {
				t.Errorf("%s: %s is missing", lang, name)
			}
			if lang != "en" && got == want && !slices.Contains(same, name) {
				t.Errorf("%s: %s is still English: %q", lang, name, got)
			}
			if !slices.Equal(verbs.FindAllString(got, -1), verbs.FindAllString(want, -1)) {
				t.Errorf("%s: %s has verbs %q, want those of %q", lang, name, got, want)
			}
		}
		device := reflect.ValueOf(*s.Device())
		for i := range device.NumField() {
			if device.Field(i).String() == "" {
				t.Errorf("%s: Device.%s is missing", lang, device.Type().Field(i).Name)
			}
		}
		for _, name := range []string{"city", "country", "displayName", "givenName", "jobTitle", "postalCode", "state", "streetAddress", "surname"} {
			if s.AttributeLabels(name) == name || s.AttributeLabels(name) == "" {
				t.Errorf("%s: no label for %s", lang, name)
			}
		}
		if s.AttributeLabels("extension_1_x") != "extension_1_x" {
			t.Errorf("%s: a custom attribute's label is not its name", lang)
		}
	}
}

// TestTemplates_noWords checks that no template has words of its own.
func TestTemplates_noWords(t *testing.T) {
	actions, tags := regexp.MustCompile(`(?s)\{\{.*?\}\}`), regexp.MustCompile(`(?s)<[^>]*>`)
	spoken := regexp.MustCompile(`(?:aria-label|title|placeholder|alt)="([^"]*)"`)
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil || len(names) == 0 {
		t.Fatal(err, len(names))
	}
	for _, name := range names {
		if name == "templates/landing.html" || name == "templates/outbox.html" {
			continue // for the developer, in English
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		text := actions.ReplaceAllString(string(b), "")
		for _, m := range spoken.FindAllStringSubmatch(text, -1) {
			if strings.ContainsFunc(m[1], unicode.IsLetter) {
				t.Errorf("%s: %s", name, m[0])
			}
		}
		for _, word := range strings.Fields(tags.ReplaceAllString(text, " ")) {
			if strings.ContainsFunc(word, unicode.IsLetter) {
				t.Errorf("%s has the word %q", name, word)
			}
		}
	}
}

// TestBrand checks that text and controls can be told from what is behind them,
// whatever colour a tenant chooses.
func TestBrand(t *testing.T) {
	value := regexp.MustCompile(`--([a-z-]+):#([0-9a-f]{6})`)
	for _, color := range []string{"#000000", "#ffffff", "#ffe600", "#0f6b5c", "#b3005e", "#777777", "#808080", "#00ff00", "#0000ff", "#ff0000", "#18211f", "#eef1f0"} {
		css := Brand{Color: color}.css()
		light, dark, ok := strings.Cut(css, "@media")
		if !ok {
			t.Fatalf("%s: %q", color, css)
		}
		for part, surfaces := range map[string][2]rgb{light: {lightCard, lightPage}, dark: {darkCard, darkCard}} {
			v := map[string]rgb{}
			for _, m := range value.FindAllStringSubmatch(part, -1) {
				c, _ := parseColor("#" + m[2])
				v[m[1]] = c
			}
			if fmt.Sprint(v["accent"]) != color {
				t.Errorf("%s became %s", color, v["accent"])
			}
			for _, pair := range []struct {
				what string
				a, b rgb
				min  float64
			}{
				{"button text", v["on-accent"], v["accent"], textContrast}, {"hovered button text", v["on-accent"], v["accent-strong"], textContrast},
				{"link", v["link"], surfaces[0], textContrast}, {"hovered link", v["link-strong"], surfaces[0], textContrast},
				{"link on tint", v["link"], v["tint"], textContrast}, {"button edge", v["accent-edge"], surfaces[0], controlContrast},
			} {
				if got := contrast(pair.a, pair.b); got < pair.min {
					t.Errorf("%s: %s has a contrast of %.2f", color, pair.what, got)
				}
			}
		}
	}
	for _, bad := range []string{"", "red", "#fff", "#12345g", "#123456;}", "123456#", "!123456", "#1234567"} {
		if css := (Brand{Color: bad}).css(); css != "" {
			t.Errorf("%q made %q", bad, css)
		}
	}
	if c := contrast(0, 0xffffff); c != 21 {
		t.Errorf("black on white is %v", c)
	}
}
