package emulator

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// answer is what goes back to the app's redirect URI.
type answer struct {
	redirectURI, mode, locales string
	params                     []web.Row // in order
}

// destination is where an authorization request leads.
type destination interface {
	// refused is the answer to a request that failed or was cancelled.
	refused(x *exchange, q *authRequest, f *fault) answer
	// reached is the answer to one that a session fulfils.
	reached(x *exchange, q *authRequest, s *session) answer
}

// toApp leads back to the app's redirect URI.
type toApp struct{}

// refused is an error answer (RFC 6749 section 4.1.2.1).
func (toApp) refused(x *exchange, q *authRequest, f *fault) answer {
	p := []web.Row{{Name: "error", Value: f.OAuth}}
	if f.Subcode != "" {
		p = append(p, web.Row{Name: "error_subcode", Value: f.Subcode})
	}
	p = append(p, web.Row{Name: "error_description", Value: f.description(x)})
	if u := f.helpURI(); u != "" {
		p = append(p, web.Row{Name: "error_uri", Value: u})
	}
	return q.answer(p)
}

// refusal is the answer to a request that failed.
func (q *authRequest) refusal(x *exchange, f *fault) answer {
	x.seen.failed(f.Code)
	return q.to.refused(x, q, f)
}

func (q *authRequest) answer(params []web.Row) answer {
	if q.hasState {
		params = append(params, web.Row{Name: "state", Value: q.state})
	}
	return answer{redirectURI: q.redirectURI, mode: q.mode, locales: q.locales, params: params}
}

// deliver sends an answer in its response mode.
func (x *exchange) deliver(a answer) error {
	if a.mode == "form_post" {
		x.formPost(a)
		return nil
	}
	target, err := a.location()
	if err != nil {
		return err
	}
	status := http.StatusFound
	if x.r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	x.w.Header().Set("Location", target)
	x.w.WriteHeader(status)
	return nil
}

// location is the redirect of the query and fragment modes. A redirect URI
// without a path comes back with "/", as from the real service.
func (a answer) location() (string, error) {
	u, err := url.Parse(a.redirectURI)
	if err != nil {
		return "", err
	}
	if u.Path == "" && u.Opaque == "" {
		u.Path = "/"
	}
	var pairs []string
	for _, p := range a.params {
		pairs = append(pairs, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
	}
	encoded := strings.Join(pairs, "&")
	if a.mode == "fragment" {
		return u.String() + "#" + encoded, nil
	}
	if u.RawQuery != "" {
		encoded = u.RawQuery + "&" + encoded
	}
	u.RawQuery = encoded
	return u.String(), nil
}

// reached makes an authorization code for a session, and tokens where they were
// asked for, and the answer with them.
func (toApp) reached(x *exchange, q *authRequest, s *session) answer {
	var p []web.Row
	code := ""
	if !q.front.noCode {
		code = "1.A" + x.randomID(48)
		x.codes.Put(code, &codeGrant{req: *q, userID: s.userID, sid: s.sid, authTime: s.authTime, issued: x.now})
		x.secrets.Add(code)
		p = append(p, web.Row{Name: "code", Value: code})
	}
	if q.front.idToken {
		tokens, err := x.frontAnswer(q, s, code)
		if err != nil {
			f := serverError()
			errors.As(err, &f)
			return q.refusal(x, f)
		}
		p = append(p, tokens...)
	}
	s.addApp(q.appID)
	if q.clientInfo {
		p = append(p, web.Row{Name: "client_info", Value: clientInfo(s.userID, q.tenantID)})
	}
	a := q.answer(p)
	a.params = append(a.params, web.Row{Name: "session_state", Value: s.sid})
	return a
}
