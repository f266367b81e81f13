//go:build !linux

package pgtest

import "syscall"

// asUser gives how to run the server.
func asUser(string) (*syscall.SysProcAttr, error) { return &syscall.SysProcAttr{}, nil }
