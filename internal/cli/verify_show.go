package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/render"
)

// verifyJSON is the JSON of `verify` (contract).
type verifyJSON struct {
	Type   string          `json:"type"`
	Header json.RawMessage `json:"header"` // null when it cannot be read
	Claims json.RawMessage `json:"claims"` // null when they cannot be read
	Checks []checkJSON     `json:"checks"`
}

type checkJSON struct {
	ID       string `json:"id"`
	State    string `json:"state"` // ok, fail, unknown or skipped
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

func verifyView(report *idtoken.Report) verifyJSON {
	view := verifyJSON{Type: strings.ReplaceAll(strings.ToLower(string(report.Type)), " ", "_"), Header: rawObject(report.Header), Checks: []checkJSON{}}
	if report.Token != nil {
		view.Claims = report.Token.JSON
	}
	for _, c := range report.Checks {
		view.Checks = append(view.Checks, checkJSON{ID: c.ID(), State: c.State(), Expected: c.Expected, Got: c.Got})
	}
	return view
}

// rawObject writes members as an object again, in their order.
func rawObject(members []idtoken.Claim) json.RawMessage {
	if members == nil {
		return nil
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(m.Name) // a string always can be
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.Value)
	}
	b.WriteByte('}')
	return json.RawMessage(b.String())
}

// printReport shows a token to a person: what it is, header, claims, checks, and what follows.
func (r *run) printReport(report *idtoken.Report, m measure) error {
	style := render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut}
	if err := render.Facts(r.Streams.Out, r.verifyHeading(report, m), nil, style); err != nil {
		return err
	}
	if report.Header != nil {
		if err := r.printLine(""); err != nil {
			return err
		}
		if err := render.Members(r.Streams.Out, "HEADER", report.Header, style); err != nil {
			return err
		}
	}
	if report.Token != nil {
		if err := r.printLine(""); err != nil {
			return err
		}
		if err := render.Claims(r.Streams.Out, report.Token, render.ClaimsOptions{Now: r.Now(), Width: r.Streams.Width, Color: r.Streams.ColorOut}); err != nil {
			return err
		}
	}
	if err := r.printLine(""); err != nil {
		return err
	}
	return render.Checks(r.Streams.Out, report.Checks, style)
}

// verifyHeading is the first line: what the token is, whose, and how long it lives.
func (r *run) verifyHeading(report *idtoken.Report, m measure) string {
	parts := []string{string(report.Type)}
	switch {
	case m.name != "":
		parts = append(parts, m.name)
	default:
		parts = append(parts, "tenant: nobody said which")
	}
	if t := report.Token; t != nil {
		now := r.Now()
		if !t.IssuedAt.IsZero() {
			parts = append(parts, "issued "+render.Relative(t.IssuedAt, now))
		}
		if !t.ExpiresAt.IsZero() {
			parts = append(parts, expiryWords(t.ExpiresAt, now))
		}
	}
	return strings.Join(parts, " · ")
}

func expiryWords(at, now time.Time) string {
	if !at.After(now) {
		return "expired " + render.Relative(at, now)
	}
	return fmt.Sprintf("%s left", strings.TrimPrefix(render.Relative(at, now), "in "))
}
