package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	attrPlan   = "extension_0123_Plan"
	attrTopics = "extension_0123_Topics"
	attrAge    = "extension_0123_Age"
	attrTerms  = "extension_0123_Terms"
	attrNews   = "extension_0123_News"
)

// everyAttribute is a user flow with every input type.
func everyAttribute(o *Options) {
	low, high := int64(18), int64(120)
	t := &o.Seed.Tenants[0]
	t.UserFlows[0].Attributes = []directory.Attribute{
		{Name: "displayName", Required: true, MinLength: 2, MaxLength: 20},
		{Name: "postalCode", Regex: "^[0-9]{4}$", RegexMessage: "Four digits, please."},
		{Name: "country", InputType: directory.InputDropdown, Options: []directory.Option{{Name: "Peru", Value: "PE"}, {Name: "Chad", Value: "TD"}}},
		{Name: attrPlan, Label: "Plan", InputType: directory.InputRadio, Required: true, Options: []directory.Option{{Name: "Basic", Value: "b"}, {Name: "Premium", Value: "p"}}},
		{Name: attrTopics, Label: "Topics", InputType: directory.InputChecks, Options: []directory.Option{{Name: "News", Value: "n"}, {Name: "Offers", Value: "o"}, {Name: "Events", Value: "e"}}},
		{Name: attrAge, Label: "Age", DataType: directory.TypeInt64, Minimum: &low, Maximum: &high},
		{Name: attrTerms, Label: "I agree", DataType: directory.TypeBoolean, Required: true},
		{Name: attrNews, Label: "Newsletter", InputType: "boolean"},
	}
	for _, name := range []string{"country", attrPlan, attrTopics, attrAge, attrTerms, attrNews} {
		t.Apps[0].ClaimMappings = append(t.Apps[0].ClaimMappings, directory.ClaimMapping{Attribute: name, Claim: "c_" + name})
	}
}

func TestAttributes_everyType(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tenant.yaml")
	f := newFixture(t, func(o *Options) { everyAttribute(o); o.DataFile = file })
	v := f.visitor(t)
	f.signUpTo(v, "attributes", "types@example.com")
	v.submit("create", "displayName", "Typed", "country", "PE", attrPlan, "p", attrTopics+"-2", "e", attrTopics+"-0", "n", attrAge, " +036 ", attrTerms, "true")
	code := v.answer().Get("code")
	if code == "" {
		t.Fatal(v.page.text)
	}
	_, claims := decode(t, f.redeem(t, code).IDToken)
	for name, want := range map[string]any{
		"country": "PE", attrPlan: "p", attrTopics: "n,e", attrAge: float64(36), attrTerms: true, attrNews: false,
	} {
		if got := claims["c_"+name]; got != want {
			t.Errorf("claim of %s is %#v, want %#v", name, got, want)
		}
	}
	state, err := directory.ReadState(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := directory.Encode(state) // as export prints it
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{attrAge + ": 36\n", attrTerms + ": true\n", attrNews + ": false\n", attrPlan + ": p\n"} {
		if !strings.Contains(string(data), line) {
			t.Errorf("the exported state lacks %q", line)
		}
	}
	again, err := New(Options{DataFile: file, PasswordCost: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	tenant := again.store.View().Tenant(tid)
	if got := tenant.AttributeValue(again.store.User(tid, "types@example.com"), attrAge); got != int64(36) {
		t.Errorf("after a restart the age is %#v", got)
	}
}

func TestAttributes_wrongValues(t *testing.T) {
	f := newFixture(t, everyAttribute)
	v := f.visitor(t)
	f.signUpTo(v, "attributes", "wrong@example.com")
	good := []string{"displayName", "Typed", attrPlan, "p", attrTerms, "true"}
	for _, tc := range []struct{ name, value, says string }{
		{"displayName", "x", "at least 2 characters"},
		{"displayName", strings.Repeat("ü", 21), "at most 20 characters"},
		{"displayName", "a\x00b", "aren't allowed"},
		{"displayName", "a\xffb", "aren't allowed"},
		{"postalCode", "12345", "Four digits, please."},
		{"postalCode", "1234\n5678", "aren't allowed"},
		{"country", "XX", "Choose one of the options for Country/Region."},
		{attrPlan, "", "Choose one of the options for Plan."},
		{attrPlan, "gold", "Choose one of the options for Plan."},
		{attrTopics + "-0", "x", "Choose one of the options for Topics."},
		{attrTopics + "-1", "n,o,x", "Choose one of the options for Topics."},
		{attrAge, "forty", "Enter a whole number for Age."},
		{attrAge, "36.5", "Enter a whole number for Age."},
		{attrAge, "99999999999999999999", "Enter a whole number for Age."},
		{attrAge, "17", "Age must be 18 or more."},
		{attrAge, "121", "Age must be 120 or less."},
		{attrTerms, "", "Tick the box to continue: I agree"},
		{attrTerms, "false", "Tick the box to continue: I agree"},
		{attrNews, "perhaps", "Choose one of the options for Newsletter."},
	} {
		for _, n := range []string{"displayName", "postalCode", "country", attrAge, attrNews, attrTopics + "-0", attrTopics + "-1"} {
			v.page.forms[0].fields.Del(n)
		}
		v.submit("create", append(append([]string{}, good...), tc.name, tc.value)...)
		v.want("attributes")
		v.wantText(tc.says)
		if n := strings.Count(v.page.body, `class="error"`); n != 1 {
			t.Errorf("%s=%q: %d errors", tc.name, tc.value, n)
		}
		if f.store.User(tid, "wrong@example.com") != nil {
			t.Fatalf("%s=%q made an account", tc.name, tc.value)
		}
	}
	v.submit("create", "displayName", "", attrPlan, "", attrAge, "old", attrTerms, "")
	if !strings.Contains(v.page.body, `id="problems" tabindex="-1" autofocus`) || strings.Count(v.page.body, " autofocus") != 1 {
		t.Error("several errors have no list with the keyboard")
	}
	// What was chosen is chosen still.
	v.submit("create", "displayName", "", attrPlan, "b", attrTopics+"-1", "o", "country", "TD")
	for _, part := range []string{`value="b" type="radio" name="` + attrPlan + `" required checked`, `name="` + attrTopics + `-1" checked`, `<option value="TD" selected>`} {
		if !strings.Contains(v.page.body, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
}

// TestAttributes_escape puts script into everything a seed and a visitor can say.
func TestAttributes_escape(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}'`
	f := newFixture(t, func(o *Options) {
		everyAttribute(o)
		tenant := &o.Seed.Tenants[0]
		tenant.DisplayName, tenant.Branding.DisplayName, tenant.Apps[0].DisplayName = evil, evil, evil
		for i := range tenant.UserFlows[0].Attributes {
			a := &tenant.UserFlows[0].Attributes[i]
			a.Label, a.Hint = evil, evil
			for j := range a.Options {
				a.Options[j].Name = evil
			}
		}
		attrs := tenant.UserFlows[0].Attributes
		attrs[1].RegexMessage = evil
		attrs[2].Options[0].Value, attrs[3].Options[0].Value, attrs[4].Options[0].Value = evil, evil, evil
		withoutPassword(o)
		tenant.Users[1].Attributes["displayName"] = evil
	})
	check := func(p *page) {
		t.Helper()
		if strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, "<img src=x") || strings.Contains(p.body, "ZgotmplZ") {
			t.Errorf("page %s: %s", p.name, p.body)
		}
	}
	v := f.visitor(t)
	f.signUpTo(v, "attributes", "evil@example.com")
	check(v.want("attributes"))
	check(v.submit("create", "displayName", evil, "postalCode", evil, "country", evil, attrPlan, evil, attrTopics+"-0", evil, attrAge, evil, attrTerms, evil, attrNews, evil))
	v.want("attributes")
	v = f.visitor(t)
	v.get(authorizeURL("ui_locales", evil))
	check(v.page)
	v.submit("next", "email", testEmail)
	v.follow("forgot-password")
	check(v.submit("next", "email", evil))
	v.get(authorizeURL())
	v.submit("next", "email", codeEmail)
	check(v.submit("next", "code", evil))
	v.submit("next", "code", f.lastCode(t, codeEmail))
	v.answer()
	v.get(authorizeURL("prompt", "select_account"))
	check(v.want("pick-account"))
}

func TestLanguages(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	for _, tc := range []struct{ locales, accept, lang, says string }{
		{"de-CH", "fr", "de", "Anmelden"}, {"", "fr-FR,fr;q=0.9", "fr", "Se connecter"}, {"xx", "es", "es", "Iniciar sesión"}, {"", "", "en", "Sign in"},
	} {
		r, err := v.client.Get(authorizeURL("ui_locales", tc.locales))
		if tc.accept != "" {
			req := r.Request.Clone(t.Context())
			req.Header.Set("Accept-Language", tc.accept)
			r.Body.Close()
			r, err = v.client.Do(req)
		}
		p := v.arrive(r, err)
		v.wantText(tc.says)
		if !strings.Contains(p.body, `<html lang="`+tc.lang+`">`) {
			t.Errorf("%+v: %.60s", tc, p.body)
		}
	}
	v.get(authorizeURL("ui_locales", "de"))
	v.submit("next", "email", "nobody")
	v.wantText("Geben Sie eine gültige E-Mail-Adresse ein.")
	v.get(base + "/" + tid + "/oauth2/v2.0/logout?ui_locales=fr")
	v.wantText("Vous êtes déconnecté")
}

func TestBranding(t *testing.T) {
	const logo = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	f := newFixture(t, func(o *Options) {
		o.Seed.Tenants[0].Branding = directory.Branding{DisplayName: "Contoso Travel", Color: "#b3005e", Logo: logo}
	})
	v := f.visitor(t)
	p := v.get(authorizeURL())
	v.wantText("Contoso Travel")
	if !strings.Contains(p.body, "--accent:#b3005e;--on-accent:#ffffff") || !strings.Contains(strings.ReplaceAll(p.body, "&#43;", "+"), `<img class="logo" src="`+logo+`" alt="">`) {
		t.Error("the page does not have the tenant's look")
	}
	_, rest, _ := strings.Cut(p.body, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	if !strings.Contains(p.header.Get("Content-Security-Policy"), "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Error("the policy blocks the page's own style")
	}
}
