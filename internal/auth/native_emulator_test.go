package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// mailbox is a person who reads their mail and answers the rest from what is written here.
type mailbox struct {
	password, fresh string
	attributes      map[string]string
	asked           []string
}

func (b *mailbox) prompts(w *world) NativePrompts {
	return NativePrompts{
		Password:    func(_ context.Context, why *InputError) (string, error) { return b.say("password", b.password, why) },
		NewPassword: func(_ context.Context, why *InputError) (string, error) { return b.say("new password", b.fresh, why) },
		Code: func(_ context.Context, p CodePrompt) (string, error) {
			mail := w.tenant.Outbox()
			last := mail[len(mail)-1]
			if p.Address != last.To && last.Purpose != "mfa" {
				w.t.Errorf("a code to %s, announced for %s", last.To, p.Address)
			}
			if len(last.Code) != p.Length {
				w.t.Errorf("a code of %d, announced %d", len(last.Code), p.Length)
			}
			return b.say("code to "+last.To+" for "+last.Purpose, last.Code, p.Why)
		},
		Attributes: func(_ context.Context, wanted []Attribute, why *InputError) (map[string]string, error) {
			for _, a := range wanted {
				b.asked = append(b.asked, a.Name)
			}
			if why != nil {
				return nil, why
			}
			return b.attributes, nil
		},
		ChooseMethod: func(context.Context, []Method) (int, error) { return 0, errors.New("no choice expected") },
	}
}

func (b *mailbox) say(kind, answer string, why *InputError) (string, error) {
	b.asked = append(b.asked, kind)
	if why != nil {
		return "", why
	}
	return answer, nil
}

func (w *world) nativeLogin(b *mailbox, req NativeRequest) (*LoginResult, error) {
	req.Prompts = b.prompts(w)
	if req.Timeout == 0 {
		req.Timeout = 20 * time.Second
	}
	if req.Email == "" {
		req.Email = userEmail
	}
	return w.service.NativeLogin(context.Background(), w.app, req)
}

func withMFA(s *emulator.Seed)   { s.Tenants[0].MFA = directory.MFARequired }
func withOTP(s *emulator.Seed)   { s.Tenants[0].UserFlows[0].SignInMethod = directory.EmailOTP }
func withCodes(s *emulator.Seed) { s.Tenants[0].Users[0].Password = "" }
func withSecond(s *emulator.Seed) {
	s.Tenants[0].Users[0].EmailAuthenticationMethod = "ada@second.example"
}

// TestNativeLogin_Tenant is against the embedded tenant, for every form of its address.
func TestNativeLogin_Tenant(t *testing.T) {
	for _, c := range []struct {
		name, tenant string
		seed         []func(*emulator.Seed)
		mailbox      mailbox
		req          NativeRequest
		asked        []string
		who          string
	}{
		{name: "password", mailbox: mailbox{password: userPassword}, asked: []string{"password"}},
		{name: "password, at the address with the tenant id", tenant: "https://contoso.ciamlogin.com/" + directory.DefaultTenantID, mailbox: mailbox{password: userPassword}, asked: []string{"password"}},
		{name: "password, at a custom domain", tenant: "https://login.contoso.com/" + directory.DefaultTenantID, mailbox: mailbox{password: userPassword}, asked: []string{"password"}},
		{name: "code", seed: []func(*emulator.Seed){withCodes, withOTP}, asked: []string{"code to ada@example.com for sign-in"}},
		{name: "second factor", seed: []func(*emulator.Seed){withMFA, withSecond}, mailbox: mailbox{password: userPassword}, asked: []string{"password", "code to ada@second.example for mfa"}},
		{name: "second factor to register", seed: []func(*emulator.Seed){withMFA}, mailbox: mailbox{password: userPassword}, req: NativeRequest{SecondEmail: "ada@third.example"},
			asked: []string{"password", "code to ada@third.example for mfa-registration"}},
		{name: "sign-up", mailbox: mailbox{fresh: "Correct-Horse-7", attributes: map[string]string{"displayName": "Grace Example"}}, req: NativeRequest{Mode: NativeSignUp, Email: "grace@example.com"},
			asked: []string{"code to grace@example.com for sign-up", "new password", "displayName"}, who: "grace@example.com"},
		{name: "sign-up with the name ahead", mailbox: mailbox{fresh: "Correct-Horse-7"}, req: NativeRequest{Mode: NativeSignUp, Email: "grace@example.com", Attributes: map[string]string{"displayName": "Grace Example"}},
			asked: []string{"code to grace@example.com for sign-up", "new password"}, who: "grace@example.com"},
		{name: "sign-up with a second factor that is proven already", seed: []func(*emulator.Seed){withMFA}, mailbox: mailbox{fresh: "Correct-Horse-7"},
			req:   NativeRequest{Mode: NativeSignUp, Email: "grace@example.com", Attributes: map[string]string{"displayName": "Grace Example"}},
			asked: []string{"code to grace@example.com for sign-up", "new password"}, who: "grace@example.com"},
		{name: "password reset", mailbox: mailbox{fresh: "Correct-Horse-7"}, req: NativeRequest{Mode: NativeResetPassword}, asked: []string{"code to ada@example.com for password-reset", "new password"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.tenant == "" {
				c.tenant = "contoso"
			}
			w := newWorld(t, c.tenant, c.seed...)
			result, err := w.nativeLogin(&c.mailbox, c.req)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(c.mailbox.asked, c.asked) {
				t.Errorf("asked %q, want %q", c.mailbox.asked, c.asked)
			}
			if c.who == "" {
				c.who = userEmail
			}
			if got := result.IDToken.PreferredUsername; got != c.who {
				t.Errorf("signed in as %q, want %q", got, c.who)
			}
			w.afterwards(result)
		})
	}
}

// afterwards checks that the session is like any other: cached, renewed, and ended at the tenant's page.
func (w *world) afterwards(result *LoginResult) {
	w.t.Helper()
	ctx := context.Background()
	before := w.requests.Load()
	cached, err := w.service.Token(ctx, w.app, TokenRequest{})
	if err != nil || cached.AccessToken.Secret != result.AccessToken.Secret || w.requests.Load() != before {
		w.t.Errorf("cached: %v, %d requests", err, w.requests.Load()-before)
	}
	renewed, err := w.service.Token(ctx, w.app, TokenRequest{ForceRefresh: true})
	if err != nil || renewed.AccessToken.Secret == result.AccessToken.Secret {
		w.t.Errorf("renewed: %v", err)
	}
}

func TestNativeLogin_TenantRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		seed    []func(*emulator.Seed)
		mailbox mailbox
		req     NativeRequest
		says    []string
	}{
		{name: "wrong password", mailbox: mailbox{password: "nonsense"}, says: []string{"the email address or the password is wrong", "AADSTS50126"}},
		{name: "nobody", req: NativeRequest{Email: "nobody@example.com"}, says: []string{"user_not_found", "AADSTS50034"}},
		{name: "the account exists", req: NativeRequest{Mode: NativeSignUp}, says: []string{"user_already_exists", "AADSTS1003037"}},
		{name: "short new password", mailbox: mailbox{fresh: "Sh0rt"}, req: NativeRequest{Mode: NativeResetPassword}, says: []string{"too short: it needs at least 8 characters", "AADSTS399246"}},
		{name: "the old password again", mailbox: mailbox{fresh: userPassword}, req: NativeRequest{Mode: NativeResetPassword}, says: []string{"in use recently"}},
		{name: "weak new password", mailbox: mailbox{fresh: "aaaaaaaaaaaa"}, req: NativeRequest{Mode: NativeSignUp, Email: "grace@example.com"}, says: []string{"too weak"}},
		{name: "native authentication is off", seed: []func(*emulator.Seed){func(s *emulator.Seed) {
			s.Tenants[0].Apps[0].NativeAuthenticationAPIsEnabled = directory.NativeNone
		}}, says: []string{"invalid_client"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "contoso", c.seed...)
			result, err := w.nativeLogin(&c.mailbox, c.req)
			var refused *RefusedError
			if result != nil || !errors.As(err, &refused) {
				t.Fatalf("%T: %v", err, err)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q is not in: %v", text, err)
				}
			}
			w.nothingKept()
			w.noSecretsIn(err)
		})
	}
}

// noSecretsIn checks a text that may end in a log.
func (w *world) noSecretsIn(err error) {
	w.t.Helper()
	for _, secret := range w.tenant.IssuedSecrets() {
		if len(secret) > 4 && strings.Contains(err.Error(), secret) {
			w.t.Errorf("a secret is in: %v", err)
		}
	}
}
