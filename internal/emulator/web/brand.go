package web

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
)

// Brand is a tenant's look. The zero value is the neutral one.
type Brand struct {
	Color string       // #rrggbb; anything else is ignored
	Logo  template.URL // a data URI of an image that was checked, or ""
}

// Surfaces that text and controls stand on, as in style.css.
const (
	lightCard = 0xffffff
	darkCard  = 0x18211f
	lightPage = 0xeef1f0
)

// Contrast ratios of WCAG 2.2: success criteria 1.4.3 (text) and 1.4.11 (controls).
const (
	textContrast    = 4.5
	controlContrast = 3
)

// css sets the style sheet's colours to the brand's. The button has the colour
// as it is, with black or white on it; where it would be text or an outline, it
// is made darker or lighter until it can be read. "" when there is no colour.
func (b Brand) css() string {
	c, ok := parseColor(b.Color)
	if !ok {
		return ""
	}
	on, hover := rgb(0xffffff), rgb(0)
	if contrast(c, 0) > contrast(c, 0xffffff) {
		on, hover = 0, 0xffffff
	}
	vars := func(card, page, ink rgb, tint float64) string {
		link := reach(reach(c, ink, card, textContrast), ink, mix(c, card, tint), textContrast)
		return fmt.Sprintf("--accent:%s;--on-accent:%s;--accent-strong:%s;--accent-edge:%s;--link:%s;--link-strong:%s;--tint:%s",
			c, on, mix(c, hover, .85), reach(reach(c, ink, card, controlContrast), ink, page, controlContrast), link, mix(link, ink, .75), mix(c, card, tint))
	}
	return "\n:root{" + vars(lightCard, lightPage, 0, .08) + "}\n@media (prefers-color-scheme:dark){:root{" + vars(darkCard, darkCard, 0xffffff, .16) + "}}\n"
}

// rgb is a colour, 0xrrggbb.
type rgb uint32

func (c rgb) String() string { return fmt.Sprintf("#%06x", uint32(c)) }

func parseColor(s string) (rgb, bool) {
	if len(s) != 7 || s[0] != '#' {
		return 0, false
	}
	v, err := strconv.ParseUint(s[1:], 16, 32)
	return rgb(v), err == nil
}

// reach moves a colour towards another until it has a contrast with a surface.
func reach(c, towards, surface rgb, ratio float64) rgb {
	for step := 0; step <= 20; step++ {
		if m := mix(c, towards, 1-float64(step)/20); contrast(m, surface) >= ratio {
			return m
		}
	}
	return towards
}

// mix is a share of a and the rest of b, channel by channel.
func mix(a, b rgb, share float64) rgb {
	var out rgb
	for shift := 0; shift <= 16; shift += 8 {
		x, y := float64(a>>shift&0xff), float64(b>>shift&0xff)
		out |= rgb(math.Round(x*share+y*(1-share))) << shift
	}
	return out
}

// contrast is the contrast ratio of two colours (WCAG 2.2, "contrast ratio"), 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

// luminance is the relative luminance of a colour (WCAG 2.2), 0 to 1.
func luminance(c rgb) float64 {
	linear := func(v rgb) float64 {
		s := float64(v&0xff) / 255
		if s <= .04045 {
			return s / 12.92
		}
		return math.Pow((s+.055)/1.055, 2.4)
	}
	return .2126*linear(c>>16) + .7152*linear(c>>8) + .0722*linear(c)
}
