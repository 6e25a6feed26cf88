package idtoken

import (
	"crypto/subtle"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/strictjson"
)

// leeway is how far this machine's clock and the tenant's may differ, as Microsoft's own libraries have it.
const leeway = 5 * time.Minute

// maxSubject is the longest sub that OpenID Connect Core, section 2, allows.
const maxSubject = 255

// NobodySaid is what is expected of a check that Inspect was given nothing for.
const NobodySaid = "nobody said which"

// identity checks by whom, for whom and about whom the token is.
func (r *report) identity(c strictjson.Object, want Expectation, audiences []string) {
	r.equal("issuer", c, "iss", want.Issuer)
	r.equal("audience", c, "aud", audiences...) // an array is refused, even of one: Entra sends a string
	if c.Get("azp") != nil && !r.access {       // of an access token, it is whoever asked for it
		r.equal("authorized party", c, "azp", audiences...)
	}
	r.equal("tenant", c, "tid", want.TenantID)
	r.equal("version", c, "ver", "2.0")
	r.nonce(c, want.Nonce)
	if want.Subject != "" {
		r.equal("subject", c, "sub", want.Subject)
	} else {
		sub := c.Text("sub")
		r.add("subject", sub != "" && len(sub) <= maxSubject, "an identifier of at most "+strconv.Itoa(maxSubject)+" bytes", show(c, "sub"))
	}
}

// equal requires a claim to be a string and to be one of those, which must not be empty.
func (r *report) equal(name string, c strictjson.Object, claim string, wants ...string) {
	got := show(c, claim)
	if claim == "aud" && strictjson.Kind(c.Get(claim)) == "an array" {
		got = "an array of audiences instead of one string"
	}
	if claim == "aud" && c.Text(claim) == graphID {
		got += " (Microsoft Graph)"
	}
	wants = slices.DeleteFunc(slices.Clone(wants), func(w string) bool { return w == "" })
	if len(wants) == 0 && r.look {
		r.unknown(name, NobodySaid, got)
		return
	}
	expected := make([]string, len(wants))
	for i, w := range wants {
		expected[i] = strconv.Quote(shorten(w))
	}
	if len(wants) == 0 {
		expected = []string{`""`}
	}
	r.add(name, slices.Contains(wants, c.Text(claim)), strings.Join(expected, " or "), got)
}

// nonce ties the token to the authorize request of this sign-in. Its values are not shown.
func (r *report) nonce(c strictjson.Object, want string) {
	if want == "" {
		return
	}
	const expected = "the one sent with this sign-in"
	switch got := c.Text("nonce"); {
	case subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1:
		r.add("nonce", true, expected, "it")
	case got == "":
		r.add("nonce", false, expected, strictjson.Kind(c.Get("nonce")))
	default:
		r.add("nonce", false, expected, "another one; the token belongs to another sign-in")
	}
}

// times checks exp and iat, which must be there, and nbf if it is.
func (r *report) times(c strictjson.Object, now time.Time) {
	r.time("expiry", c, "exp", "a time after ", now.Add(-leeway), now, time.Time.After)
	r.time("issued at", c, "iat", "a time not after ", now.Add(leeway), now, notAfter)
	if c.Get("nbf") != nil {
		r.time("not before", c, "nbf", "a time not after ", now.Add(leeway), now, notAfter)
	}
}

func notAfter(t, limit time.Time) bool { return !t.After(limit) }

// time requires a claim to be a date, and one that passes holds against limit.
func (r *report) time(name string, c strictjson.Object, claim, words string, limit, now time.Time, holds func(t, limit time.Time) bool) {
	expected := words + stamp(limit) + " (now, with " + strconv.Itoa(int(leeway.Minutes())) + " minutes of leeway)"
	t, ok := numericDate(c.Get(claim))
	switch {
	case !ok:
		r.add(name, false, expected, "no date but "+strictjson.Kind(c.Get(claim)))
	case !holds(t, limit):
		r.add(name, false, expected, stamp(t)+" ("+distance(t, now)+")")
		r.badTime = true
	default:
		r.add(name, true, expected, stamp(t))
	}
}

// distance says how far t is from now.
func distance(t, now time.Time) string {
	if d := now.Sub(t).Round(time.Second); d >= 0 {
		return fmt.Sprintf("%v ago", d)
	} else {
		return fmt.Sprintf("in %v", -d)
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
