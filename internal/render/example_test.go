package render_test

import (
	"fmt"
	"os"
	"time"

	"github.com/ciam-cli/ciam/internal/render"
)

func ExampleJSON() {
	session := struct {
		Name  string   `json:"name"`
		Roles []string `json:"roles"`
	}{"Ada <3", []string{"reader", "writer"}}
	_ = render.JSON(os.Stdout, session, "")
	_ = render.JSON(os.Stdout, session, ".roles[]") // strings as they are
	// Output:
	// {
	//   "name": "Ada <3",
	//   "roles": [
	//     "reader",
	//     "writer"
	//   ]
	// }
	// reader
	// writer
}

func ExampleTime() {
	issued := time.Unix(1_800_000_000, 0)
	fmt.Println(render.Time(issued, issued.Add(12*time.Minute)))
	// Output: 2027-01-15 08:00:00 UTC (12 minutes ago)
}

func ExampleFacts() {
	_ = render.Facts(os.Stdout, "Signed in as Ada\x1b[31m", []render.Fact{{Name: "tenant", Value: "contoso"}, {Name: "kept in", Value: "the OS keychain"}}, render.Style{})
	// Output:
	// Signed in as Ada\u001b[31m
	//   tenant   contoso
	//   kept in  the OS keychain
}
