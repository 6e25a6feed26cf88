// Command hello prints a word: what every Go program costs. The benchmarks compare ciam with it.
package main

import "fmt"

func main() { fmt.Println("hello") }
