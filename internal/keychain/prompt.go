//go:build !windows && !darwin

package keychain

import (
	"errors"
	"fmt"
	"time"

	dbus "github.com/godbus/dbus/v5"
)

// ask lets the service show its password prompt and waits for the person, with a limit of its own. Afterwards the visit has
// its usual limit anew.
func (s *secretService) ask(prompt dbus.ObjectPath) error {
	err := s.conn.AddMatchSignalContext(s.ctx, dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(ssPrompt))
	if err != nil {
		return err
	}
	signals := make(chan *dbus.Signal, 16)
	s.conn.Signal(signals)
	defer s.conn.RemoveSignal(signals)
	// An empty window id: the prompt belongs to no window.
	if err := s.call(prompt, ssPrompt+".Prompt", "").Err; err != nil {
		return err
	}
	s.unwatch()
	defer s.watch()
	t := time.NewTimer(s.o.limits.prompt)
	defer t.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-t.C:
			_ = s.start(prompt, ssPrompt+".Dismiss")
			return unavailable(Locked, fmt.Errorf("its password prompt was not answered within %s", s.o.limits.prompt))
		case sig, open := <-signals:
			if !open {
				return dbus.ErrClosed
			}
			if sig.Path != prompt || sig.Name != ssPrompt+".Completed" {
				continue
			}
			if dismissed, _ := first(sig.Body).(bool); dismissed {
				return unavailable(Locked, errors.New("its password prompt was dismissed"))
			}
			return nil
		}
	}
}

func first(body []any) any {
	if len(body) == 0 {
		return nil
	}
	return body[0]
}
