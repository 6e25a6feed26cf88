package emulator

import (
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func withAge(t *directory.Tenant) {
	lowest := int64(18)
	f := &t.UserFlows[0]
	f.Attributes = append(slices.Clone(f.Attributes),
		directory.Attribute{Name: ageName, InputType: directory.InputNumber, Required: true, Minimum: &lowest},
		directory.Attribute{Name: "postalCode", Required: true, Regex: "^[1-9][0-9]*$"},
		directory.Attribute{Name: "extension_hobbies", InputType: directory.InputChecks, Options: []directory.Option{{Name: "Dancing", Value: "Dancing"}, {Name: "Swimming", Value: "Swimming"}}},
		directory.Attribute{Name: "extension_terms", InputType: directory.InputCheck})
}

func TestNative_signUpStepByStep(t *testing.T) {
	f := newNativeFixture(t)
	r := f.call(t, "signup/v1.0/start", "username", newEmail, "challenge_type", "oob password redirect")
	r.keys(t, "continuation_token")
	r = f.with(t, r.ok(t), "signup/v1.0/challenge", "challenge_type", "oob password redirect")
	r.keys(t, "interval", "continuation_token", "challenge_type", "binding_method", "challenge_channel", "challenge_target_label", "code_length")
	if r.body["interval"] != 300.0 || r.str("challenge_type") != "oob" {
		t.Errorf("%v", r.body)
	}
	old := f.mailed(t, newEmail)
	token := f.with(t, r.ok(t), "signup/v1.0/challenge").ok(t)
	code := f.mailed(t, newEmail)
	if old != code {
		f.with(t, token, "signup/v1.0/continue", "grant_type", "oob", "oob", old).want(t, 50181, "invalid_grant", "invalid_oob_value")
	}
	f.with(t, token, "signup/v1.0/continue", "grant_type", "password", "password", testPassword).want(t, 55200, "invalid_grant", "")
	f.with(t, token, "signup/v1.0/continue", "grant_type", "sms").want(t, 70003, "invalid_grant", "")
	f.with(t, token, "signup/v1.0/continue").want(t, 900144, "invalid_request", "")
	r = f.with(t, token, "signup/v1.0/continue", "grant_type", "oob", "oob", code).want(t, 55103, "credential_required", "")
	token = r.next()
	f.with(t, token, "signup/v1.0/challenge", "challenge_type", "oob redirect").redirected(t, "")
	r = f.with(t, token, "signup/v1.0/challenge", "challenge_type", "password redirect")
	r.keys(t, "continuation_token", "challenge_type")
	token = r.ok(t)
	f.with(t, token, "signup/v1.0/continue", "grant_type", "password").want(t, 900144, "invalid_request", "")
	r = f.with(t, token, "signup/v1.0/continue", "grant_type", "password", "password", testPassword).want(t, 55106, "attributes_required", "")
	r.keys(t, "error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "continuation_token", "required_attributes")
	if f.store.User(tid, newEmail) != nil {
		t.Fatal("there is an account already")
	}
	token = r.next()
	f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes").want(t, 900144, "invalid_request", "")
	f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes", "attributes", `["displayName"]`).want(t, 90100, "invalid_request", "")
	token = f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"givenName":"Grace"}`).want(t, 55106, "attributes_required", "").next()
	r = f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"displayName":"Grace Example","shoeSize":"42"}`)
	r.keys(t, "continuation_token")
	token = r.ok(t)
	f.redeemNative(t, token, "continuation_token", "username", testEmail).want(t, 90100, "invalid_request", "")
	c := f.redeemNative(t, token, "continuation_token", "username", newEmail).tokens(t)
	if c["preferred_username"] != newEmail || c["name"] != "Grace Example" || c["given_name"] != "Grace" {
		t.Errorf("%v", c)
	}
	u := f.store.User(tid, newEmail)
	if len(u.Attributes) != 2 || u.PasswordHash == "" || strings.Contains(u.PasswordHash, testPassword) {
		t.Errorf("account %+v", u)
	}
	f.redeemNative(t, f.challenged(t, newEmail), "password", "password", testPassword).tokens(t)
}

func TestNative_signUpAtOnce(t *testing.T) {
	f := newNativeFixture(t, withAge)
	token := f.signUpChallenged(t, newEmail, "password", testPassword,
		"attributes", `{"displayName":"Grace","`+ageName+`":42,"postalCode":"10115","extension_hobbies":"Swimming, Dancing","extension_terms":true,"nothing":"x"}`)
	r := f.with(t, token, "signup/v1.0/continue", "grant_type", "oob", "oob", f.mailed(t, newEmail))
	f.redeemNative(t, r.ok(t), "continuation_token").tokens(t)
	u := f.store.User(tid, newEmail)
	want := map[string]string{"displayName": "Grace", ageName: "42", "postalCode": "10115", "extension_hobbies": "Dancing,Swimming", "extension_terms": "true"}
	for k, v := range want {
		if u.Attributes[k] != v {
			t.Errorf("%s = %q, want %q", k, u.Attributes[k], v)
		}
	}
	if len(u.Attributes) != len(want) {
		t.Errorf("attributes %v", u.Attributes)
	}
}

func TestNative_signUpAttributesAheadOfCode(t *testing.T) {
	f := newNativeFixture(t)
	token := f.signUpStarted(t, newEmail, "password", testPassword)
	token = f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"country":"Germany"}`).ok(t)
	token = f.with(t, token, "signup/v1.0/challenge").ok(t)
	token = f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"displayName":"Grace"}`).ok(t)
	f.with(t, token, "signup/v1.0/continue", "grant_type", "oob", "oob", f.mailed(t, newEmail)).ok(t)
	if u := f.store.User(tid, newEmail); u.Attributes["country"] != "Germany" || u.Attributes["displayName"] != "Grace" {
		t.Errorf("%v", u.Attributes)
	}
}

func TestNative_signUpWithoutPassword(t *testing.T) {
	f := newNativeFixture(t, withOTP)
	token := f.call(t, "signup/v1.0/start", "username", newEmail, "challenge_type", "oob redirect", "password", "ignored", "attributes", `{"displayName":"Grace"}`).ok(t)
	token = f.with(t, token, "signup/v1.0/challenge").ok(t)
	token = f.with(t, token, "signup/v1.0/continue", "grant_type", "oob", "oob", f.mailed(t, newEmail)).ok(t)
	f.redeemNative(t, token, "continuation_token").tokens(t)
	if u := f.store.User(tid, newEmail); u.HasPassword() {
		t.Error("the account has a password")
	}
	f.redeemNative(t, f.challenged(t, newEmail), "oob", "oob", f.mailed(t, newEmail)).tokens(t)
}

func TestNative_signUpStart(t *testing.T) {
	f := newNativeFixture(t)
	for _, tc := range []struct {
		name            string
		pairs           []string
		code            int
		oauth, suberror string
	}{
		{"no username", []string{"username", ""}, 90100, "invalid_request", ""},
		{"not an address", []string{"username", "grace"}, 90100, "invalid_request", ""},
		{"user exists", []string{"username", strings.ToUpper(testEmail)}, 1003037, "user_already_exists", ""},
		{"no challenge types", []string{"challenge_type", ""}, 900144, "invalid_request", ""},
		{"no redirect", []string{"challenge_type", "oob"}, 901007, "unsupported_challenge_type", ""},
		{"unknown challenge type", []string{"challenge_type", "oob fax redirect"}, 901001, "invalid_request", ""},
		{"attributes no object", []string{"attributes", "displayName=Grace"}, 90100, "invalid_request", ""},
		{"attribute refused", []string{"attributes", `{"givenName":"` + strings.Repeat("g", 65) + `"}`}, 901001, "invalid_grant", "attribute_validation_failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.call(t, "signup/v1.0/start", append([]string{"username", newEmail, "challenge_type", "oob password redirect"}, tc.pairs...)...).want(t, tc.code, tc.oauth, tc.suberror)
		})
	}
	f.call(t, "signup/v1.0/start", "username", newEmail, "challenge_type", "password redirect").redirected(t, "")
	off := newNativeFixture(t, func(t *directory.Tenant) { no := false; t.UserFlows[0].IsSignUpAllowed = &no })
	off.call(t, "signup/v1.0/start", "username", newEmail, "challenge_type", "oob password redirect").want(t, 901001, "invalid_request", "")
}

func TestNative_attributesOwed(t *testing.T) {
	f := newNativeFixture(t, withAge)
	token := f.attributesOwed(t, newEmail)
	for _, tc := range []struct {
		name, attributes string
		invalid          []string
	}{
		{"too low", `{"displayName":"Grace","` + ageName + `":"7","postalCode":"10115"}`, []string{ageName}},
		{"no number and no match", `{"displayName":"Grace","` + ageName + `":"old","postalCode":"0"}`, []string{ageName, "postalCode"}},
		{"empty", `{"displayName":" ","` + ageName + `":18,"postalCode":"10115"}`, []string{"displayName"}},
		{"no text", `{"displayName":{"a":1},"` + ageName + `":18,"postalCode":"10115"}`, []string{"displayName"}},
		{"null", `{"displayName":null}`, []string{"displayName"}},
		{"no option", `{"extension_hobbies":"Dancing,Chess"}`, []string{"extension_hobbies"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes", "attributes", tc.attributes).want(t, 901001, "invalid_grant", "attribute_validation_failed")
			var names []string
			for _, a := range r.body["invalid_attributes"].([]any) {
				names = append(names, a.(map[string]any)["name"].(string))
			}
			if !slices.Equal(names, tc.invalid) {
				t.Errorf("invalid %v, want %v", names, tc.invalid)
			}
		})
	}
	r := f.with(t, token, "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"displayName":"Grace"}`).want(t, 55106, "attributes_required", "")
	owed := r.body["required_attributes"].([]any)
	if len(owed) != 2 {
		t.Fatalf("owed %v", owed)
	}
	age, post := owed[0].(map[string]any), owed[1].(map[string]any)
	if age["name"] != ageName || age["type"] != "int64" || age["required"] != true || age["options"] != nil {
		t.Errorf("%v", age)
	}
	if o, _ := post["options"].(map[string]any); post["name"] != "postalCode" || post["type"] != "string" || o["regex"] != "^[1-9][0-9]*$" {
		t.Errorf("%v", post)
	}
	f.with(t, r.next(), "signup/v1.0/continue", "grant_type", "attributes", "attributes", `{"`+ageName+`":18,"postalCode":"10115"}`).ok(t)
}

func TestNative_passwordRules(t *testing.T) {
	f := newNativeFixture(t)
	start := func(t *testing.T, password string) reply {
		return f.call(t, "signup/v1.0/start", "username", newEmail, "challenge_type", "oob password redirect", "password", password)
	}
	owed := f.passwordOwed(t, newEmail)
	proven := f.resetProven(t, testEmail)
	for _, tc := range []struct{ name, password, suberror string }{
		{"short", "Sh0rt-1", "password_too_short"},
		{"long", strings.Repeat("Lo-1", 64) + "x", "password_too_long"},
		{"weak", "alllowercase", "password_too_weak"},
		{"two classes", "lowercase123", "password_too_weak"},
		{"a banned word and little else", "C0nt0so!1", "password_banned"},
		{"only banned words", "Widget-C0nto$o", "password_banned"},
		{"not UTF-8", "Correct\xffHorse-7", "password_is_invalid"},
		{"control character", "Correct\x00Horse-7", "password_is_invalid"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start(t, tc.password).want(t, 399246, "invalid_grant", tc.suberror)
			f.with(t, owed, "signup/v1.0/continue", "grant_type", "password", "password", tc.password).want(t, 399246, "invalid_grant", tc.suberror)
			f.with(t, proven, "resetpassword/v1.0/submit", "new_password", tc.password).want(t, 399246, "invalid_grant", tc.suberror)
		})
	}
	f.with(t, proven, "resetpassword/v1.0/submit", "new_password", testPassword).want(t, 399246, "invalid_grant", "password_recently_used")
	f.with(t, proven, "resetpassword/v1.0/submit").want(t, 900144, "invalid_request", "")
	// A longest password, and one with a banned word among enough else.
	start(t, strings.Repeat("Lo-1", 64)).ok(t)
	start(t, "Contoso-4-Horses").ok(t)
}
