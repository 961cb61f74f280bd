//go:build !unix

package main

func outliveWrites() {}
