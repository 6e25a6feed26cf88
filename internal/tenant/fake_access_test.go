package tenant

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

func (s *service) principal(req *http.Request, path string, body object, raw []byte) (int, any) {
	if req.Method == http.MethodGet {
		id := regexp.MustCompile(`appId='(.*)'`).FindStringSubmatch(path)[1]
		if p := find(s.principals, "appId", id); p != nil {
			return 200, p
		}
		return missing(id)
	}
	s.check("servicePrincipal", raw)
	id := body["appId"].(string)
	if s.late > 0 {
		s.late--
		return refused(400, "Request_BadRequest", "The appId '"+id+"' of the service principal does not reference a valid application object.")
	}
	if find(s.apps, "appId", id) == nil {
		return refused(400, "Request_BadRequest", "The appId does not reference a valid application object.")
	}
	if find(s.principals, "appId", id) != nil {
		return refused(409, "Request_MultipleObjectsWithSameKeyValue", "exists")
	}
	body["id"] = s.id()
	s.principals = append(s.principals, body)
	return 201, body
}

func (s *service) grant(req *http.Request, path string, body object, raw []byte) (int, any) {
	id := strings.TrimPrefix(path, "/oauth2PermissionGrants/")
	switch req.Method {
	case http.MethodGet:
		list := []object{}
		for _, g := range s.grants {
			if strings.Contains(req.URL.Query().Get("$filter"), "'"+g["clientId"].(string)+"'") {
				list = append(list, g)
			}
		}
		return 200, object{"value": list}
	case http.MethodDelete:
		s.grants = without(s.grants, "id", id)
		return 204, nil
	case http.MethodPatch:
		s.check("oAuth2PermissionGrant", raw)
		merge(find(s.grants, "id", id), body)
		return 204, nil
	}
	s.check("oAuth2PermissionGrant", raw)
	for _, key := range []string{"clientId", "resourceId"} {
		if find(s.principals, "id", body[key].(string)) == nil {
			return missing(fmt.Sprint(body[key]))
		}
	}
	for _, g := range s.grants {
		if g["clientId"] == body["clientId"] && g["resourceId"] == body["resourceId"] {
			return refused(409, "Request_MultipleObjectsWithSameKeyValue", "exists")
		}
	}
	body["id"] = s.id()
	s.grants = append(s.grants, body)
	return 201, body
}
