package keychain

import (
	"context"
	"errors"
	"testing"

	keyring "github.com/zalando/go-keyring"
)

func TestClassify(t *testing.T) {
	if err := classify(keyring.ErrNotFound); err != ErrNotFound {
		t.Errorf("not found: got %v", err)
	}
	if err := classify(nil); err != nil {
		t.Errorf("no error: got %v", err)
	}
	for want, err := range map[State]error{
		TooBig: keyring.ErrSetDataTooBig,
		Absent: keyring.ErrUnsupportedPlatform,
		Other:  errors.New("anything"),
		Denied: unavailable(Denied, nil),
	} {
		if got := classify(err); state(got) != want {
			t.Errorf("%v: got %v, expected %s", err, got, want)
		}
	}
	if err := classify(context.Canceled); !errors.Is(err, context.Canceled) || state(err) != "" {
		t.Errorf("cancelled: got %v", err)
	}
}
