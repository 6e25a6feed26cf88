// Package filestest makes what a path can name beside a file: pipes, devices, sockets, links in a circle. For tests only.
package filestest
