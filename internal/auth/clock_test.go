package auth

import (
	"net/http"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// TestClock_expiry: a token expires when the tenant says, or earlier, whatever our clock says. It was half an hour late.
func TestClock_expiry(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ours  time.Duration // our clock less the tenant's
		early time.Duration // how much earlier than by our clock the token is taken to expire
	}{
		{"right", 0, 0},
		{"fast", 30 * time.Minute, 30 * time.Minute},
		{"very fast", 50 * time.Minute, 50 * time.Minute},
		{"slow", -4 * time.Minute, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			w.clock = tt.ours
			w.edited(func(all map[string]any) { all["expires_in"], all["refresh_in"] = 3600, 1800 }, nil)
			near := func(what string, got time.Duration) {
				t.Helper()
				if off := got + tt.early; off < -5*time.Second || off > 5*time.Second {
					t.Errorf("%s: %s off", what, off)
				}
			}
			check := func(what string, at tokencache.AccessToken) {
				t.Helper()
				near(what+": expiry", at.ExpiresAt.Sub(w.now())-time.Hour)
				near(what+": renewal", at.RefreshAt.Sub(w.now())-30*time.Minute)
				if age := w.now().Sub(at.IssuedAt); age < 0 || age > 5*time.Second {
					t.Errorf("%s: issued %s ago", what, age)
				}
			}
			check("login", w.mustLogin().AccessToken)
			got, err := w.token(TokenRequest{ForceRefresh: true})
			if err != nil {
				t.Fatal(err)
			}
			check("refresh", got.AccessToken)
			native, err := w.nativeLogin(&mailbox{password: userPassword}, NativeRequest{})
			if err != nil {
				t.Fatal(err)
			}
			check("native", native.AccessToken)
		})
	}
}

// TestClock_setRight: our clock was fast when the token was issued, and is right now. What is issued in the future is
// not fresh: --force-refresh made no request then.
func TestClock_setRight(t *testing.T) {
	for _, tt := range []struct {
		name     string
		fast     time.Duration
		req      TokenRequest
		requests int // to the token endpoint
	}{
		{"forced", 30 * time.Minute, TokenRequest{ForceRefresh: true}, 1},
		{"forced, a little fast", 10 * time.Second, TokenRequest{ForceRefresh: true}, 1},
		{"not forced", 30 * time.Minute, TokenRequest{}, 1},
		{"not forced, a little fast", 10 * time.Second, TokenRequest{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			w.clock = tt.fast
			r := w.mustLogin()
			w.clock = 0
			requests := 0
			w.answer = tokenEndpoint(func() *http.Response { requests++; return nil })
			got, err := w.token(tt.req)
			if err != nil || requests != tt.requests || (got.AccessToken.Secret == r.AccessToken.Secret) != (tt.requests == 0) {
				t.Fatalf("%v after %d requests", err, requests)
			}
			if _, err := w.token(TokenRequest{}); err != nil || requests != tt.requests {
				t.Errorf("the new one is not used: %v, %d requests", err, requests)
			}
		})
	}
}

// TestUsable is the table of what a stored token is good for. since is when this process began to wait for the lock;
// what was issued after that is another process's renewal.
func TestUsable(t *testing.T) {
	now := clocktest.Now()
	in := func(d time.Duration) time.Time { return now.Add(d) }
	const h, m = time.Hour, time.Minute
	for _, tt := range []struct {
		name                   string
		issued, renewal, until time.Duration // from now; a renewal of 0 is none
		since                  time.Duration // 0 is before the lock
		req                    TokenRequest
		want                   bool
	}{
		{"valid", -m, 0, h, 0, TokenRequest{}, true},
		{"almost over", -h, 0, 5*m - 1, 0, TokenRequest{}, false},
		{"just enough", -h, 0, 5 * m, 0, TokenRequest{}, true},
		{"over", -h, 0, -m, 0, TokenRequest{}, false},
		{"less than is asked for", -m, 0, h, 0, TokenRequest{MinTTL: 2 * h}, false},
		{"forced", -m, 0, h, 0, TokenRequest{ForceRefresh: true}, false},
		{"renewal is due later", -m, m, h, 0, TokenRequest{}, true},
		{"renewal is due", -h, -1, h, 0, TokenRequest{}, false},
		{"issued in the future", 30 * m, 0, h, 0, TokenRequest{}, false},
		{"issued in the future, a little", m, 0, h, 0, TokenRequest{}, true},

		{"renewed meanwhile", -1, 0, h, -m, TokenRequest{}, true},
		{"renewed meanwhile, forced", -1, 0, h, -m, TokenRequest{ForceRefresh: true}, true},
		{"renewed at the same moment, forced", -m, 0, h, -m, TokenRequest{ForceRefresh: true}, true},
		{"renewed before, forced", -2 * m, 0, h, -m, TokenRequest{ForceRefresh: true}, false},
		{"renewed meanwhile, to be renewed again already", -2, -1, h, -m, TokenRequest{}, true},
		{"renewed meanwhile, forced, to be renewed again", -2, -1, h, -m, TokenRequest{ForceRefresh: true}, true},
		{"renewed before, to be renewed", -2 * m, -1, h, -m, TokenRequest{}, false},
		{"renewed meanwhile, short-lived", -1, 0, m, -m, TokenRequest{MinTTL: h}, true},
		{"renewed meanwhile, over already", -2, 0, -1, -m, TokenRequest{}, false},
		{"issued in the future, forced", 1, 0, h, -m, TokenRequest{ForceRefresh: true}, false},
		{"issued in the future, to be renewed", m, -1, h, -m, TokenRequest{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := tokencache.AccessToken{Secret: "x", IssuedAt: in(tt.issued), ExpiresAt: in(tt.until)}
			if tt.renewal != 0 {
				at.RefreshAt = in(tt.renewal)
			}
			var since time.Time
			if tt.since != 0 {
				since = in(tt.since)
			}
			s := &Service{Now: func() time.Time { return now }}
			w := &renewal{
				judge:    func(*tokencache.Session) (need, time.Time) { return needOf(at, true, tt.req, now), at.ExpiresAt },
				issuedAt: func(*tokencache.Session) time.Time { return at.IssuedAt },
			}
			ok := needOf(at, true, tt.req, now) == fine
			if !ok && tt.since != 0 {
				ok = s.taken(w, &tokencache.Session{}, tokencache.Outcome{}, tokencache.Outcome{}, since)
			}
			if ok != tt.want {
				t.Errorf("got %t", ok)
			}
		})
	}
}
