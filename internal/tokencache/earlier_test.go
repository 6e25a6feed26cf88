package tokencache

import (
	"errors"
	"testing"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

func TestEarlier(t *testing.T) {
	items := &shelf{data: map[string][]byte{}}
	at := clocktest.Now()
	item := EarlierItem("shop", "TID", "CID", "OID")
	if err := SaveEarlier(t.Context(), items, item, Earlier{Claims: []byte(`{"a":1}`), ChangedAt: at}); err != nil {
		t.Fatal(err)
	}
	e, err := LoadEarlier(t.Context(), items, item, "shop")
	if err != nil || string(e.Claims) != `{"a":1}` || !e.ChangedAt.Equal(at) {
		t.Errorf("%+v, %v", e, err)
	}
	for data, newer := range map[string]bool{`x`: false, `{}`: false, `{"v":1}`: false, `{"v":0,"claims":{}}`: false, `{"v":2,"claims":{}}`: true} {
		items.data[item] = []byte(data)
		var format *FormatError
		if _, err := LoadEarlier(t.Context(), items, item, "shop"); !errors.As(err, &format) || format.Newer != newer {
			t.Errorf("%s: %v", data, err)
		}
	}
	if _, err := LoadEarlier(t.Context(), items, "other", "shop"); err == nil {
		t.Error("an item that is not there can be read")
	}
}

// TestEarlierItem: one name per person in a profile, and none of a session.
func TestEarlierItem(t *testing.T) {
	name := EarlierItem("shop", "TID", "CID", "OID")
	if len(name) != 27 || name[0] != '_' || name != EarlierItem("shop", "tid", "cid", "oid") {
		t.Errorf("name %s", name)
	}
	for _, other := range []string{EarlierItem("web", "TID", "CID", "OID"), EarlierItem("shop", "x", "CID", "OID"), EarlierItem("shop", "TID", "x", "OID"),
		EarlierItem("shop", "TID", "CID", "x"), SlotItem("shop", "TID", "CID", "OID")} {
		if other == name {
			t.Errorf("%s twice", other)
		}
	}
}
