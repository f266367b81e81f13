//go:build !linux

package main

import "syscall"

// stopWithUs does nothing here: when we are killed, the server stays.
func stopWithUs(*syscall.SysProcAttr) {}
