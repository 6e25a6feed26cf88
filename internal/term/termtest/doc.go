// Package termtest makes pseudo terminals for tests of what a person sees and types. It is for _test files only.
package termtest
