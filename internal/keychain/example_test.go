package keychain_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ciam-cli/ciam/internal/keychain"
)

func ExampleMemory() {
	ctx := context.Background()
	store := keychain.Memory()
	if err := store.Set(ctx, "contoso", []byte("a session")); err != nil {
		fmt.Println(err)
	}
	data, err := store.Get(ctx, "contoso")
	fmt.Println(string(data), err)

	fmt.Println(store.Delete(ctx, "contoso"))
	_, err = store.Get(ctx, "contoso")
	fmt.Println(errors.Is(err, keychain.ErrNotFound))
	// Output:
	// a session <nil>
	// <nil>
	// true
}

// Windows keeps 2,560 bytes in an item. What is larger is spread over several, the head last.
func ExampleNewMemory() {
	items := &keychain.Map{}
	store := keychain.NewMemory(keychain.MemoryOptions{Map: items, Limits: keychain.WindowsLimits})
	large := make([]byte, 10_000)
	for i := range large {
		large[i] = byte(i * i >> 4)
	}
	fmt.Println(store.Set(context.Background(), "contoso", large))
	fmt.Println(items.Len() > 1)
	// Output:
	// <nil>
	// true
}
