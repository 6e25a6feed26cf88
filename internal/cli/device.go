package cli

import (
	"context"
	"strings"

	"rsc.io/qr"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/render"
)

// showDeviceCode tells the person where to type the code. It is not subject to --quiet: without it nothing goes on.
func (r *run) showDeviceCode(_ context.Context, code auth.DeviceCode) error {
	if r.Streams.ErrTTY {
		if picture, ok := qrCode(code.Page); ok {
			r.Streams.Say("%s", r.Streams.DarkOnLight(picture))
		}
	}
	r.Streams.Say("on any device, open\n\n  %s\n\nand type the code  %s\n", code.Page, r.Streams.Bold(code.UserCode))
	if code.ServicePage != code.Page {
		r.info("the service names %s instead, where customers are refused (AADSTS500208)", code.ServicePage)
	}
	r.info("waiting for the sign-in (the code expires %s)", render.Relative(code.ExpiresAt, r.Now()))
	return nil
}

// qrCode draws text in half blocks, two rows to a line, with the quiet zone that ISO/IEC 18004 asks for. It is to be shown
// dark on light: readers want that, and terminals are often the other way round.
func qrCode(text string) ([]string, bool) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, false
	}
	const quiet = 2
	dark := func(x, y int) bool { return x >= 0 && y >= 0 && x < code.Size && y < code.Size && code.Black(x, y) }
	var lines []string
	for y := -quiet; y < code.Size+quiet; y += 2 {
		var b strings.Builder
		for x := -quiet; x < code.Size+quiet; x++ {
			switch top, bottom := dark(x, y), dark(x, y+1); {
			case top && bottom:
				b.WriteRune('█')
			case top:
				b.WriteRune('▀')
			case bottom:
				b.WriteRune('▄')
			default:
				b.WriteRune(' ')
			}
		}
		lines = append(lines, b.String())
	}
	return lines, true
}
