package directory

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxLogo     = 64 << 10 // bytes of the PNG file
	maxLogoSide = 2048     // pixels

	logoPrefix = "data:image/png;base64,"
)

// Branding is how a tenant's pages look. The zero value is the neutral look.
type Branding struct {
	DisplayName string `yaml:"displayName,omitempty"` // on the pages; empty means the tenant's
	Color       string `yaml:"color,omitempty"`       // #rrggbb, of buttons, links and the badge
	Logo        string `yaml:"logo,omitempty"`        // data:image/png;base64,..., at most 64 KiB
}

func (b *Branding) validate(at string) error {
	if n := utf8.RuneCountInString(b.DisplayName); n > 100 {
		return bad(at+".displayName", "expected at most 100 characters, got %d", n)
	}
	if b.Color != "" && !isColor(b.Color) {
		return bad(at+".color", "expected a colour such as #0f6b5c, got %q", clipped(b.Color))
	}
	if b.Logo != "" {
		if problem := checkLogo(b.Logo); problem != "" {
			return bad(at+".logo", "%s", problem)
		}
	}
	return nil
}

func isColor(s string) bool {
	if len(s) != 7 || s[0] != '#' {
		return false
	}
	_, err := strconv.ParseUint(s[1:], 16, 32)
	return err == nil
}

// checkLogo returns what is wrong with a logo, "" when nothing. It reads the
// header only (PNG, section 5.2 and 11.2.1): what a browser makes of the rest of
// an image is the browser's affair.
func checkLogo(s string) string {
	data, ok := strings.CutPrefix(s, logoPrefix)
	if !ok {
		return "expected a PNG image as " + logoPrefix + "..., got " + strconv.Quote(clipped(s))
	}
	if base64.StdEncoding.DecodedLen(len(data)) > maxLogo+2 {
		return "expected a PNG image of at most 64 KiB"
	}
	png, err := base64.StdEncoding.Strict().DecodeString(data)
	if err != nil || strings.ContainsAny(data, "\r\n") {
		return "expected base64 without line breaks after " + logoPrefix
	}
	if len(png) < 33 || !bytes.HasPrefix(png, []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")) {
		return "expected a PNG image, got something else in base64"
	}
	w, h := binary.BigEndian.Uint32(png[16:]), binary.BigEndian.Uint32(png[20:])
	if w == 0 || h == 0 || w > maxLogoSide || h > maxLogoSide {
		return "expected an image of at most 2048 by 2048 pixels"
	}
	return ""
}

// clipped shortens a value for a message.
func clipped(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// PageName is the name on the tenant's pages.
func (t *Tenant) PageName() string {
	if t.Branding.DisplayName != "" {
		return t.Branding.DisplayName
	}
	return t.Name()
}
