package emulator

import "net/http"

// sendCA answers with the certificate authority's certificate, PEM. Everybody may have it, as a certificate is no secret and
// whoever fetches it cannot know yet that nobody else is asked.
func (c control) sendCA(w http.ResponseWriter, r *http.Request) {
	x := c.newExchange(w, r)
	if c.access.ca == nil {
		x.sendControlError(refuse(http.StatusNotFound, "not_found", "plain http has no certificate authority"))
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(c.access.ca()) // an error is the connection's
}
