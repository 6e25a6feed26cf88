package loopback

import (
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
)

// expected is what a request has to be to count as the answer.
type expected struct {
	state     string
	anyReturn bool
}

// refusal is why a request is not the answer: reason for the terminal, words for the browser's page.
type refusal struct {
	status        int
	reason, words string
}

// read judges a request for the redirect path. The state is compared before anything else of it is believed; answers
// that repeat a parameter are malformed (RFC 6749 section 3.1).
func (e expected) read(w http.ResponseWriter, r *http.Request) (*Answer, *refusal) {
	encoded, refused := e.parameters(w, r)
	if refused != nil {
		return nil, refused
	}
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, malformed("a request whose parameters cannot be parsed")
	}
	if refused := e.judgeState(values["state"]); refused != nil {
		return nil, refused
	}
	return readAnswer(values)
}

// readAnswer reads the parameters of an answer whose state was right.
func readAnswer(values url.Values) (*Answer, *refusal) {
	for _, v := range values {
		if len(v) > 1 {
			return nil, malformed("an answer with a parameter that occurs twice")
		}
	}
	answer := &Answer{
		Code: values.Get("code"), Error: values.Get("error"), ErrorDescription: values.Get("error_description"),
		ErrorURI: values.Get("error_uri"), ErrorSubcode: values.Get("error_subcode"),
	}
	if answer.Error != "" {
		answer.Code = "" // an error is never redeemed
	}
	return answer, nil
}

// parameters returns the answer's parameters as they were sent: the query of a GET, or the form of a POST
// (OAuth 2.0 Form Post Response Mode), whose query is not looked at.
func (e expected) parameters(w http.ResponseWriter, r *http.Request) (string, *refusal) {
	allow := "GET, POST"
	if e.anyReturn {
		allow = "GET"
	}
	switch {
	case r.Method == http.MethodGet:
		return r.URL.RawQuery, nil
	case r.Method != http.MethodPost || e.anyReturn:
		w.Header().Set("Allow", allow)
		return "", &refusal{http.StatusMethodNotAllowed, "a request with the method " + quote(r.Method), "This address takes the answer of a sign-in only."}
	}
	const form = "application/x-www-form-urlencoded"
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != form {
		return "", &refusal{http.StatusUnsupportedMediaType, "a POST that is no form", "This address takes the form of a sign-in only."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	serving(r, err == nil)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", &refusal{http.StatusRequestEntityTooLarge, "a POST of more than 64 KiB", "This request is too large."}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", &refusal{http.StatusRequestTimeout, "a POST that did not end in time", "This request took too long."}
	case err != nil:
		return "", malformed("a POST that broke off")
	}
	return string(body), nil
}

// judgeState compares in constant time, so that the time an answer takes tells a stranger nothing.
func (e expected) judgeState(states []string) *refusal {
	const words = "This is not the answer that ciam waits for. If you have just signed in, start again from the terminal."
	switch {
	case e.anyReturn && (len(states) == 0 || e.state == ""):
		return nil
	case len(states) == 0:
		return &refusal{http.StatusBadRequest, "a request without state", words}
	case len(states) > 1:
		return &refusal{http.StatusBadRequest, "a request with more than one state", words}
	case subtle.ConstantTimeCompare([]byte(states[0]), []byte(e.state)) != 1:
		return &refusal{http.StatusBadRequest, StrayState, words}
	}
	return nil
}

// StrayState is the reason given to OnStray for an answer with another state than the one that is waited for.
const StrayState = "a request with a wrong state, from another sign-in or forged"

func malformed(reason string) *refusal {
	return &refusal{http.StatusBadRequest, reason, "This request cannot be understood."}
}
