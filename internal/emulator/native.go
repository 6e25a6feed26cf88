package emulator

import (
	"net/http"
	"net/url"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/memory"
)

// native is the area of native authentication v1: sign-in, sign-up, password
// reset and the registration of a second factor without a browser (Microsoft
// Learn, "Native authentication API reference"). Its token grants are reached
// through the token endpoint. There is no CORS here, as with the real service.
type native struct {
	*Server
	flows *memory.Shelf[*nativeFlow] // by continuation token
}

func newNative(s *Server) native {
	return native{s, memory.NewShelf[*nativeFlow](s.memory, maxNativeFlows, codeMemory)}
}

// Mount adds the area's routes.
func (n native) Mount(mux *http.ServeMux) {
	for _, route := range []struct {
		path string
		h    func(*exchange, nativeRequest) error
	}{
		{"oauth2/v2.0/initiate", n.initiate},
		{"oauth2/v2.0/challenge", n.challenge},
		{"oauth2/v2.0/introspect", n.introspect},
		{"signup/v1.0/start", n.startSignUp},
		{"signup/v1.0/challenge", n.challengeSignUp},
		{"signup/v1.0/continue", n.continueSignUp},
		{"resetpassword/v1.0/start", n.startReset},
		{"resetpassword/v1.0/challenge", n.challengeReset},
		{"resetpassword/v1.0/continue", n.continueReset},
		{"resetpassword/v1.0/submit", n.submitReset},
		{"resetpassword/v1.0/poll_completion", n.pollReset},
		{"register/v1.0/introspect", n.introspectRegistration},
		{"register/v1.0/challenge", n.challengeRegistration},
		{"register/v1.0/continue", n.continueRegistration},
	} {
		n.api(mux, "/{tenant}/"+route.path, only(func(x *exchange) error {
			v, err := x.form()
			if err != nil {
				return err
			}
			c, err := readClientCredentials(x, v)
			if err != nil {
				return err
			}
			q, err := n.admit(x, c, v)
			if err != nil {
				return err
			}
			return route.h(x, q)
		}, http.MethodPost))
	}
}

// nativeRequest is a request of an app that may use native authentication.
type nativeRequest struct {
	url.Values
	app  *directory.App
	flow *directory.UserFlow
}

// admit judges the app: public, enabled for native authentication, linked to a
// user flow, and without a secret.
func (n native) admit(x *exchange, c clientCredentials, v url.Values) (nativeRequest, error) {
	q := nativeRequest{Values: v, app: c.app, flow: x.tenant.Flow(c.app.AppID)}
	switch {
	case c.app.Confidential():
		return q, confidentialClient()
	case c.presented || c.assertion:
		return q, secretOnPublicClient().status(http.StatusBadRequest)
	case !c.app.NativeAuthentication():
		return q, nativeDisabled(c.app.AppID)
	case q.flow == nil:
		return q, unlinkedApp(c.app.AppID)
	}
	return q, nil
}

// username is the parameter of that name, which must be an email address.
func (q nativeRequest) username() (string, error) {
	name := q.Get("username")
	if !directory.IsEmail(name) {
		return "", badUsername()
	}
	return name, nil
}

// require returns a parameter that must not be empty.
func (q nativeRequest) require(name string) (string, error) {
	if q.Get(name) == "" {
		return "", missingParameter(name)
	}
	return q.Get(name), nil
}

// nativeAnswer is the answer of every endpoint but token; each sets its own part.
type nativeAnswer struct {
	Interval             int            `json:"interval,omitempty"` // seconds before a code is asked for again
	ExpiresIn            int            `json:"expires_in,omitempty"`
	PollInterval         int            `json:"poll_interval,omitempty"`
	Status               string         `json:"status,omitempty"`
	ContinuationToken    string         `json:"continuation_token,omitempty"`
	ChallengeType        string         `json:"challenge_type,omitempty"`
	RedirectReason       string         `json:"redirect_reason,omitempty"`
	BindingMethod        string         `json:"binding_method,omitempty"`
	ChallengeChannel     string         `json:"challenge_channel,omitempty"`
	ChallengeTarget      string         `json:"challenge_target,omitempty"`
	ChallengeTargetLabel string         `json:"challenge_target_label,omitempty"`
	CodeLength           int            `json:"code_length,omitempty"`
	Methods              []nativeMethod `json:"methods,omitempty"`
}

// nativeMethod is a strong authentication method.
type nativeMethod struct {
	ID               string `json:"id"`
	ChallengeType    string `json:"challenge_type"`
	ChallengeChannel string `json:"challenge_channel"`
	LoginHint        string `json:"login_hint"`
}

func (x *exchange) sendNative(a nativeAnswer) error { return x.sendJSON(http.StatusOK, a) }

// sendRedirect tells the app to sign the user in with the browser: what is
// needed is not among what the app can do. reason may be empty.
func (x *exchange) sendRedirect(reason string) error {
	return x.sendNative(nativeAnswer{ChallengeType: "redirect", RedirectReason: reason})
}

// answerRedirect is sendRedirect in the middle of a grant, which ends with it.
func (x *exchange) answerRedirect(reason string) error {
	if err := x.sendRedirect(reason); err != nil {
		return err
	}
	return errAnswered
}
