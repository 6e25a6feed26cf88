package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

const (
	ada = "ada@example.com"
	mia = "mia@example.com" // has a second factor
	noa = "noa@example.com" // has none yet

	longCity = "Llanfairpwllgwyngyllgogerych"
)

// nativeScopes names OpenID Connect's own too: given scopes, the client adds none and then wants an ID token.
var nativeScopes = map[string]any{"scopes": []string{"openid", "profile", "offline_access", ordersRead}}

func walkSignUp(p *nativePage) {
	p.ask("app", "signUp", map[string]any{"username": email}).want("isCodeRequired")
	old := p.e.codeFor(email)
	p.ask("state", "submitCode", wrong(old)).refused("isInvalidCode", 50181)
	if o := p.ask("state", "resendCode").want("isCodeRequired"); o.CodeLength != len(old) {
		p.t.Errorf("code length %d", o.CodeLength)
	}
	if code := p.e.codeFor(email); code != old {
		p.ask("state", "submitCode", old).refused("isInvalidCode", 50181)
	}
	p.ask("state", "submitCode", p.e.codeFor(email)).want("isPasswordRequired")
	for weak, sub := range map[string]string{"Sh0rt": "password_too_short", "onlylowercase": "password_too_weak", "Contoso-1": "password_banned", strings.Repeat("Ab-1", 65): "password_too_long"} {
		if o := p.ask("state", "submitPassword", weak).refused("isInvalidPassword", 399246); o.Error.Sub != sub {
			p.t.Errorf("%s: %s, not %s", weak, o.Error.Sub, sub)
		}
	}
	o := p.ask("state", "submitPassword", password).want("isAttributesRequired")
	if !slices.Equal(o.Attributes, []string{"displayName", "city"}) {
		p.t.Errorf("attributes owed: %v", o.Attributes)
	}
	p.ask("state", "submitAttributes", map[string]string{"displayName": "Grace Example", "city": longCity}).refused("isAttributesValidationFailed", 901001)
	p.ask("state", "submitAttributes", map[string]string{"displayName": "Grace Example", "city": "Paris"}).want("isCompleted")
	o = p.ask("state", "signIn", nativeScopes).want("isCompleted")
	if o.Name != "Grace Example" {
		p.t.Errorf("name %q", o.Name)
	}
	p.signedIn(o, email)
}

func walkSignUpAtOnce(p *nativePage) {
	const lin = "lin@example.com"
	p.ask("app", "signUp", map[string]any{"username": lin, "password": password, "attributes": map[string]string{"displayName": "Lin", "city": "Oslo"}}).want("isCodeRequired")
	p.ask("state", "submitCode", p.e.codeFor(lin)).want("isCompleted")
	p.signedIn(p.ask("state", "signIn", nativeScopes).want("isCompleted"), lin)
}

func walkSignUpRefused(p *nativePage) {
	p.ask("app", "signUp", map[string]any{"username": ada}).refused("isUserAlreadyExists", 1003037)
	p.ask("app", "signUp", map[string]any{"username": "nobody"}).refused("isInvalidUsername", 90100)
	p.ask("app", "signUp", map[string]any{"username": "kim@example.com", "password": "short"}).refused("isInvalidPassword", 399246)
	p.ask("app", "signUp", map[string]any{"username": "kim@example.com", "password": password}).want("isCodeRequired")
	p.ask("state", "submitCode", p.e.codeFor("kim@example.com")).want("isAttributesRequired")
	p.ask("state", "submitAttributes", map[string]string{"displayName": "Kim"}).refused("isMissingRequiredAttributes", 0)
	p.ask("app", "signUp", map[string]any{"username": "kim@example.com", "attributes": map[string]string{"city": longCity}}).refused("isAttributesValidationFailed", 901001)
}

func walkSignIn(p *nativePage) {
	p.ask("app", "signIn", credentials("nobody@example.com", "")).refused("isUserNotFound", 50034)
	p.ask("app", "signIn", credentials("nobody", "")).refused("isInvalidUsername", 90100)
	p.ask("app", "signIn", credentials(ada, "Wrong-Horse-9")).refused("isPasswordIncorrect", 50126)
	p.ask("app", "signIn", credentials(ada, "")).want("isPasswordRequired")
	p.ask("state", "submitPassword", "Wrong-Horse-9").refused("isInvalidPassword", 50126)
	o := p.ask("state", "submitPassword", password).want("isCompleted")
	if o.OID != adaOID || o.Name != "Ada Example" {
		p.t.Errorf("signed in as %+v", o.tokens)
	}
	p.signedIn(o, ada)

	p.c.open(p.home) // another page load has only what the client kept
	p.c.page("ready")
	p.signedIn(p.ask("app", "getCurrentAccount").want("isCompleted"), ada)
	p.again()
	p.signedIn(p.ask("app", "signIn", credentials(ada, password)).want("isCompleted"), ada)
}

func walkReset(p *nativePage) {
	const pat, next = "pat@example.com", "Another-Horse-8"
	p.e.control("POST", "users", map[string]any{"tenant": "contoso", "email": pat, "password": password, "attributes": map[string]string{"displayName": "Pat"}})
	p.ask("app", "resetPassword", map[string]any{"username": "nobody@example.com"}).refused("isUserNotFound", 50034)
	p.ask("app", "resetPassword", map[string]any{"username": pat}).want("isCodeRequired")
	p.ask("state", "submitCode", wrong(p.e.codeFor(pat))).refused("isInvalidCode", 50181)
	p.ask("state", "resendCode").want("isCodeRequired")
	p.ask("state", "submitCode", p.e.codeFor(pat)).want("isPasswordRequired")
	p.ask("state", "submitNewPassword", "short").refused("isInvalidPassword", 399246)
	p.ask("state", "submitNewPassword", password).refused("isInvalidPassword", 399246) // the present one
	p.ask("state", "submitNewPassword", next).want("isCompleted")
	p.signedIn(p.ask("state", "signIn", nativeScopes).want("isCompleted"), pat)
	p.again()
	p.ask("app", "signIn", credentials(pat, password)).refused("isPasswordIncorrect", 50126)
	p.signedIn(p.ask("app", "signIn", credentials(pat, next)).want("isCompleted"), pat)
}

func walkCodes(p *nativePage) {
	p.ask("app", "signUp", map[string]any{"username": email}).want("isCodeRequired")
	p.ask("state", "submitCode", p.e.codeFor(email)).want("isCompleted")
	p.signedIn(p.ask("state", "signIn", nativeScopes).want("isCompleted"), email)
	p.again()
	o := p.ask("app", "signIn", credentials(email, "")).want("isCodeRequired")
	if o.CodeLength != 8 {
		p.t.Errorf("code length %d", o.CodeLength)
	}
	p.ask("state", "submitCode", wrong(p.e.codeFor(email))).refused("isInvalidCode", 50181)
	p.ask("state", "submitCode", "12").refused("isInvalidCode", 0) // the client itself counts the digits
	p.ask("state", "resendCode").want("isCodeRequired")
	p.signedIn(p.ask("state", "submitCode", p.e.codeFor(email)).want("isCompleted"), email)
	p.again()
	p.ask("app", "resetPassword", map[string]any{"username": email}).refused("", 500222) // has no password
}

func walkMFA(p *nativePage) {
	const place = "mia@second.example"
	p.ask("app", "signIn", credentials(mia, "Wrong-Horse-9")).refused("isPasswordIncorrect", 50126)
	o := p.ask("app", "signIn", credentials(mia, password)).want("isMfaRequired")
	if len(o.Methods) != 1 || o.Methods[0]["challenge_channel"] != "email" || o.Methods[0]["login_hint"] == place {
		p.t.Fatalf("methods: %v", o.Methods)
	}
	p.ask("state", "requestChallenge", "no-such-method").refused("", 90100)
	if o = p.ask("state", "requestChallenge", o.Methods[0]["id"]).want("isVerificationRequired"); o.SentTo == place || o.SentTo == "" {
		p.t.Errorf("sent to %q", o.SentTo)
	}
	p.ask("state", "submitChallenge", wrong(p.e.codeFor(place))).refused("isIncorrectChallenge", 50181)
	p.signedIn(p.ask("state", "submitChallenge", p.e.codeFor(place)).want("isCompleted"), mia)
}

func walkRegistration(p *nativePage) {
	const place = "noa@second.example"
	o := p.ask("app", "signIn", credentials(noa, password)).want("isAuthMethodRegistrationRequired")
	if len(o.Methods) != 1 {
		p.t.Fatalf("methods: %v", o.Methods)
	}
	method := o.Methods[0]
	p.ask("state", "challengeAuthMethod", map[string]any{"authMethodType": method, "verificationContact": "nowhere"}).refused("", 90100)
	o = p.ask("state", "challengeAuthMethod", map[string]any{"authMethodType": method, "verificationContact": place}).want("isVerificationRequired")
	p.ask("state", "submitChallenge", wrong(p.e.codeFor(place))).refused("isIncorrectChallenge", 50181)
	p.signedIn(p.ask("state", "submitChallenge", p.e.codeFor(place)).want("isCompleted"), noa)
	p.again()
	p.ask("app", "signIn", credentials(noa, password)).want("isMfaRequired")
}

// walkPreverified registers the address that the sign-up has proven: no second code is sent.
func walkPreverified(p *nativePage) {
	p.ask("app", "signUp", map[string]any{"username": email}).want("isCodeRequired")
	p.ask("state", "submitCode", p.e.codeFor(email)).want("isPasswordRequired")
	p.ask("state", "submitPassword", password).want("isCompleted")
	o := p.ask("state", "signIn", nativeScopes).want("isAuthMethodRegistrationRequired")
	o = p.ask("state", "challengeAuthMethod", map[string]any{"authMethodType": o.Methods[0], "verificationContact": email}).want("isCompleted")
	p.signedIn(o, email)
}

// walkRedirect goes to the browser's pages when told to, with the same client.
func walkRedirect(p *nativePage) {
	p.ask("app", "signIn", credentials(ada, "")).refused("isRedirectRequired", 0)
	scopes, err := json.Marshal(nativeScopes)
	if err != nil {
		p.t.Fatal(err)
	}
	p.c.do("leave for the pages", chromedp.Evaluate[chromedp.Void](fmt.Sprintf("void app.loginRedirect(%s)", scopes)))
	signInAda(p.c)
	p.c.page("ready")
	p.ask("app", "getCurrentAccount").want("isCompleted")
	token := p.ask("account", "getAccessToken", map[string]any{"forceRefresh": false, "scopes": []string{ordersRead}}).want("isCompleted")
	checkUserToken(p.t, token.AccessToken)
}

func walkIncapable(p *nativePage) {
	p.ask("app", "signIn", credentials(mia, password)).refused("isRedirectRequired", 0)
}

func credentials(username, password string) map[string]any {
	in := maps.Clone(nativeScopes)
	in["username"] = username
	if password != "" {
		in["password"] = password
	}
	return in
}
