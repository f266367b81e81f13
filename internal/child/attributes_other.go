//go:build !linux

package child

import "syscall"

// Attributes are of a program that is told nothing if we are killed.
func Attributes(syscall.Signal) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// Unprivileged leaves the user as it is.
func Unprivileged(*syscall.SysProcAttr, string) error { return nil }
