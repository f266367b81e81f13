package child

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// Attributes has the kernel send the program a signal if we are killed, and a terminal's Ctrl-C reach us alone.
func Attributes(ifKilled syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: ifKilled, Setpgid: true}
}

// Unprivileged has a program that refuses to run as root run as another user, whose the directory becomes: postgres, or nobody.
func Unprivileged(attributes *syscall.SysProcAttr, dir string) error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return fmt.Errorf("a user to run PostgreSQL as: %w", err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(dir, int(uid), int(gid))
}
