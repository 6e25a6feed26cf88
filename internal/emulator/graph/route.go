package graph

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// unknown is the answer to a path or a method that is not here.
func (s *Service) unknown(r *http.Request) *Failure {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "" {
			return &Failure{Status: http.StatusMethodNotAllowed, Code: "Request_BadRequest", Message: "The emulator does not have " + clip(r.Method) + " for this resource of Microsoft Graph."}
		}
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return &Failure{Status: http.StatusNotFound, Code: "BadRequest", Message: "Resource not found for the segment '" + clip(first) + "': the emulator has no such path of Microsoft Graph."}
}

// normalise brings a path to the form of the routes: name('v') and name(key='v') become name/v and name/key=v, and casts to
// types go, as nothing here has two. It takes an escaped path and returns both forms.
func normalise(path string) (plain, escaped string, err error) {
	var out []string
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if segment, err = url.PathUnescape(segment); err != nil {
			return "", "", badRequest("Bad Request - Error in query syntax.")
		}
		name := strings.TrimPrefix(strings.TrimPrefix(segment, "microsoft."), "graph.")
		if name != segment {
			if len(out) > 0 && out[len(out)-1] == "deletedItems" {
				out = append(out, name)
			}
			continue
		}
		head, key, has := strings.Cut(segment, "(")
		if !has {
			out = append(out, segment)
			continue
		}
		key, closed := strings.CutSuffix(key, ")")
		if !closed {
			return "", "", badRequest("Bad Request - Error in query syntax.")
		}
		field, value, named := strings.Cut(key, "=")
		if !named {
			field, value = "", key
		}
		value = strings.ReplaceAll(strings.Trim(value, "'"), "''", "'")
		if named {
			value = field + "=" + value
		}
		out = append(out, head, value)
	}
	for _, segment := range out {
		escaped += "/" + url.PathEscape(segment)
	}
	return "/" + strings.Join(out, "/"), escaped, nil
}

// handle adds a route. may are the permissions of which the caller needs one, the least first.
func (s *Service) handle(pattern string, may []string, f func(*call) (answer, error)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		out, _ := w.(*result)
		c, _ := r.Context().Value(callKey{}).(*call)
		c.r = r
		err := c.authorize(may)
		if err == nil {
			err = c.readBody()
		}
		if err == nil {
			out.answer, err = f(c)
		}
		if err != nil {
			out.failure = failureOf(err)
		}
	})
}

// authorize checks that the token has one of the permissions and that a person may use it.
func (c *call) authorize(may []string) error {
	identity := strings.HasPrefix(c.r.URL.Path, "/identity/")
	for _, p := range may {
		if !slices.ContainsFunc(c.caller.Permissions, func(has string) bool { return strings.EqualFold(has, p) }) {
			continue
		}
		if c.caller.UserID == "" {
			return nil
		}
		user := c.Store.User(c.t.ID, c.caller.UserID)
		if known := directory.FindPermission(p); user != nil && !user.Disabled && known != nil && user.Uses(known) {
			return nil
		}
	}
	if identity {
		return &Failure{Status: http.StatusForbidden, Code: "AADB2C", Message: "User Authorization: Access is denied"}
	}
	return Of(http.StatusForbidden, "")
}
