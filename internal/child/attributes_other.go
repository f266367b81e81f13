//go:build !linux

package child

import "syscall"

// Attributes are of a program that is told nothing if we are killed.
func Attributes(syscall.Signal) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// unprivileged leaves the user as it is.
func unprivileged(*syscall.SysProcAttr, string) error { return nil }
