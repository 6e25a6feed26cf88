package loopback_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/ciam-cli/ciam/internal/loopback"
)

// A stranger's answer changes nothing; the tenant's, which has the state, ends the wait. The page waits for the verdict.
func ExampleListener() {
	ctx := context.Background()
	l, err := loopback.Listen(ctx, loopback.Options{RedirectURI: &url.URL{Scheme: "http", Host: "localhost"}, State: "our state"})
	if err != nil {
		fmt.Println(err)
		return
	}
	page := make(chan int)
	go func() { // the browser
		for _, state := range []string{"forged", "our state"} {
			resp, err := http.Get(l.RedirectURI() + "?" + url.Values{"code": {"c0de"}, "state": {state}}.Encode())
			if err != nil {
				page <- 0
				continue
			}
			_ = resp.Body.Close()
			page <- resp.StatusCode
		}
	}()
	fmt.Println("forged:", <-page)

	answer, err := l.Wait(ctx)
	fmt.Println(answer.Code, err)
	answer.Reply(loopback.Page{Heading: "You are signed in"})
	fmt.Println("ours:", <-page)
	fmt.Println(l.Close())
	// Output:
	// forged: 400
	// c0de <nil>
	// ours: 200
	// <nil>
}

func ExampleListener_Paste() {
	l, err := loopback.Listen(context.Background(), loopback.Options{RedirectURI: &url.URL{Scheme: "http", Host: "localhost"}, State: "our state"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	fmt.Println(l.Paste("http://localhost:3000/?code=c0de&state=another") != nil)
	fmt.Println(l.Paste("http://localhost:3000/?code=c0de&state=our+state"))
	answer, err := l.Wait(context.Background())
	fmt.Println(answer.Code, err)
	// Output:
	// true
	// <nil>
	// c0de <nil>
}
